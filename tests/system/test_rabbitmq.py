"""RabbitMQ behaves as every broker does."""

from tests.brokers.test_behaviour import *  # noqa: F403
from tests.brokers.test_comparison import *  # noqa: F403
