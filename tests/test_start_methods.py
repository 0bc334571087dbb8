"""Processes start by fork, spawn or forkserver: by default spawn on macOS, and forkserver from Python 3.14 on.

Each test does the main job: it adds a todo, asks for a calendar file and gets it.
"""

import json
import time
import urllib.request
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.processes import running
from tests.project import Web, Worker, manage
from tests.services import start_redis

JOB_SECONDS = 60
METHODS = ["fork", "spawn", "forkserver"]
# Changes the default as Python 3.14 does; a program may still choose.
SITE_CUSTOMIZE = """
import multiprocessing.context as context
context._default_context._default_context = context._concrete_contexts["{method}"]
"""
# rundramatiq leaves what it cannot do itself to Dramatiq's program, as it does with everything on macOS.
DRAMATIQS_PROGRAM = ["--fork-function", "signal:pause"]


@pytest.fixture
def variables(method: str, tmp_path: Path) -> dict[str, str]:
    """The settings of processes whose default start method is ``method``."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(SITE_CUSTOMIZE.format(method=method))
    return {
        "PYTHONPATH": str(tmp_path / "site"),
        "DATABASE_URL": f"sqlite:///{tmp_path}/todos.sqlite3",
        "BROKER_URL": "",
        "TASKOVERFLOW_SECRET_KEY": "for tests alone",
        "ALLOWED_HOSTS": "",
    }


def call(web: Web, method: str, path: str, body: dict | None = None) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(web.url + path, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read()


def do_main_job(web: Web) -> None:
    call(web, "POST", "/api/v1/todos", {"title": "Essay", "deadline_at": "2026-12-01T18:00:00"})
    job = json.loads(call(web, "POST", "/api/v1/todos/ical"))["task_id"]
    end, status = time.monotonic() + JOB_SECONDS, ""
    while status != "SUCCESS" and time.monotonic() < end:
        status = json.loads(call(web, "GET", f"/api/v1/todos/ical/{job}/status"))["task_status"]
        time.sleep(0.1)
    assert b"SUMMARY:Essay\r\n" in call(web, "GET", f"/api/v1/todos/ical/{job}/result")


@pytest.mark.parametrize("method", METHODS)
def test_web_server_with_the_embedded_broker_works(variables: dict[str, str]) -> None:
    with running(partial(Web, variables=variables)) as web:
        do_main_job(web)
        assert "Traceback" not in web.log.read_text()


@pytest.mark.parametrize("method", METHODS)
def test_web_server_and_worker_work(variables: dict[str, str]) -> None:
    work(variables, DRAMATIQS_PROGRAM)


@pytest.mark.parametrize("method", ["forkserver"])
def test_worker_that_forks_works_whatever_the_default_is(variables: dict[str, str]) -> None:
    work(variables, [])


def work(variables: dict[str, str], arguments: list[str]) -> None:
    with ExitStack() as stack:
        variables["BROKER_URL"] = stack.enter_context(start_redis()).url
        manage("migrate", "-v0", **variables)
        worker = partial(Worker, variables=variables, processes=1, threads=2, arguments=arguments)
        process = stack.enter_context(running(worker))
        do_main_job(stack.enter_context(running(partial(Web, variables=variables))))
        assert "Traceback" not in process.log.read_text()
