"""``manage.py serve``: the web server of production, and with the embedded broker its worker too."""

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
# With the embedded broker all is one process: its queue is in that process's memory.
DEFAULT_PROCESSES = 1 if EMBEDDED else 2
GRACEFUL_SECONDS = 20
# The longest head of a request: its first line and its headers.
HEAD_BYTES = 32_768
# Granian's own lines go the way of all others.
LOGGING = {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"propagate": True}}}


class Command(BaseCommand):
    help = "Serve the web app and the API; without a BROKER_URL, build calendars in the same process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--host",
            default="0.0.0.0" if settings.DEPLOYED else "127.0.0.1",  # noqa: S104
            help="address to listen on (default: all where this is deployed, else this machine alone)",
        )
        parser.add_argument("--port", type=int, default=settings.PORT, help="default: the variable PORT")
        parser.add_argument(
            "--processes", type=int, default=DEFAULT_PROCESSES, help=f"default: {DEFAULT_PROCESSES}"
        )
        parser.add_argument(
            "--prepare",
            action="store_true",
            help="bring the database and the static files up to date first; where none of PUBLIC_URL, BROKER_URL, "
            "DATABASE_URL and DATABASE_HOST is set, that is done anyway",
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
        connections.close_all()  # a connection is one process's
        Server(
            "taskoverflow.rsgi:application",
            address=host,
            port=port,
            interface=Interfaces.RSGI,
            workers=processes,
            loop=Loops.asyncio,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(
                header_read_timeout=int(settings.REQUEST_TIMEOUT_SECONDS * 1000), max_buffer_size=HEAD_BYTES
            ),
            websockets=False,
            respawn_failed_workers=True,
            workers_kill_timeout=GRACEFUL_SECONDS,
            log_level=LogLevels.warning,
            log_dictconfig=LOGGING,
        ).serve()

    def prepare(self) -> None:
        """Do what a deployment does in a step of its own: bring the database and the static files up to date."""
        call_command("migrate", interactive=False, verbosity=0)
        if settings.DATA_DIR in settings.STATIC_ROOT.parents:  # elsewhere they were collected with the image
            call_command("collectstatic", interactive=False, verbosity=0)


def check_port(host: str, port: int) -> None:
    """Raise one sentence where the server could not listen; granian's processes would share it with another."""
    if not 1 <= port <= 65535:
        raise CommandError(f"--port must be a whole number from 1 to 65535, not {port}.")
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        reasons = {
            errno.EADDRINUSE: f"Port {port} is taken; stop what uses it or set PORT to another.",
            errno.EACCES: f"Port {port} needs rights that you do not have; set PORT to one from 1024 up.",
        }
        raise CommandError(reasons.get(error.errno, f"{host}:{port} cannot be used: {error.strerror}.")) from error
