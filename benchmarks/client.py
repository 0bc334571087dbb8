"""A minimal HTTP client. The standard library's takes longer than the fastest requests measured."""

import json
import socket
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

POLL_SECONDS = 0.001
PATIENCE_SECONDS = 600
Answer = tuple[int, bytes, dict[str, str]]
LAST_CHUNK = b"0\r\n\r\n"
FINAL = {"SUCCESS", "FAILURE", "REVOKED"}


class Unexpected(Exception):
    """The server gave an unexpected response."""


class Client:
    """Sends requests over a persistent connection, and reconnects if the server closed it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None
        self.changed_todo: int | None = None

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Return the status, body and headers of the response. Header names are in lower case."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        sent = "\r\n".join([*lines, "", ""]).encode() + (body or b"")
        try:
            return self.exchange(sent)
        except OSError:
            self.socket = None
            return self.exchange(sent)

    def exchange(self, sent: bytes) -> Answer:
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(sent)
        received = self.receive(until=lambda received: b"\r\n\r\n" in received)
        head, _, body = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if "content-length" in headers:
            missing = int(headers["content-length"]) - len(body)
            body += self.receive(until=lambda received: len(received) >= missing)
        elif headers.get("transfer-encoding") == "chunked":
            body = unchunk(body + self.receive(until=lambda received: (body + received).endswith(LAST_CHUNK)))
        if headers.get("connection", "").lower() == "close":
            self.socket = None
        return int(first.split()[1]), body, headers

    def receive(self, until: Callable[[bytes], bool]) -> bytes:
        received = b""
        while not until(received):
            part = self.socket.recv(1_000_000)
            if not part:
                raise ConnectionResetError("The server closed the connection")
            received += part
        return received

    def json(self, method: str, path: str, sent: Any = None) -> Any:
        """Return the JSON of a request that must succeed."""
        headers = {"Content-Type": "application/json"} if sent is not None else {}
        body = json.dumps(sent).encode() if sent is not None else (b"" if method == "POST" else None)
        status, answer, _ = self.call(method, path, body, headers)
        if status >= 300:
            raise Unexpected(f"{method} {path} got a {status}: {answer[:300]!r}")
        return json.loads(answer)

    def todo_ids(self) -> tuple[int, int]:
        """Return the ids of the first and last todo. The ids between them all exist."""
        todos = self.json("GET", "/api/v1/todos")
        return todos[0]["id"], todos[-1]["id"]

    def submit_job(self) -> str:
        return self.json("POST", "/api/v1/todos/ical")["task_id"]

    def wait_for_job(self, job: str, poll_seconds: float = POLL_SECONDS) -> None:
        """Wait until the job is a SUCCESS."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while (status := self.json("GET", f"/api/v1/todos/ical/{job}/status")["task_status"]) not in FINAL:
            if time.monotonic() > ends:
                raise Unexpected(f"A job is still {status} after {PATIENCE_SECONDS} s")
            time.sleep(poll_seconds)
        if status != "SUCCESS":
            raise Unexpected(f"A job ended as {status}")

    def result(self, job: str) -> bytes:
        status, body, _ = self.call("GET", f"/api/v1/todos/ical/{job}/result")
        if status != 200:
            raise Unexpected(f"A result got a {status}: {body[:300]!r}")
        return body

    def change_a_todo(self) -> None:
        """Give a todo a new title."""
        if self.changed_todo is None:
            self.changed_todo = self.todo_ids()[0]
        self.json("PUT", f"/api/v1/todos/{self.changed_todo}", {"title": f"Changed {uuid4().hex}"})


def unchunk(body: bytes) -> bytes:
    """Read a chunked body."""
    chunks = []
    while body != LAST_CHUNK:
        size, _, rest = body.partition(b"\r\n")
        end = int(size, 16)
        chunks.append(rest[:end])
        body = rest[end + 2 :]
    return b"".join(chunks)
