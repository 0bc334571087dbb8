"""Granian's requests as WSGI environments, and what the server refuses without Django."""

import json
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from types import SimpleNamespace

import pytest
from django.conf import settings

from tests.processes import running
from tests.project import Web
from tests.web.test_serve import WITHOUT_SERVERS
from web.connections import Connections
from web.rejections import Rejections
from web.server import SMALL_RESPONSE_BYTES, Budget, Refused, environment

JSON = "Content-Type: application/json"


class Headers(dict):
    """Granian's headers: all values of each name."""

    get_all = dict.__getitem__


def scope(headers: dict[str, list[str]], path: str = "/") -> SimpleNamespace:
    return SimpleNamespace(
        client="[::1]:50000",
        server="127.0.0.1:6400",
        method="GET",
        path=path,
        query_string="",
        scheme="http",
        headers=Headers(headers),
    )


def test_header_with_an_underscore_is_dropped() -> None:
    environ = environment(scope({"x_forwarded_for": ["10.0.0.1"], "x-forwarded-proto": ["https"]}))

    assert "HTTP_X_FORWARDED_FOR" not in environ
    assert environ["HTTP_X_FORWARDED_PROTO"] == "https"


def test_repeated_header_becomes_one_list() -> None:
    environ = environment(scope({"x-forwarded-for": ["10.0.0.1", "10.0.0.2"]}))

    assert environ["HTTP_X_FORWARDED_FOR"] == "10.0.0.1,10.0.0.2"


def test_cookies_in_two_headers_are_all_there() -> None:
    assert environment(scope({"cookie": ["a=1", "b=2"]}))["HTTP_COOKIE"] == "a=1; b=2"


def test_client_is_an_address_without_its_port() -> None:
    assert environment(scope({}))["REMOTE_ADDR"] == "::1"


def test_path_is_bytes_as_latin_1() -> None:
    assert environment(scope({}, path="/é"))["PATH_INFO"] == "/Ã©"


def test_budget_is_given_back() -> None:
    budget = Budget(100)
    with budget.taking(60):
        with pytest.raises(Refused):
            budget.take(60)
        with budget.taking(40):
            pass
    with budget.taking(1_000):  # what is larger than all comes alone
        assert budget.left == 0
    assert budget.left == 100


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with running(partial(Web, variables=WITHOUT_SERVERS | {"TRUSTED_PROXIES": "127.0.0.1"})) as web:
        yield web


@pytest.fixture(scope="module")
def private_web() -> Iterator[Web]:
    with running(partial(Web, variables=WITHOUT_SERVERS | {"TASKOVERFLOW_MODE": "private"})) as web:
        yield web


def answer(web: Web, method: str, path: str, *lines: str, body: bytes = b"") -> tuple[int, bytes]:
    """Send the lines as they are, in Latin-1; return the status and the rest of the response."""
    head = "\r\n".join([f"{method} {path} HTTP/1.1", "Connection: close", *lines, "", ""])
    with socket.create_connection(("127.0.0.1", int(web.url.rpartition(":")[2])), timeout=30) as connection:
        connection.sendall(head.encode("latin-1") + body)
        with connection.makefile("rb") as file:
            received = file.read()
    return int(re.match(rb"HTTP/1.1 (\d+)", received)[1]), received


HOST = "Host: localhost"


@pytest.mark.parametrize(
    "line",
    [
        "Authorization: Bearer \xff",
        "Cookie: sessionid=\xff",
        "X-Forwarded-For: \xff",
        "X-Forwarded-Proto: \xff",
        "X-Forwarded-Host: \xff",
        "Forwarded: \xff",
        "Origin: \xff",
        "Sec-Fetch-Site: cross-site\xff",
        "If-Match: \xff",
        "Content-Length: \xff",
        "Authorization: Bearer one\r\nAuthorization: Bearer two",
        "Origin: http://localhost\r\nOrigin: http://example.org",
        "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site",
        "X-Forwarded-Proto: https\r\nX-Forwarded-Proto: http",
        "X-Forwarded-Host: a\r\nX-Forwarded-Host: b",
        "Host: example.org",
        "Content-Length: 0\r\nContent-Length: 5",
    ],
)
def test_header_that_is_unreadable_or_repeated_is_refused(web: Web, line: str) -> None:
    for method, path in (("GET", "/api/v1/todos"), ("GET", "/"), ("GET", "/metrics")):
        assert answer(web, method, path, HOST, line)[0] == 400, path


def test_host_that_is_unreadable_is_refused(web: Web) -> None:
    assert answer(web, "GET", "/", "Host: localhost\xff")[0] == 400


def test_refusal_of_a_header_has_the_form_of_all_errors(web: Web) -> None:
    _, response = answer(web, "GET", "/api/v1/todos", HOST, "Authorization: Bearer \xff")
    assert b'{"error": "The header authorization must be ASCII' in response


def test_refusals_are_in_the_log(web: Web) -> None:
    for _ in range(20):
        answer(web, "GET", "/api/v1/todos", HOST, "Authorization: Bearer \xff")

    lines = [line for line in web.log.read_text().splitlines() if "Rejected" in line]
    assert lines
    assert all("which sent unreadable or repeated headers" in line for line in lines)


def test_other_headers_may_hold_any_bytes(web: Web) -> None:
    assert answer(web, "GET", "/api/v1/todos", HOST, "User-Agent: \xff", "Referer: \xff")[0] == 200


