"""Fixtures of the behaviour tests. A conftest imports them, and says by `KINDS` which brokers its folder tests."""

import pytest

from tests.brokers.rigs import RIGS, Recorder, Rig, shorten_waits
from tests.services import start_moto, start_rabbitmq, start_redis

SERVERS = {
    "redis": "redis_server",
    "sqs": "moto_server",
    "sqs-fifo": "moto_server",
    "rabbitmq": "rabbitmq_server",
}


def parametrize(metafunc: pytest.Metafunc, kinds: list[str]) -> None:
    """Run what asks for `rig` on all these brokers, and what asks for `remote_rig` on those with a server.

    A module that is about some of them alone names those in `KINDS`.
    """
    kinds = getattr(metafunc.module, "KINDS", kinds)
    if "remote_rig" in metafunc.fixturenames:
        metafunc.parametrize("remote_rig", [kind for kind in kinds if kind in SERVERS], indirect=True)
    elif "rig" in metafunc.fixturenames:
        metafunc.parametrize("rig", kinds, indirect=True)


@pytest.fixture(scope="session")
def redis_server():
    with start_redis() as server:
        yield server


@pytest.fixture(scope="session")
def moto_server():
    with start_moto() as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq_server():
    with start_rabbitmq() as server:
        yield server


@pytest.fixture
def rig(request, monkeypatch):
    yield from _rig(request, monkeypatch)


@pytest.fixture
def remote_rig(request, monkeypatch):
    yield from _rig(request, monkeypatch)


def _rig(request, monkeypatch):
    shorten_waits(monkeypatch.setattr)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    server = request.getfixturevalue(SERVERS[request.param]) if request.param in SERVERS else None
    rig: Rig = RIGS[request.param](server)
    yield rig
    rig.close()


@pytest.fixture
def recorder(request) -> Recorder:
    """The actor that these tests send to, declared on a broker of its own."""
    name = "remote_rig" if "remote_rig" in request.fixturenames else "rig"
    rig = request.getfixturevalue(name)
    return Recorder(rig.broker(), rig.queue)
