"""``manage.py serve``: the production web server, with a worker inside if the broker is embedded."""

import errno
import socket
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from observability.metrics import forget_dead_processes

EMBEDDED = not settings.BROKER_URL
# The embedded broker's queue is in the memory of one process.
DEFAULT_PROCESSES = 1 if EMBEDDED else 2
GRACEFUL_SECONDS = 20
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
        check_port(host, port)
        forget_dead_processes(settings.METRICS_DIR)
        if prepare or not settings.DEPLOYED:
            self.prepare()
        self.stdout.write(
            f"TaskOverflow is at {settings.PUBLIC_URL or f'http://localhost:{port}'} (Ctrl-C ends it)"
        )
        connections.close_all()  # processes cannot share a connection
        Server(
            "taskoverflow.rsgi:application",
            address=host,
            port=port,
            interface=Interfaces.RSGI,
            workers=processes,
            loop=Loops.asyncio,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(
                header_read_timeout=int(settings.REQUEST_TIMEOUT_SECONDS * 1000), max_buffer_size=MAX_HEAD_BYTES
            ),
            websockets=False,
            respawn_failed_workers=True,
            workers_kill_timeout=GRACEFUL_SECONDS,
            log_level=LogLevels.warning,
            log_dictconfig=LOGGING,
        ).serve()

    def prepare(self) -> None:
        """Migrate the database and collect the static files, which a deployment does in a step of its own."""
        call_command("migrate", interactive=False, verbosity=0)
        if settings.DATA_DIR in settings.STATIC_ROOT.parents:  # otherwise the image contains them
            call_command("collectstatic", interactive=False, verbosity=0)


def check_port(host: str, port: int) -> None:
    """Raise one sentence if the server could not listen there; granian would share a port that is in use."""
    if not 1 <= port <= 65535:
        raise CommandError(f"--port must be a whole number from 1 to 65535, not {port}.")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        reasons = {
            errno.EADDRINUSE: f"Port {port} is taken; stop what uses it or set PORT to another.",
            errno.EACCES: f"Port {port} needs rights that you do not have; set PORT to 1024 or higher.",
        }
        raise CommandError(reasons.get(error.errno, f"{host}:{port} cannot be used: {error.strerror}.")) from error
