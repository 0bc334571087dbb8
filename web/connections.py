"""The clients' TCP connections: how long each may keep the server waiting, and how many there may be.

Granian limits the time for a request's head, and nothing else. But its sockets are file descriptors of this
process, so the kernel knows the rest (TCP_INFO): how much has come in, and how much the client has taken.
`Connections` looks at all of them twice a second and ends those that are too slow. That works on Linux;
elsewhere, granian's limit is the only one.
"""

import asyncio
import contextlib
import os
import socket
import stat
import struct
import time
from collections.abc import Iterator
from enum import Enum
from fcntl import ioctl
from pathlib import Path
from termios import TIOCOUTQ

from web.rejections import Reason, Rejections

DESCRIPTORS = Path("/proc/self/fd")
LOOK_SECONDS = 0.5

# For the head of a request, from the connection's begin or the head's first byte.
HEAD_SECONDS = 10
# Between requests. AWS's load balancers and nginx keep a connection for 60 seconds, and must be the first to close
# it: a request that is sent at that moment would be lost.
KEEP_ALIVE_SECONDS = 75
# A client that sends a body, or takes a response, must move so much in each interval, or all that is left.
STALL_SECONDS = 15
STALL_BYTES = 15_000
# A response is slow from then on, where another one needs its memory.
SLOW_SECONDS = 2

# Beyond so many connections, those that wait for the client are closed, the longest wait first.
MAX_CONNECTIONS = 1_000
# Beyond so many, none is accepted until others have been closed.
MAX_ACCEPTED = 4_000
# What else a process opens: the database, the queue, files.
OTHER_DESCRIPTORS = 200

# struct tcp_info of linux/tcp.h: bytes_acked and bytes_received.
TCP_INFO_BYTES = struct.Struct("120x2Q")
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: what has not been sent is dropped
SENT = "a response that granian has sent"


class Doing(Enum):
    """What a request is waiting for."""

    RECEIVING = "its body"
    WORKING = "the application"
    SENDING = "the client to take the response"
    STREAMING = "something to tell the client"
    SENDING_EVENT = "the client to take what it is told"
    CLOSING = "its connection to end"


STREAMS = {Doing.STREAMING, Doing.SENDING_EVENT}


class Request:
    """A request under way, as granian's application sees it."""

    __slots__ = ("begin", "doing", "is_cut_off", "since")

    def __init__(self) -> None:
        self.doing = Doing.WORKING
        self.since = 0.0
        self.begin = 0
        self.is_cut_off = False  # its body came too slowly

    def start(self, doing: Doing, begin: int = 0) -> None:
        """Note what it does from now on. A response begins after so many bytes of its connection."""
        self.doing, self.since, self.begin = doing, time.monotonic(), begin


class Gone(Exception):
    """The connection has been closed."""


class Connection:
    """A client's socket. Granian owns it and may close it at any time; its number may be used again."""

    def __init__(self, descriptor: int, inode: int, client: str, now: float) -> None:
        self.descriptor = descriptor
        self.inode = inode
        self.client = client
        self.is_unused = True  # no request yet
        # While the connection is idle: since when, and the bytes that had come by then.
        self.idle_since: float | None = now
        self.idle_received = 0
        # What is being moved, since when, and to how many bytes it must come.
        self.moving: object = None
        self.moving_since = now
        self.goal = 0
        self.is_closing = False

    @property
    def is_open(self) -> bool:
        try:
            return not self.is_closing and os.fstat(self.descriptor).st_ino == self.inode
        except OSError:
            return False

    def progress(self) -> tuple[int, int, int]:
        """Return the bytes received, the bytes that the client has taken, and those that it has yet to take."""
        try:
            with _borrowed(self.descriptor) as borrowed:
                info = borrowed.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES.size)
            waiting = struct.unpack("i", ioctl(self.descriptor, TIOCOUTQ, b"\0" * 4))[0]
            taken, received = TCP_INFO_BYTES.unpack(info)
        except (OSError, struct.error) as error:
            raise Gone from error
        return received, taken, waiting

    def written(self) -> int:
        """Return how many bytes granian has given to the kernel."""
        _, taken, waiting = self.progress()
        if not self.is_open:
            raise Gone
        return taken + waiting

    def stop_receiving(self) -> None:
        """End the body: the application gets an error for it, and can still answer."""
        self._shut_down(socket.SHUT_RD)

    def close(self) -> None:
        """End the connection and drop what has not been sent."""
        self.is_closing = True
        self._shut_down(socket.SHUT_RDWR, reset=True)

    def _shut_down(self, how: int, *, reset: bool = False) -> None:
        # On a descriptor of our own: granian may close its own meanwhile, and another socket get the number.
        with contextlib.suppress(OSError), _socket(os.dup(self.descriptor)) as ours:
            if os.fstat(ours.fileno()).st_ino != self.inode:
                return
            if reset:
                ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            ours.shutdown(how)

    def is_stalled(self, what: object, moved: int, left: int, now: float) -> bool:
        """Return whether too little has moved, of a body or a response, for too long."""
        if what != self.moving or moved >= self.goal:
            self.moving, self.moving_since, self.goal = what, now, moved + min(left, STALL_BYTES)
        return now - self.moving_since > STALL_SECONDS


