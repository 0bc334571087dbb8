"""Clients that ask for much and take nothing."""

import contextlib

import psycopg2
import pytest

from tests.system.attacks.server import Server, connections, head, wait_until

TODOS = 4_000  # of 1,000 bytes and more: 5 MB


@pytest.fixture
def large_list(variables: dict[str, str], server: Server) -> None:
    """The open list with much in it."""
    with server.connect() as client:
        body = b'{"title": "Milk", "description": "%s"}' % (b"x" * 1_000)
        client.sendall(
            head("POST", "/api/v1/todos", Content_Type="application/json", Content_Length=len(body)) + body
        )
        assert client.recv(4_000).startswith(b"HTTP/1.1 201")
    with contextlib.closing(psycopg2.connect(variables["DATABASE_URL"])) as connection, connection:
        cursor = connection.cursor()
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'todos_todo'")
        names = [f'"{name}"' for (name,) in cursor if name != "id"]
        values = ["gen_random_uuid()" if name == '"uid"' else name for name in names]
        cursor.execute(
            f"INSERT INTO todos_todo ({', '.join(names)}) SELECT {', '.join(values)} FROM todos_todo,"
            f" generate_series(1, {TODOS}) WHERE id = (SELECT max(id) FROM todos_todo)"
        )


def test_clients_that_take_nothing_are_cut_off(server: Server, after_attack: None, large_list: None) -> None:
    with connections(server, 150, receive_buffer=4_096) as held:
        for connection in held:
            connection.sendall(head("GET", "/api/v1/todos"))
        server.assert_healthy(seconds=10)
        print("used", server.group.used >> 20)
        wait_until(lambda: all(map(is_hung_up, held)), seconds=40)


def is_hung_up(connection) -> bool:
    """Whether the server has cut it off, without reading what has come."""
    import select

    poll = select.poll()
    poll.register(connection, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))
