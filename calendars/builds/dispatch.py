"""Telling a worker that a calendar wants building."""

import logging
from functools import partial
from typing import Any

from django.db import transaction

from calendars.builds.queries import MAKE_DUE
from calendars.models import Calendar, CalendarJob, now_ms
from calendars.tasks import build_calendar
from database.prepared import Prepared, send_together
from observability.request_ids import current_id

logger = logging.getLogger(__name__)

# How long a nudge has before the sweep sends another: for the first, and for those after it. Without these, a
# queue that is long would fill with copies.
GRACE_MS = 5_000
RESEND_MS = 10_000


def dispatch(calendar_id: int) -> bool:
    """Send a nudge; return whether it went. A broker that is down is no error here: the sweep sends again."""
    try:
        build_calendar.send_with_options(args=(str(calendar_id),), **request_options())
    except Exception as error:  # every broker fails in its own way, and a caller's work is committed by now
        logger.warning("No nudge for calendar %s: %s", calendar_id, type(error).__name__)
        return False
    return True


def request_options() -> dict[str, str]:
    """The id of the request that is being worked on, for the worker's log lines."""
    request_id = current_id()
    return {"request_id": request_id} if request_id else {}


def dispatch_on_commit(calendar_id: int) -> None:
    transaction.on_commit(partial(dispatch, calendar_id))


def make_due(calendar: Calendar, *together: tuple[Prepared, dict[str, Any]]) -> None:
    """See to it that the calendar gets built; send a nudge unless one is under way or a build is.

    A build under way looks for waiting jobs when it finishes. The statements given are sent along.
    """
    now = now_ms()
    was_nudged = (
        calendar.due_at_ms is not None and calendar.due_at_ms > now and calendar.first_change_at_ms is None
    )
    is_seen_to = calendar.is_leased(now) or was_nudged
    due = [] if is_seen_to else [(MAKE_DUE, {"id": calendar.pk, "due_at_ms": now + GRACE_MS})]
    if statements := [*together, *due]:
        send_together(statements)
    if due:
        dispatch_on_commit(calendar.pk)


def make_waiting_due() -> None:
    """Have what jobs wait for built, where the jobs came out of a backup; the sweep sends the nudges."""
    waiting = CalendarJob.objects.waiting().values("calendar")
    Calendar.objects.filter(pk__in=waiting).update(due_at_ms=now_ms(), attempts=0)
