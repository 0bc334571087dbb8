"""Building a calendar: claim, snapshot, render, finish.

Like a database's group commit, one build serves everybody who asked before its snapshot: a hundred jobs in
a burst cost one or two builds. Whatever dies on the way, the row of the calendar says what is left to do.
"""

import hashlib
import logging
import time
import uuid
from datetime import UTC, datetime
from enum import Enum, auto
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from dramatiq.middleware import Interrupt

from calendars.builds import leases
from calendars.builds.dispatch import GRACE_MS, dispatch, dispatch_on_commit
from calendars.builds.instrumentation import measured, observe_jobs
from calendars.builds.queries import (
    ADD_FILE,
    FINISH,
    LOAD,
    LOCK_HELD,
    READ_HELD,
    SNAPSHOT,
    SUCCEED,
)
from calendars.ical import renderer as ical
from calendars.ical.components import TodoRow
from calendars.models import Calendar, CalendarJob, JobStatus, now_ms
from database.prepared import send_together
from observability.metrics import EVENTS

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
BACKOFF_MS = 1_000  # doubled with every attempt
GAVE_UP = "The calendar could not be built. Try again; if that fails too, tell whoever runs this service."


class Outcome(Enum):
    """What a call of build_calendar did. True where it did what was asked."""

    FINISHED = auto()  # the file is as new as the list was
    LEFT = auto()  # nothing: somebody else is at it, or the calendar is gone
    FAILED = auto()  # nothing, but to write down when to try again

    def __bool__(self) -> bool:
        return self is Outcome.FINISHED


def is_current(calendar: Calendar) -> bool:
    """Whether the calendar's file shows its list as it is. ``list`` and ``current_file`` should be loaded."""
    return shows(calendar, calendar.list.revision)


def shows(calendar: Calendar, revision: int) -> bool:
    """Whether the calendar's file is this renderer's and shows the list as of ``revision`` or later."""
    return (
        calendar.current_file is not None
        and calendar.current_file.renderer == ical.RENDERER_VERSION
        # The list is behind its file only after it was restored from a backup.
        and revision <= calendar.current_revision <= calendar.list.revision
    )


def load_calendar(calendar_id: int) -> Calendar:
    """Return the calendar with its list and its file, but for the file's bytes."""
    return LOAD.get(id=calendar_id)


@measured
def build_calendar(calendar_id: int | str) -> Outcome:
    """Bring a calendar's file up to date and finish the jobs that it is new enough for."""
    if not str(calendar_id).isdecimal() or not (calendar := leases.claim(int(calendar_id))):
        return Outcome.LEFT
    token = calendar.lease_token
    try:
        with leases.renewing(token):
            if calendar.attempts > MAX_ATTEMPTS:
                return _give_up(calendar, token)
            if is_current(calendar):
                return _finish(calendar, token, calendar.current_revision, None)
            _pause(calendar)
            revision, rendered = _render(calendar)
            return _finish(calendar, token, revision, rendered)
    except Calendar.DoesNotExist:
        logger.info("Calendar %s was deleted while it was being built", calendar_id)
        return Outcome.LEFT
    except Interrupt:
        # The worker is being stopped, or time is up: somebody else may go on at once.
        Calendar.objects.retry_later(token, at=now_ms())
        dispatch(int(calendar_id))
        raise
    except Exception:
        logger.exception("Building calendar %s failed", calendar_id)
        _retry_later(int(calendar_id), token)
        return Outcome.FAILED


class Snapshot(NamedTuple):
    """A list and those of its todos that changed after a revision, all of one moment."""

    revision: int
    purged_revision: int
    name: str
    changed: list[TodoRow]


def snapshot(todo_list_id: int, *, since: int) -> Snapshot:
    """Read the list and its todos with a revision above ``since``, deleted ones included.

    One SELECT, so that all of it is of one moment on either database without a transaction.
    """
    rows = SNAPSHOT.rows(id=todo_list_id, revision=since)
    if not rows:
        raise Calendar.DoesNotExist
    # A list without such todos is one row that joined with nothing.
    return Snapshot(*rows[0][:3], [TodoRow(*row[3:]) for row in rows if row[3] is not None])


def _render(calendar: Calendar) -> tuple[int, ical.RenderedCalendar]:
    """Render what changed since the current file into it, or everything where there is none to build upon."""
    file = calendar.current_file
    if file is not None and file.renderer == ical.RENDERER_VERSION:
        taken = snapshot(calendar.list_id, since=calendar.current_revision)
        # What was purged after the file was made is not among the changes, though it may stand in the file; and
        # of what changed before a backup was made, a list restored from it says nothing.
        if taken.purged_revision <= calendar.current_revision <= taken.revision:
            previous = {"previous": file.body, "skipped": file.skipped}
            return taken.revision, ical.render_calendar(taken.name, taken.changed, calendar.options, **previous)
    taken = snapshot(calendar.list_id, since=0)
    return taken.revision, ical.render_calendar(taken.name, taken.changed, calendar.options)


