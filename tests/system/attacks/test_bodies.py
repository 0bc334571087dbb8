"""Bodies that are large and many, and bodies that do not end."""

import threading

from tests.system.attacks.server import Server, connections, head, is_closed, wait_until

IMPORT = head("POST", "/api/v1/todos/import", Content_Type="text/calendar", Content_Length=9_900_000)
CREATE = head("POST", "/api/v1/todos", Content_Type="application/json", Content_Length=900_000)


def test_many_large_bodies_at_once_are_refused(server: Server, after_attack: None) -> None:
    """100 times 9.9 MB, of which the last byte never comes."""
    with connections(server, 100) as held:
        senders = [threading.Thread(target=send, args=(one, IMPORT, 9_899_999)) for one in held]
        for sender in senders:
            sender.start()
        server.assert_healthy(seconds=5)
        for sender in senders:
            sender.join()
        server.assert_healthy(seconds=3)
        wait_until(lambda: all(map(is_closed, held)), seconds=30)
    assert "sent a body when there was no memory left for it" in server.log.read_text()


def test_bodies_that_do_not_come_hold_up_no_others(server: Server, after_attack: None) -> None:
    with connections(server, 500) as held:
        for connection in held:
            connection.sendall(CREATE + b"{")
        server.assert_healthy(seconds=3)
        with server.connect() as other:
            body = b'{"title": "Milk"}'
            other.sendall(head("POST", "/api/v1/todos", Content_Type="application/json", Content_Length=len(body)))
            other.sendall(body)
            assert other.recv(1_000).startswith(b"HTTP/1.1 201")
        wait_until(lambda: all(map(is_closed, held)), seconds=30)
    assert "sent a body too slowly" in server.log.read_text()


def send(connection, request: bytes, length: int) -> None:
    try:
        connection.sendall(request)
        for _ in range(length // 50_000):
            connection.sendall(b" " * 50_000)
    except OSError:
        pass  # refused and closed
