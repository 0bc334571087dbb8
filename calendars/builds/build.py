"""Building a calendar: claim its lease, take a snapshot of the list, render, finish.

Like a database's group commit, one build serves everybody who asked before its snapshot: a hundred jobs in
a burst cost one or two builds. Whatever dies on the way, the calendar's row says what is left to do.
"""

import hashlib
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any, NamedTuple

from django.db import DatabaseError, InterfaceError, transaction
from django.utils.translation import gettext_noop
from dramatiq.middleware import Interrupt, Shutdown

from background import lease
from calendars.builds.dispatch import RESEND_AFTER_MS, dispatch, dispatch_on_commit
from calendars.builds.file_quota import LARGE_BYTES, expire_excess_files_of
from calendars.ical import renderer
from calendars.ical.components import TodoRow
from calendars.metrics import BUILD_SECONDS, EVENTS, JOB_SECONDS
from calendars.models import ASKED_AT, Calendar, CalendarJob, JobStatus
from calendars.queries import (
    CLAIM_CALENDAR,
    FINISH_BUILD,
    FINISH_JOBS,
    INSERT_FILE,
    LOAD_CALENDAR,
    LOAD_FOR_BUILD,
    LOCK_LEASED,
    NEW_FILE,
    READ_LEASED,
    SNAPSHOT,
    START_JOBS,
    calendar_of,
)
from database.errors import DATABASE_ERRORS
from database.fields import compress
from database.statements import OutOfRange, execute_batch
from observability import tracing
from observability.events import Kind, record
from todos.models import Todo
from todos.time_zones import known_zone
from web.nudges import nudge

logger = logging.getLogger("taskoverflow.builds")

MAX_ATTEMPTS = 5
BACKOFF_MS = 1_000  # doubled with every attempt
# Called with each calendar that a build has claimed, before it reads the list: the lab slows builds and ends workers
# there (observatory/lab/faults.py). An exception fails the build.
AFTER_CLAIM: list[Callable[[Calendar], None]] = []
GAVE_UP = gettext_noop(
    "The calendar could not be built. Try again; if it fails again, tell the administrator of this service "
    "the id of this task."
)


class Outcome(Enum):
    """What a call of build_calendar did. True if the file is now up to date."""

    FINISHED = auto()  # the file is as new as the list was
    SKIPPED = auto()  # nothing was built: another worker is building it, or the calendar is gone
    FAILED = auto()  # nothing was built: the next attempt is scheduled, or the waiting jobs have failed

    def __bool__(self) -> bool:
        return self is Outcome.FINISHED


def is_current(calendar: Calendar) -> bool:
    """Return whether the calendar's file shows its list as it is. ``list`` and ``current_file`` should be loaded."""
    return shows(calendar, calendar.list.revision)


def shows(calendar: Calendar, revision: int) -> bool:
    """Return whether the calendar's file has this renderer's form and shows the list as of ``revision`` or later."""
    return (
        calendar.current_file is not None
        and renderer.is_current(calendar.current_file.renderer)
        # The list is behind its file only after it was restored from a backup.
        and revision <= calendar.current_revision <= calendar.list.revision
    )


def load_calendar(calendar_id: int) -> Calendar:
    """Return the calendar with its list and its file, but not the file's bytes. Raises Calendar.DoesNotExist."""
    for row in LOAD_CALENDAR(id=calendar_id):
        return calendar_of(row)
    raise Calendar.DoesNotExist


def build_calendar(calendar_id: int | str, *, delay_seconds: float = 0) -> Outcome:
    """Bring a calendar's file up to date and finish the jobs that it is new enough for.

    A build for which jobs wait takes at least ``delay_seconds``, so that a class can watch their states.
    """
    started = time.perf_counter()
    with tracing.span("build calendar", calendar=str(calendar_id)):
        outcome = _build(int(calendar_id), delay_seconds) if str(calendar_id).isdecimal() else Outcome.SKIPPED
        name = outcome.name.lower()
        tracing.annotate(outcome=name)
        if outcome is Outcome.FAILED:
            tracing.fail()
    seconds = time.perf_counter() - started
    BUILD_SECONDS.labels(name).observe(seconds)
    logger.info(
        "build",
        extra={"calendar": str(calendar_id), "outcome": name, "milliseconds": round(seconds * 1000, 1)},
    )
    return outcome


