"""Connections that send nothing, or never come to the end of a head."""

from contextlib import ExitStack

from tests.system.attacks.server import Server, connections, head, is_closed, wait_until

COUNT = 2_500  # twice what two processes serve side by side
HALF_A_HEAD = b"GET /api/v1/health HTTP/1.1\r\nHost: local"


def test_connections_without_a_request_stop_nobody(server: Server, after_attack: None) -> None:
    with ExitStack() as stack:
        held = []
        for number in range(COUNT):
            held.append(stack.enter_context(server.connect()))
            if number % 2 == 0:  # at once: on a slow machine, the first are closed before the last are open
                held[-1].sendall(HALF_A_HEAD)
        server.assert_healthy(seconds=5)
        wait_until(lambda: all(map(is_closed, held)), seconds=20)
    wait_until(lambda: "sent no complete request head in time" in server.log.read_text(), seconds=5)
    assert server.log.read_text().count("Rejected") < COUNT / 10


def test_connections_that_are_kept_open_stop_nobody(server: Server, after_attack: None) -> None:
    with connections(server, COUNT) as held:
        for connection in held:
            connection.sendall(head("GET", "/api/v1/health"))
        for connection in held[:100]:
            assert connection.recv(1_000).startswith(b"HTTP/1.1 200")
        server.assert_healthy(seconds=5)
