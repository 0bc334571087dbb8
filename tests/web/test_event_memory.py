"""Large events of streams whose clients read slowly: what the server holds for them is limited."""

import asyncio

import pytest

from web import server
from web.connections import Doing, Request
from web.live import Unsent
from web.server import Application, Budget

LENGTH = 10_000
EVENT = Unsent(b"x" * LENGTH, b"ask")


class SlowClient:
    """A connection, its transport and the server's connections at once."""

    client = "127.0.0.1:1"
    is_over = False

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.taken = 0
        self.requests = {self.client: Request()}
        self.requests[self.client].start(Doing.STREAMING)
        self.asked_to_close: list[Doing] = []

    def close_slowest_reader(self, doing: Doing) -> bool:
        self.asked_to_close.append(doing)
        return False

    async def send_bytes(self, data: bytes) -> None:
        self.sent.append(data)

    def written(self) -> int:
        return self.taken

    def find(self, client: str) -> "SlowClient":
        return self


class QuickClient(SlowClient):
    async def send_bytes(self, data: bytes) -> None:
        await super().send_bytes(data)
        self.taken += len(data)


def application(events: int) -> Application:
    made = Application(lambda: None)
    made.events = Budget(events * LENGTH)
    made.made_room_at = 0.0
    return made


async def until(condition) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


def test_page_without_room_for_its_event_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "EVENT_LOOKS", 2)

    async def check() -> None:
        app = application(events=2)
        clients = [SlowClient() for _ in range(3)]

        async def send(client: SlowClient) -> None:
            app.connections = client
            await app.send_event(client, client, client, EVENT)

        tasks = [asyncio.create_task(send(client)) for client in clients]
        await until(lambda: all(client.sent for client in clients))
        assert [client.sent for client in clients] == [[EVENT.event], [EVENT.event], [b"ask"]]
        assert [task.done() for task in tasks[:2]] == [False, False]  # nothing more is sent to these
        assert app.events.left == 0
        assert {doing for client in clients for doing in client.asked_to_close} == {Doing.SENDING_EVENT}
        for client in clients:
            client.taken = LENGTH
        await asyncio.wait_for(asyncio.gather(*tasks), 60)
        assert app.events.left == 2 * LENGTH
        assert {client.requests[client.client].doing for client in clients} == {Doing.STREAMING}

    asyncio.run(check())


def test_event_waits_for_room_that_others_give_back() -> None:
    async def check() -> None:
        app = application(events=1)
        first, second = SlowClient(), QuickClient()
        app.connections = first
        task = asyncio.create_task(app.send_event(first, first, first, EVENT))
        await until(lambda: first.sent)
        app.connections = second
        other = asyncio.create_task(app.send_event(second, second, second, EVENT))
        await asyncio.sleep(0)
        assert second.sent == []
        first.taken = LENGTH
        await asyncio.wait_for(asyncio.gather(task, other), 60)
        assert second.sent == [EVENT.event]

    asyncio.run(check())


def test_stream_that_ends_while_it_waits_for_room_is_sent_nothing() -> None:
    async def check() -> None:
        app = application(events=1)
        app.connections = client = QuickClient()
        app.events.take(LENGTH)
        task = asyncio.create_task(app.send_event(client, client, client, EVENT))
        await until(lambda: client.asked_to_close)
        client.is_over = True
        app.events.give_back(LENGTH)
        await asyncio.wait_for(task, 60)
        assert client.sent == []
        assert app.events.left == LENGTH

    asyncio.run(check())


def test_connection_that_has_ended_gives_its_room_back() -> None:
    class Ended(SlowClient):
        def written(self) -> int:
            if self.sent:
                raise server.Gone
            return 0

    async def check() -> None:
        app = application(events=1)
        app.connections = client = Ended()
        await app.send_event(client, client, client, EVENT)
        assert app.events.left == LENGTH

    asyncio.run(check())


def test_without_a_look_at_connections_pages_ask_and_small_events_need_none() -> None:
    class Unknown(QuickClient):
        def find(self, client: str) -> None:
            return None

    async def check() -> None:
        app = application(events=1)
        app.connections = client = Unknown()
        for unsent in (EVENT, Unsent(b"small", b"ask"), Unsent(b"y" * LENGTH)):
            await app.send_event(client, client, client, unsent)
        assert client.sent == [b"ask", b"small", b"y" * LENGTH]

    asyncio.run(check())
