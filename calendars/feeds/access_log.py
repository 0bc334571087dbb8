"""Who fetches a feed and what they get: written down without a write for every fetch."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from calendars.feeds.clients import HABITS, Client
from calendars.models import CalendarFile, Feed

RECORD_EVERY = timedelta(minutes=1)
MAX_HELD_BACK = 10_000
# Google takes no more than about a megabyte.
WARNING_BYTES = 900_000

# What came too soon after the last write, for the next one: without this, a client that comes every minute
# would hide one that comes once a day. For each feed, its clients' fetches.
_held_back: dict[object, dict[str, dict]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Fetch:
    """One client's last fetch. Times are UTC, to the second; deadlines wall clocks as if they were UTC."""

    at: str
    status: int  # 200 a file, 304 nothing new, 503 not ready
    is_stale: bool  # the last good file, since a newer one could not be made
    events: int | None = None
    bytes: int | None = None
    first_deadline: str | None = None
    last_deadline: str | None = None

    @property
    def answer(self) -> str:
        """The answer in words."""
        if self.is_stale:
            return "the last good file: a newer one could not be made"
        return {HTTPStatus.OK: "the file", HTTPStatus.NOT_MODIFIED: "nothing new"}.get(self.status, "not ready")


@dataclass(frozen=True)
class ClientHealth:
    """What is known of one kind of client of a feed."""

    client: Client
    fetch: Fetch
    habits: str  # one sentence on how often it comes


@dataclass(frozen=True)
class FeedHealth:
    """How a feed fares: what its file holds, and for each kind of client its last fetch, latest first."""

    events: int | None
    bytes: int | None
    first_deadline: datetime | None
    last_deadline: datetime | None
    skipped: list[dict]  # {"uid", "title", "reason"} of each todo that is left out
    warning: str | None
    clients: list[ClientHealth]


def feed_health(feed: Feed) -> FeedHealth:
    """Return the health of a feed as list_feeds loads it; what its file holds is None before it has one."""
    file = feed.calendar.current_file
    clients = [
        ClientHealth(Client(name), Fetch(**values), HABITS[Client(name)]) for name, values in feed.clients.items()
    ]
    return FeedHealth(
        events=file and file.events,
        bytes=file and file.size,
        first_deadline=file and file.first_deadline,
        last_deadline=file and file.last_deadline,
        skipped=file.skipped if file else [],
        warning=_size_warning(file.size) if file else None,
        clients=sorted(clients, key=lambda known: known.fetch.at, reverse=True),
    )


def record_fetch(
    feed: Feed, client: Client, *, status: int, file: CalendarFile | None, is_stale: bool = False
) -> None:
    """Write the fetch down, or keep it for the next write where the feed had one in the last minute."""
    now = datetime.now(UTC)
    fetch = Fetch(at=_to_the_second(now), status=int(status), is_stale=is_stale, **_contents(file))
    with _lock:
        fetches = _held_back.pop(feed.pk, {}) | {str(client): vars(fetch)}
    # Nobody else has written since the feed was read if this write is let through: nothing is overwritten.
    is_due = feed.last_fetched_at is None or feed.last_fetched_at <= now - RECORD_EVERY
    if is_due and Feed.objects.record(feed, feed.clients | fetches, now=now, every=RECORD_EVERY):
        return
    with _lock:
        _held_back[feed.pk] = fetches | _held_back.get(feed.pk, {})
        if len(_held_back) > MAX_HELD_BACK:
            del _held_back[next(iter(_held_back))]


def _contents(file: CalendarFile | None) -> dict:
    if file is None:
        return {}
    return {
        "events": file.events,
        "bytes": file.size,
        "first_deadline": _to_the_second(file.first_deadline),
        "last_deadline": _to_the_second(file.last_deadline),
    }


def _to_the_second(moment: datetime | None) -> str | None:
    return moment and moment.strftime("%Y-%m-%dT%H:%M:%S")


def _size_warning(size: int) -> str | None:
    if size < WARNING_BYTES:
        return None
    return (
        f"The file has {size / 1000:,.0f} kB. Google takes no more than about 1,000 kB: "
        "show open todos alone, or delete what is long past."
    )
