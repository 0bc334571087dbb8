"""The application that granian serves (RSGI): an event loop receives requests, and threads run Django.

A thread starts when the whole body has been read, and is free before the response is sent: slow clients,
however many, occupy no thread.
"""

import asyncio
import gc
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from io import BytesIO
from types import ModuleType
from typing import Any

from django.conf import settings
from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope

from brokers import embedded
from web.body_limits import is_too_large

THREADS = 8
# The part of the environment that is the same for every request.
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
    """The object that granian calls, one in each process.

    ``load`` returns the WSGI module, with an ``application`` and an embedded ``worker`` or None. It is called in
    the serving process, after any fork: it starts threads.
    """

    def __init__(self, load: Callable[[], ModuleType]) -> None:
        self.load = load

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.wsgi = self.load()
        self.loop = loop
        self.threads = ThreadPoolExecutor(THREADS, "request")
        gc.collect()
        gc.freeze()  # what is loaded by now stays, so no collection has to look at it again

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.threads.shutdown()
        if self.wsgi.worker:  # granian's processes run no exit handlers
            embedded.stop_worker(self.wsgi.worker)

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        body = b""
        if should_read_body(scope):
            try:
                async with asyncio.timeout(settings.REQUEST_TIMEOUT_SECONDS):
                    body = await protocol()
            except (TimeoutError, ProtocolClosed):  # a body that is cut off can look complete
                protocol.response_empty(HTTPStatus.REQUEST_TIMEOUT, [("connection", "close")])
                return
        await self.loop.run_in_executor(self.threads, self.respond, environment(scope, body), protocol)

    def respond(self, environ: dict[str, Any], protocol: HTTPProtocol) -> None:
        """Run Django for one request, and send its response."""

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


def should_read_body(scope: Scope) -> bool:
    """Return False for a body without a length, or too large: Django refuses it unread."""
    length = scope.headers.get("content-length", "")
    if not length.isdigit() or "transfer-encoding" in scope.headers:
        return False
    return not is_too_large(scope.path, int(length))


def environment(scope: Scope, body: bytes) -> dict[str, Any]:
    """Return the WSGI environment of the request (PEP 3333)."""
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
            continue  # it would look like the header with a hyphen, which only a proxy may set
        key = name.upper().replace("-", "_")
        if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            key = f"HTTP_{key}"
        environ[key] = ",".join(scope.headers.get_all(name))
    return environ
