"""This project's own processes, as a person or a container starts them.

with start_web(DATABASE_URL=url) as web:
    urllib.request.urlopen(web.url + "/api/v1/health")
"""

import contextlib
import os
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.processes import Process, free_port, running

ROOT = Path(__file__).resolve().parent.parent


class Manage(Process):
    """`manage.py` with these arguments; its data folder is its own, its settings are ours and `variables`.

    ``root`` is the folder of another release of the project, if it is not this one.
    """

    def __init__(self, folder: Path, *arguments: str, variables: dict[str, str], root: Path = ROOT) -> None:
        super().__init__(folder)
        self.cwd = root
        self.arguments = arguments
        ours = {
            "TASKOVERFLOW_DATA": str(folder),
            "TASKOVERFLOW_ENV_FILE": "",
            "STATIC_ROOT": str(settings.STATIC_ROOT),
        }
        self.variables = ours | variables

    def command(self) -> list[str]:
        return [sys.executable, str(self.cwd / "manage.py"), *self.arguments]

    def environment(self) -> dict[str, str]:
        return os.environ | self.variables


class Web(Manage):
    def __init__(self, folder: Path, variables: dict[str, str], root: Path = ROOT) -> None:
        port = free_port()
        address = ["--host", "127.0.0.1", "--port", str(port)]
        super().__init__(folder, "serve", *address, variables=variables, root=root)
        self.url = f"http://127.0.0.1:{port}"

    def check(self) -> None:
        urllib.request.urlopen(f"{self.url}/api/v1/health", timeout=2).close()


class Worker(Manage):
    def __init__(
        self,
        folder: Path,
        variables: dict[str, str],
        processes: int,
        threads: int,
        root: Path = ROOT,
        arguments: Sequence[str] = (),
    ) -> None:
        size = ["--processes", str(processes), "--threads", str(threads)]
        super().__init__(folder, "rundramatiq", *size, *arguments, variables=variables, root=root)
        self.processes = processes

    def start(self) -> None:
        self.log.unlink(missing_ok=True)
        super().start()

    def check(self) -> None:
        ready = self.log.read_text().count("Worker process is ready for action")
        if ready < self.processes:
            raise RuntimeError(f"{ready} of {self.processes} processes are ready")


def start_web(*, root: Path = ROOT, **variables: str) -> contextlib.AbstractContextManager[Web]:
    """`manage.py serve` on a free port; the database must be migrated already."""
    return running(partial(Web, variables=variables, root=root))


def start_worker(
    *, processes: int = 1, threads: int = 4, root: Path = ROOT, **variables: str
) -> contextlib.AbstractContextManager[Worker]:
    """`manage.py rundramatiq`, ready to take messages."""
    return running(partial(Worker, variables=variables, processes=processes, threads=threads, root=root))


def manage(*arguments: str, root: Path = ROOT, **variables: str) -> str:
    """Run `manage.py` to its end; return what it printed. Raises AssertionError if it fails."""
    command = [sys.executable, str(root / "manage.py"), *arguments]
    environment = os.environ | {"TASKOVERFLOW_ENV_FILE": ""} | variables
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(arguments)}: {done.stderr}"
    return done.stdout


def database_url() -> str:
    """The URL of the test database, for processes that are to see what a test commits."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