def _build(calendar_id: int, delay_seconds: float) -> Outcome:
    if not (calendar := claim(calendar_id)):
        record(Kind.BUILD_SKIPPED, calendar_id=calendar_id)
        return Outcome.SKIPPED
    token = calendar.lease_token
    try:
        with lease.renewing(Calendar, token):
            if calendar.attempts > MAX_ATTEMPTS:
                return _give_up(calendar)
            if is_current(calendar):
                return _finish(calendar, calendar.current_revision, None)
            _pause(calendar, delay_seconds)
            for hook in AFTER_CLAIM:
                hook(calendar)
            revision, rendered = _render(calendar)
            outcome = _finish(calendar, revision, rendered)
        if outcome and len(rendered.body) >= LARGE_BYTES:
            _expire_excess_files(calendar)
        return outcome
    except Calendar.DoesNotExist:
        logger.info("Calendar %s was deleted while it was being built", calendar_id)
        return Outcome.SKIPPED
    except Shutdown:
        # The worker is being stopped: another one may continue at once, and the attempt does not count.
        Calendar.objects.release(token)
        record(Kind.BUILD_RELEASED, **_subject(calendar), attempt=calendar.attempts)
        dispatch(calendar_id)
        raise
    except Interrupt as error:
        logger.error("Building calendar %s took too long", calendar_id, extra=_trace(calendar))
        _retry_later(calendar, error)
        raise
    except Exception as error:
        logger.exception("Building calendar %s failed", calendar_id, extra=_trace(calendar))
        return _retry_later(calendar, error)


# --- The lease ---


def claim(calendar_id: int) -> Calendar | None:
    """Take the lease and start the waiting jobs; return the calendar with its list, and its file with its bytes.

    Returns None if another worker has the lease, or the calendar is gone.
    """
    token = uuid.uuid4()
    try:
        rows = execute_batch(
            CLAIM_CALENDAR.bind(id=calendar_id, token=token, lease_ms=lease.LEASE_MS),
            START_JOBS.bind(id=calendar_id, token=token, started_at=datetime.now(UTC)),
            LOAD_FOR_BUILD.bind(id=calendar_id),
        )
    except OutOfRange:
        return None
    for calendar in (calendar_of(row, with_body=True) for row in rows):
        if calendar.lease_token == token:
            calendar.claimed_at = time.perf_counter()
            record(Kind.CLAIM, **_subject(calendar), attempt=calendar.attempts, revision=calendar.list.revision)
            return calendar
    return None


# --- Rendering ---


class Snapshot(NamedTuple):
    """A list and those of its todos that changed after a revision, all at one moment."""

    revision: int
    purged_revision: int
    name: str
    time_zone: str
    changed: list[TodoRow]


def snapshot(todo_list_id: int, *, since: int) -> Snapshot:
    """Read the list and its todos with a revision above ``since``, deleted ones and those that left it included."""
    rows = SNAPSHOT(list=todo_list_id, since=since)
    with_list = [row for row in rows if row[0] is not None]
    if not with_list:
        raise Calendar.DoesNotExist
    # A list without such todos is one row that joined with nothing.
    changed = [TodoRow(*row[4:]) for row in with_list if row[4] is not None]
    if len(with_list) < len(rows):
        # A todo that has come back since it was moved away is here, and has a higher revision than its tombstone.
        here = {todo.uid for todo in changed}
        changed += [TodoRow(*row[4:]) for row in rows if row[0] is None and row[4] not in here]
    if parents := {todo.parent for todo in changed} - {None}:
        # Read afterwards, because what its UID is never changes: a join would make every snapshot slower.
        found = Todo.objects.only("uid").in_bulk(parents)
        uids = {parent_id: parent.uid for parent_id, parent in found.items()}
        changed = [todo._replace(parent=uids.get(todo.parent)) if todo.parent else todo for todo in changed]
    return Snapshot(*with_list[0][:4], changed)


def _render(calendar: Calendar) -> tuple[int, renderer.RenderedCalendar]:
    """Render what has changed since the current file into it, or everything if there is none to build upon."""
    file = calendar.current_file
    if file is not None and renderer.is_current(file.renderer):
        taken = snapshot(calendar.list_id, since=calendar.current_revision)
        # A todo that was purged after the file was made is not among the changes, though the file may show it. And a
        # list that was restored from a backup does not know what changed before the backup was made.
        if taken.purged_revision <= calendar.current_revision <= taken.revision:
            previous = {"previous": file.body, "skipped": file.skipped}
            return taken.revision, _render_snapshot(taken, calendar, **previous)
    taken = snapshot(calendar.list_id, since=0)
    return taken.revision, _render_snapshot(taken, calendar)


