"""Clients that ask for much and take nothing."""

import contextlib
import json
import select
import socket
import urllib.request

import pytest
from django.conf import settings

from tests.system.attacks.server import Server, connections, head, wait_until

COUNT = 600  # of a megabyte and more each


@pytest.fixture
def large_file() -> str:
    """The path of the largest static file."""
    manifest = json.loads((settings.STATIC_ROOT / "staticfiles.json").read_text())
    largest = max(manifest["paths"].values(), key=lambda name: (settings.STATIC_ROOT / name).stat().st_size)
    assert (settings.STATIC_ROOT / largest).stat().st_size > 1_000_000
    return f"/static/{largest}"


@pytest.fixture(scope="module")
def large_list(server: Server) -> str:
    """The path of a list of 3.9 MB."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tests//EN"]
    for number in range(3_000):
        lines += ["BEGIN:VTODO", f"UID:large-{number}", "DTSTAMP:20261101T120000Z", f"SUMMARY:Todo {number}"]
        lines += [f"DESCRIPTION:{'x' * 1_000}", "END:VTODO"]
    body = "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()
    path = "/api/v1/todos"
    request = urllib.request.Request(f"{server.url}{path}/import", body, {"Content-Type": "text/calendar"})
    with urllib.request.urlopen(request) as response:
        assert json.load(response)["added"] == 3_000
    for _ in range(20):  # both processes make it and keep it
        with urllib.request.urlopen(server.url + path) as response:
            assert len(response.read()) > 3_000_000
    return path


def test_clients_that_take_nothing_are_cut_off(server: Server, after_attack: None, large_file: str) -> None:
    with connections(server, COUNT, receive_buffer=4_096) as held:
        for connection in held:
            connection.sendall(head("GET", large_file))
        server.assert_healthy(seconds=5)
        wait_until(lambda: all(map(is_cut_off, held)), seconds=25)
    assert "no memory left for all" in server.log.read_text()


def test_clients_that_do_not_take_a_list_are_cut_off(server: Server, large_list: str, after_attack: None) -> None:
    """Unlike a file, a list is in memory."""
    with connections(server, COUNT, receive_buffer=4_096) as held:
        for connection in held:
            connection.sendall(head("GET", large_list))
        server.assert_healthy(seconds=5)
        wait_until(lambda: all(map(is_cut_off, held)), seconds=40)


def test_clients_that_take_little_are_cut_off(server: Server, after_attack: None, large_file: str) -> None:
    with connections(server, 20, receive_buffer=4_096) as held:
        for connection in held:
            connection.sendall(head("GET", large_file))

        def read_little() -> bool:
            for connection in held:
                connection.settimeout(0)
                with contextlib.suppress(OSError):
                    connection.recv(10)
            return all(map(is_cut_off, held))

        wait_until(read_little, seconds=25)
    assert "took a response too slowly" in server.log.read_text()


def test_client_that_takes_its_time_gets_everything(server: Server, large_file: str) -> None:
    """At 800 kB/s, as in a slow network."""
    with server.connect(receive_buffer=80_000) as client:
        client.sendall(head("GET", large_file, Connection="close"))
        received = 0
        while data := client.recv(80_000):
            received += len(data)
            select.select([], [], [], 0.1)
        assert received > (settings.STATIC_ROOT / large_file.removeprefix("/static/")).stat().st_size


def is_cut_off(connection: socket.socket) -> bool:
    """Whether the server has closed it; what has come stays unread."""
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))
