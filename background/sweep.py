"""Keeps the system going when messages are lost: sends again for what is due, and does what is to be done at times.

Apps register what they have as they get ready. Any number of sweeps may run at once. Each looks first and writes only
if there is something to do: on SQLite every write takes the one lock.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import Min

from background.models import LeasedModel, LeasedQuerySet
from database.clock import NowMs, NowOnce
from observability.events import Kind, record

logger = logging.getLogger(__name__)

BATCH = 500
# When a step that failed is tried again, if that is sooner than its next time: in every round would be too often.
RETRY_SECONDS = 60
# Each leaves out rows that no message is to be sent for at the moment: the lab stops the sweep for its own lists.
FILTERS: list[Callable[[LeasedQuerySet], LeasedQuerySet]] = []


@dataclass(frozen=True)
class Work:
    """Rows that come due, and the message that has a worker look after one."""

    model: type[LeasedModel]
    #: Send the message for the row with this id; return whether it was sent.
    dispatch: Callable[[int], bool]
    #: When the message is sent again, while the row stays due and nobody works on it.
    resend_after_ms: int
    #: Called with an id and its attempts if the row's lease has ended though nobody has given it back.
    lease_expired: Callable[[int, int], None] = lambda pk, attempts: None

    def dispatch_due(self) -> int:
        """Send a message for every row that is due and that nobody works on; return how many were sent."""
        dispatched = 0
        due = _filtered(self.model.objects.due()).order_by("due_at_ms")
        for pk, due_at_ms, token, attempts in due.values_list("pk", "due_at_ms", "lease_token", "attempts")[
            :BATCH
        ]:
            if self.model.objects.postpone(pk, seen_due_at_ms=due_at_ms, delay_ms=self.resend_after_ms):
                if token is not None:
                    self.lease_expired(pk, attempts)
                dispatched += self.dispatch(pk)
        return dispatched

    def seconds_until_due(self, *, most: float) -> float:
        """Return how long it is until the next row is due: ``most``, or less.

        What a change makes due lies further ahead than a round takes, so that one round sees it coming and the
        next begins in time.
        """
        coming = self.model.objects.filter(due_at_ms__lte=NowOnce() + int(most * 1000)).unleased()
        wait_ms = _filtered(coming).aggregate(wait_ms=Min("due_at_ms") - NowMs())["wait_ms"]
        return most if wait_ms is None else max(0, wait_ms) / 1000


def _filtered(rows: LeasedQuerySet) -> LeasedQuerySet:
    for leave_out in FILTERS:
        rows = leave_out(rows)
    return rows


@dataclass(frozen=True)
class Step:
    """Something to be done at times. It returns how much of what it found."""

    run: Callable[[], Mapping[str, int]]
    every_seconds: float
    #: Whether ``manage.py sweep`` does it too, and not only workers.
    is_for_command: bool = True


WORK: list[Work] = []
STEPS: list[Step] = []


def register(*added: Work | Step) -> None:
    for one in added:
        (WORK if isinstance(one, Work) else STEPS).append(one)


def sweep() -> Counter[str]:
    """Do everything once; return how much of what was found."""
    found: Counter[str] = Counter()
    for step in STEPS:
        if step.is_for_command:
            found.update(step.run())
    found["dispatched"] += sum(work.dispatch_due() for work in WORK)
    return found


class Round:
    """The rounds of a worker's sweep: each sends what is due, and runs the steps whose time has come.

    One that fails does not keep the others from their turn. The database may be down: the next round tries again.
    """

    def __init__(self) -> None:
        self._ran: dict[Step, float] = {}

    def run(self, now: float, *, most: float) -> float:
        """Do one round at a moment of the monotonic clock; return how many seconds later the next should begin."""
        for work in WORK:  # first: somebody waits for it
            _attempt(lambda work=work: _record({"dispatched": work.dispatch_due()}))
        for step in STEPS:
            if now - self._ran.get(step, float("-inf")) >= step.every_seconds:
                is_done = _attempt(lambda step=step: _record(step.run()))
                self._ran[step] = now if is_done else now - max(0.0, step.every_seconds - RETRY_SECONDS)
        waits = [most]
        for work in WORK:
            _attempt(lambda work=work: waits.append(work.seconds_until_due(most=most)))
        return min(waits)


def _record(found: Mapping[str, int]) -> None:
    if found := {name: count for name, count in found.items() if count}:
        record(Kind.SWEEP, **found)


def _attempt(function: Callable[[], object]) -> bool:
    try:
        function()
    except Exception as error:
        logger.warning("The sweep failed: %s", type(error).__name__)
        connection.close()
        return False
    return True
