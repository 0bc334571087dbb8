"""The application that granian serves (RSGI): an event loop receives requests, and threads run Django.

A thread starts when the whole body has been read, and is free before the response is sent: slow clients,
however many, occupy no thread. What bodies and responses may hold of memory together is bounded; how long a client
may take is in `connections.py`.
"""

import asyncio
import contextlib
import ctypes
import gc
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from io import BytesIO
from tempfile import TemporaryFile
from types import ModuleType
from typing import IO, Any, NamedTuple

from django.conf import settings
from granian.rsgi import HTTPProtocol, ProtocolClosed, ProtocolError, Scope

from observability import tracing
from web.admission import RETRY_AFTER_SECONDS
from web.body_limits import is_too_large
from web.callers import is_signed_in
from web.connections import LOOK_SECONDS, Connection, Connections, Doing, Gone
from web.live import EventStream, Hub, Stream, Transport, Unsent
from web.monitoring import HEALTH_PATH
from web.paths import is_api
from web.rejections import Reason, Rejections

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
HEALTHY = b'{"status": "ok"}'
JSON = ("content-type", "application/json")
TEXT = ("content-type", "text/plain; charset=utf-8")
# Larger bodies are written to a temporary file, and their callers are asked for first.
SMALL_BODY_BYTES = 64 * 1024
# Smaller ones are not counted, so that clients that only announce much cannot have them refused.
UNCOUNTED_BODY_BYTES = 4 * 1024
# Larger responses are counted until their clients have taken them.
SMALL_RESPONSE_BYTES = 64 * 1024
# What granian holds of a file that it sends: the piece that it has read, and the next.
HELD_OF_FILE_BYTES = 256 * 1024
# Between two looks at whether a client has taken a response.
LONGEST_PAUSE_SECONDS = 0.05
# An event of a stream. Larger ones share a part of the memory for responses, for which they wait a second.
SMALL_EVENT_BYTES = 1_024
EVENT_LOOKS = 20
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # malloc.h

# Headers that decide who somebody is and what they may do. Granian shows a value with other bytes than ASCII as
# missing: the request would be somebody else's.
SINGLE_HEADERS = frozenset({
    "authorization", "content-length", "host", "if-match", "if-unmodified-since", "origin", "sec-fetch-site",
    "x-forwarded-host", "x-forwarded-proto",
})  # fmt: skip
# Of these, several are one list, with this between.
LIST_HEADERS = {"cookie": "; ", "forwarded": ",", "x-forwarded-for": ","}


