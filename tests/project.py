"""This project's own processes, as a person or a container starts them.

with start_web(DATABASE_URL=url) as web:
    urllib.request.urlopen(web.url + "/api/v1/health")
"""

import contextlib
import os
import sys
import urllib.request
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.processes import Process, free_port, running

ROOT = Path(__file__).resolve().parent.parent


class Manage(Process):
    """`manage.py` with these arguments; its data folder is its own, its settings are ours and `variables`."""

    def __init__(self, folder: Path, *arguments: str, variables: dict[str, str]) -> None:
        super().__init__(folder)
        self.cwd = ROOT
        self.arguments = arguments
        ours = {
            "TASKOVERFLOW_DATA": str(folder),
            "TASKOVERFLOW_ENV_FILE": "",
            "STATIC_ROOT": str(settings.STATIC_ROOT),
        }
        self.variables = ours | variables

    def command(self) -> list[str]:
        return [sys.executable, str(ROOT / "manage.py"), *self.arguments]

    def environment(self) -> dict[str, str]:
        return os.environ | self.variables


class Web(Manage):
    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        port = free_port()
        super().__init__(folder, "serve", "--host", "127.0.0.1", "--port", str(port), variables=variables)
        self.url = f"http://127.0.0.1:{port}"

    def check(self) -> None:
        urllib.request.urlopen(f"{self.url}/api/v1/health", timeout=2).close()


class Worker(Manage):
    def __init__(self, folder: Path, variables: dict[str, str], processes: int, threads: int) -> None:
        size = ["--processes", str(processes), "--threads", str(threads)]
        super().__init__(folder, "rundramatiq", *size, variables=variables)
        self.processes = processes

    def start(self) -> None:
        self.log.unlink(missing_ok=True)
        super().start()

    def check(self) -> None:
        ready = self.log.read_text().count("Worker process is ready for action")
        if ready < self.processes:
            raise RuntimeError(f"{ready} of {self.processes} processes are ready")


def start_web(**variables: str) -> contextlib.AbstractContextManager[Web]:
    """`manage.py serve` on a free port; the database must be migrated already."""
    return running(partial(Web, variables=variables))


def start_worker(
    *, processes: int = 1, threads: int = 4, **variables: str
) -> contextlib.AbstractContextManager[Worker]:
    """`manage.py rundramatiq`, ready to take messages."""
    return running(partial(Worker, variables=variables, processes=processes, threads=threads))


def database_url() -> str:
    """The URL of the test database, for processes that are to see what a test commits."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
