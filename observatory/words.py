"""Events in plain words, and the lane in which each is drawn."""

from collections.abc import Mapping
from typing import Any

from calendars.feeds.clients import BROWSER, Client
from observability.events import Kind
from observatory.models import Event

APPS = {*Client.values} - {Client.OTHER.value}
#: From top to bottom, with what a reader finds there.
LANES = {
    "changes": "Changes of lists",
    "requests": "Exports asked for",
    "messages": "Messages in the queue",
    "builds": "Builds of calendars",
    "results": "Files that were fetched",
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
    return write(event.details) if write else event.kind


def of_another_list(event: Event) -> str:
    """Say what has happened to a list that the reader may not read."""
    return _OF_ANOTHER_LIST.get(event.kind, "Something happened")


def subject(event: Event) -> str:
    """Name what it happened to, by its number."""
    names = {
        "list": event.list_id,
        "calendar": event.calendar_id,
        "export": event.job_id and str(event.job_id)[:8],
    }
    return ", ".join(f"{name} {value}" for name, value in names.items() if value is not None)


def number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _change(details: Mapping[str, Any]) -> str:
    count, todos = details.get("count", 1), details.get("todos", 1)
    if count > 1:
        return f"{number(count, 'change')} of a list, up to revision {details.get('revision')}"
    what = number(todos, "todo") if todos > 1 else "a todo"
    return f"A list changed ({what}): revision {details.get('revision')}"


def _message(details: Mapping[str, Any]) -> str:
    return "a calendar" if details.get("actor") == "build_calendar" else "a follower"


def _received(details: Mapping[str, Any]) -> str:
    return f"A worker took the message about {_message(details)}, {details.get('waited_ms', 0):,} ms after it was sent"


def _claim(details: Mapping[str, Any]) -> str:
    attempt = details.get("attempt", 1)
    if attempt == 1:
        return "A build began: its worker has the calendar’s lease"
    return f"Attempt {attempt} began: the one before has failed, or its worker died"


def _done(details: Mapping[str, Any]) -> str:
    jobs = details.get("jobs", 0)
    for_jobs = f", and {number(jobs, 'export')} finished" if jobs else ""
    if "bytes" not in details:
        return f"The file was up to date already: nothing was built{for_jobs}"
    ms, since, revision = details.get("ms", 0), details.get("since"), details.get("revision")
    if since is None or revision is None or since > revision:
        for_changes = f", for {number(revision, 'change')}" if revision and revision > 1 and since is None else ""
        return f"1 build of {ms:,.0f} ms, the first{for_changes}{for_jobs}"
    return f"1 build of {ms:,.0f} ms for {number(revision - since, 'change')}{for_jobs}"


def _failed(details: Mapping[str, Any]) -> str:
    attempt, error = details.get("attempt"), details.get("error")
    why = f" ({error})" if error else ": its worker died"
    if "retry_ms" in details:
        return f"Attempt {attempt} failed{why}; the next is in {details['retry_ms'] / 1000:g} s at the earliest"
    lost = f", and {number(details['jobs'], 'export')} with it" if details.get("jobs") else ""
    return f"Attempt {attempt} failed{why}: given up{lost}"


def _sweep(details: Mapping[str, Any]) -> str:
    counts = {name.replace("_", " "): count for name, count in details.items() if isinstance(count, int)}
    found = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    return f"The sweep found something to do: {found}"


def _feed(details: Mapping[str, Any]) -> str:
    count, status, client = details.get("count", 1), details.get("status"), details.get("client", "a program")
    times = "" if count == 1 else f" {count:,} times"
    answer = {200: "got the file", 304: "was told that nothing is new (304)", 503: "was told to come back (503)"}
    stale = ", the last good one" if details.get("is_stale") else ""
    return f"A calendar app ({client}) {answer.get(status, f'got a {status}')}{stale}{times}"


def _downloader(details: Mapping[str, Any]) -> str:
    client = details.get("client", "")
    return "A browser" if client == BROWSER else f"A calendar app ({client})" if client in APPS else "A program"


_FAULTS = {
    "drop": "The lab threw a message away",
    "double": "The lab sent a message a second time",
    "pause": "The lab paused the process that was building",
    "kill": "The lab killed the process that was building",
}

# Of lists that somebody may not read.
_OF_ANOTHER_LIST = {
    Kind.CHANGE: "A list changed",
    Kind.REQUEST: "An export was asked for",
    Kind.MESSAGE_SENT: "A message was sent",
    Kind.MESSAGE_FAILED: "The broker did not take a message",
    Kind.MESSAGE_RECEIVED: "A worker took a message",
    Kind.CLAIM: "A build began",
    Kind.BUILD_SKIPPED: "Nothing to do",
    Kind.BUILD_DONE: "A calendar was built",
    Kind.BUILD_FAILED: "A build failed",
    Kind.BUILD_LOST: "A build had lost its lease",
    Kind.BUILD_RELEASED: "A build was given back",
    Kind.LEASE_EXPIRED: "A lease has ended",
    Kind.JOB_DONE: "An export is ready",
    Kind.JOB_FAILED: "An export failed",
    Kind.JOB_REVOKED: "An export was cancelled",
    Kind.JOB_RETRIED: "A failed export is tried again",
    Kind.FAULT: "The lab broke something",
    Kind.FEED: "A calendar app fetched a feed",
    Kind.DOWNLOAD: "A file was downloaded",
}

_SENTENCES = {
    Kind.CHANGE: _change,
    Kind.REQUEST: lambda details: f"An export was asked for, as new as revision {details.get('revision')}",
    Kind.MESSAGE_SENT: lambda details: f"A message about {_message(details)} was sent",
    Kind.MESSAGE_FAILED: lambda details: f"The broker did not take a message ({details.get('error')})",
    Kind.MESSAGE_RECEIVED: _received,
    Kind.CLAIM: _claim,
    Kind.BUILD_SKIPPED: lambda details: "Nothing to do: another worker has the lease, or it is too soon",
    Kind.BUILD_DONE: _done,
    Kind.BUILD_FAILED: _failed,
    Kind.BUILD_LOST: lambda details: "The build had lost its lease meanwhile: nothing was written",
    Kind.BUILD_RELEASED: lambda details: "The worker is being stopped: the lease was given back",
    Kind.LEASE_EXPIRED: lambda details: "A lease has ended, and nobody gave it back: its worker may have died",
    Kind.SWEEP: _sweep,
    Kind.JOB_DONE: lambda details: "An export is ready",
    Kind.JOB_FAILED: lambda details: "An export failed",
    Kind.JOB_REVOKED: lambda details: "An export was cancelled",
    Kind.JOB_RETRIED: lambda details: "A failed export is tried again",
    Kind.FAULT: lambda details: _FAULTS.get(details.get("fault"), "The lab broke something"),
    Kind.FEED: _feed,
    Kind.DOWNLOAD: lambda details: f"{_downloader(details)} downloaded the file of an export",
}