class Connections:
    """All connections of this process, by the client's address. Used by the event loop's thread alone."""

    def __init__(self, rejections: Rejections) -> None:
        self.rejections = rejections
        self.requests: dict[str, Request] = {}
        self.is_watched = DESCRIPTORS.exists()
        self._finished: set[str] = set()  # clients whose request ended since the last look
        self._known: dict[
            int, tuple[int, Connection | None]
        ] = {}  # by descriptor: inode, and None for other sockets
        self._by_client: dict[str, Connection] = {}
        self._ports: set[int] = set()  # on which this process listens

    def start(self, client: str) -> Request:
        request = self.requests[client] = Request()
        return request

    def finish(self, client: str, request: Request) -> None:
        # Not the connection's next request, which may have begun as soon as this one's response was out.
        if self.requests.get(client) is request:
            del self.requests[client]
        if self.is_watched:
            self._finished.add(client)

    def find(self, client: str) -> Connection | None:
        if not self.is_watched:
            return None
        connection = self._by_client.get(client)
        if connection is None or not connection.is_open:
            self._find_all(time.monotonic())
            connection = self._by_client.get(client)
        return connection

    async def watch(self) -> None:
        while self.is_watched:
            await asyncio.sleep(LOOK_SECONDS)
            self.look(time.monotonic())
            self.rejections.log()

    def look(self, now: float) -> None:
        """Close the connections that are too slow, and the idle ones if there are too many."""
        waiting, closing = [], 0
        for connection in self._find_all(now):
            if connection.is_closing:
                closing += 1
                continue
            try:
                is_waiting = self._look_at(connection, now)
            except Gone:
                continue
            if is_waiting:
                waiting.append(connection)
        self._finished.clear()
        # Open pages have a limit of their own (web/live.py).
        streams = sum(request.doing in STREAMS for request in self.requests.values())
        if (excess := len(self._by_client) - closing - streams - MAX_CONNECTIONS) > 0:
            waiting.sort(key=lambda connection: connection.idle_since or now)
            for connection in waiting[:excess]:
                self._reject(connection, Reason.TOO_MANY_CONNECTIONS)

    def _reject(self, connection: Connection, reason: Reason) -> None:
        connection.close()
        self.rejections.record(reason, connection.client)

    def close_slowest_reader(self, doing: Doing = Doing.SENDING) -> bool:
        """Close the connection that takes a large response the most slowly; return False if none is slow.

        ``doing``: of those for whom this is waited for.
        """
        now = time.monotonic()
        self._find_all(now)
        speeds: list[tuple[float, str]] = []
        for client, request in self.requests.items():
            seconds = now - request.since
            if request.doing is doing and seconds > SLOW_SECONDS and (found := self._by_client.get(client)):
                with contextlib.suppress(Gone):
                    _, taken, _ = found.progress()
                    speeds.append(((taken - request.begin) / seconds, client))
        if not speeds:
            return False
        client = min(speeds)[1]
        self.requests[client].start(Doing.CLOSING)
        self._reject(self._by_client[client], Reason.NO_MEMORY_FOR_RESPONSE)
        return True

    def _look_at(self, connection: Connection, now: float) -> bool:
        """Close the connection if it is too slow. Return whether it only waits for the client."""
        received, taken, to_take = connection.progress()
        request = self.requests.get(connection.client)
        if request or to_take or connection.client in self._finished:
            connection.is_unused = False
            connection.idle_since = None
        if request and request.doing is Doing.RECEIVING:
            if not request.is_cut_off and connection.is_stalled(request, received, STALL_BYTES, now):
                request.is_cut_off = True
                connection.stop_receiving()
                self.rejections.record(Reason.SLOW_BODY, connection.client)
            return True
        if to_take:
            if connection.is_stalled(request or SENT, taken, to_take, now):
                self._reject(connection, Reason.SLOW_RESPONSE)
            return False
        connection.moving = None
        if request:
            return False
        if connection.idle_since is None:
            connection.idle_since, connection.idle_received = now, received
        is_in_head = connection.is_unused or received > connection.idle_received
        if is_in_head and now - connection.idle_since > HEAD_SECONDS:
            self._reject(connection, Reason.NO_REQUEST)
        elif now - connection.idle_since > KEEP_ALIVE_SECONDS:
            connection.close()  # as every server does: nothing to report
        return True

    def _find_all(self, now: float) -> list[Connection]:
        known, self._known = self._known, {}
        self._by_client = {}
        for descriptor in sorted(map(int, os.listdir(DESCRIPTORS))):  # the listening one is older than others
            try:
                status = os.fstat(descriptor)
                if not stat.S_ISSOCK(status.st_mode):
                    continue
                inode, connection = known.get(descriptor, (0, None))
                if inode != status.st_ino:
                    inode, connection = status.st_ino, self._identify(descriptor, status.st_ino, now)
            except OSError:
                continue
            self._known[descriptor] = inode, connection
            if connection:
                self._by_client[connection.client] = connection
        return list(self._by_client.values())

    def _identify(self, descriptor: int, inode: int, now: float) -> Connection | None:
        """Return a new socket as a client's connection, unless it is another socket."""
        with _borrowed(descriptor) as borrowed:
            ours = borrowed.getsockname()
            if not isinstance(ours, tuple):  # no IP
                return None
            if borrowed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                self._ports.add(ours[1])
                return None
            if ours[1] not in self._ports:
                return None
            host, port = borrowed.getpeername()[:2]
        return Connection(descriptor, inode, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", now)


def prepare_listener(listener: socket.socket) -> None:
    """Set what the accepted connections inherit, where the system has it."""
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # For clients that do not answer at all, also after granian has closed the socket. The kernel tells them
        # nothing then, so it comes second.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 2 * STALL_SECONDS * 1_000)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        # The kernel's share of a response that the client does not take.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 128 * 1024)


@contextlib.contextmanager
def _borrowed(descriptor: int) -> Iterator[socket.socket]:
    """The descriptor with a socket's methods; it is not closed."""
    borrowed = _socket(descriptor)
    try:
        yield borrowed
    finally:
        borrowed.detach()


def _socket(descriptor: int) -> socket.socket:
    # Given the family, Python asks the kernel nothing; what is used here is the same for IPv6.
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=descriptor)
