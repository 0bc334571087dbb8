"""`server`: a server with the memory of a shipped task; `after_attack`: what must hold when an attack is over.

A test takes both, attacks, and says in its body what must hold meanwhile.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

import pytest

from tests.processes import running
from tests.project import ROOT
from tests.services import start_postgres, start_redis
from tests.system.attacks.memory import memory_limit, shipped_megabytes
from tests.system.attacks.server import Server, wait_until

MEGABYTE = 1 << 20
# What a process may keep of an attack: caches, and memory that its allocator does not give back.
KEPT_BYTES = 120 * MEGABYTE


@pytest.fixture(scope="session")
def variables() -> Iterator[dict[str, str]]:
    """The environment of a deployment, with a PostgreSQL and a Redis of its own."""
    with start_postgres() as postgres, start_redis() as redis:
        settings = {
            "DATABASE_URL": postgres.create_database("attacks"),
            "BROKER_URL": redis.url,
            "TASKOVERFLOW_SECRET_KEY": "for tests alone",
            "ALLOWED_HOSTS": "*",
            "TASKOVERFLOW_ENV_FILE": "",
        }
        command = [sys.executable, ROOT / "manage.py", "migrate", "--noinput", "-v0"]
        subprocess.run(command, env=os.environ | settings, cwd=ROOT, check=True)
        yield settings


@pytest.fixture(scope="session")
def server(variables: dict[str, str]) -> Iterator[Server]:
    with (
        memory_limit(shipped_megabytes() * MEGABYTE) as group,
        running(partial(Server, variables=variables, group=group)) as server,
    ):
        yield server


@pytest.fixture
def after_attack(server: Server) -> Iterator[None]:
    """Health within a second, memory as before, and nothing killed for want of it."""
    server.assert_healthy(seconds=1)
    before = server.group.used
    yield
    server.assert_healthy(seconds=1)
    assert server.group.kills == 0
    wait_until(lambda: server.group.used < before + KEPT_BYTES, seconds=30)
    assert server.is_running
