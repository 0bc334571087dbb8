"""The server under attack, and clients that mean no good. All of them are on this machine."""

import contextlib
import shutil
import socket
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project import Web
from tests.system.attacks.memory import MemoryLimit

HEALTH = "/api/v1/health"


class Server(Web):
    """`manage.py serve` with the memory of a shipped task."""

    def __init__(self, folder: Path, variables: dict[str, str], group: MemoryLimit) -> None:
        # As in the task, there is no disk: temporary files are in memory.
        self.temporary = tempfile.mkdtemp(prefix="taskoverflow-", dir="/dev/shm")
        super().__init__(folder, variables | {"TMPDIR": self.temporary})
        self.group = group
        self.port = int(self.url.rpartition(":")[2])

    def command(self) -> list[str]:
        return self.group.holding(super().command())

    def end(self, number: int) -> None:
        super().end(number)
        shutil.rmtree(self.temporary, ignore_errors=True)

    def connect(self, *, receive_buffer: int = 0) -> socket.socket:
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def health_seconds(self) -> float:
        """How long a new client waits for the answer."""
        start = time.monotonic()
        with urllib.request.urlopen(self.url + HEALTH, timeout=60) as response:
            assert response.status == 200
        return time.monotonic() - start

    def assert_healthy(self, *, seconds: float = 3) -> None:
        """For so long, health is answered within a second."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.health_seconds() < 1
            time.sleep(0.2)


@contextlib.contextmanager
def connections(server: Server, count: int, **options: int) -> Iterator[list[socket.socket]]:
    """So many connections at once."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(server.connect(**options)) for _ in range(count)]


def head(method: str, path: str, **headers: object) -> bytes:
    """A request's first line and headers, with `_` for `-`."""
    fields = {"Host": "localhost"} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode()


def is_closed(connection: socket.socket) -> bool:
    """Whether the server has closed it; reads what has come."""
    connection.setblocking(False)
    try:
        while data := connection.recv(1 << 20):
            pass
        return not data
    except BlockingIOError:
        return False
    except OSError:
        return True


def wait_until(condition, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s")
        time.sleep(0.2)