def _finish(
    calendar: Calendar, token: uuid.UUID, revision: int, rendered: ical.RenderedCalendar | None
) -> Outcome:
    """Store what was rendered (None: the current file is good), finish jobs and give the lease back.

    All of it under the token: a build that lost its lease changes nothing.
    """
    held = {"lease_token": token}
    with transaction.atomic():
        # Asking for a calendar locks this row too: a job is either seen here or sees this file there.
        rows = send_together([(LOCK_HELD, held), (READ_HELD, held)])
        if not rows:
            logger.warning("Calendar %s: the lease was lost, nothing was written", calendar.pk)
            return Outcome.LEFT
        due_at_ms, first_change_at_ms, list_revision = rows[0][:3]
        waiting = [(asked_at, wanted) for *_, asked_at, wanted in rows if asked_at is not None]
        if any(wanted > revision for _, wanted in waiting):
            due_at_ms = now_ms() + GRACE_MS
            dispatch_on_commit(calendar.pk)
        elif list_revision == revision or not first_change_at_ms:
            due_at_ms = first_change_at_ms = None
        file_id = calendar.current_file_id if rendered is None else _store(calendar, revision, rendered)
        finished = {
            "current_file": file_id,
            "current_revision": revision,
            "build_count": int(rendered is not None),
            "due_at_ms": due_at_ms,
            "first_change_at_ms": first_change_at_ms,
        }
        succeeded = {"calendar": calendar.pk, "revision": revision, "file": file_id}
        send_together([(FINISH, held | finished), (SUCCEED, succeeded | {"finished_at": datetime.now(UTC)})])
    observe_jobs([asked_at for asked_at, wanted in waiting if wanted <= revision], JobStatus.SUCCESS)
    if rendered is not None:
        EVENTS.labels("rendered").inc(rendered.fresh)
        EVENTS.labels("reused").inc(rendered.events - rendered.fresh)
    return Outcome.FINISHED


def _store(calendar: Calendar, revision: int, rendered: ical.RenderedCalendar) -> int:
    """Return the id of the file with these bytes: the current one where they are the same, else a new one."""
    digest = hashlib.sha256(rendered.body).hexdigest()
    current = calendar.current_file
    if (
        current is not None
        and current.digest == digest
        and current.renderer == ical.RENDERER_VERSION
        and current.skipped == rendered.skipped
    ):
        return current.pk
    (file_id,) = ADD_FILE(
        calendar_id=calendar.pk,
        revision=revision,
        renderer=ical.RENDERER_VERSION,
        body=rendered.body,
        gzip_body=None,
        digest=digest,
        size=len(rendered.body),
        events=rendered.events,
        skipped=rendered.skipped,
        first_deadline=rendered.first_deadline,
        last_deadline=rendered.last_deadline,
        created_at=datetime.now(UTC),
    )
    return file_id


def _give_up(calendar: Calendar, token: uuid.UUID) -> Outcome:
    """Fail the waiting jobs. Reached also when every build killed its worker: each had counted its attempt."""
    with transaction.atomic():
        locked = Calendar.objects.select_for_update().held(token).first()
        if locked is not None:
            logger.error("Calendar %s is given up after %s attempts", calendar.pk, MAX_ATTEMPTS)
            waiting = CalendarJob.objects.waiting().filter(calendar=locked)
            observe_jobs(list(waiting.values_list("created_at", flat=True)), JobStatus.FAILURE)
            CalendarJob.objects.fail(locked, GAVE_UP)
            locked.lease_token = locked.lease_until_ms = locked.due_at_ms = locked.first_change_at_ms = None
            locked.attempts = 0
            locked.save()
    return Outcome.FAILED


def _retry_later(calendar_id: int, token: uuid.UUID) -> None:
    attempts = Calendar.objects.filter(pk=calendar_id).values_list("attempts", flat=True).first() or 1
    if attempts >= MAX_ATTEMPTS:
        _give_up(Calendar(pk=calendar_id), token)
    else:
        Calendar.objects.retry_later(token, at=now_ms() + BACKOFF_MS * 2 ** (attempts - 1))


def _pause(calendar: Calendar) -> None:
    """Take as long as CALENDAR_BUILD_DELAY_SECONDS says, so that a class can watch the states go by."""
    if not settings.CALENDAR_BUILD_DELAY_SECONDS or not CalendarJob.objects.waiting().filter(calendar=calendar):
        return
    end = time.monotonic() + settings.CALENDAR_BUILD_DELAY_SECONDS
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 0.2))  # short, since a sleep cannot be interrupted