def _render_snapshot(taken: Snapshot, calendar: Calendar, **previous: Any) -> renderer.RenderedCalendar:
    zone = known_zone(taken.time_zone)
    return renderer.render_calendar(taken.name, taken.changed, calendar.options, zone=zone, **previous)


def _pause(calendar: Calendar, delay_seconds: float) -> None:
    if not delay_seconds or not CalendarJob.objects.waiting().filter(calendar=calendar):
        return
    end = time.monotonic() + delay_seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 0.2))  # short, since a sleep cannot be interrupted


# --- Finishing ---


class WaitingJob(NamedTuple):
    """A job as the end of a build reads it."""

    id: uuid.UUID
    asked_at: datetime
    revision: int
    request_id: str
    trace_context: str


def _finish(calendar: Calendar, revision: int, rendered: renderer.RenderedCalendar | None) -> Outcome:
    """Store what was rendered (None: the current file is good), finish jobs and give the lease back.

    All of it under the lease's token: a build that lost its lease changes nothing.
    """
    token = calendar.lease_token
    file_id, insert_file = calendar.current_file_id, None
    if rendered is not None and not _is_stored(calendar, rendered):
        insert_file = INSERT_FILE.bind(**_file_values(calendar, revision, rendered))
    with transaction.atomic():
        # Asking for a calendar locks this row too: either this sees the job, or the job sees this file.
        rows = execute_batch(LOCK_LEASED.bind(token=token), READ_LEASED.bind(token=token))
        if not rows:
            logger.warning("Calendar %s: the lease was lost, nothing was written", calendar.pk)
            record(Kind.BUILD_LOST, **_subject(calendar), attempt=calendar.attempts)
            return Outcome.SKIPPED
        due_at_ms, first_change_at_ms, list_revision, now_ms = rows[0][:4]
        waiting = [WaitingJob(*row[4:]) for row in rows if row[4] is not None]
        done = [job for job in waiting if job.revision <= revision]
        if len(done) < len(waiting):
            due_at_ms = now_ms + RESEND_AFTER_MS
            dispatch_on_commit(calendar.pk)
        elif list_revision == revision or not first_change_at_ms:
            due_at_ms = first_change_at_ms = None
        # Otherwise the list was changed while this was rendered: the due time that the change set stays.
        if insert_file:
            ((file_id,),) = execute_batch(insert_file)
        execute_batch(
            FINISH_BUILD.bind(
                token=token,
                current_file_id=file_id,
                current_revision=revision,
                due_at_ms=due_at_ms,
                first_change_at_ms=first_change_at_ms,
                rendered=int(rendered is not None),
            ),
            FINISH_JOBS.bind(id=calendar.pk, revision=revision, file=file_id, finished_at=datetime.now(UTC)),
        )
    _record_build(calendar, revision, rendered, done)
    nudge(calendar.list_id)  # pages that show the jobs
    observe_jobs([job.asked_at for job in done], JobStatus.SUCCESS)
    tracing.end_jobs((job.asked_at, job.trace_context) for job in done)
    tracing.annotate(revision=revision, jobs=len(done))
    if rendered is not None:
        EVENTS.labels("rendered").inc(rendered.fresh)
        EVENTS.labels("reused").inc(rendered.events - rendered.fresh)
        tracing.annotate(rendered=rendered.fresh, reused=rendered.events - rendered.fresh)
    return Outcome.FINISHED


def _record_build(
    calendar: Calendar, revision: int, rendered: renderer.RenderedCalendar | None, done: Sequence[WaitingJob]
) -> None:
    """Record what was built, from which revision to which, and that these jobs are done."""
    made = {} if rendered is None else {
        "bytes": len(rendered.body), "events": rendered.events, "rendered": rendered.fresh
    }  # fmt: skip
    record(
        Kind.BUILD_DONE,
        **_subject(calendar),
        attempt=calendar.attempts,
        ms=round((time.perf_counter() - calendar.claimed_at) * 1000, 1),
        since=calendar.current_revision,
        revision=revision,
        jobs=len(done),
        **made,
    )
    for job in done:
        record(Kind.JOB_DONE, **_subject(calendar), job_id=job.id, request_id=job.request_id)


def _expire_excess_files(calendar: Calendar) -> None:
    try:
        expire_excess_files_of(calendar.list_id)
    except DATABASE_ERRORS as error:  # the build is done, and the sweeper will do the rest
        logger.warning("Excess files of list %s stay: %s", calendar.list_id, type(error).__name__)


