"""``manage.py serve``: the production web server, with a worker inside if the broker is embedded."""

import contextlib
import errno
import resource
import socket
import sys
import time
from typing import Any

import granian.server
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.net import SocketHolder

from observability.metrics import forget_dead_processes
from web.connections import KEEP_ALIVE_SECONDS, MAX_ACCEPTED, OTHER_DESCRIPTORS, prepare_listener

EMBEDDED = not settings.BROKER_URL
# The embedded broker's queue is in the memory of one process.
DEFAULT_PROCESSES = 1 if EMBEDDED else 2
# For requests under way when the server is told to stop: longer than any waits for the database or for a build.
# Containers are killed after 60 seconds (terraform/, docker-compose.yml).
GRACEFUL_SECONDS = 50
# Connections that the kernel keeps until a process accepts them.
BACKLOG = 1024
# A process that ends within so many seconds is started again later each time, and not for ever if it ends itself.
EARLY_SECONDS = 5
MAX_FAILURES = 3
# For the request line and the headers.
MAX_HEAD_BYTES = 32_768
# Granian logs through our handlers.
LOGGING = {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"propagate": True}}}


class Command(BaseCommand):
    help = "Serve the web app and the API; without a BROKER_URL, build calendars in the same process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--host",
            default="0.0.0.0" if settings.DEPLOYED else "127.0.0.1",  # noqa: S104
            help="address to listen on (default: all addresses in a deployment, else this machine only)",
        )
        parser.add_argument("--port", type=int, default=settings.PORT, help="default: the variable PORT")
        parser.add_argument(
            "--processes", type=int, default=DEFAULT_PROCESSES, help=f"default: {DEFAULT_PROCESSES}"
        )
        parser.add_argument(
            "--prepare",
            action="store_true",
            help="migrate the database and collect the static files first (outside a deployment, always done)",
        )

    def handle(self, *, host: str, port: int, processes: int, prepare: bool, **options: Any) -> None:
        if processes < 1:
            raise CommandError(f"--processes must be 1 or more, not {processes}.")
        if EMBEDDED and processes != 1:
            raise CommandError("Several processes need a BROKER_URL: the embedded queue lives in one process.")
        listeners = listen(host, port, processes)
        forget_dead_processes(settings.METRICS_DIR)
        if prepare or not settings.DEPLOYED:
            self.prepare()
        self.stdout.write(
            f"TaskOverflow is at {settings.PUBLIC_URL or f'http://localhost:{port}'} (Ctrl-C ends it)"
        )
        connections.close_all()  # processes cannot share a connection
        Server(
            "taskoverflow.rsgi:application",
            listeners=listeners,
            address=host,
            port=port,
            backpressure=allow_descriptors(MAX_ACCEPTED + OTHER_DESCRIPTORS) - OTHER_DESCRIPTORS,
            interface=Interfaces.RSGI,
            workers=processes,
            loop=Loops.asyncio,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(
                header_read_timeout=KEEP_ALIVE_SECONDS * 1000, max_buffer_size=MAX_HEAD_BYTES
            ),
            websockets=False,
            respawn_failed_workers=True,
            workers_kill_timeout=GRACEFUL_SECONDS,
            log_level=LogLevels.warning,
            log_dictconfig=LOGGING,
        ).serve()

    def prepare(self) -> None:
        """Migrate the database and collect the static files, which a deployment does in a step of its own."""
        try:
            call_command("migrate", interactive=False, verbosity=0)
            if settings.DATA_DIR in settings.STATIC_ROOT.parents:  # otherwise the image contains them
                call_command("collectstatic", interactive=False, verbosity=0)
        except OSError as error:
            raise CommandError(f"{settings.DATA_DIR} cannot be written to: {error.strerror}.") from error


class Server(granian.server.Server):
    """Granian's, which starts a process again whenever it dies, and opens the sockets itself.

    The sockets stay open in this process. So one that dies does not take along the connections that it has yet to
    accept: the process that replaces it does. Names with an underscore are private to the granian that
    requirements.txt pins: tests/web/test_serve.py fails if they change.
    """

    def __init__(self, *arguments: Any, listeners: list[socket.socket], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.listeners = listeners

    def _init_shared_socket(self) -> None:
        for listener in self.listeners:
            listener.set_inheritable(True)

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Any) -> Any:
        self._sso = self.listeners[idx % len(self.listeners)]
        self._shd = SocketHolder(self._sso.fileno(), False, BACKLOG)
        return super()._spawn_worker(idx, target, callback_loader)

    def _drop_shared_socket(self) -> None:
        for listener in self.listeners:
            listener.close()

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        failures = 0
        while not self.interrupt_signal:
            self.main_loop_interrupt.wait()
            self.main_loop_interrupt.clear()
            if self.reload_signal:
                self._reload(spawn_target, target_loader)
            while self.interrupt_children and not self.interrupt_signal:
                dead = self.wrks[self.interrupt_children[0]]
                is_early = time.monotonic() - dead.birth < EARLY_SECONDS
                failures = failures + 1 if is_early else 0
                if dead.inner.exitcode > 0 and failures > MAX_FAILURES:
                    return  # it ends itself as it starts
                time.sleep(min(0.1 * 2**failures, EARLY_SECONDS) if is_early else 0)
                self._respawn_workers([self.interrupt_children.pop(0)], spawn_target, target_loader)


def listen(host: str, port: int, processes: int) -> list[socket.socket]:
    """Return sockets that listen there, or raise one sentence.

    On Linux, each process has one of its own, and the kernel distributes connections among them. If processes shared a
    socket, one would now and then accept all connections of a proxy or a load generator, and serve them on one core:
    1,000 GETs of a todo per second instead of 2,000 (2026-11-27). The price: while a process is started again, its
    share of new connections waits for it. Elsewhere there is one socket for all processes.
    """
    if not 1 <= port <= 65535:
        raise CommandError(f"--port must be a whole number from 1 to 65535, not {port}.")
    with contextlib.ExitStack() as on_error:
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            count = processes if sys.platform == "linux" else 1
            listeners = [on_error.enter_context(socket.socket(family)) for _ in range(count)]
            for number, listener in enumerate(listeners):
                # The first is bound before it may share the port, which fails if anybody else has it.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if number:
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                listener.bind(address)
                if count > 1:
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                prepare_listener(listener)
            for listener in listeners:
                listener.listen(BACKLOG)
        except OSError as error:
            reasons = {
                errno.EADDRINUSE: f"Port {port} is taken; stop what uses it or set PORT to another.",
                errno.EACCES: f"Port {port} needs rights that you do not have; set PORT to 1024 or higher.",
            }
            sentence = reasons.get(error.errno, f"{host}:{port} cannot be used: {error.strerror}.")
            raise CommandError(sentence) from error
        on_error.pop_all()
        return listeners


def allow_descriptors(count: int) -> int:
    """Let this process and its children open so many files, or as many as they may; return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= count:
        return count
    allowed = count if hard == resource.RLIM_INFINITY else min(count, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, allowed), hard))
    return max(soft, allowed)