class Refused(Exception):
    """The response is this status with one sentence, whoever asks for whatever.

    Without a reason, it is recorded already, or the client has gone.
    """

    def __init__(self, status: HTTPStatus, sentence: str, reason: Reason | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.reason = reason


class Budget:
    """So many bytes at once, of all requests of a process."""

    def __init__(self, limit: int, reason: Reason = Reason.NO_MEMORY_FOR_BODY) -> None:
        self.limit = limit
        self.reason = reason
        self.left = limit
        self.lock = threading.Lock()

    def take(self, count: int) -> None:
        """Take so many; raises Refused if they are not left."""
        count = min(count, self.limit)  # what is larger than all may still come alone
        with self.lock:
            if count > self.left:
                raise Refused(
                    HTTPStatus.SERVICE_UNAVAILABLE,
                    "The server is busy; try again in a few seconds.",
                    self.reason,
                )
            self.left -= count

    def give_back(self, count: int) -> None:
        with self.lock:
            self.left += min(count, self.limit)

    @contextlib.contextmanager
    def taking(self, count: int) -> Iterator[None]:
        self.take(count)
        try:
            yield
        finally:
            self.give_back(count)


class SentFile:
    """A response that is a file, for WSGI's ``wsgi.file_wrapper``: granian reads it, a piece at a time."""

    def __init__(self, file: IO[bytes], block_size: int = 8192) -> None:
        self.file = file
        self.block_size = block_size
        self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        return iter(partial(self.file.read, self.block_size), b"")

    @property
    def path(self) -> str | None:
        """Where it is; None if it is only a part of a file."""
        name = getattr(self.file, "name", None)
        return name if isinstance(name, str) else None


class LargeResponse(NamedTuple):
    """A response that is counted until its client has taken it."""

    code: int
    fields: list[tuple[str, str]]
    body: bytes
    path: str | None  # of a file, instead of the body
    length: int

    @property
    def held_bytes(self) -> int:
        """What of it this process holds meanwhile."""
        return min(self.length, HELD_OF_FILE_BYTES) if self.path else self.length


class StartedStream(NamedTuple):
    """A response of events that goes on."""

    code: int
    fields: list[tuple[str, str]]
    response: EventStream


class Application:
    """The object that granian calls, one in each process.

    ``load`` returns the WSGI module, with an ``application``, and ``stop``, which ends the threads that loading it has
    started. It is called in the serving process, after any fork.
    """

    def __init__(self, load: Callable[[], ModuleType]) -> None:
        self.load = load

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        give_memory_back()
        self.wsgi = self.load()
        self.loop = loop
        self.threads = ThreadPoolExecutor(THREADS, "request")
        self.rejections = Rejections()
        self.connections = Connections(self.rejections)
        self.uncounted_bodies = Budget(sys.maxsize)
        self.small_bodies = Budget(settings.MAX_HELD_BYTES // 4)
        self.strangers_bodies = Budget(settings.MAX_HELD_BYTES // 2)
        self.users_bodies = Budget(settings.MAX_HELD_BYTES)
        self.responses = Budget(settings.MAX_HELD_BYTES, Reason.NO_MEMORY_FOR_RESPONSE)
        self.events = Budget(settings.MAX_HELD_BYTES // 4)
        self.made_room_at = 0.0
        self.hub = Hub(loop)
        tasks = [self.connections.watch(), self.hub.run(), end_with_parent()]
        self.background = [loop.create_task(task) for task in tasks]
        self.end_streams_at_stop()
        gc.collect()
        gc.freeze()  # what is loaded by now stays, so no collection has to look at it again

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        for task in self.background:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*self.background, return_exceptions=True))
        # A thread may wait for the loop, so that this must not.
        loop.run_until_complete(loop.run_in_executor(None, self.threads.shutdown))
        self.wsgi.stop()  # granian's processes run no exit handlers
        tracing.flush()

    def end_streams_at_stop(self) -> None:
        """Have the signals that stop granian end the streams too, for which it would wait.

        Granian's own handlers stay: asyncio calls them for what Python has written to the loop, whatever a handler in
        Python does.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.loop.call_soon_threadsafe(self.hub.stop))
            signal.siginterrupt(number, False)

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        if scope.path == HEALTH_PATH and scope.method in {"GET", "HEAD"}:
            protocol.response_bytes(HTTPStatus.OK, [JSON], HEALTHY)  # whatever the threads are doing
            return
        request = self.connections.start(scope.client)
        try:
            environ = environment(scope)
            if should_read_body(scope):
                await self.respond_with_body(scope, protocol, environ)
            else:
                await self.respond(scope, protocol, environ)
        except Refused as refusal:
            refuse(scope, protocol, refusal)
            if refusal.reason:
                self.rejections.record(refusal.reason, scope.client)
        finally:
            self.connections.finish(scope.client, request)

    async def respond_with_body(self, scope: Scope, protocol: HTTPProtocol, environ: dict[str, Any]) -> None:
        length = int(scope.headers.get("content-length"))
        budget = self.uncounted_bodies if length <= UNCOUNTED_BODY_BYTES else self.small_bodies
        if length > SMALL_BODY_BYTES:
            is_known = await self.loop.run_in_executor(self.threads, is_signed_in, environ)
            if settings.MODE == "private" and not is_known:
                environ["CONTENT_LENGTH"] = "0"  # to be refused by Django, unread
                await self.respond(scope, protocol, environ)
                return
            budget = self.users_bodies if is_known else self.strangers_bodies
        with budget.taking(length), await self.receive(scope, protocol, length) as body:
            environ["wsgi.input"] = body
            sending = self.complete(scope, protocol, await self.run_in_thread(environ, protocol))
        await sending

    async def receive(self, scope: Scope, protocol: HTTPProtocol, length: int) -> IO[bytes]:
        request = self.connections.requests[scope.client]
        request.start(Doing.RECEIVING)
        try:
            async with asyncio.timeout(settings.REQUEST_TIMEOUT_SECONDS):
                if length <= SMALL_BODY_BYTES:
                    return BytesIO(await protocol())
                body = temporary_file(length)
                async for chunk in protocol:
                    if not chunk:
                        break
                    body.write(chunk)
                if body.tell() != length:  # a body that is cut off ends like one that is complete
                    body.close()
                    raise ProtocolClosed
                body.seek(0)
                return body
        except (TimeoutError, ProtocolClosed) as error:
            reason = Reason.SLOW_BODY if isinstance(error, TimeoutError) else None
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, "The body did not come in time.", reason) from error
        finally:
            request.start(Doing.WORKING)

    async def respond(self, scope: Scope, protocol: HTTPProtocol, environ: dict[str, Any]) -> None:
        await self.complete(scope, protocol, await self.run_in_thread(environ, protocol))

    def run_in_thread(
        self, environ: dict[str, Any], protocol: HTTPProtocol
    ) -> asyncio.Future[LargeResponse | StartedStream | None]:
        return self.loop.run_in_executor(self.threads, self.run, environ, protocol)

    async def complete(
        self, scope: Scope, protocol: HTTPProtocol, rest: LargeResponse | StartedStream | None
    ) -> None:
        """Send what the thread has not sent."""
        if isinstance(rest, StartedStream):
            await self.stream(scope, protocol, *rest)
        elif rest:
            sending = self.send(scope, protocol, rest)
            del rest  # this frame would keep the body
            await sending

    def run(self, environ: dict[str, Any], protocol: HTTPProtocol) -> LargeResponse | StartedStream | None:
        """Run Django for one request, and send its response, or return it: large ones are counted, streams go on."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            nonlocal code, fields
            code, fields = int(status[:3]), headers

        code, fields = HTTPStatus.INTERNAL_SERVER_ERROR, []
        response = self.wsgi.application(environ, start)
        try:
            if code in WITHOUT_BODY:
                protocol.response_empty(code, fields)
                return None
            if isinstance(response, EventStream) and environ["REQUEST_METHOD"] != "HEAD":
                return StartedStream(code, fields, response)
            path = response.path if isinstance(response, SentFile) else None
            body = b"" if path else b"".join(response)
            length = os.path.getsize(path) if path else len(body)
        finally:
            response.close()
        if length <= SMALL_RESPONSE_BYTES or environ["REQUEST_METHOD"] == "HEAD":
            if path:
                protocol.response_file(code, fields, path)
            else:
                protocol.response_bytes(code, fields, body)
            return None
        large = LargeResponse(code, fields, body, path, length)
        self.reserve(large.held_bytes)
        return large

    def reserve(self, count: int) -> None:
        """Count a large response, in its thread: so there are never more that are not counted than threads."""
        try:
            self.responses.take(count)
        except Refused:
            asyncio.run_coroutine_threadsafe(self.make_room(count), self.loop).result()

    async def make_room(self, count: int) -> None:
        """Close slow clients until their responses leave room for another; raises Refused if there are none."""
        while True:
            try:
                return self.responses.take(count)
            except Refused:
                if not self.connections.close_slowest_reader():
                    raise
            await asyncio.sleep(LONGEST_PAUSE_SECONDS)

    async def stream(
        self, scope: Scope, protocol: HTTPProtocol, code: int, fields: list[tuple[str, str]], response: EventStream
    ) -> None:
        """Go on with a response of events; without room for that, end it, and its browser asks again after a while."""
        if self.hub.has_room(response.caller):
            self.connections.requests[scope.client].start(Doing.STREAMING)
            await self.hub.serve(protocol, fields, response, partial(self.send_event, scope))
            return
        protocol.response_bytes(code, fields, response.content)
        if not self.hub.is_stopping:
            self.rejections.record(Reason.TOO_MANY_STREAMS, scope.client)

    async def send_event(self, scope: Scope, transport: Transport, stream: Stream, unsent: Unsent) -> None:
        """Send an event of a stream, and wait until the kernel has a large one: granian keeps all that it is given,
        however slowly the client takes it. What a page could ask for is counted meanwhile, and left out without room.
        """
        length = len(unsent.event)
        if length <= SMALL_EVENT_BYTES:
            await transport.send_bytes(unsent.event)
            return
        if stream.is_over:
            return
        connection, request = self.connections.find(scope.client), self.connections.requests[scope.client]
        if unsent.plain and (connection is None or not await self.has_room_for_event(length)):
            if not stream.is_over:
                await transport.send_bytes(unsent.plain)
            return
        try:
            begin = connection.written() if connection else 0
            request.start(Doing.SENDING_EVENT, begin)
            if not stream.is_over:
                await transport.send_bytes(unsent.event)
                if connection:
                    await until_written(connection, begin + length, lambda: stream.is_over)
        except Gone:
            pass
        finally:
            if request.doing is Doing.SENDING_EVENT:
                request.start(Doing.STREAMING)
            if unsent.plain:
                self.events.give_back(length)

    async def has_room_for_event(self, length: int) -> bool:
        """Take room for it; if others have it, close the slow ones, and wait a moment."""
        for _ in range(EVENT_LOOKS):
            try:
                self.events.take(length)
                return True
            except Refused:
                if time.monotonic() - self.made_room_at > LOOK_SECONDS:  # it looks at all connections
                    self.made_room_at = time.monotonic()
                    self.connections.close_slowest_reader(Doing.SENDING_EVENT)
            await asyncio.sleep(LONGEST_PAUSE_SECONDS)
        return False

    async def send(self, scope: Scope, protocol: HTTPProtocol, response: LargeResponse) -> None:
        """Send a large response, and give its bytes back when the kernel has it: as long, granian keeps a copy."""
        code, fields, body, path, length = response
        held = response.held_bytes
        del response
        try:
            connection = self.connections.find(scope.client)
            begin = connection.written() if connection else 0
            self.connections.requests[scope.client].start(Doing.SENDING, begin)
            if path:
                protocol.response_file(code, fields, path)
            else:
                protocol.response_bytes(code, fields, body)
            del body
            if connection:
                await until_written(connection, begin + length)
        except (Gone, ProtocolClosed, ProtocolError):
            pass
        finally:
            self.responses.give_back(held)


async def until_written(connection: Connection, count: int, is_over: Callable[[], bool] = lambda: False) -> None:
    """Wait until granian has given so many bytes to the kernel, or nobody cares any more. Raises Gone."""
    pause = 0.002
    while connection.written() < count and not is_over():
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def give_memory_back() -> None:
    """Have glibc return the memory of bodies and responses to the system, and let threads share what it keeps."""
    with contextlib.suppress(AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, SMALL_RESPONSE_BYTES)
        mallopt(M_ARENA_MAX, 1)


async def end_with_parent() -> None:
    """End this process in good order if granian's main process is gone: nobody else would."""
    if parent := multiprocessing.parent_process():
        while os.getppid() == parent.pid:
            await asyncio.sleep(LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)


def should_read_body(scope: Scope) -> bool:
    """Return False for a body without a length, or too large: Django refuses it unread."""
    length = scope.headers.get("content-length", "")
    if not length.isdigit() or "transfer-encoding" in scope.headers:
        return False
    return not is_too_large(scope.path, int(length))


def temporary_file(length: int) -> IO[bytes]:
    """Return a file with room for so many bytes; if the disk has none, in memory."""
    try:
        file = TemporaryFile()  # noqa: SIM115
        os.posix_fallocate(file.fileno(), 0, length)
    except OSError:
        return BytesIO()
    return file


def refuse(scope: Scope, protocol: HTTPProtocol, refusal: Refused) -> None:
    fields = [("connection", "close")]
    if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
        fields.append(("retry-after", str(RETRY_AFTER_SECONDS)))
    if is_api(scope.path):
        protocol.response_bytes(refusal.status, [JSON, *fields], json.dumps({"error": str(refusal)}).encode())
    else:
        protocol.response_bytes(refusal.status, [TEXT, *fields], str(refusal).encode())


def environment(scope: Scope) -> dict[str, Any]:
    """Return the WSGI environment of the request (PEP 3333), without its body."""
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
        "wsgi.file_wrapper": SentFile,
        "wsgi.input": BytesIO(),
    }
    headers = scope.headers
    for name in headers.keys():  # noqa: SIM118 - not a mapping
        if "_" in name:
            continue  # it would look like the header with a hyphen, which only a proxy may set
        values = headers.get_all(name)
        if (name in SINGLE_HEADERS and len(values) != 1) or (name in LIST_HEADERS and not values):
            raise Refused(
                HTTPStatus.BAD_REQUEST,
                f"The header {name} must be ASCII, and there can be one only.",
                Reason.UNREADABLE_HEADERS,
            )
        key = name.upper().replace("-", "_")
        if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            key = f"HTTP_{key}"
        environ[key] = LIST_HEADERS.get(name, ",").join(values)
    return environ
