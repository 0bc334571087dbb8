"""Requests that keep every thread waiting."""

import contextlib
import threading
import time

import psycopg2

from tests.system.attacks.server import Server, head

THREADS = 40  # of two processes with eight each


def test_health_is_answered_while_every_thread_waits(
    variables: dict[str, str], server: Server, after_attack: None
) -> None:
    def ask() -> None:
        with server.connect() as client, contextlib.suppress(OSError):
            client.sendall(head("GET", "/api/v1/todos", Connection="close"))
            client.recv(100)

    with contextlib.closing(psycopg2.connect(variables["DATABASE_URL"])) as connection:
        connection.cursor().execute("LOCK TABLE todos_todo IN ACCESS EXCLUSIVE MODE")
        clients = [threading.Thread(target=ask) for _ in range(THREADS)]
        for client in clients:
            client.start()
        time.sleep(0.5)  # for all threads to wait
        server.assert_healthy(seconds=2)
        connection.rollback()
    for client in clients:
        client.join()
