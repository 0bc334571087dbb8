"""Writing events down: one thread of each process, a moment after they are recorded."""

import contextlib
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from django.conf import settings
from django.db import connection

from database.errors import DATABASE_ERRORS
from observability import events
from observability.events import Kind
from observability.processes import process_name
from observatory.models import Event
from web.nudges import nudge

logger = logging.getLogger(__name__)

# How long events are collected before they are written, all together.
COLLECT_SECONDS = 0.05
MAX_ROWS = 1_000
STOP_SECONDS = 5
# In one write.
MANY = 20
MERGED = {Kind.CHANGE, Kind.FEED}
#: Open pages that show events listen to this number; no list has it.
NUDGE = 0

_is_recorded = threading.Event()
_was_written = True


def start() -> Callable[[], None]:
    """Record what happens in this process, and write it down, in a thread; return the function that ends this.

    Call it after any fork, once in a process.
    """
    if not settings.EVENT_HOURS:
        return lambda: None
    is_over = threading.Event()
    thread = threading.Thread(target=_run, args=(is_over,), name="events", daemon=True)
    events.start_recording(_tell)
    thread.start()

    def stop() -> None:
        events.stop_recording()
        is_over.set()
        _is_recorded.set()
        thread.join(STOP_SECONDS)

    return stop


@contextlib.contextmanager
def recording() -> Iterator[None]:
    """Record what a command does, and write it down as the block ends."""
    if not settings.EVENT_HOURS:
        yield
        return
    events.start_recording(lambda: None)
    try:
        yield
    finally:
        events.stop_recording()
        flush()


def flush() -> None:
    """Write down everything that is recorded. If that fails, it is lost: nobody waits for events."""
    while taken := events.take(MAX_ROWS):
        rows = [Event(process=process_name(), **event._asdict()) for event in merged(taken)]
        try:
            _write(rows)
        except Exception as error:  # the database may be down, or not be migrated yet
            events.LOST.labels("not written").inc(len(taken))
            _say_whether_written(error)
            connection.close()
        else:
            _say_whether_written(None)
            nudge(NUDGE)


def _write(rows: list[Event]) -> None:
    is_used = connection.connection is not None
    try:
        Event.objects.bulk_create(rows)
    except DATABASE_ERRORS:
        if not is_used:
            raise
        connection.close()  # the server may have been restarted since the connection was made
        Event.objects.bulk_create(rows)


def _say_whether_written(error: Exception | None) -> None:
    """Log it when that changes, not with every write."""
    global _was_written
    if (error is None) != _was_written:
        _was_written = error is None
        if error is None:
            logger.info("Events are written down again")
        else:
            logger.warning("Events are not written down: %s", type(error).__name__)


def merged(recorded: Sequence[events.Event]) -> Sequence[events.Event]:
    """Return fewer events if there are many: changes of one list, and answers of one feed, become one with a count.

    A list may change, and a feed be asked for, a thousand times a second. Nobody looks at each.
    """
    if len(recorded) <= MANY:
        return recorded
    counts: Counter[tuple] = Counter()
    latest: dict[object, events.Event] = {}
    for number, event in enumerate(recorded):
        key: object = number
        if event.kind in MERGED:
            details = event.details
            answer = details.get("status"), details.get("client"), details.get("is_stale")
            key = event.kind, event.list_id, event.calendar_id, answer
            counts[key] += 1
            latest.pop(key, None)  # so that the order is that of the last of each
        latest[key] = event
    return [
        event._replace(details={**event.details, "count": counts[key]}) if counts.get(key, 1) > 1 else event
        for key, event in latest.items()
    ]


def _run(is_over: threading.Event) -> None:
    while not is_over.is_set():
        _is_recorded.wait()
        is_over.wait(COLLECT_SECONDS)
        _is_recorded.clear()
        flush()
    flush()
    connection.close()


def _tell() -> None:
    if not _is_recorded.is_set():
        _is_recorded.set()
