from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.brokers.fixtures import *  # noqa: F403
from tests.brokers.fixtures import parametrize
from tests.browser import start_browser
from tests.followers.topics.fixtures import parametrize as parametrize_topics
from tests.followers.topics.fixtures import topic, topic_rig  # noqa: F401


def pytest_generate_tests(metafunc):
    parametrize(metafunc, ["rabbitmq"])
    parametrize_topics(metafunc, ["rabbitmq"])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests, because playwright runs one event loop per process."""
    with start_browser() as browser:
        yield browser
