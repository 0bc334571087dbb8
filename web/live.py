"""Pages that update by themselves: streams of server-sent events, which hold no thread.

Django answers the request for a stream in one of its threads, like every other, with an `EventStream`: the view has
decided who may watch what. From then on the stream is the event loop's. The `Hub` of each process asks the database
one question a second for all of its streams of a kind, and another one when a change on this machine nudges it.
"""

import asyncio
import contextlib
import json
import logging
import random
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple, Protocol

from django.db import connection
from django.http import HttpResponse
from granian.rsgi import HTTPProtocol, ProtocolClosed, ProtocolError

from database.errors import DATABASE_ERRORS
from web.nudges import listening

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
# In each second, counted from the end of a question: so it holds however late the thread starts.
MAX_QUESTIONS = 2
# Proxies close connections that say nothing: AWS's and nginx after 60 seconds.
HEARTBEAT_SECONDS = 15
# Streams end and are opened again: so that load is spread over new servers, and that whoever has signed out elsewhere
# or changed a password is asked again.
LAST_SECONDS = (240, 300)
# Of each process. Whoever gets no stream polls.
MAX_STREAMS = 2_000
MAX_STREAMS_OF_ONE = 500  # of one user, or one address of people who are not signed in
# When the browser opens a stream again that has ended, and when it asks again if it got none.
REOPEN_MS = (1_000, 4_000)
ASK_AGAIN_MS = (15_000, 25_000)
# If many pages have to ask for what is new, they do so one after the other, not all at once.
FEW_PAGES, MS_FOR_EACH_PAGE = 4, 40

HEARTBEAT = b":\n\n"
MEDIA_TYPE = "text/event-stream"


@dataclass(frozen=True)
class Seen:
    """What a page shows, as one short text that changes with it; and the numbers of the nudges that concern it."""

    state: str
    numbers: frozenset[int]
    #: Return what an event has besides: what a page that shows an older state does not have. It is called in the thread
    #: that reads the source, and in Django's.
    news: Callable[[str], Mapping[str, object]] = lambda state: {}


@dataclass(frozen=True)
class Source:
    """Where pages of one kind find out what is new."""

    #: Return what is to be seen now of each subject, with one query, but not where pages may see nothing any more.
    read: Callable[[set[Hashable]], Mapping[Hashable, Seen]]
    #: In each second, if there are nudges.
    max_questions: int = MAX_QUESTIONS
    #: After which a question is asked without a nudge.
    poll_seconds: float = POLL_SECONDS
    #: Return what pages of these subjects need, each shown by so many, so that they need not ask for it. Those that are
    #: left out ask.
    contents: Callable[[Mapping[Hashable, int]], Mapping[Hashable, Mapping[str, object]]] = lambda counts: {}


