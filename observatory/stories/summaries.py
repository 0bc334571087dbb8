"""How things stand with a job or a calendar, in one sentence, and why some of a story is not told."""

from datetime import UTC, datetime, timedelta

from django.conf import settings

from calendars.builds.build import MAX_ATTEMPTS
from calendars.builds.sweeper import living_workers
from calendars.models import Calendar, CalendarJob, JobStatus
from observability.events import Kind
from observatory.durations import in_words
from observatory.models import Event
from observatory.words import number


def summary_of_job(job: CalendarJob, events: list[Event]) -> str:
    if not job.is_final:
        return _waiting(job.calendar, events, is_job=True)
    took = in_words(job.finished_at - job.created_at)
    again = f", {in_words(job.finished_at - job.retried_at)} after it was tried again" if job.retried_at else ""
    if job.status == JobStatus.REVOKED:
        return f"Cancelled {took} after it was asked for{again}."
    if job.status == JobStatus.FAILURE:
        error = _last_error(events)
        return f"Failed {took} after it was asked for{again}, after {MAX_ATTEMPTS} attempts{error}."
    gone = " Its file has expired." if job.is_expired else ""
    if job.was_immediate:
        return f"Finished at once: there was a file already that showed every change.{gone}"
    others = CalendarJob.objects.filter(calendar=job.calendar_id, finished_at=job.finished_at).count() - 1
    also = f" and {number(others, 'other export')}" if others else " alone"
    return f"Finished {took} after it was asked for{again}: one build served this{also}.{gone}"


def summary_of_calendar(calendar: Calendar, events: list[Event]) -> str:
    if calendar.due_at_ms is not None or calendar.lease_token is not None:
        return _waiting(calendar, events)
    if calendar.current_file is None:
        return "There is no file. It is built when somebody asks for it."
    behind = calendar.list.revision - calendar.current_revision
    if behind <= 0:
        return f"Up to date: its file shows revision {calendar.current_revision} of the list."
    return (
        f"Its file shows revision {calendar.current_revision} of the list, which has revision "
        f"{calendar.list.revision}. It is built when somebody asks for it."
    )


def _waiting(calendar: Calendar, events: list[Event], *, is_job: bool = False) -> str:
    """Say what a calendar that is not finished waits for."""
    attempt, now_ms = calendar.attempts, calendar.read_at_ms
    if calendar.is_leased:
        return f"A build is under way: attempt {attempt} of {MAX_ATTEMPTS}."
    if calendar.is_backing_off:
        seconds = in_words((calendar.lease_until_ms - now_ms) / 1000)
        return (
            f"Waiting: attempt {attempt} of {MAX_ATTEMPTS} failed{_last_error(events)}, the next is in {seconds}."
        )
    is_without_worker = not living_workers()
    if calendar.lease_token is not None:
        then = (
            "and no worker is running" if is_without_worker else "and the next begins as soon as a worker is free"
        )
        return (
            f"Waiting: attempt {attempt} of {MAX_ATTEMPTS} ended without a result, because its worker was killed, "
            f"hung or cut off, {then}."
        )
    if is_without_worker:
        return "Waiting: no worker is running. It is built as soon as one starts."
    if calendar.first_change_at_ms is not None and not is_job:
        wait = in_words((calendar.due_at_ms - now_ms) / 1000)
        return f"Waiting until the list has been quiet for a moment: a message is sent in {wait}."
    return "Waiting for a worker to be free."


def _last_error(events: list[Event]) -> str:
    errors = [event.details.get("error") for event in events if event.kind == Kind.BUILD_FAILED]
    return f" ({errors[-1].rstrip('.')})" if errors and errors[-1] else ""


def gaps_of(since: datetime, *, is_missing: bool = False) -> list[str]:
    """Say why some of a story that began then is not told, and what it is told from instead."""
    rows = "is told from the rows of the database, which do not name each message and attempt."
    if not settings.EVENT_HOURS:
        return [f"Events are not recorded here (EVENT_HOURS is 0). All of this {rows}"]
    if since < datetime.now(UTC) - timedelta(hours=settings.EVENT_HOURS):
        return [f"Events are kept for {number(settings.EVENT_HOURS, 'hour')}. What happened before {rows}"]
    return [f"Some events are missing. What they would tell {rows}"] if is_missing else []
