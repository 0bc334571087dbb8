"""Stopping the server while a client is slow but not too slow."""

import signal
import time
from functools import partial

from tests.processes import running
from tests.system.attacks.memory import memory_limit, shipped_megabytes
from tests.system.attacks.server import Server, head

PIECES, PAUSE_SECONDS = 6, 4.2  # longer together than 20 seconds


def test_request_that_takes_long_is_answered_before_the_end(variables: dict[str, str]) -> None:
    body = b'{"title": "Milk"}' + b" " * 60_000
    size = len(body) // PIECES + 1
    with (
        memory_limit(shipped_megabytes() << 20) as group,
        running(partial(Server, variables=variables, group=group)) as server,
        server.connect() as client,
        server.connect() as idle,
    ):
        idle.sendall(head("GET", "/api/v1/health"))
        assert idle.recv(1_000)
        client.sendall(head("POST", "/api/v1/todos", Content_Type="application/json", Content_Length=len(body)))
        client.sendall(body[:size])
        server.process.send_signal(signal.SIGTERM)
        for position in range(size, len(body), size):
            time.sleep(PAUSE_SECONDS)
            client.sendall(body[position : position + size])
        assert client.recv(1_000).startswith(b"HTTP/1.1 201")
        assert server.process.wait(timeout=10) == 0
