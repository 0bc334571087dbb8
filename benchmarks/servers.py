"""The two sides as in production: each a web server and a worker, with PostgreSQL and Redis."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path

import psutil
import redis

from benchmarks import data
from benchmarks.client import Client
from benchmarks.data import Databases
from benchmarks.machine import ROOT
from tests.processes import free_port
from tests.services import Postgres, Redis

PEER, OURS = "peer", "ours"
START_SECONDS = 60
STOP_SECONDS = 30


class DurablePostgres(Postgres):
    """PostgreSQL with its default durability."""

    def command(self) -> list[str]:
        return [*super().command(), "-cfsync=on", "-csynchronous_commit=on", "-cfull_page_writes=on"]


class MemoryRedis(Redis):
    """Redis without persistence, because the peer sends megabytes through it."""

    def command(self) -> list[str]:
        return [*super().command(), "--appendonly", "no", "--save", ""]


class Side:
    """A web server and a worker that can be started and stopped repeatedly."""

    name = ""
    has_feeds = has_lists = False

    def __init__(self, databases: Databases, redis_url: str, folder: Path, services: list[int]) -> None:
        """`services` are the process ids of PostgreSQL and Redis; `folder` is for logs."""
        self.databases = databases
        self.service_pids = services
        self.redis_url = redis_url
        self.folder = folder
        self.port = free_port()
        self.processes: dict[str, subprocess.Popen] = {}
        self.start_seconds = 0.0  # until the web server answers
        self.ready_seconds = 0.0  # until the first job is a SUCCESS

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def commands(self) -> dict[str, list[str]]:
        """Return the environment of `web` and `worker`."""
        raise NotImplementedError

    def environment(self, database_url: str) -> dict[str, str]:
        raise NotImplementedError

    def fill(self, database_url: str, todos: int, lists: int, own_lists: int = 0) -> None:
        raise NotImplementedError

    def install(self) -> None:
        """Install whatever the first start needs."""

    def client(self) -> Client:
        return Client(self.port)

    def start(self, todos: int, lists: int = 1, own_lists: int = 0) -> None:
        """Start with a fresh copy of the data and an empty queue, and wait until a job is done."""
        filled, used = f"{self.name}_{todos}_{lists}_{own_lists}", f"{self.name}_now"
        if not self.databases.exists(filled):
            self.fill(self.databases.create(filled), todos, lists, own_lists)
        environment = os.environ | self.environment(self.databases.create(used, template=filled))
        redis.Redis.from_url(self.redis_url).flushall()
        began = time.monotonic()
        for part, command in self.commands().items():
            with (self.folder / f"{self.name}-{part}.log").open("ab") as log:
                self.processes[part] = subprocess.Popen(
                    command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                    stdout=log, stderr=log, start_new_session=True,
                )  # fmt: skip
        while True:
            try:
                client = self.client()
                client.json("GET", "/api/v1/health")
                break
            except OSError:
                self.complain_if_dead(began)
                time.sleep(0.01)
        self.start_seconds = time.monotonic() - began
        client.wait_for_job(client.submit_job(), poll_seconds=0.01)
        self.ready_seconds = time.monotonic() - began

    def complain_if_dead(self, began: float) -> None:
        for part, process in self.processes.items():
            if process.poll() is not None or time.monotonic() - began > START_SECONDS:
                log = (self.folder / f"{self.name}-{part}.log").read_text(errors="replace")
                raise SystemExit(f"{self.name}'s {part} did not start:\n{log[-3000:]}")

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            with contextlib.suppress(ProcessLookupError):  # and its children
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()
        self.databases.drop(f"{self.name}_now")

    def family(self, part: str) -> list[psutil.Process]:
        """Return the processes of `web` or `worker`."""
        return with_children(self.processes[part].pid)

    def services(self) -> list[psutil.Process]:
        """Return the processes of PostgreSQL and Redis."""
        return [process for pid in self.service_pids for process in with_children(pid)]


def with_children(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


class Peer(Side):
    """The published design, from `benchmarks/peer`, in its own virtual environment."""

    name = PEER
    environment_folder = ROOT / "benchmarks" / "peer" / ".venv"

    def install(self) -> None:
        """Create the environment unless it exists and matches `requirements.txt`."""
        wanted = ROOT / "benchmarks" / "peer" / "requirements.txt"
        installed = self.environment_folder / "installed.txt"
        if installed.exists() and installed.read_text() == wanted.read_text():
            return
        venv.create(self.environment_folder, clear=True, with_pip=True)
        (self.environment_folder / ".gitignore").write_text("*\n")
        data.run_quietly([self.python, "-m", "pip", "install", "-q", "-r", str(wanted)], {})
        installed.write_text(wanted.read_text())

    @property
    def python(self) -> str:
        return str(self.environment_folder / "bin" / "python")

    def commands(self) -> dict[str, list[str]]:
        web = [self.python, "-m", "gunicorn", "--workers", "2", "--threads", "4", "--keep-alive", "75"]
        worker = [
            self.python,
            "-m",
            "celery",
            "--app",
            "benchmarks.peer.tasks",
            "worker",
            "--concurrency",
            "2",
        ]
        return {
            "web": [
                *web,
                "--no-control-socket",
                "--bind",
                f"127.0.0.1:{self.port}",
                "benchmarks.peer.app:app",
            ],
            "worker": [*worker, "--without-gossip", "--without-mingle", "--loglevel", "WARNING"],
        }

    def environment(self, database_url: str) -> dict[str, str]:
        return {
            "DATABASE_URL": database_url.replace("postgres://", "postgresql+psycopg2://"),
            "BROKER_URL": self.redis_url,
        }

    def fill(self, database_url: str, todos: int, lists: int, own_lists: int = 0) -> None:
        data.fill_peer(self.python, self.environment(database_url), database_url, todos)


class Ours(Side):
    """This project, started with its production commands."""

    name = OURS
    has_feeds = has_lists = True

    def install(self) -> None:
        """Collect the static files, without which no page can be shown."""
        data.run_quietly(
            [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"], self.environment("")
        )

    def commands(self) -> dict[str, list[str]]:
        return {
            "web": [sys.executable, "manage.py", "serve"],
            "worker": [sys.executable, "manage.py", "rundramatiq", "--processes", "2", "--threads", "4"],
        }

    def environment(self, database_url: str) -> dict[str, str]:
        return {
            "DATABASE_URL": database_url,
            "BROKER_URL": self.redis_url,
            "PORT": str(self.port),
            "ALLOWED_HOSTS": "*",
            "TASKOVERFLOW_SECRET_KEY": "a key for the benchmark alone, " + 40 * "k",
            "TASKOVERFLOW_DATA": str(self.folder / "data"),
            # Counted as in production, but never reached.
            "RATE_LIMIT_JOBS": "1000000/minute",
            "MAX_LISTS": "100",
            # The peer does not log requests either.
            "LOG_FORMAT": "text",
        }

    def fill(self, database_url: str, todos: int, lists: int, own_lists: int = 0) -> None:
        data.fill_ours(self.environment(database_url), database_url, todos, lists, own_lists)
