"""The feed access log: each kind of client's last fetch, without a write for every fetch."""

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from django.db import DatabaseError
from django.utils.translation import gettext

from calendars.feeds.clients import HABITS, Client
from calendars.models import CalendarFile, Feed
from database.errors import is_outage
from web.translations import group_digits

logger = logging.getLogger(__name__)

WRITE_INTERVAL = timedelta(minutes=1)
MAX_PENDING_FEEDS = 10_000
# Google reads files of up to about a megabyte.
WARNING_BYTES = 900_000

# Each feed's fetches since its last write, for the next one. Without them, a client that fetches every minute
# would hide one that fetches once a day.
_pending: dict[object, dict[str, dict]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Fetch:
    """One client's last fetch. Times are in UTC, to the second; deadlines are wall-clock times as if in UTC."""

    at: str
    status: int  # 200: the file, 304: nothing new, 503: not ready
    is_stale: bool  # the last good file, because a newer one could not be built
    events: int | None = None
    bytes: int | None = None
    first_deadline: str | None = None
    last_deadline: str | None = None

    @property
    def answer(self) -> str:
        """The response in words."""
        if self.is_stale:
            return gettext("the last good file: a newer one could not be made")
        match self.status:
            case HTTPStatus.OK:
                return gettext("the file")
            case HTTPStatus.NOT_MODIFIED:
                return gettext("nothing new")
        return gettext("not ready")


@dataclass(frozen=True)
class ClientHealth:
    """What we know about one kind of client of a feed."""

    client: Client
    fetch: Fetch
    habits: str  # a sentence about how often it fetches


@dataclass(frozen=True)
class FeedHealth:
    """What a feed's file contains, and each kind of client's last fetch, latest first."""

    events: int | None
    bytes: int | None
    first_deadline: datetime | None
    last_deadline: datetime | None
    skipped: list[dict]  # {"uid", "title", "reason"} of each skipped todo
    warning: str | None
    clients: list[ClientHealth]


def feed_health(feed: Feed) -> FeedHealth:
    """Return the health of a feed that list_feeds loaded. Values of its file are None before it has one."""
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
        clients=sorted(clients, key=lambda client: client.fetch.at, reverse=True),
    )


def record_fetch(
    feed: Feed, client: Client, *, status: int, file: CalendarFile | None, is_stale: bool = False
) -> None:
    """Write the fetch, or keep it for the next write if the last one was less than WRITE_INTERVAL ago."""
    now = datetime.now(UTC)
    fetch = Fetch(at=_to_the_second(now), status=int(status), is_stale=is_stale, **_contents(file))
    with _lock:
        fetches = _pending.pop(feed.pk, {}) | {str(client): vars(fetch)}
    # The update checks the interval again. If it succeeds, nobody wrote since the feed was read.
    is_due = feed.last_fetched_at is None or feed.last_fetched_at <= now - WRITE_INTERVAL
    if is_due and _write(feed, feed.clients | fetches, now):
        return
    with _lock:
        _pending[feed.pk] = fetches | _pending.get(feed.pk, {})
        if len(_pending) > MAX_PENDING_FEEDS:
            del _pending[next(iter(_pending))]


def _write(feed: Feed, clients: dict, now: datetime) -> bool:
    """Return whether it was written. A database that can only be read, after a failover, still serves feeds."""
    try:
        return bool(Feed.objects.record(feed, clients, now=now, every=WRITE_INTERVAL))
    except DatabaseError as error:
        if not is_outage(error):
            raise
        logger.warning("A fetch was not recorded: %s", type(error).__name__)
        return False


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
    sentence = gettext(
        "The file has %(size)s kB. Google takes no more than about 1,000 kB: "
        "show open todos alone, or delete what is long past."
    )
    return sentence % {"size": group_digits(round(size / 1000))}
