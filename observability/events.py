"""What the system does, for people who watch it do so: changes, messages, builds, feeds.

Nothing depends on events: they say what happened and may be lost. Whoever does something calls `record` once it is
done, after the commit if it was a transaction. That is an append in memory, and nothing at all in a process that writes
no events down (`recording`).
"""

import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from prometheus_client import Counter

import observability.metrics  # noqa: F401  first: it says where metrics are stored
from observability import tracing
from observability.request_log import current_id

# Of each process. So many are recorded in a second at most, and they are written down ten times a second.
MAX_WAITING = 10_000

LOST = Counter("taskoverflow_events_lost", "Events that were not written down", ["reason"])


class Kind(StrEnum):
    CHANGE = "change"  # a list has a new revision
    REQUEST = "request"  # a calendar was asked for: a job
    MESSAGE_SENT = "message.sent"
    MESSAGE_FAILED = "message.failed"  # the broker did not take it
    MESSAGE_RECEIVED = "message.received"
    CLAIM = "claim"  # a worker has taken the lease of a calendar
    BUILD_SKIPPED = "build.skipped"  # somebody else has the lease, or it is too soon after a failure
    BUILD_DONE = "build.done"
    BUILD_FAILED = "build.failed"
    BUILD_LOST = "build.lost"  # somebody else had the lease when it was finished: nothing was written
    BUILD_RELEASED = "build.released"  # the worker is being stopped
    LEASE_EXPIRED = "lease.expired"  # its holder has not given it back: the sweep has found it
    SWEEP = "sweep"  # it found something to do
    JOB_DONE = "job.done"
    JOB_FAILED = "job.failed"
    JOB_REVOKED = "job.revoked"
    JOB_RETRIED = "job.retried"  # it had failed, and waits again
    FAULT = "fault"  # the lab has broken something
    FEED = "feed"  # a calendar app has fetched a feed
    DOWNLOAD = "download"  # a person or a program has fetched a job's file


class Event(NamedTuple):
    """Something that has happened. Never a title or any other text of a user."""

    at_ms: int  # by the clock of the process
    kind: str
    list_id: int | None
    calendar_id: int | None
    job_id: str | None
    request_id: str
    details: dict[str, object]


_waiting: deque[Event] = deque(maxlen=MAX_WAITING)
_tell: Callable[[], None] | None = None


def record(
    kind: Kind,
    *,
    list_id: int | None = None,
    calendar_id: int | None = None,
    job_id: object = None,
    request_id: str | None = None,
    **details: object,
) -> None:
    """Say that something has happened. The request's id is that of the current request, unless it is given.

    While traces are recorded, the details name the current one, as ``trace``.
    """
    if (tell := _tell) is None:
        return
    if trace_id := tracing.current_trace_id():
        details["trace"] = trace_id
    if len(_waiting) == MAX_WAITING:
        LOST.labels("full").inc()
    _waiting.append(
        Event(
            time.time_ns() // 1_000_000,
            kind,
            list_id,
            calendar_id,
            None if job_id is None else str(job_id),
            (current_id() or "") if request_id is None else request_id,
            details,
        )
    )
    tell()


def start_recording(tell: Callable[[], None]) -> None:
    """Have events kept for `take` from now on; ``tell`` is called after each."""
    global _tell
    _tell = tell


def stop_recording() -> None:
    global _tell
    _tell = None


def take(most: int) -> list[Event]:
    """Return the oldest events that nobody has taken, and forget them."""
    taken = []
    try:
        while len(taken) < most:
            taken.append(_waiting.popleft())
    except IndexError:
        pass
    return taken
