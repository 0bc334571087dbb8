"""`manage.py rundramatiq` as a supervisor meets it."""

import os
import signal
from collections.abc import Callable

import psutil

from tests.project import start_worker
from tests.services import start_redis


def test_processes_are_forked_and_end_together_without_a_traceback():
    deployed = {"ALLOWED_HOSTS": "*", "TASKOVERFLOW_SECRET_KEY": 60 * "k", "DATABASE_URL": ""}
    with start_redis() as redis, start_worker(processes=2, BROKER_URL=redis.url, **deployed) as worker:
        own = psutil.Process(worker.process.pid)
        forked = [child for child in own.children() if child.cmdline() == own.cmdline()]
        assert len(forked) == 2

        os.killpg(worker.process.pid, signal.SIGINT)  # as a terminal does
        assert worker.process.wait(timeout=30) == 0
        assert "Traceback" not in worker.log.read_text()
        assert not [child for child in forked if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_killed_main_process_leaves_no_other(wait_for: Callable[..., None]):
    deployed = {"ALLOWED_HOSTS": "*", "TASKOVERFLOW_SECRET_KEY": 60 * "k", "DATABASE_URL": ""}
    with start_redis() as redis, start_worker(processes=2, BROKER_URL=redis.url, **deployed) as worker:
        forked = psutil.Process(worker.process.pid).children()
        worker.process.kill()
        worker.process.wait()
        wait_for(lambda: not any(child.is_running() for child in forked))
