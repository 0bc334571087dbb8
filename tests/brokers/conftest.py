from tests.brokers.fixtures import *  # noqa: F403
from tests.brokers.fixtures import parametrize

#: RabbitMQ takes its time to start, so `tests/system` runs the same tests on it.
KINDS = ["embedded", "redis", "sqs", "sqs-fifo"]


def pytest_generate_tests(metafunc):
    parametrize(metafunc, KINDS)
