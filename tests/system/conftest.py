from tests.brokers.fixtures import *  # noqa: F403
from tests.brokers.fixtures import parametrize


def pytest_generate_tests(metafunc):
    parametrize(metafunc, ["rabbitmq"])
