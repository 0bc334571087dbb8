"""The loop that sends what is due: one thread for the database, and some that wait for mail servers and push services.

Any number of processes may run it at once: each takes rows that no other has.
"""

import logging
import random
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Min

from database.clock import NowMs, NowOnce
from reminders import planning, push, sending
from reminders.mail import Mailer, MailFailed
from reminders.models import LEASE_MS, Channel, DueReminder, ListPlan, Notification, ReminderSettings
from reminders.sending import Outgoing, Results

logger = logging.getLogger(__name__)

MOST_WAIT_SECONDS = 1.0
LEAST_WAIT_MS = 20
# What waits for longer than this behind others is given back before its lease ends.
MOST_QUEUED_SECONDS = LEASE_MS / 1000 / 2
STOP_SECONDS = 10
SLOW_SECONDS = 3.0  # push services answer at once
# Under way at once. One user's mails, or browsers with slow push services, cannot take all threads.
MAILS_OF_USER = 10
MOST_OF_USER = 4


@dataclass
class Lane:
    """The threads of one channel, and what they have been given."""

    channel: Channel
    send: Callable[[Outgoing], None]
    threads: int
    most: int  # given to them at once
    most_of_user: int | None = None
    pool: ThreadPoolExecutor = field(init=False)
    under_way: dict[Future, tuple[uuid.UUID, Outgoing]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pool = ThreadPoolExecutor(self.threads, thread_name_prefix=f"reminders-{self.channel}")

    @property
    def room(self) -> int:
        return self.most - len(self.under_way)

    def take(self) -> int:
        """Claim as many as there is room for, and hand them out; return how many."""
        if self.room < self.most // 2:  # few large batches cost less than many small ones
            return 0
        under_way = [outgoing for _, outgoing in self.under_way.values()]
        claimed_at = time.monotonic()
        token, batch = sending.claim(
            self.channel, limit=self.room, most_of_user=self.most_of_user, under_way=under_way
        )
        for outgoing in batch:
            future = self.pool.submit(self._attempt, outgoing, claimed_at)
            self.under_way[future] = token, outgoing
        return len(batch)

    def collect(self) -> int:
        """Write down what has been sent; return how many."""
        results: dict[uuid.UUID, Results] = {}
        done = [future for future in self.under_way if future.done()]
        for future in done:
            token, outgoing = self.under_way[future]
            _note(results.setdefault(token, Results()), outgoing, future)
        for token, result in results.items():
            sending.finish(self.channel, token, result)
        for future in done:  # not before it is written down: the database may be away
            del self.under_way[future]
        return len(done)

    def _attempt(self, outgoing: Outgoing, claimed_at: float) -> float | None:
        """Send it; return how long that took. What has waited for so long that another may soon have it is not sent."""
        started_at = time.monotonic()
        if started_at - claimed_at > MOST_QUEUED_SECONDS:
            return None
        self.send(outgoing)
        return time.monotonic() - started_at


class Sender:
    """Rounds of firing, claiming, sending and marking."""

    def __init__(self) -> None:
        self.has_failed = False
        self.served: set[int] = set()
        self.mailer = Mailer()
        self.lanes = [
            Lane(
                Channel.EMAIL,
                lambda outgoing: self.mailer.send(outgoing.content),
                threads=4,
                most=40,
                most_of_user=MAILS_OF_USER,
            ),
            Lane(
                Channel.PUSH,
                lambda outgoing: push.send(outgoing.content),
                threads=16,
                most=64,
                most_of_user=MOST_OF_USER,
            ),
        ]

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                pause = self.round()
            except Exception as error:  # the database may be away: the next round tries again
                logger.warning("Reminders could not be sent: %s", type(error).__name__)
                connection.close()
                self.has_failed = True
                pause = MOST_WAIT_SECONDS
            self._pause(stop, pause)
        self.close()
        connection.close()

    def round(self) -> float:
        """Do what is due once; return after how many seconds there may be more.

        It looks first: on SQLite every transaction takes the one lock. A step that fails does not keep the others from
        their turn.
        """
        waits = self._waits()
        self.has_failed = False
        done = sum(self._attempt(lane.collect) for lane in self.lanes)
        if waits["plans"] <= 0:
            done += self._attempt(planning.plan_due_lists)
        if waits["reminders"] <= 0:
            done += self._attempt(lambda: sending.fire_due(served=self.served))
        if waits["digests"] <= 0:
            done += self._attempt(sending.fire_digests)
        if done or waits["notifications"] <= 0:
            done += sum(self._attempt(lane.take) for lane in self.lanes)
        if done:
            return 0
        if self.has_failed:
            return MOST_WAIT_SECONDS
        # What is due and cannot be taken is in another's hands, or there is no room.
        return max(LEAST_WAIT_MS, min(waits.values())) / 1000

    def _attempt(self, step: Callable[[], int]) -> int:
        try:
            return step()
        except Exception:
            logger.exception("A step of sending reminders failed")
            self.has_failed = True
            if connection.errors_occurred:
                connection.close()
            return 0

    def _waits(self) -> dict[str, int]:
        """Return how many milliseconds it is until something of each kind is due, or a bit less than a second."""
        most_ms = int(MOST_WAIT_SECONDS * random.uniform(0.8, 1.0) * 1000)  # noqa: S311 - jitter
        kinds = {
            "plans": (ListPlan.objects.unleased(), "due_at_ms"),
            "reminders": (DueReminder.objects.not_resting(), "due_at_ms"),
            "digests": (ReminderSettings.objects.all(), "digest_due_at_ms"),
            "notifications": (Notification.objects.unleased(), "due_at_ms"),
        }
        waits = {}
        for name, (rows, column) in kinds.items():
            coming = rows.filter(**{f"{column}__lte": NowOnce() + most_ms})
            found = coming.aggregate(wait=Min(column) - NowMs())["wait"]
            waits[name] = most_ms if found is None else found
        return waits

    def close(self) -> None:
        """Let what is being sent end, write it down, and give back what has not begun."""
        for lane in self.lanes:
            begun = [future for future in lane.under_way if not future.cancel()]
            wait(begun, timeout=STOP_SECONDS)
            try:
                lane.collect()
            except Exception as error:
                logger.warning("What was sent could not be written down: %s", type(error).__name__)
            lane.pool.shutdown(wait=False, cancel_futures=True)
        self.mailer.close()

    def _pause(self, stop: threading.Event, seconds: float) -> None:
        under_way = [future for lane in self.lanes for future in lane.under_way]
        if under_way and not self.has_failed:
            # A few milliseconds let several be written down together. What is due waits for threads that are free.
            wait(under_way, timeout=max(seconds, 0.05), return_when=FIRST_COMPLETED)
            stop.wait(0.005)
        elif seconds:
            stop.wait(seconds)


def _note(result: Results, outgoing: Outgoing, future: Future) -> None:
    pk, browser_id = outgoing.notification.pk, outgoing.notification.browser_id
    if future.cancelled():
        result.released.append(pk)
        return
    match future.exception():
        case None:
            seconds = future.result()
            (result.released if seconds is None else result.sent).append(pk)
            if browser_id and seconds is not None:
                if seconds > SLOW_SECONDS:
                    result.slow_browsers.add(browser_id)
                elif outgoing.is_to_failing_browser:
                    result.working_browsers.add(browser_id)
        case push.Gone():
            result.gone_browsers.add(browser_id)
        case MailFailed() | push.PushFailed() as error:
            result.failed[pk] = str(error)
            if browser_id:
                result.failing_browsers.add(browser_id)
        case error:
            logger.error("A reminder could not be sent", exc_info=error)
            result.failed[pk] = f"It could not be sent: {type(error).__name__}."
