"""Requests to addresses that users have entered: they do not reach inside, and nothing that answers keeps us."""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from tests.followers.receiver import Handler, Receiver, answer, receiving
from web import outgoing

PRIVATE = [
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1",
    "fd00:ec2::254", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1",
]  # fmt: skip


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def anywhere(settings: object) -> None:
    settings.ALLOW_PRIVATE_TARGETS = True


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Have names resolve to these addresses, each time to the next; return the names that were asked for."""
    asked, left = [], list(answers)

    def getaddrinfo(host: str, port: int, *args: object, **kwargs: object) -> list[tuple]:
        asked.append(host)
        with suppress(ValueError):  # a number is what it is
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (str(ipaddress.ip_address(host)), port))]
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_called(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    resolve_to(monkeypatch, [address])
    with pytest.raises(outgoing.AddressRefused, match="private network"):
        outgoing.post("https://inside.example/", b"", {})
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(outgoing.AddressRefused, match="private network"):
        outgoing.check_url(f"https://{host}/")


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111"])
def test_public_addresses_are_called(address: str) -> None:
    assert outgoing._may_reach(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "017700000001", "127.1", "localhost"])
def test_other_spellings_of_this_machine_are_not_called(host: str) -> None:
    with pytest.raises((outgoing.AddressRefused, outgoing.NoAnswer)):
        outgoing.post(f"https://{host}/", b"", {})


def test_name_with_one_private_address_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(outgoing.AddressRefused):
        outgoing.post("https://mixed.example/", b"", {})


def test_name_is_resolved_once_and_the_connection_goes_where_it_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = resolve_to(monkeypatch, ["203.0.114.1"], ["127.0.0.1"])  # public first, private later
    called: list[tuple] = []

    def connect(sock: socket.socket, address: tuple) -> None:
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(outgoing.NoAnswer):
        outgoing.post("https://rebinding.example/", b"", {})
    assert asked.count("rebinding.example") == 1
    assert [address[0] for address in called] == ["203.0.114.1"]


def test_plain_http_is_refused() -> None:
    with pytest.raises(outgoing.AddressRefused, match="https://"):
        outgoing.check_url("http://example.com/")


@pytest.mark.usefixtures("anywhere")
def test_request_has_its_host_and_its_path(receiver: Receiver) -> None:
    got = outgoing.post(receiver.url, b"{}", {"X-One": "1"})
    assert (got.status, got.is_success) == (204, True)
    [request] = receiver.requests
    assert request.path == "/hook?key=1"
    assert request.headers["host"] == receiver.url.split("/")[2]
    assert request.headers["x-one"] == "1"
    assert "cookie" not in request.headers


@pytest.mark.usefixtures("anywhere")
def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert outgoing.post(receiver.url, b"", {}).is_success


@pytest.mark.usefixtures("anywhere")
def test_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answer = answer(302, Location="http://169.254.169.254/latest/meta-data/")
    assert outgoing.post(receiver.url, b"", {}).status == 302
    assert len(receiver.requests) == 1


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_answer_of_ten_gigabytes_is_not_read(receiver: Receiver, encoding: str) -> None:
    written = 0

    def flood(handler: Handler) -> None:
        nonlocal written
        handler.send_response(200)
        handler.send_header("Content-Length", str(10_000_000_000))
        handler.send_header("Content-Encoding", encoding)
        handler.end_headers()
        while True:
            written += handler.wfile.write(b"x" * 100_000)

    receiver.answer = flood
    got = outgoing.post(receiver.url, b"", {})
    assert (got.status, len(got.body)) == (200, outgoing.MAX_ANSWER_BYTES)
    time.sleep(0.2)
    assert written < 50_000_000, "what the kernel holds"


@pytest.mark.usefixtures("anywhere")
def test_headers_without_end_are_not_read(receiver: Receiver) -> None:
    def flood(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            handler.wfile.write(b"X-A: " + b"x" * 1_000 + b"\r\n")

    receiver.answer = flood
    with pytest.raises(outgoing.NoAnswer):
        outgoing.post(receiver.url, b"", {})


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize("drip", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: "], ids=["silent", "drips"])
def test_target_that_hangs_is_left_after_a_time(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver, drip: bytes
) -> None:
    monkeypatch.setattr(outgoing, "READ_SECONDS", 1)
    monkeypatch.setattr(outgoing, "TOTAL_SECONDS", 2)

    def hang(handler: Handler) -> None:
        handler.wfile.write(drip)
        for _ in range(100):
            time.sleep(0.2)
            if drip:
                handler.wfile.write(b"x")

    receiver.answer = hang
    started = time.monotonic()
    with pytest.raises(outgoing.NoAnswer):
        outgoing.post(receiver.url, b"", {})
    assert time.monotonic() - started < 10


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize(
    "head",
    [b"Content-Length: 1000\r\n\r\n", b"\r\n", b"Transfer-Encoding: chunked\r\n\r\n"],
    ids=["body", "body of any length", "size of a chunk"],
)
def test_answer_that_drips_is_left_after_a_time(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver, head: bytes
) -> None:
    monkeypatch.setattr(outgoing, "TOTAL_SECONDS", 2)
    is_left = threading.Event()

    def drip(handler: Handler) -> None:
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + head)
            for _ in range(600):
                time.sleep(0.1)
                handler.wfile.write(b"1")
        except OSError:
            is_left.set()

    receiver.answer = drip
    started = time.monotonic()
    assert outgoing.post(receiver.url, b"", {}).status == 200, "that is what counts"
    assert time.monotonic() - started < 30
    assert is_left.wait(30)


@pytest.mark.usefixtures("anywhere")
def test_target_that_does_not_speak_tls_is_left_after_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "CONNECT_SECONDS", 30)
    monkeypatch.setattr(outgoing, "TOTAL_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(outgoing.NoAnswer):
            outgoing.post(f"https://127.0.0.1:{silent.getsockname()[1]}/", b"", {})
    assert time.monotonic() - started < 20


def test_resolver_that_hangs_is_left_after_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    is_over = threading.Event()
    monkeypatch.setattr(outgoing, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: is_over.wait(60))
    try:
        with pytest.raises(outgoing.NoAnswer, match="name"):
            outgoing.post("https://slow.example/", b"", {})
        assert not is_over.is_set()
    finally:
        is_over.set()


def test_time_is_counted_from_the_question_for_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["8.8.8.8"])
    monkeypatch.setattr(outgoing, "TOTAL_SECONDS", 0)
    with pytest.raises(outgoing.NoAnswer, match="longer than"):
        outgoing.post("https://slow.example/", b"", {})


def test_unknown_names_and_private_ones_cannot_be_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def said(found: Callable[..., object]) -> str:
        monkeypatch.setattr(socket, "getaddrinfo", found)
        with pytest.raises((outgoing.AddressRefused, outgoing.NoAnswer)) as raised:
            outgoing.post("https://inside.example/", b"", {})
        return str(raised.value)

    assert said(private) == said(unknown)


def private(*args: object, **kwargs: object) -> list[tuple]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443))]


def unknown(*args: object, **kwargs: object) -> list[tuple]:
    raise socket.gaierror


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize("garbage", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 100])
def test_what_is_not_http_is_no_answer(receiver: Receiver, garbage: bytes) -> None:
    def write(handler: Handler) -> None:
        handler.wfile.write(garbage)
        handler.close_connection = True

    receiver.answer = write
    with pytest.raises(outgoing.NoAnswer):
        outgoing.post(receiver.url, b"", {})


@pytest.mark.usefixtures("anywhere")
def test_nobody_listens() -> None:
    with pytest.raises(outgoing.NoAnswer, match="No connection"):
        outgoing.post("http://127.0.0.1:1/", b"", {})


def test_name_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(outgoing.NoAnswer, match="name"):
        outgoing.post("https://nothing.invalid/", b"", {})
