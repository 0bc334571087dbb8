"""RabbitMQ behaves as every broker does."""

from tests.brokers.test_behaviour import *  # noqa: F403