def _is_stored(calendar: Calendar, rendered: renderer.RenderedCalendar) -> bool:
    """Return whether the current file is what was rendered: a change need not show in every calendar."""
    file = calendar.current_file
    return (
        file is not None
        and file.digest == hashlib.sha256(rendered.body).hexdigest()
        and file.renderer == rendered.version
        and file.skipped == rendered.skipped
    )


def _file_values(calendar: Calendar, revision: int, rendered: renderer.RenderedCalendar) -> dict[str, object]:
    values = {
        "calendar_id": calendar.pk,
        "revision": revision,
        "renderer": rendered.version,
        "body": compress(rendered.body),  # here, before any row is locked
        "gzip_body": None,
        "digest": hashlib.sha256(rendered.body).hexdigest(),
        "size": len(rendered.body),
        "events": rendered.events,
        "skipped": rendered.skipped,
        "first_deadline": rendered.first_deadline,
        "last_deadline": rendered.last_deadline,
        "created_at": datetime.now(UTC),
    }
    return {name: values[name] for name in NEW_FILE.names}


def _give_up(calendar: Calendar, error: BaseException | None = None) -> Outcome:
    """Fail the waiting jobs.

    Called by the last attempt if it fails, or by the one after it, if the builds before died and could not say so.
    """
    with transaction.atomic():
        if not Calendar.objects.give_up(calendar.lease_token):
            return Outcome.FAILED
        trace = _trace(calendar)
        logger.error(
            "Calendar %s is given up after %s attempts; jobs that failed: %s",
            calendar.pk,
            MAX_ATTEMPTS,
            ", ".join(trace["jobs"]) or "none",
            extra=trace,
        )
        jobs = CalendarJob.objects.waiting().filter(calendar=calendar)
        waiting = list(jobs.values_list("pk", "request_id", ASKED_AT, "trace_context"))
        CalendarJob.objects.fail(calendar, GAVE_UP)
    observe_jobs([asked_at for _, _, asked_at, _ in waiting], JobStatus.FAILURE)
    tracing.end_jobs([(asked_at, context) for _, _, asked_at, context in waiting], have_failed=True)
    record(Kind.BUILD_FAILED, **_attempt(calendar, error), jobs=len(waiting))
    for job_id, request_id, *_ in waiting:
        record(Kind.JOB_FAILED, **_subject(calendar), job_id=job_id, request_id=request_id)
    return Outcome.FAILED


def _retry_later(calendar: Calendar, error: BaseException) -> Outcome:
    if calendar.attempts >= MAX_ATTEMPTS:
        return _give_up(calendar, error)
    delay_ms = BACKOFF_MS * 2 ** (calendar.attempts - 1)
    if Calendar.objects.retry_later(calendar.lease_token, delay_ms=delay_ms):
        record(Kind.BUILD_FAILED, **_attempt(calendar, error), retry_ms=delay_ms)
    else:
        record(Kind.BUILD_LOST, **_subject(calendar), attempt=calendar.attempts)
    return Outcome.FAILED


def _subject(calendar: Calendar) -> dict[str, int]:
    """Return what an event says it is about."""
    return {"list_id": calendar.list_id, "calendar_id": calendar.pk}


def _attempt(calendar: Calendar, error: BaseException | None) -> dict[str, object]:
    """Return what an event says of an attempt that failed. Not the error's own words: they may be a user's."""
    named = {} if error is None else {"error": type(error).__name__}
    return {**_subject(calendar), "attempt": calendar.attempts, **named}


def _trace(calendar: Calendar) -> dict[str, object]:
    """Return what a log line of a failure says, so that a job's failure can be found by the job's id."""
    try:
        jobs = CalendarJob.objects.waiting().filter(calendar=calendar.pk).values_list("pk", flat=True)[:20]
        waiting = [str(job) for job in jobs]
    except (DatabaseError, InterfaceError):  # it may be why the build failed
        waiting = []
    return {
        "calendar": str(calendar.pk),
        "list": calendar.list_id,
        "attempt": calendar.attempts,
        "jobs": waiting,
    }


def observe_jobs(asked: Iterable[datetime], status: str) -> None:
    """Count jobs that have just ended, each with the time since it was asked for."""
    now = datetime.now(UTC)
    for moment in asked:
        JOB_SECONDS.labels(status).observe((now - moment).total_seconds())