class EventStream(HttpResponse):
    """What a subject looks like now, as one event. `manage.py serve` goes on with an event for each change.

    Under other servers the response ends here, and the browser asks again after a while: it polls.
    """

    def __init__(self, subject: Hashable, seen: Seen, source: Source, caller: str, shown: str = "") -> None:
        self.first = seen.news(shown)
        super().__init__(
            event(seen.state, self.first, retry=ASK_AGAIN_MS),
            content_type=MEDIA_TYPE,
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self.subject = subject
        self.seen = seen
        self.source = source
        self.caller = caller


def event(
    state: str, news: Mapping[str, object] = {}, *, spread: int = 0, retry: tuple[int, int] | None = None
) -> bytes:
    """Return an event: what there is to see, and in how many milliseconds, at random, to ask for it."""
    again = f"retry: {random.randint(*retry)}\n" if retry else ""  # noqa: S311 - jitter
    data = json.dumps({"state": state, "spread": spread, **news}, ensure_ascii=False)
    return f"{again}id: {state}\ndata: {data}\n\n".encode(errors="replace")


class Transport(Protocol):
    """What granian gives for a response that goes on."""

    async def send_bytes(self, data: bytes) -> None:
        """Return at once, however much the client has not taken yet."""


class Unsent(NamedTuple):
    """An event that has not been sent. ``plain`` is the same without what makes it large: the page asks for that."""

    event: bytes
    plain: bytes = b""


class Stream:
    """An open page. It remembers the last event that it has not sent, which has all that is new since the last sent."""

    def __init__(self, response: EventStream) -> None:
        self.subject = response.subject
        self.source = response.source
        self.caller = response.caller
        self.state = self.sent = response.seen.state
        self.is_over = False
        self.unsent = Unsent(event(self.state, response.first, retry=REOPEN_MS))
        self.news = asyncio.Event()
        self.news.set()

    def show(self, state: str, unsent: Unsent) -> None:
        self.state, self.unsent = state, unsent
        self.news.set()

    def end(self) -> None:
        self.is_over = True
        self.news.set()

    async def next(self, deadline: float) -> Unsent | None:
        """Return what to send next, None at the end."""
        left = deadline - time.monotonic()
        try:
            async with asyncio.timeout(min(left, HEARTBEAT_SECONDS)):
                await self.news.wait()
        except TimeoutError:
            return Unsent(HEARTBEAT) if left > HEARTBEAT_SECONDS else None
        self.news.clear()
        self.sent = self.state
        return None if self.is_over else self.unsent


class Hub:
    """The streams of this process. Used by the event loop's thread alone, but for the queries."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.streams: set[Stream] = set()
        self.callers: Counter[str] = Counter()
        self.askers: dict[Source, Asker] = {}
        self.is_stopping = False
        self._opened = asyncio.Event()
        self._left = asyncio.Event()

    def has_room(self, caller: str) -> bool:
        is_full = len(self.streams) >= MAX_STREAMS or self.callers.get(caller, 0) >= MAX_STREAMS_OF_ONE
        return not is_full and not self.is_stopping

    async def serve(
        self,
        protocol: HTTPProtocol,
        fields: list[tuple[str, str]],
        response: EventStream,
        send: Callable[[Transport, Stream, Unsent], Awaitable[None]],
    ) -> None:
        """Send the response, and go on with it. What comes while ``send`` takes its time is one event afterwards."""
        fields = [(name, value) for name, value in fields if name.lower() != "content-length"]
        stream = Stream(response)
        self._open(stream, response.seen)
        leaving = self.loop.create_task(_end_with_client(protocol, stream))
        try:
            with contextlib.suppress(ProtocolClosed, ProtocolError):
                transport = protocol.response_stream(HTTPStatus.OK, fields)
                deadline = time.monotonic() + random.uniform(*LAST_SECONDS)  # noqa: S311 - jitter
                while unsent := await stream.next(deadline):
                    await send(transport, stream, unsent)
        finally:
            leaving.cancel()
            self._close(stream)

    def stop(self) -> None:
        """End all streams. From now on, pages poll, and find another server."""
        self.is_stopping = True
        for stream in self.streams:
            stream.end()

    async def run(self) -> None:
        """Look after the streams until this task is cancelled. While there is none, nothing is asked."""
        try:
            while True:
                await self._opened.wait()
                with listening(self.loop, self._hear):
                    while self.streams:
                        self._left.clear()
                        await self._left.wait()
                self._opened.clear()
                for asker in [*self.askers.values()]:
                    await asker.in_thread(_disconnect)
        finally:
            for asker in self.askers.values():
                asker.task.cancel()
                asker.thread.submit(_disconnect)
            for asker in self.askers.values():
                asker.thread.shutdown()

    def _open(self, stream: Stream, seen: Seen) -> None:
        self.streams.add(stream)
        self.callers[stream.caller] += 1
        if (asker := self.askers.get(stream.source)) is None:
            asker = self.askers[stream.source] = Asker(self, stream.source)
        asker.open(stream, seen)
        self._opened.set()

    def _close(self, stream: Stream) -> None:
        self.streams.discard(stream)
        self.callers[stream.caller] -= 1
        if not self.callers[stream.caller]:
            del self.callers[stream.caller]
        self.askers[stream.source].close(stream)
        if not self.streams:
            self._left.set()

    def _hear(self, number: int) -> None:
        for asker in self.askers.values():
            asker.hear(number)


class Asker:
    """Asks one source, for all streams that show it."""

    def __init__(self, hub: Hub, source: Source) -> None:
        self.hub = hub
        self.source = source
        # Not one of Django's: they may all be busy. And of this source alone: another may take long.
        self.thread = ThreadPoolExecutor(1, "live")
        self.streams: set[Stream] = set()
        self.numbers: set[int] = set()
        self._is_nudged = asyncio.Event()
        self._is_watched = asyncio.Event()
        self._asked_at: deque[float] = deque([0.0] * source.max_questions, source.max_questions)
        self.task = hub.loop.create_task(self._run())

    def open(self, stream: Stream, seen: Seen) -> None:
        self.streams.add(stream)
        self.numbers |= seen.numbers
        self._is_watched.set()
        self._is_nudged.set()  # something may have changed since the view looked

    def close(self, stream: Stream) -> None:
        self.streams.discard(stream)
        if not self.streams:
            self._is_watched.clear()

    def hear(self, number: int) -> None:
        if number in self.numbers:
            self._is_nudged.set()

    async def _run(self) -> None:
        while True:
            await self._is_watched.wait()
            await self._wait()
            await self._look()

    async def _wait(self) -> None:
        """Wait for a nudge or the next second, and until one more question is allowed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._asked_at[-1] + self.source.poll_seconds - time.monotonic()):
                await self._is_nudged.wait()
        if self.streams:
            await asyncio.sleep(max(0, self._asked_at[0] + 1 - time.monotonic()))

    async def _look(self) -> None:
        """Ask what there is to see now, and tell the streams whose state has changed."""
        self._is_nudged.clear()
        asked = [*self.streams]
        if not asked:
            return
        subjects = {stream.subject for stream in asked}
        try:
            seen = await self.in_thread(_read, self.source, subjects)
            self.numbers = {number for one in seen.values() for number in one.numbers}
            for stream in asked:
                if stream.subject not in seen:
                    stream.end()
            changed = {
                stream: (stream.subject, stream.sent)
                for stream in asked
                if not stream.is_over and stream.state != seen[stream.subject].state
            }
            counts = Counter(changed.values())
            unsent = await self.in_thread(_write, self.source, seen, counts) if changed else {}
        except Exception as error:  # the database may be down: the next round tries again
            logger.warning("Open pages cannot be updated: %s", type(error).__name__)
            return
        finally:
            self._asked_at.append(time.monotonic())
        for stream, key in changed.items():
            stream.show(seen[stream.subject].state, unsent[key])

    def in_thread(self, function: Callable, *values: object) -> Awaitable:
        return self.hub.loop.run_in_executor(self.thread, function, *values)


