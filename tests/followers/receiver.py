"""A receiver of webhooks: a real HTTP server in a thread, which remembers what it got and answers as it is told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook as Verifier

Handler = BaseHTTPRequestHandler


@dataclass
class Request:
    path: str
    headers: dict[str, str]  # with names in lower case
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verify(self, secret: str) -> dict[str, Any]:
        """Return the event. Raises if the secret has not signed it, by the library of Standard Webhooks."""
        return Verifier(secret).verify(self.body, self.headers)


def answer(status: int, body: bytes = b"", **headers: str) -> Callable[[Handler], None]:
    def write(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return write


@dataclass
class Receiver:
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    #: Writes the answer; it may do what it likes with the connection.
    answer: Callable[[Handler], None] = field(default_factory=lambda: answer(204))

    @property
    def events(self) -> list[dict[str, Any]]:
        return [request.event for request in self.requests]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.requests.append(Request(self.path, headers, body))
            with suppress(OSError):  # it did not wait for the end
                receiver.answer(self)

        do_GET = do_POST

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook?key=1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