def test_large_body_of_nobody_is_not_read_in_private_mode(private_web: Web) -> None:
    """It is refused at once, although no byte of it comes."""
    status, _ = answer(
        private_web, "POST", "/api/v1/todos/import", HOST, "Content-Type: text/calendar", "Content-Length: 9000000"
    )
    assert status == 401


def test_small_and_large_bodies_are_read_whole(web: Web) -> None:
    for size in (10, 5_000, 100_000):
        title = b'{"title": "Milk", "description": "%s"}' % (b"x" * min(size, 9_000))
        body = title + b" " * (size - len(title))
        status, response = answer(
            web, "POST", "/api/v1/todos", HOST, JSON, f"Content-Length: {len(body)}", body=body
        )
        assert (status, size) == (201, size), response


def test_large_response_is_whole(web: Web) -> None:
    description = b"x" * 9_000
    body = b'{"title": "Milk", "description": "%s"}' % description
    for _ in range(30):
        assert (
            answer(web, "POST", "/api/v1/todos", HOST, JSON, f"Content-Length: {len(body)}", body=body)[0] == 201
        )
    status, response = answer(web, "GET", "/api/v1/todos", HOST)
    head, _, received = response.partition(b"\r\n\r\n")
    assert (status, received.count(description) >= 30) == (200, True)
    assert int(re.search(rb"content-length: (\d+)", head, re.IGNORECASE)[1]) == len(received)
    assert answer(web, "HEAD", "/api/v1/todos", HOST)[1].endswith(b"\r\n\r\n")


def test_large_responses_on_kept_connections_are_whole(web: Web) -> None:
    """The next request of a connection may begin before the server is done with the one before it."""
    body = b'{"title": "Milk", "description": "%s"}' % (b"x" * 9_000)
    for _ in range(30):
        answer(web, "POST", "/api/v1/todos", HOST, JSON, f"Content-Length: {len(body)}", body=body)

    def fetch_often(_: int) -> set[int]:
        statuses = set()
        connection = HTTPConnection(web.url.removeprefix("http://"))
        for _ in range(40):
            connection.request("GET", "/api/v1/todos")
            response = connection.getresponse()
            response.read()
            statuses.add(response.status)
        connection.close()
        return statuses

    with ThreadPoolExecutor(8) as threads:
        assert set().union(*threads.map(fetch_often, range(8))) == {200}


def test_large_file_is_sent_whole_and_in_part(web: Web) -> None:
    """Granian reads it, unless a client asks for a part."""
    files = json.loads((settings.STATIC_ROOT / "staticfiles.json").read_text())["paths"].values()
    name = next(name for name in files if "redoc.standalone" in name and name.endswith(".js"))
    content = (settings.STATIC_ROOT / name).read_bytes()
    assert len(content) > SMALL_RESPONSE_BYTES

    with closing(HTTPConnection(web.url.removeprefix("http://"))) as connection:

        def ask(method: str = "GET", **headers: str) -> HTTPResponse:
            connection.request(method, f"/static/{name}", headers=headers)
            return connection.getresponse()

        for _ in range(3):
            response = ask()
            assert (response.status, response.read()) == (200, content)
        part = ask(Range="bytes=10-99999")
        assert (part.status, part.read()) == (206, content[10:100_000])
        same = ask(**{"If-None-Match": response.headers["ETag"]})
        assert (same.status, same.read()) == (304, b"")
        head = ask("HEAD")
        assert (head.read(), head.headers["Content-Length"]) == (b"", str(len(content)))


def test_open_stream_holds_no_body() -> None:
    """Of all bodies of this size, a process holds four at once."""
    body = b" " * 60_000
    size = f"Content-Length: {len(body)}"
    with (
        running(partial(Web, variables=WITHOUT_SERVERS | {"MAX_HELD_BYTES": "1000000"})) as web,
        ExitStack() as streams,
    ):
        for _ in range(20):
            stream = socket.create_connection(("127.0.0.1", int(web.url.rpartition(":")[2])), timeout=30)
            streams.enter_context(stream)
            stream.sendall(f"GET /todos/events HTTP/1.1\r\n{HOST}\r\n{size}\r\n\r\n".encode() + body)
            assert stream.recv(12) == b"HTTP/1.1 200"
        title = b'{"title": "Milk"}'.ljust(len(body))
        assert answer(web, "POST", "/api/v1/todos", HOST, JSON, size, body=title)[0] == 201


def test_end_of_a_request_leaves_the_next_one_of_its_connection() -> None:
    connections = Connections(Rejections())
    first = connections.start("127.0.0.1:50000")
    second = connections.start("127.0.0.1:50000")
    connections.finish("127.0.0.1:50000", first)
    assert connections.requests == {"127.0.0.1:50000": second}
    connections.finish("127.0.0.1:50000", second)
    assert connections.requests == {}


def test_health_is_the_same_from_the_event_loop_and_from_django(web: Web, client: object) -> None:
    _, response = answer(web, "GET", "/api/v1/health", HOST)
    expected = client.get("/api/v1/health")
    assert response.endswith(b"\r\n\r\n" + expected.content)
    assert f"content-type: {expected.headers['Content-Type']}".encode() in response
    assert answer(web, "HEAD", "/api/v1/health", HOST)[1].endswith(b"\r\n\r\n")
    assert answer(web, "POST", "/api/v1/health", HOST)[0] == 405