async def _end_with_client(protocol: HTTPProtocol, stream: Stream) -> None:
    await protocol.client_disconnect()
    stream.end()


def _read(source: Source, subjects: set[Hashable]) -> Mapping[Hashable, Seen]:
    connection.close_if_unusable_or_obsolete()
    try:
        return source.read(subjects)
    except Exception:
        _disconnect()
        raise


def _write(
    source: Source, seen: Mapping[Hashable, Seen], wanted: Mapping[tuple[Hashable, str], int]
) -> Mapping[tuple[Hashable, str], Unsent]:
    """Return an event for each subject and state that was sent last, of which so many pages get it."""
    counts: Counter[Hashable] = Counter()
    for (subject, _), count in wanted.items():
        counts[subject] += count
    contents = _contents(source, counts)
    asking = sum(count for subject, count in counts.items() if subject not in contents)
    events = {}
    for subject, sent in wanted:
        state, news = seen[subject].state, seen[subject].news(sent)
        if subject in contents:
            # For pages that cannot use it, or for which there is no room: as if all had to ask.
            spread = _spread(counts.total())
            complete = event(state, {**news, **contents[subject]}, spread=spread)
            events[subject, sent] = Unsent(complete, event(state, news, spread=spread))
        else:
            events[subject, sent] = Unsent(event(state, news, spread=_spread(asking)))
    return events


def _spread(pages: int) -> int:
    """Return over how many milliseconds so many pages are to ask."""
    return pages * MS_FOR_EACH_PAGE if pages > FEW_PAGES else 0


def _contents(source: Source, counts: Mapping[Hashable, int]) -> Mapping[Hashable, Mapping[str, object]]:
    try:
        return source.contents(counts)
    except Exception:  # the pages ask
        logger.exception("Open pages cannot be sent what is new")
        _disconnect()
        return {}


def _disconnect() -> None:
    with contextlib.suppress(*DATABASE_ERRORS):
        connection.close()
