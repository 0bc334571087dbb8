"""How things stand with a job or a calendar, in one sentence, and why some of a story is not told."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext, ngettext

from calendars.builds.build import MAX_ATTEMPTS
from calendars.builds.sweeper import living_workers
from calendars.models import Calendar, CalendarJob, JobStatus
from observability.events import Kind
from observatory.durations import in_words
from observatory.models import Event
from web.translations import group_digits


def summary_of_job(job: CalendarJob, events: list[Event]) -> str:
    if not job.is_final:
        return _waiting(job.calendar, events, is_job=True)
    took = in_words(job.finished_at - job.created_at)
    values = {"took": took, "again": _again(job), "most": MAX_ATTEMPTS}
    if job.status == JobStatus.REVOKED:
        return gettext("Cancelled %(took)s after it was asked for%(again)s.") % values
    if job.status == JobStatus.FAILURE:
        text = gettext("Failed %(took)s after it was asked for%(again)s, after %(most)s attempts%(error)s.")
        return text % {**values, "error": _last_error(events)}
    gone = f" {gettext('Its file has expired.')}" if job.is_expired else ""
    if job.was_immediate:
        text = gettext("Finished at once: there was a file already that showed every change.")
        return f"{text}{gone}"
    others = CalendarJob.objects.filter(calendar=job.calendar_id, finished_at=job.finished_at).count() - 1
    if others:
        text = ngettext(
            "Finished %(took)s after it was asked for%(again)s: one build served this and %(count)s other export.",
            "Finished %(took)s after it was asked for%(again)s: one build served this and %(count)s other exports.",
            others,
        )
    else:
        text = gettext("Finished %(took)s after it was asked for%(again)s: one build served this alone.")
    return f"{text % {**values, 'count': group_digits(others)}}{gone}"


def _again(job: CalendarJob) -> str:
    if not job.retried_at:
        return ""
    took = in_words(job.finished_at - job.retried_at)
    return gettext(", %(took)s after it was tried again") % {"took": took}


def summary_of_calendar(calendar: Calendar, events: list[Event]) -> str:
    if calendar.due_at_ms is not None or calendar.lease_token is not None:
        return _waiting(calendar, events)
    if calendar.current_file is None:
        return gettext("There is no file. It is built when somebody asks for it.")
    behind = calendar.list.revision - calendar.current_revision
    if behind <= 0:
        text = gettext("Up to date: its file shows revision %(revision)s of the list.")
        return text % {"revision": calendar.current_revision}
    text = gettext(
        "Its file shows revision %(shown)s of the list, which has revision %(revision)s. It is built when somebody "
        "asks for it."
    )
    return text % {"shown": calendar.current_revision, "revision": calendar.list.revision}


def _waiting(calendar: Calendar, events: list[Event], *, is_job: bool = False) -> str:
    """Say what a calendar that is not finished waits for."""
    now_ms = calendar.read_at_ms
    values = {"attempt": calendar.attempts, "most": MAX_ATTEMPTS}
    if calendar.is_leased:
        return gettext("A build is under way: attempt %(attempt)s of %(most)s.") % values
    if calendar.is_backing_off:
        seconds = in_words((calendar.lease_until_ms - now_ms) / 1000)
        text = gettext("Waiting: attempt %(attempt)s of %(most)s failed%(error)s, the next is in %(seconds)s.")
        return text % {**values, "error": _last_error(events), "seconds": seconds}
    is_without_worker = not living_workers()
    if calendar.lease_token is not None:
        if is_without_worker:
            text = gettext(
                "Waiting: attempt %(attempt)s of %(most)s ended without a result, because its worker was killed, "
                "hung or cut off, and no worker is running."
            )
        else:
            text = gettext(
                "Waiting: attempt %(attempt)s of %(most)s ended without a result, because its worker was killed, "
                "hung or cut off, and the next begins as soon as a worker is free."
            )
        return text % values
    if is_without_worker:
        return gettext("Waiting: no worker is running. It is built as soon as one starts.")
    if calendar.first_change_at_ms is not None and not is_job:
        wait = in_words((calendar.due_at_ms - now_ms) / 1000)
        text = gettext("Waiting until the list has been quiet for a moment: a message is sent in %(wait)s.")
        return text % {"wait": wait}
    return gettext("Waiting for a worker to be free.")


def _last_error(events: list[Event]) -> str:
    errors = [event.details.get("error") for event in events if event.kind == Kind.BUILD_FAILED]
    return f" ({errors[-1].rstrip('.')})" if errors and errors[-1] else ""


def gaps_of(since: datetime, *, is_missing: bool = False) -> list[str]:
    """Say why some of a story that began then is not told, and what it is told from instead."""
    hours = settings.EVENT_HOURS
    if not hours:
        return [
            gettext(
                "Events are not recorded here (EVENT_HOURS is 0). All of this is told from the rows of the database, "
                "which do not name each message and attempt."
            )
        ]
    if since < datetime.now(UTC) - timedelta(hours=hours):
        text = ngettext(
            "Events are kept for %(count)s hour. What happened before is told from the rows of the database, which "
            "do not name each message and attempt.",
            "Events are kept for %(count)s hours. What happened before is told from the rows of the database, which "
            "do not name each message and attempt.",
            hours,
        )
        return [text % {"count": group_digits(hours)}]
    if not is_missing:
        return []
    return [
        gettext(
            "Some events are missing. What they would tell is told from the rows of the database, which do not name "
            "each message and attempt."
        )
    ]
