"""The lease of a calendar: who holds it, builds it, alone."""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import DatabaseError, InterfaceError, connection

from calendars.builds.queries import CLAIM, LOAD_WITH_BODY, START
from calendars.models import Calendar, now_ms
from database.prepared import OutOfRange, send_together

logger = logging.getLogger(__name__)

LEASE_MS = 10_000
RENEWAL_SECONDS = 3  # so that two renewals may fail before the lease ends


def claim(calendar_id: int) -> Calendar | None:
    """Take the lease and start the jobs that wait; return the calendar, with its list and its file.

    None where somebody holds it or the calendar is gone.
    """
    token, now = uuid.uuid4(), now_ms()
    try:
        rows = send_together(
            [
                (
                    CLAIM,
                    {"id": calendar_id, "lease_token": token, "due_at_ms": now, "lease_until_ms": now + LEASE_MS},
                ),
                (START, {"calendar": calendar_id, "lease_token": token, "started_at": datetime.now(UTC)}),
                (LOAD_WITH_BODY, {"id": calendar_id}),
            ]
        )
    except OutOfRange:
        return None
    return next((calendar for calendar in LOAD_WITH_BODY.made_of(rows) if calendar.lease_token == token), None)


@contextmanager
def renewing(token: uuid.UUID) -> Iterator[None]:
    """Keep the lease alive meanwhile, from a thread of its own."""
    stop = threading.Event()
    thread = threading.Thread(target=_renew_until, args=(stop, token), name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _renew_until(stop: threading.Event, token: uuid.UUID) -> None:
    renewed = False
    while not stop.wait(RENEWAL_SECONDS):
        renewed = True
        try:
            if not Calendar.objects.renew(token, now=now_ms(), lease_ms=LEASE_MS):
                logger.warning("A lease was lost while its calendar was being built")
                break
        except (DatabaseError, InterfaceError) as error:
            logger.warning("A lease could not be renewed: %s", type(error).__name__)
            connection.close()
    if renewed:
        connection.close()  # this thread's own
