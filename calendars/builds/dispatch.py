"""Making calendars due, and telling a worker. The row is the truth; the message only saves waiting for the sweeper."""

import logging
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db import transaction

from brokers.messages import sending
from calendars.models import Calendar, CalendarJob
from calendars.queries import MAKE_DUE, WAKE_CALENDARS
from calendars.tasks import build_calendar
from database.clock import NowMs
from database.statements import Call, execute_batch
from observability.events import Kind, record

logger = logging.getLogger(__name__)

# People tick off many todos at once: wait until they pause, but not forever.
QUIET_MS = 1_500
PATIENCE_MS = 8_000
# A feed that was not fetched for so long is built when it is asked for, not at every change.
READ_RECENTLY = timedelta(days=7)
# When the sweeper sends a message again: the first, and those after it. Without this a long queue would fill with
# copies.
RESEND_AFTER_MS = 5_000
RESEND_AGAIN_AFTER_MS = 10_000


def wake_calendars(list_id: int) -> Call:
    """Return the statement that makes the calendars of a changing list due, if their feeds are being read.

    It runs in the change's own transaction, so that no crash loses it. No message is sent: the sweeper sends one for
    all changes of a burst, when they have come to rest.
    """
    return WAKE_CALENDARS.bind(
        list=list_id, quiet_ms=QUIET_MS, patience_ms=PATIENCE_MS, read_since=datetime.now(UTC) - READ_RECENTLY
    )


def lock_calendars(list_id: int) -> None:
    """Lock the list's calendars, as the end of a build does before it adds a file and finishes jobs."""
    list(Calendar.objects.filter(list=list_id).order_by("pk").select_for_update())


def make_due(calendar: Calendar, *writes: Call) -> None:
    """Have the calendar built soon, unless a build or a message is already under way.

    A build that is under way looks for waiting jobs when it finishes. ``writes`` are sent along.
    """
    # After a message is sent, the due time is when it is sent again. After a change it is when the list has been quiet.
    is_sent = (
        calendar.due_at_ms is not None
        and calendar.due_at_ms > calendar.read_at_ms
        and calendar.first_change_at_ms is None
    )
    if not (calendar.is_leased or is_sent):
        writes = (*writes, MAKE_DUE.bind(id=calendar.pk, delay_ms=RESEND_AFTER_MS))
        dispatch_on_commit(calendar.pk)
    if writes:
        execute_batch(*writes)


def dispatch_on_commit(calendar_id: int) -> None:
    transaction.on_commit(partial(dispatch, calendar_id))


def dispatch(calendar_id: int) -> bool:
    """Send the message that has a worker build the calendar; return whether it was sent.

    An unreachable broker is no error here: the sweeper sends again.
    """
    try:
        with sending(build_calendar.queue_name) as options:
            build_calendar.send_with_options(args=(str(calendar_id),), **options)
    except Exception as error:  # every broker fails in its own way, and the caller's work is committed by now
        logger.warning("No message for calendar %s: %s", calendar_id, type(error).__name__)
        record(Kind.MESSAGE_FAILED, calendar_id=calendar_id, error=type(error).__name__)
        return False
    return True


def make_waiting_due() -> None:
    """Have everything built that jobs wait for, when the jobs came out of a backup; the sweeper sends the messages."""
    waiting = CalendarJob.objects.waiting().values("calendar")
    Calendar.objects.filter(pk__in=waiting).update(due_at_ms=NowMs(), attempts=0)
