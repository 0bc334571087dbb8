"""One topic under test, whatever it is, with subscribers on its far side."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from time import monotonic
from uuid import uuid4

import boto3
import pika
from botocore.config import Config
from confluent_kafka import Consumer

from followers import topics
from followers.topics import Topic, amqp, kafka, sns
from tests.processes import Process

#: Long enough for the slowest machine; nothing waits for it but a test that fails.
PATIENCE_SECONDS = 60

HANG_SECONDS = 4

#: An event as a subscriber has it, and its key.
Received = tuple[dict, str]


class Rig:
    """A topic's URL, with hands on its far side."""

    url: str
    nowhere: str  # the same on a server that does not answer

    def __init__(self, server: Process) -> None:
        self.server = server
        self.opened: list[Topic] = []

    def open(self, url: str | None = None) -> Topic:
        """Return the topic as another process would have it."""
        topic = topics.open_topic.__wrapped__(url or self.url)
        self.opened.append(topic)
        return topic

    def subscribe(self) -> Callable[[], list[Received]]:
        """Return a function that waits a little and returns what has come since its last call."""
        raise NotImplementedError

    def hang(self) -> AbstractContextManager[None]:
        return self.server.paused()

    def close(self) -> None:
        for topic in self.opened:
            topic.close()


class SNSRig(Rig):
    """An SQS queue is a subscriber."""

    ending = ""

    def __init__(self, server: Process) -> None:
        super().__init__(server)
        where = {"endpoint_url": server.url, "region_name": "us-east-1"}
        self.sns, self.sqs = boto3.client("sns", **where), boto3.client("sqs", **where)
        kind = {"FifoTopic": "true"} if self.ending else {}
        topic = self.sns.create_topic(Name=f"test-{uuid4()}{self.ending}", Attributes=kind)
        self.arn = topic["TopicArn"]
        self.url = self.nowhere = f"sns://{self.arn}"

    def subscribe(self, **filters: str) -> Callable[[], list[Received]]:
        kind = {"FifoQueue": "true"} if self.ending else {}
        queue = self.sqs.create_queue(QueueName=f"test-{uuid4()}{self.ending}", Attributes=kind)["QueueUrl"]
        found = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        attributes = {"RawMessageDelivery": "true"} | {name: json.dumps(value) for name, value in filters.items()}
        self.sns.subscribe(
            TopicArn=self.arn, Protocol="sqs", Endpoint=found["Attributes"]["QueueArn"], Attributes=attributes
        )

        def receive() -> list[Received]:
            found = self.sqs.receive_message(
                QueueUrl=queue,
                WaitTimeSeconds=1,
                MaxNumberOfMessages=10,
                MessageAttributeNames=["All"],
                AttributeNames=["All"],
            )
            received = []
            for message in found.get("Messages", []):
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                event, attributes = json.loads(message["Body"]), message["MessageAttributes"]
                assert attributes["type"]["StringValue"] == event["type"]
                if self.ending:
                    assert message["Attributes"]["MessageGroupId"] == attributes["list"]["StringValue"]
                received.append((event, attributes["list"]["StringValue"]))
            return received

        return receive

    def close(self) -> None:
        super().close()
        self.sns.close()
        self.sqs.close()


class FIFORig(SNSRig):
    ending = ".fifo"


class KafkaRig(Rig):
    """A consumer of a group of its own is a subscriber."""

    def __init__(self, server: Process) -> None:
        super().__init__(server)
        self.topic = f"test-{uuid4()}"
        self.url = f"kafka://{server.servers}/{self.topic}"
        self.nowhere = "kafka://me:secret@127.0.0.1:9/topic"
        self.consumers: list[Consumer] = []

    def subscribe(self) -> Callable[[], list[Received]]:
        consumer = Consumer(
            {
                "bootstrap.servers": self.server.servers,
                "group.id": str(uuid4()),
                "auto.offset.reset": "earliest",
                "log_level": 0,
            }
        )
        consumer.subscribe([self.topic])
        self.consumers.append(consumer)

        def receive() -> list[Received]:
            message = consumer.poll(0.5)
            if message is None or message.error():
                return []
            assert dict(message.headers()) == {"content-type": b"application/cloudevents+json; charset=utf-8"}
            return [(json.loads(message.value()), message.key().decode())]

        return receive

    def close(self) -> None:
        super().close()
        for consumer in self.consumers:
            consumer.close()


class RabbitRig(Rig):
    """A queue that is bound to the exchange is a subscriber."""

    def __init__(self, server: Process) -> None:
        super().__init__(server)
        self.exchange = f"test-{uuid4()}"
        self.url = f"{server.url}?exchange={self.exchange}"
        self.nowhere = "amqp://me:secret@127.0.0.1:9/"
        self.connection = pika.BlockingConnection(pika.URLParameters(server.url))
        self.channel = self.connection.channel()
        self.channel.exchange_declare(self.exchange, exchange_type="topic", durable=True)

    def subscribe(self, key: str = "list.*") -> Callable[[], list[Received]]:
        queue = self.channel.queue_declare("", durable=True, exclusive=True).method.queue
        self.channel.queue_bind(queue, self.exchange, key)

        def receive() -> list[Received]:
            method, properties, body = self.channel.basic_get(queue, auto_ack=True)
            if method is None:
                self.connection.sleep(0.1)
                return []
            event = json.loads(body)
            assert (properties.message_id, properties.type) == (event["id"], event["type"])
            assert properties.content_type == "application/cloudevents+json; charset=utf-8"
            assert properties.delivery_mode == 2
            return [(event, method.routing_key.removeprefix("list."))]

        return receive

    def close(self) -> None:
        super().close()
        self.connection.close()


RIGS = {"sns": SNSRig, "sns-fifo": FIFORig, "kafka": KafkaRig, "rabbitmq": RabbitRig}


def shorten_waits(setattr: Callable) -> None:
    """Make what hangs fail soon, in this process, and nothing else, however slow the machine is."""
    setattr(sns, "SENDING", sns.SENDING.merge(Config(connect_timeout=HANG_SECONDS, read_timeout=HANG_SECONDS)))
    setattr(kafka, "SEND_SECONDS", HANG_SECONDS)
    setattr(amqp, "SEND_SECONDS", HANG_SECONDS)
    limits = dict.fromkeys(["heartbeat", "stack_timeout", "socket_timeout"], HANG_SECONDS)
    setattr(amqp, "CONNECTION", amqp.CONNECTION | limits)


def gather(receive: Callable[[], list[Received]], until: Callable[[list[Received]], bool]) -> list[Received]:
    """Return what comes, as soon as it is enough."""
    received: list[Received] = []
    deadline = monotonic() + PATIENCE_SECONDS
    while not until(received):
        assert monotonic() < deadline, f"No more than this was received: {received}"
        received += receive()
    return received
