"""What is recorded of clients that the server refuses or disconnects, with real connections to this process."""

import logging
import socket
import sys
import time
from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY

from web import connections as module
from web import rejections
from web.connections import Connections, Doing
from web.rejections import Reason, Rejections

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Connections are watched on Linux alone.")


def count(reason: Reason) -> float:
    return REGISTRY.get_sample_value("taskoverflow_rejections_total", {"reason": reason.name.lower()}) or 0


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The reason and the count of each line of the log."""
    logged: list[tuple[str, int]] = []
    handler = logging.Handler()
    handler.emit = lambda record: logged.append((record.reason, record.count))
    rejections.logger.addHandler(handler)
    yield logged
    rejections.logger.removeHandler(handler)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """`clock[0] += 1` lets a second pass."""
    now = [time.monotonic()]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def connected(listener: socket.socket) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A client, and the server's end of its connection."""
    with socket.create_connection(listener.getsockname()) as client, listener.accept()[0] as accepted:
        yield client, accepted


def address(client: socket.socket) -> str:
    return "{}:{}".format(*client.getsockname())


def test_each_reason_has_one_line_a_second_with_the_count(lines: list, clock: list[float]) -> None:
    recorded = Rejections()
    before = count(Reason.SLOW_BODY)

    for number in range(5):
        recorded.record(Reason.SLOW_BODY, f"192.0.2.1:{number}")
    recorded.record(Reason.SLOW_RESPONSE, "192.0.2.2:1")
    recorded.log()
    assert lines == [("slow_body", 1), ("slow_response", 1)]

    clock[0] += 1
    recorded.log()
    recorded.log()
    clock[0] += 1
    recorded.log()
    assert lines == [("slow_body", 1), ("slow_response", 1), ("slow_body", 4)]
    assert count(Reason.SLOW_BODY) - before == 5


def test_line_names_the_last_client(clock: list[float], caplog: pytest.LogCaptureFixture) -> None:
    rejections.logger.addHandler(caplog.handler)
    recorded = Rejections()
    for number in range(3):
        recorded.record(Reason.SLOW_BODY, f"192.0.2.1:{number}")
    clock[0] += 1
    recorded.log()
    rejections.logger.removeHandler(caplog.handler)

    last = caplog.messages[-1]
    assert last == "Rejected 2 clients, the last one 192.0.2.1:2, which sent a body too slowly"


def test_client_that_sends_no_request_is_recorded_once(connected: tuple, lines: list, clock: list[float]) -> None:
    client, _ = connected
    watched = Connections(Rejections())

    for seconds in (0, module.HEAD_SECONDS + 1, 1, 1):
        clock[0] += seconds
        watched.look(clock[0])

    assert lines == [("no_request", 1)]
    assert client.recv(1) == b""


def test_end_of_an_idle_connection_is_nothing_to_report(connected: tuple, lines: list, clock: list[float]) -> None:
    client, accepted = connected
    watched = Connections(Rejections())
    client.sendall(b"x")
    accepted.recv(1)
    watched.look(clock[0])
    watched.finish(address(client), watched.start(address(client)))
    watched.look(clock[0])

    for seconds in (1, module.KEEP_ALIVE_SECONDS, 1):
        clock[0] += seconds
        watched.look(clock[0])

    assert lines == []
    assert client.recv(1) == b""


def test_body_and_response_that_are_too_slow_are_recorded(
    connected: tuple, lines: list, clock: list[float]
) -> None:
    client, accepted = connected
    watched = Connections(Rejections())
    request = watched.start(address(client))
    request.start(Doing.RECEIVING)
    for seconds in (0, module.STALL_SECONDS + 1, 1, 1):
        clock[0] += seconds
        watched.look(clock[0])
    assert lines == [("slow_body", 1)]

    request.start(Doing.SENDING)
    accepted.setblocking(False)
    with pytest.raises(BlockingIOError):
        while accepted.send(b"x" * 100_000):
            pass
    for seconds in (0, module.STALL_SECONDS + 1, 1, 1):
        clock[0] += seconds
        watched.look(clock[0])
    assert lines == [("slow_body", 1), ("slow_response", 1)]


def test_slowest_reader_that_has_to_make_room_is_recorded(
    connected: tuple, lines: list, clock: list[float]
) -> None:
    client, _ = connected
    watched = Connections(Rejections())
    watched.start(address(client)).start(Doing.SENDING)
    clock[0] += module.SLOW_SECONDS + 1

    assert watched.close_slowest_reader()
    assert lines == [("no_memory_for_response", 1)]
    assert not watched.close_slowest_reader()


def test_client_that_takes_less_makes_room_for_others(
    listener: socket.socket, connected: tuple, clock: list[float]
) -> None:
    slow, _ = connected
    with socket.create_connection(listener.getsockname()) as quick:
        accepted, _ = listener.accept()
        with accepted:
            watched = Connections(Rejections())
            for client in (quick, slow):  # the one that has taken longer is not the slower one
                watched.start(address(client)).start(Doing.SENDING)
            accepted.sendall(b"x" * 1_000)
            while watched.find(address(quick)).progress()[1] < 1_000:  # until it has been acknowledged
                quick.recv(1_000, socket.MSG_PEEK)
            clock[0] += module.SLOW_SECONDS + 1

            assert watched.close_slowest_reader()
            assert watched.requests[address(slow)].doing is Doing.CLOSING
            assert watched.requests[address(quick)].doing is Doing.SENDING


def test_oldest_of_too_many_connections_is_recorded(
    listener: socket.socket, connected: tuple, lines: list, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_CONNECTIONS", 1)
    watched = Connections(Rejections())
    watched.look(clock[0])
    with socket.create_connection(listener.getsockname()) as other, listener.accept()[0]:
        for _ in range(3):
            clock[0] += 1
            watched.look(clock[0])
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.recv(1)

    assert lines == [("too_many_connections", 1)]
    assert connected[0].recv(1) == b""
