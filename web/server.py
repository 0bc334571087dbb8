"""The application as granian serves it (RSGI): requests come on an event loop, Django answers in threads.

A body is read to its end before a thread is asked for, and an answer is sent without one: clients that are slow,
or mean to be, hold no thread, however many they are.
"""

import asyncio
import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from io import BytesIO
from typing import Any

from django.conf import settings
from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope

from brokers import embedded
from web.middleware import most_bytes

THREADS = 8
# What is the same for every request.
ENVIRONMENT = {
    "SCRIPT_NAME": "",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
WITHOUT_BODY = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}


class Application:
    """What granian calls: one for each process."""

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        from taskoverflow import wsgi  # it starts threads: not before this is a process of its own

        self.wsgi = wsgi
        self.loop = loop
        self.threads = ThreadPoolExecutor(THREADS, "request")
        gc.collect()
        gc.freeze()  # what is loaded by now stays: no collection need look at it again

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.threads.shutdown()
        if self.wsgi.worker:  # no exit handler is run in granian's processes
            embedded.stop_worker(self.wsgi.worker)

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        body = b""
        if has_wanted_body(scope):
            try:
                async with asyncio.timeout(settings.REQUEST_TIMEOUT_SECONDS):
                    body = await protocol()
            except (TimeoutError, ProtocolClosed):  # cut off, it may look like a whole
                protocol.response_empty(HTTPStatus.REQUEST_TIMEOUT, [("connection", "close")])
                return
        await self.loop.run_in_executor(self.threads, self.respond, environment(scope, body), protocol)

    def respond(self, environ: dict[str, Any], protocol: HTTPProtocol) -> None:
        """Have Django answer the request."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            nonlocal code, fields
            code, fields = int(status[:3]), headers

        code, fields = HTTPStatus.INTERNAL_SERVER_ERROR, []
        response = self.wsgi.application(environ, start)
        try:
            if code in WITHOUT_BODY:
                protocol.response_empty(code, fields)
            else:
                protocol.response_bytes(code, fields, b"".join(response))
        finally:
            response.close()


def has_wanted_body(scope: Scope) -> bool:
    """Whether to read a body: one without a length or too long is refused unread, by Django."""
    length = scope.headers.get("content-length", "")
    if not length.isdigit() or "transfer-encoding" in scope.headers:
        return False
    return int(length) <= most_bytes(scope.path)


def environment(scope: Scope, body: bytes) -> dict[str, Any]:
    """Return the request as WSGI has it (PEP 3333)."""
    client, _, client_port = scope.client.rpartition(":")
    server, _, server_port = scope.server.rpartition(":")
    environ = ENVIRONMENT | {
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "REMOTE_ADDR": client.strip("[]"),
        "REMOTE_PORT": client_port,
        "SERVER_NAME": server,
        "SERVER_PORT": server_port,
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
    }
    for name in scope.headers.keys():  # noqa: SIM118 - not a mapping
        if "_" in name:
            continue  # it would pass for the header with a hyphen, which only a proxy may send
        key = name.upper().replace("-", "_")
        if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            key = f"HTTP_{key}"
        environ[key] = ",".join(scope.headers.get_all(name))
    return environ
