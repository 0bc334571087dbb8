from tests.followers.topics.fixtures import *  # noqa: F403
from tests.followers.topics.fixtures import parametrize


def pytest_generate_tests(metafunc):
    parametrize(metafunc, ["sns", "sns-fifo", "kafka"])
