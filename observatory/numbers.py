"""What the page says in numbers: from the database and the broker themselves, not from events."""

import contextlib
import logging
import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import dramatiq
from django.conf import settings
from django.utils.translation import gettext_noop

from calendars.builds.sweeper import WORKER_ALIVE_MS
from calendars.models import JobStatus
from observatory.queries import NUMBERS

logger = logging.getLogger(__name__)

SHOWN = 50  # calendars, and workers
FEED_MINUTES = 5
FINISHED_MINUTES = 60
MOMENT_SECONDS = 0.1


@dataclass(frozen=True)
class DueCalendar:
    """A calendar that is to be built, is being built, or rests after a failure."""

    id: int | None
    list_id: int | None
    attempts: int
    state: str
    process: str  # of the worker that has the lease
    seconds: float  # until it is due, or its lease ends, or it is tried again; negative: since then


@dataclass(frozen=True)
class LivingWorker:
    id: str
    heartbeat_seconds: float
    is_alive: bool
    leases: tuple[DueCalendar, ...]


@dataclass(frozen=True)
class Numbers:
    now_ms: int
    jobs: dict[str, int]  # those that wait, and those that have ended in the last FINISHED_MINUTES
    oldest_job_seconds: float | None
    due: int  # calendars that are to be built now, and that nobody is building
    leased: int  # that somebody is building
    resting: int  # whose last attempt failed
    later: int  # that are due later: their list may yet change, or a message is under way
    calendars: tuple[DueCalendar, ...]
    workers: tuple[LivingWorker, ...]
    feeds: dict[str, int]
    sessions: frozenset[str] = frozenset()
    staff: frozenset[int] = frozenset()
    #: Messages that no worker has taken; None if the broker does not say.
    messages: int | None = field(default=None)

    def for_lists(self, list_ids: Iterable[int]) -> "Numbers":
        """Return these numbers, without what is of one calendar of another list."""
        shown = set(list_ids)
        workers = tuple(
            replace(one, leases=tuple(lease for lease in one.leases if lease.list_id in shown))
            for one in self.workers
        )
        return replace(
            self, calendars=tuple(one for one in self.calendars if one.list_id in shown), workers=workers
        )


def read_numbers(sessions: Iterable[str] = (), users: Iterable[int] = ()) -> Numbers:
    """Ask the database, by one query; also which of these sessions have not ended, and who of the users is staff."""
    now = datetime.now(UTC)
    rows = NUMBERS(
        most=SHOWN,
        finished_since=now - timedelta(minutes=FINISHED_MINUTES),
        feeds_ms=FEED_MINUTES * 60_000,
        sessions=[*sessions],
        users=[*users],
        now=now,
    )
    of = {}
    for what, *values in rows:
        of.setdefault(what, []).append(values)
    ((_, now_ms, *_),) = of["now"]
    jobs = {status: (count, oldest) for status, count, *_, oldest in of.get("jobs", [])}
    asked = [jobs[status][1] for status in (JobStatus.PENDING, JobStatus.STARTED) if status in jobs]
    ((_, total, leased, resting, due, *_),) = of["calendars"]
    calendars = tuple(_calendar(values, now_ms) for values in of.get("calendar", []))
    workers = sorted(of.get("worker", []), key=lambda values: -values[1])
    return Numbers(
        now_ms=now_ms,
        jobs={status: jobs.get(status, (0,))[0] for status in JobStatus.values},
        oldest_job_seconds=max(0.0, now_ms / 1000 - min(asked).timestamp()) if asked else None,
        due=due,
        leased=leased,
        resting=resting,
        later=total - leased - resting - due,
        calendars=calendars,
        workers=tuple(_worker(values, now_ms, calendars) for values in workers),
        feeds={status: int(count) for status, count, *_ in of.get("feeds", [])},
        sessions=frozenset(key for key, *_ in of.get("session", [])),
        staff=frozenset(user for _, user, is_staff, *_ in of.get("user", []) if is_staff),
    )


def _calendar(values: list, now_ms: int) -> DueCalendar:
    process, calendar_id, list_id, attempts, due_at_ms, lease_until_ms, is_leased, *_ = values
    if is_leased and lease_until_ms > now_ms:
        state, at_ms = gettext_noop("is being built"), lease_until_ms
    elif is_leased:
        state, at_ms = gettext_noop("was left by its worker"), lease_until_ms
    elif lease_until_ms > now_ms:
        state, at_ms = gettext_noop("rests after a failure"), lease_until_ms
    else:
        state, at_ms = (gettext_noop("is due") if due_at_ms <= now_ms else gettext_noop("is due soon")), due_at_ms
    return DueCalendar(
        calendar_id, list_id, attempts, state, process if is_leased else "", (at_ms - now_ms) / 1000
    )


def _worker(values: list, now_ms: int, calendars: Iterable[DueCalendar]) -> LivingWorker:
    name, heartbeat_ms, *_ = values
    age_ms = max(0, now_ms - heartbeat_ms)
    leases = tuple(one for one in calendars if one.process == name)
    return LivingWorker(name, age_ms / 1000, age_ms <= WORKER_ALIVE_MS, leases)


class QueueDepth:
    """How many messages wait in the broker, asked in a thread of its own: a broker that is away keeps nobody waiting.

    Whoever asks waits a moment. While a question has no answer yet, nobody else does.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "queue depth")
        self._lock = threading.Lock()
        self._asked: Future[int | None] | None = None
        self._known: int | None = None

    def latest(self) -> int | None:
        """Return what the broker says, or what it has said last if it takes longer."""
        with self._lock:
            if self._asked is None:
                self._asked = self._thread.submit(count_messages)
                with contextlib.suppress(TimeoutError):
                    self._asked.result(MOMENT_SECONDS)
            if self._asked.done():
                self._known, self._asked = self._asked.result(), None
            return self._known


QUEUE_DEPTH = QueueDepth()


def count_messages() -> int | None:
    """Ask the broker how many messages for calendars wait; None if it does not say."""
    try:
        return dramatiq.get_broker().count_waiting(settings.CALENDAR_QUEUE)
    except Exception as error:  # every broker fails in its own way
        logger.debug("The broker does not say how many messages wait: %s", type(error).__name__)
        return None
