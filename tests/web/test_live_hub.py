"""How the hub tells many streams of one source what is new."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Hashable, Mapping

import pytest

from web import live
from web.live import EventStream, Hub, Seen, Source, Stream


def source_of(states: list[str], news: Callable[[str], Mapping[str, object]]) -> Source:
    """A source whose state is the last of a list, for every topic."""

    def read(topics: set[Hashable]) -> Mapping[Hashable, Seen]:
        return {topic: Seen(states[-1], frozenset({1}), news) for topic in topics}

    return Source(read, max_questions=1_000, poll_seconds=0.01)


def open_stream(hub: Hub, source: Source, topic: str) -> Stream:
    seen = Seen("old", frozenset({1}))
    stream = Stream(EventStream(topic, seen, source, "caller"))
    hub._open(stream, seen)
    stream.news.clear()  # the first has been sent
    return stream


async def close(hub: Hub) -> None:
    for asker in hub.askers.values():
        asker.task.cancel()
        asker.thread.shutdown()


def test_events_are_written_in_the_sources_thread_and_once_for_all_pages_that_show_the_same() -> None:
    written = []

    def news(sent: str) -> Mapping[str, object]:
        written.append((sent, threading.current_thread()))
        return {"since": sent}

    async def check() -> None:
        hub = Hub(asyncio.get_running_loop())
        source = source_of(["new"], news)
        streams = [open_stream(hub, source, topic) for topic in ("a", "a", "a", "b")]
        async with asyncio.timeout(60):
            for stream in streams:
                await stream.news.wait()
        assert all(b'"since": "old"' in stream.unsent.event for stream in streams)
        await close(hub)

    asyncio.run(check())
    assert [sent for sent, _ in written] == ["old", "old"]
    assert threading.main_thread() not in {thread for _, thread in written}


def test_what_is_sent_along_comes_with_how_to_ask_for_it() -> None:
    def contents(counts: Mapping[Hashable, int]) -> Mapping[Hashable, Mapping[str, object]]:
        assert counts == {"a": 2, "b": live.FEW_PAGES}
        return {"a": {"html": "<p>☃</p>"}}

    async def check() -> None:
        hub = Hub(asyncio.get_running_loop())
        source = Source(lambda topics: dict.fromkeys(topics, Seen("new", frozenset())), contents=contents)
        streams = {topic: open_stream(hub, source, topic) for topic in "aabbbb"}
        async with asyncio.timeout(60):
            for stream in streams.values():
                await stream.news.wait()
        all_ask = b'"spread": %d' % (6 * live.MS_FOR_EACH_PAGE)
        assert "<p>☃</p>".encode() in streams["a"].unsent.event
        assert all_ask in streams["a"].unsent.event
        assert all_ask in streams["a"].unsent.plain
        assert b"html" not in streams["a"].unsent.plain
        assert b'"spread": 0' in streams["b"].unsent.event  # few have to ask
        await close(hub)

    asyncio.run(check())


def test_pages_ask_if_what_is_new_cannot_be_rendered() -> None:
    def contents(counts: Mapping[Hashable, int]) -> Mapping[Hashable, Mapping[str, object]]:
        raise ValueError("not today")

    async def check() -> None:
        hub = Hub(asyncio.get_running_loop())
        source = Source(lambda topics: dict.fromkeys(topics, Seen("new", frozenset())), contents=contents)
        stream = open_stream(hub, source, "a")
        async with asyncio.timeout(60):
            await stream.news.wait()
        assert b'"state": "new"' in stream.unsent.event
        await close(hub)

    asyncio.run(check())


def test_connections_are_closed_after_the_last_page_and_threads_end_with_the_hub(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed_in: list[threading.Thread] = []
    monkeypatch.setattr(live, "listening", lambda loop, hear: contextlib.nullcontext())
    monkeypatch.setattr(live, "_disconnect", lambda: closed_in.append(threading.current_thread()))

    async def check() -> None:
        hub = Hub(asyncio.get_running_loop())
        running = asyncio.create_task(hub.run())
        streams = [open_stream(hub, source_of(["new"], lambda sent: {}), "a") for _ in range(2)]
        async with asyncio.timeout(60):
            for stream in streams:
                await stream.news.wait()
            for stream in streams:
                hub._close(stream)
            while len({*closed_in}) < 2:
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait([running], timeout=60)

    asyncio.run(check())
    assert not [thread for thread in closed_in if thread.is_alive()]


def test_event_that_cannot_be_written_does_not_end_the_source() -> None:
    failures = [ValueError("not today")]

    def news(sent: str) -> Mapping[str, object]:
        if failures:
            raise failures.pop()
        return {"at": "last"}

    async def check() -> None:
        hub = Hub(asyncio.get_running_loop())
        stream = open_stream(hub, source_of(["new"], news), "a")
        async with asyncio.timeout(60):
            await stream.news.wait()
        assert b"last" in stream.unsent.event
        await close(hub)

    asyncio.run(check())


def test_source_that_takes_long_does_not_delay_another() -> None:
    is_over = threading.Event()

    def read_slowly(topics: set[Hashable]) -> Mapping[Hashable, Seen]:
        is_over.wait(60)
        return dict.fromkeys(topics, Seen("new", frozenset()))

    async def check() -> None:
        hub = Hub(asyncio.get_running_loop())
        open_stream(hub, Source(read_slowly), "a")
        await asyncio.sleep(0.1)  # it has begun
        quick = open_stream(hub, source_of(["new"], lambda sent: {}), "a")
        async with asyncio.timeout(30):
            await quick.news.wait()
        is_over.set()
        await close(hub)

    try:
        asyncio.run(check())
    finally:
        is_over.set()
