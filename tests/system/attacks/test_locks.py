"""A row of one list that stays locked: by a paused worker, or by somebody at a psql prompt."""

import contextlib
import json
import socket
import threading
import time
from http import HTTPStatus

import psycopg2

from tests.system.attacks.server import Server, head

CLIENTS = 40
HELD_SECONDS = 12


def ask(
    server: Server, method: str, path: str, body: dict | None = None, **headers: str
) -> tuple[int, bytes, float]:
    """Return the status, the whole response and the seconds it took."""
    data = b"" if body is None else json.dumps(body).encode()
    fields = {"Content_Type": "application/json", "Content_Length": len(data), "Connection": "close"} | headers
    start, received = time.monotonic(), b""
    with server.connect() as client:
        client.sendall(head(method, path, **fields) + data)
        with contextlib.suppress(TimeoutError, socket.timeout):
            while part := client.recv(1 << 16):
                received += part
    return int(received.split()[1]), received, time.monotonic() - start


def test_a_held_lock_hinders_its_own_list_alone(
    variables: dict[str, str], server: Server, after_attack: None
) -> None:
    status, response, _ = ask(server, "POST", "/api/v1/todos", {"title": "Locked"})
    assert status == HTTPStatus.CREATED
    todo = json.loads(response.partition(b"\r\n\r\n")[2])["id"]
    answers: list[tuple[int, bytes, float]] = []
    stop = threading.Event()

    def change(number: int) -> None:
        while not stop.is_set():
            answers.append(ask(server, "PUT", f"/api/v1/todos/{todo}", {"title": f"Change {number}"}))

    with contextlib.closing(psycopg2.connect(variables["DATABASE_URL"])) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT list_id FROM todos_todo WHERE id = %s", [todo])
        cursor.execute("SELECT id FROM todos_todolist WHERE id = %s FOR UPDATE", cursor.fetchone())
        clients = [threading.Thread(target=change, args=(number,)) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        end, reads = time.monotonic() + HELD_SECONDS, []
        while time.monotonic() < end:
            reads.append(ask(server, "GET", f"/api/v1/todos/{todo}"))  # reads need no lock: nor do other lists
            time.sleep(0.1)
        stop.set()
        for client in clients:
            client.join()
        connection.rollback()

    assert {status for status, _, _ in reads} == {HTTPStatus.OK}
    assert max(seconds for *_, seconds in reads) < 3, "the threads are not all taken"
    assert {status for status, _, _ in answers} == {HTTPStatus.SERVICE_UNAVAILABLE}
    assert all(b"retry-after" in response.lower() for _, response, _ in answers)
    status, response, _ = ask(server, "PUT", f"/api/v1/todos/{todo}", {"title": "After"})
    assert status == HTTPStatus.OK
