"""Fixtures of the topics' behaviour tests. A conftest says by `parametrize` which topics its folder tests."""

from collections.abc import Iterator

import pytest

from followers.topics import Topic
from tests.brokers.fixtures import moto_server, rabbitmq_server  # noqa: F401
from tests.followers.topics.rigs import RIGS, Rig, shorten_waits
from tests.services import start_kafka

SERVERS = {
    "sns": "moto_server",
    "sns-fifo": "moto_server",
    "kafka": "kafka_server",
    "rabbitmq": "rabbitmq_server",
}


def parametrize(metafunc: pytest.Metafunc, kinds: list[str]) -> None:
    """Run what asks for `topic_rig` on all these topics, or on those that its module names in `TOPICS`."""
    if "topic_rig" in metafunc.fixturenames:
        metafunc.parametrize("topic_rig", getattr(metafunc.module, "TOPICS", kinds), indirect=True)


@pytest.fixture(scope="session")
def kafka_server():
    with start_kafka() as server:
        yield server


@pytest.fixture
def topic_rig(request, monkeypatch) -> Iterator[Rig]:
    shorten_waits(monkeypatch.setattr)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    server = request.getfixturevalue(SERVERS[request.param])
    if SERVERS[request.param] == "moto_server":
        monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", server.url)
    rig = RIGS[request.param](server)
    yield rig
    rig.close()


@pytest.fixture
def topic(topic_rig) -> Topic:
    return topic_rig.open()
