from tests.topics.fixtures import *  # noqa: F403
from tests.topics.fixtures import parametrize


def pytest_generate_tests(metafunc):
    parametrize(metafunc, ["sns", "sns-fifo", "kafka"])
