"""What only the real server meets: chunked bodies, lengths that lie, slow clients, addresses as bytes."""

import json
import socket
from collections.abc import Iterator
from http.client import HTTPResponse

import pytest

from tests.hostile import BROKEN_BODIES, STRANGE_IDS
from tests.project import Web, database_url, start_web
from todos.models import Todo

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 100  # more than there are threads


@pytest.fixture
def web(transactional_db: None) -> Iterator[Web]:
    deployed = {"TASKOVERFLOW_SECRET_KEY": "for tests alone", "ALLOWED_HOSTS": "*"}
    with start_web(DATABASE_URL=database_url(), REQUEST_TIMEOUT_SECONDS="1", **deployed) as web:
        yield web
        # Whatever it was sent, it still answers, and has nothing to tell of errors of its own.
        assert ask(web, b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n")[1] == {"status": "ok"}
        assert "Traceback" not in web.log.read_text()


def connect(web: Web) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(web.url.rpartition(":")[2])), timeout=30)


def ask(web: Web, request: bytes) -> tuple[int, object]:
    with connect(web) as connection:
        connection.sendall(request)
        answer = HTTPResponse(connection)
        answer.begin()
        body = answer.read()
        return answer.status, json.loads(body) if body.startswith((b"{", b"[")) else body


def post(path: str, body: bytes, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def test_chunked_body_needs_a_length(web: Web) -> None:
    chunks = b'11\r\n{"title": "Milk"}\r\n0\r\n\r\n'
    for path in ("/api/v1/todos", "/api/v1/todos/ical", "/api/v1/nothing"):
        status, body = ask(web, post(path, chunks, "Transfer-Encoding: chunked"))
        assert (status, body) == (411, {"error": "A body needs a Content-Length."})
    both = post("/api/v1/todos", chunks, "Transfer-Encoding: chunked", "Content-Length: 4")
    assert ask(web, both)[0] in {400, 411}
    assert not Todo.objects.exists()


def test_lengths_that_lie_are_refused(web: Web) -> None:
    body = b'{"title": "Milk"}'
    for header in ("Content-Length: -1", "Content-Length: 1e3", "Content-Length: 5\r\nContent-Length: 17"):
        assert ask(web, post("/api/v1/todos", body, header))[0] == 400
    assert ask(web, post("/api/v1/todos", body, "Content-Length: 5"))[0] == 400  # cut off: no JSON
    assert ask(web, post("/api/v1/todos", body, f"Content-Length: {10**12}"))[0] == 413
    assert ask(web, post("/api/v1/todos", b"", "Content-Length: 0"))[0] == 400
    assert ask(web, post("/api/v1/todos", b""))[0] == 400
    assert not Todo.objects.exists()


def test_slow_clients_do_not_hold_the_threads(web: Web) -> None:
    """Each has promised more than it sends."""
    head = post("/api/v1/todos", b"{", "Content-Length: 1000")
    slow = [connect(web) for _ in range(MANY)]
    try:
        for number, connection in enumerate(slow):
            connection.sendall(head if number % 2 else head[:40])
        status, _ = ask(web, b"GET /api/v1/todos HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert status == 200
        for connection in slow:
            answer = connection.recv(1000)  # hung up on, or told that the body is none
            assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    finally:
        for connection in slow:
            connection.close()


def test_corpus_as_bytes(web: Web) -> None:
    for body in BROKEN_BODIES.values():
        status, answer = ask(web, post("/api/v1/todos", body, f"Content-Length: {len(body)}"))
        assert (status, set(answer) - {"fields"}) == (400, {"error"}), body[:50]
    for name in STRANGE_IDS:
        path = f"/api/v1/todos/{name}".encode()
        for method in (b"GET", b"PUT", b"DELETE"):
            lines = [method + b" " + path.replace(b" ", b"%20") + b" HTTP/1.1", b"Host: localhost", b"", b""]
            status, answer = ask(web, b"\r\n".join(lines))
            assert status in {200, 400, 404, 414}
            assert status != 200 or (answer == {} and method == b"DELETE") or answer == []
    assert not Todo.objects.exists()


def test_second_host_is_not_overlooked(web: Web) -> None:
    assert ask(web, b"GET /api/v1/todos HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")[0] == 400


@pytest.mark.parametrize("line", [b"GET / HTTP/9.9", b"GARBAGE", b"GET  /", b"\x16\x03\x01\x02\x00"])
def test_what_is_no_http_is_refused(web: Web, line: bytes) -> None:
    with connect(web) as connection:
        connection.sendall(line + b"\r\n\r\n")
        answer = connection.recv(1000)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")


def test_body_that_is_cut_off_changes_nothing(web: Web) -> None:
    with connect(web) as connection:
        connection.sendall(post("/api/v1/todos", b'{"title": "Half"}', "Content-Length: 100"))
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(1000)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert not Todo.objects.exists()
