"""Events in plain words, and the lane in which each is drawn."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy, ngettext

from calendars.feeds.clients import BROWSER, Client
from observability.events import Kind
from observatory.models import Event
from web.translations import group_digits

APPS = {*Client.values} - {Client.OTHER.value}
#: From top to bottom, with what a reader finds there.
LANES = {
    "changes": gettext_lazy("Changes of lists"),
    "requests": gettext_lazy("Exports asked for"),
    "messages": gettext_lazy("Messages in the queue"),
    "builds": gettext_lazy("Builds of calendars"),
    "results": gettext_lazy("Files that were fetched"),
}
_LANE = {
    Kind.CHANGE: "changes",
    Kind.REQUEST: "requests",
    Kind.JOB_DONE: "requests",
    Kind.JOB_FAILED: "requests",
    Kind.JOB_REVOKED: "requests",
    Kind.JOB_RETRIED: "requests",
    Kind.MESSAGE_SENT: "messages",
    Kind.MESSAGE_FAILED: "messages",
    Kind.MESSAGE_RECEIVED: "messages",
    Kind.SWEEP: "messages",
    Kind.FEED: "results",
    Kind.DOWNLOAD: "results",
}


def lane(kind: str) -> str:
    return _LANE.get(kind, "builds")


def sentence(event: Event) -> str:
    """Say what has happened, without naming what it happened to."""
    write = _SENTENCES.get(event.kind)
    return str(write(event.details)) if write else event.kind


def of_another_list(event: Event) -> str:
    """Say what has happened to a list that the reader may not read."""
    return str(_OF_ANOTHER_LIST.get(event.kind) or gettext("Something happened"))


def subject(event: Event) -> str:
    """Name what it happened to, by its number."""
    names = {
        gettext("list %(number)s"): event.list_id,
        gettext("calendar %(number)s"): event.calendar_id,
        gettext("export %(number)s"): event.job_id and str(event.job_id)[:8],
    }
    return ", ".join(name % {"number": value} for name, value in names.items() if value is not None)


def _change(details: Mapping[str, Any]) -> str:
    count, todos, revision = details.get("count", 1), details.get("todos", 1), details.get("revision")
    values = {"count": group_digits(count), "todos": group_digits(todos), "revision": revision}
    if count > 1:
        text = ngettext(
            "%(count)s change of a list, up to revision %(revision)s",
            "%(count)s changes of a list, up to revision %(revision)s",
            count,
        )
    elif todos > 1:
        text = ngettext(
            "A list changed (%(todos)s todo): revision %(revision)s",
            "A list changed (%(todos)s todos): revision %(revision)s",
            todos,
        )
    else:
        text = gettext("A list changed (a todo): revision %(revision)s")
    return text % values


def _requested(details: Mapping[str, Any]) -> str:
    text = gettext("An export was asked for, as new as revision %(revision)s")
    return text % {"revision": details.get("revision")}


def _not_taken(details: Mapping[str, Any]) -> str:
    return gettext("The broker did not take a message (%(error)s)") % {"error": details.get("error")}


def _is_of_calendar(details: Mapping[str, Any]) -> bool:
    return details.get("actor") == "build_calendar"


def _sent(details: Mapping[str, Any]) -> str:
    if _is_of_calendar(details):
        return gettext("A message about a calendar was sent")
    return gettext("A message about a follower was sent")


def _received(details: Mapping[str, Any]) -> str:
    if _is_of_calendar(details):
        text = gettext("A worker took the message about a calendar, %(ms)s ms after it was sent")
    else:
        text = gettext("A worker took the message about a follower, %(ms)s ms after it was sent")
    return text % {"ms": group_digits(details.get("waited_ms", 0))}


def _claim(details: Mapping[str, Any]) -> str:
    attempt = details.get("attempt", 1)
    if attempt == 1:
        return gettext("A build began: its worker has the calendar’s lease")
    return gettext("Attempt %(attempt)s began: the one before has failed, or its worker died") % {
        "attempt": attempt
    }


def _done(details: Mapping[str, Any]) -> str:
    jobs = details.get("jobs", 0)
    for_jobs = _counted(
        ngettext(", and %(count)s export finished", ", and %(count)s exports finished", jobs), jobs
    )
    if "bytes" not in details:
        return gettext("The file was up to date already: nothing was built%(exports)s") % {"exports": for_jobs}
    since, revision = details.get("since"), details.get("revision")
    values = {"ms": group_digits(round(details.get("ms", 0))), "exports": for_jobs}
    if since is not None and revision is not None and since <= revision:
        changes = revision - since
        text = ngettext(
            "1 build of %(ms)s ms for %(count)s change%(exports)s",
            "1 build of %(ms)s ms for %(count)s changes%(exports)s",
            changes,
        )
    elif revision and revision > 1 and since is None:
        changes = revision
        text = ngettext(
            "1 build of %(ms)s ms, the first, for %(count)s change%(exports)s",
            "1 build of %(ms)s ms, the first, for %(count)s changes%(exports)s",
            changes,
        )
    else:
        changes = 0
        text = gettext("1 build of %(ms)s ms, the first%(exports)s")
    return text % {**values, "count": group_digits(changes)}


def _counted(text: str, count: int) -> str:
    return text % {"count": group_digits(count)} if count else ""


def _failed(details: Mapping[str, Any]) -> str:
    attempt, error, jobs = details.get("attempt"), details.get("error"), details.get("jobs") or 0
    values = {"attempt": attempt, "error": error}
    if "retry_ms" in details:
        values["seconds"] = number_format(f"{details['retry_ms'] / 1000:g}")
        if error:
            text = gettext("Attempt %(attempt)s failed (%(error)s); the next is in %(seconds)s s at the earliest")
        else:
            text = gettext(
                "Attempt %(attempt)s failed: its worker died; the next is in %(seconds)s s at the earliest"
            )
        return text % values
    values["exports"] = _counted(
        ngettext(", and %(count)s export with it", ", and %(count)s exports with it", jobs), jobs
    )
    if error:
        return gettext("Attempt %(attempt)s failed (%(error)s): given up%(exports)s") % values
    return gettext("Attempt %(attempt)s failed: its worker died: given up%(exports)s") % values


def _sweep(details: Mapping[str, Any]) -> str:
    counts = {name.replace("_", " "): count for name, count in details.items() if isinstance(count, int)}
    found = ", ".join(f"{group_digits(count)} {name}" for name, count in counts.items())
    return gettext("The sweep found something to do: %(found)s") % {"found": found}


def _feed(details: Mapping[str, Any]) -> str:
    count, status = details.get("count", 1), details.get("status")
    match status:
        case HTTPStatus.OK:
            text = gettext("A calendar app (%(client)s) got the file%(stale)s%(times)s")
        case HTTPStatus.NOT_MODIFIED:
            text = gettext("A calendar app (%(client)s) was told that nothing is new (304)%(stale)s%(times)s")
        case HTTPStatus.SERVICE_UNAVAILABLE:
            text = gettext("A calendar app (%(client)s) was told to come back (503)%(stale)s%(times)s")
        case _:
            text = gettext("A calendar app (%(client)s) got a %(status)s%(stale)s%(times)s")
    times = ngettext(" %(count)s time", " %(count)s times", count) % {"count": group_digits(count)}
    return text % {
        "client": details.get("client") or gettext("a program"),
        "status": status,
        "stale": gettext(", the last good one") if details.get("is_stale") else "",
        "times": "" if count == 1 else times,
    }


def _download(details: Mapping[str, Any]) -> str:
    client = details.get("client", "")
    if client == BROWSER:
        return gettext("A browser downloaded the file of an export")
    if client in APPS:
        return gettext("A calendar app (%(client)s) downloaded the file of an export") % {"client": client}
    return gettext("A program downloaded the file of an export")


_FAULTS = {
    "drop": gettext_lazy("The lab threw a message away"),
    "double": gettext_lazy("The lab sent a message a second time"),
    "pause": gettext_lazy("The lab paused the process that was building"),
    "kill": gettext_lazy("The lab killed the process that was building"),
}

# Of lists that somebody may not read.
_OF_ANOTHER_LIST = {
    Kind.CHANGE: gettext_lazy("A list changed"),
    Kind.REQUEST: gettext_lazy("An export was asked for"),
    Kind.MESSAGE_SENT: gettext_lazy("A message was sent"),
    Kind.MESSAGE_FAILED: gettext_lazy("The broker did not take a message"),
    Kind.MESSAGE_RECEIVED: gettext_lazy("A worker took a message"),
    Kind.CLAIM: gettext_lazy("A build began"),
    Kind.BUILD_SKIPPED: gettext_lazy("Nothing to do"),
    Kind.BUILD_DONE: gettext_lazy("A calendar was built"),
    Kind.BUILD_FAILED: gettext_lazy("A build failed"),
    Kind.BUILD_LOST: gettext_lazy("A build had lost its lease"),
    Kind.BUILD_RELEASED: gettext_lazy("A build was given back"),
    Kind.LEASE_EXPIRED: gettext_lazy("A lease has ended"),
    Kind.JOB_DONE: gettext_lazy("An export is ready"),
    Kind.JOB_FAILED: gettext_lazy("An export failed"),
    Kind.JOB_REVOKED: gettext_lazy("An export was cancelled"),
    Kind.JOB_RETRIED: gettext_lazy("A failed export is tried again"),
    Kind.FAULT: gettext_lazy("The lab broke something"),
    Kind.FEED: gettext_lazy("A calendar app fetched a feed"),
    Kind.DOWNLOAD: gettext_lazy("A file was downloaded"),
}

_SENTENCES = {
    Kind.CHANGE: _change,
    Kind.REQUEST: _requested,
    Kind.MESSAGE_SENT: _sent,
    Kind.MESSAGE_FAILED: _not_taken,
    Kind.MESSAGE_RECEIVED: _received,
    Kind.CLAIM: _claim,
    Kind.BUILD_SKIPPED: lambda details: gettext("Nothing to do: another worker has the lease, or it is too soon"),
    Kind.BUILD_DONE: _done,
    Kind.BUILD_FAILED: _failed,
    Kind.BUILD_LOST: lambda details: gettext("The build had lost its lease meanwhile: nothing was written"),
    Kind.BUILD_RELEASED: lambda details: gettext("The worker is being stopped: the lease was given back"),
    Kind.LEASE_EXPIRED: lambda details: gettext(
        "A lease has ended, and nobody gave it back: its worker may have died"
    ),
    Kind.SWEEP: _sweep,
    Kind.JOB_DONE: lambda details: gettext("An export is ready"),
    Kind.JOB_FAILED: lambda details: gettext("An export failed"),
    Kind.JOB_REVOKED: lambda details: gettext("An export was cancelled"),
    Kind.JOB_RETRIED: lambda details: gettext("A failed export is tried again"),
    Kind.FAULT: lambda details: _FAULTS.get(details.get("fault")) or gettext("The lab broke something"),
    Kind.FEED: _feed,
    Kind.DOWNLOAD: _download,
}
