"""``manage.py serve``: the web server of production, and with the embedded broker its worker too."""

import errno
import signal
import socket
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from gunicorn.app.base import BaseApplication
from gunicorn.workers.base import Worker

from taskoverflow.metrics import forget_dead_processes

EMBEDDED = not settings.BROKER_URL
# With the embedded broker all is one process: its queue is in that process's memory.
DEFAULT_PROCESSES = 1 if EMBEDDED else 2
THREADS = 8
GRACEFUL_SECONDS = 20


class Server(BaseApplication):
    """Gunicorn, told everything here: no file and no variable of its own."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        # Called in the worker process, after the fork.
        from taskoverflow.wsgi import application

        return application


class Command(BaseCommand):
    help = "Serve the web app and the API; without a BROKER_URL, build calendars in the same process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="0.0.0.0", help="address to listen on (default: all)")  # noqa: S104
        parser.add_argument("--port", type=int, default=settings.PORT, help="default: the variable PORT")
        parser.add_argument(
            "--processes", type=int, default=DEFAULT_PROCESSES, help=f"default: {DEFAULT_PROCESSES}"
        )
        parser.add_argument(
            "--prepare", action="store_true", help="migrate first (as it does unless this is deployed)"
        )
        parser.add_argument("--threads", type=int, default=THREADS, help=f"of each process (default: {THREADS})")

    def handle(self, *, host: str, port: int, processes: int, threads: int, prepare: bool, **options: Any) -> None:
        if EMBEDDED and processes != 1:
            raise CommandError("Several processes need a BROKER_URL: the embedded queue lives in one process.")
        check_port(host, port)
        forget_dead_processes(settings.METRICS_DIR)
        if prepare or not settings.DEPLOYED:
            self.prepare()
        self.stdout.write(
            f"TaskOverflow is at {settings.PUBLIC_URL or f'http://localhost:{port}'} (Ctrl-C ends it)"
        )
        Server(
            {
                "bind": f"{host}:{port}",
                "workers": processes,
                "threads": threads,
                "worker_class": "taskoverflow.server.Worker",
                "graceful_timeout": GRACEFUL_SECONDS,
                "timeout": 60,
                "keepalive": 75,
                "loglevel": "warning",
                "control_socket_disable": True,
                "limit_request_line": 8190,
                # Who may speak for a client is said by TRUSTED_PROXIES, and by nothing else.
                "forwarded_allow_ips": "",
                "post_worker_init": leave_interrupts_to_the_parent,
            }
        ).run()

    def prepare(self) -> None:
        """Do what a deployment does in a step of its own: bring the database and the static files up to date."""
        call_command("migrate", interactive=False, verbosity=0)
        if settings.DATA_DIR in settings.STATIC_ROOT.parents:  # elsewhere they were collected with the image
            call_command("collectstatic", interactive=False, verbosity=0)


def leave_interrupts_to_the_parent(worker: Worker) -> None:
    """Ctrl-C reaches every process at the terminal: this one is to end when its parent says so, and not twice."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def check_port(host: str, port: int) -> None:
    """Raise one sentence where the server could not listen; gunicorn itself would try again and again."""
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
