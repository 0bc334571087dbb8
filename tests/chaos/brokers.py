"""The brokers that the system is tried with, and how each is made to forget."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import boto3
import pika
import redis

from tests.processes import Process
from tests.services import start_moto, start_rabbitmq, start_redis

QUEUE = "ical"
# What Amazon's library asks for; the server here takes any.
AWS_VARIABLES = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}


class RedisUnderTest:
    def __init__(self, server: Process) -> None:
        self.server, self.url = server, server.url

    def forget(self) -> None:
        """Take everything from the broker that it holds."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


class RabbitMQUnderTest:
    def __init__(self, server: Process) -> None:
        self.server, self.url = server, server.url

    def forget(self) -> None:
        with pika.BlockingConnection(pika.URLParameters(self.url)) as connection:
            connection.channel().queue_purge(QUEUE)


class SQSUnderTest:
    """The queues are made here: on AWS it is Terraform that makes them."""

    queue = QUEUE
    followers_queue = f"{QUEUE}-followers"
    attributes: dict[str, str] = {}

    def __init__(self, server: Process) -> None:
        self.server = server
        self.url = f"sqs://127.0.0.1:{server.port}/{self.queue}?region=us-east-1&scheme=http"
        self.client = boto3.client(
            "sqs",
            endpoint_url=server.url,
            region_name=AWS_VARIABLES["AWS_DEFAULT_REGION"],
            aws_access_key_id=AWS_VARIABLES["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=AWS_VARIABLES["AWS_SECRET_ACCESS_KEY"],
        )
        self.queue_urls = [
            self.client.create_queue(QueueName=name, Attributes=self.attributes)["QueueUrl"]
            for name in (self.queue, self.followers_queue)
        ]

    def forget(self) -> None:
        # One by one, since SQS purges a queue once a minute at most.
        for url in self.queue_urls:
            while messages := self.client.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0
            ).get("Messages"):
                for message in messages:
                    self.client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


class FIFOUnderTest(SQSUnderTest):
    queue = f"{QUEUE}.fifo"
    followers_queue = f"{QUEUE}-followers.fifo"
    attributes = {"FifoQueue": "true"}


BrokerUnderTest = RedisUnderTest | RabbitMQUnderTest | SQSUnderTest
BROKERS: dict[str, tuple[Callable[[], AbstractContextManager[Process]], type[BrokerUnderTest]]] = {
    "redis": (start_redis, RedisUnderTest),
    "sqs": (start_moto, SQSUnderTest),
    "sqs-fifo": (start_moto, FIFOUnderTest),
    "rabbitmq": (start_rabbitmq, RabbitMQUnderTest),
}
