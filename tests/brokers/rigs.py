"""One broker under test, whatever it is: what the behaviour tests need to know of each kind."""

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from queue import Empty, Queue
from uuid import uuid4

import boto3
import dramatiq
import pika
import redis
from django.utils.module_loading import import_string
from django_dramatiq.utils import load_middleware

import brokers
from brokers import redis as redis_broker
from brokers import sqs

#: Long enough for the slowest machine; nothing waits for it but a test that fails.
PATIENCE_SECONDS = 60


class Rig:
    """A broker's URL, with hands on its far side."""

    url: str | None

    def __init__(self, server=None) -> None:
        self.server = server
        self.made: list[dramatiq.Broker] = []

    @property
    def queue(self) -> str:
        return brokers.queue_name(self.url)

    def broker(self) -> dramatiq.Broker:
        """Make a broker as another process would have it."""
        configured = brokers.configure(self.url)
        middleware = [load_middleware(path) for path in brokers.middleware_paths()]
        broker = import_string(configured["BROKER"])(middleware=middleware, **configured["OPTIONS"])
        self.made.append(broker)
        return broker

    def put(self, body: bytes) -> None:
        """Put bytes into the queue, as anybody can who reaches it."""
        raise NotImplementedError

    def dead_letters(self) -> int:
        raise NotImplementedError

    @contextmanager
    def outage(self) -> Iterator[None]:
        self.server.kill()
        try:
            yield
        finally:
            self.server.start()

    def hang(self) -> AbstractContextManager[None]:
        return self.server.paused()

    def close(self) -> None:
        for broker in self.made:
            broker.close()


class EmbeddedRig(Rig):
    url = None

    def broker(self) -> dramatiq.Broker:
        return self.made[0] if self.made else super().broker()

    def put(self, body: bytes) -> None:
        self.broker().queues[self.queue].put(body)

    def dead_letters(self) -> int:
        return len(self.broker().dead_letters)


class RedisRig(Rig):
    def __init__(self, server) -> None:
        super().__init__(server)
        self.url = server.url
        self.client = redis.Redis.from_url(server.url)
        self.client.flushall()

    def put(self, body: bytes) -> None:
        redis_id = str(uuid4())
        self.client.hset(f"dramatiq:{self.queue}.msgs", redis_id, body)
        self.client.rpush(f"dramatiq:{self.queue}", redis_id)

    def dead_letters(self) -> int:
        return self.client.zcard(f"dramatiq:{self.queue}.XQ")

    def close(self) -> None:
        super().close()
        self.client.close()


class SQSRig(Rig):
    ending = ""

    def __init__(self, server) -> None:
        super().__init__(server)
        host = server.url.removeprefix("http://")
        name = f"test-{uuid4()}{self.ending}"
        self.url = f"sqs://{host}/{name}?region=us-east-1&scheme=http&create=true"
        self.client = boto3.client("sqs", endpoint_url=server.url, region_name="us-east-1")

    def put(self, body: bytes) -> None:
        order = {"MessageGroupId": str(uuid4()), "MessageDeduplicationId": str(uuid4())}
        self.client.send_message(
            QueueUrl=self.queue_url(self.queue),
            MessageBody=b64encode(body).decode(),
            **(order if self.ending else {}),
        )

    def dead_letters(self) -> int:
        return self.count(sqs.dead_letter_name(self.queue))

    def count(self, queue: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client.get_queue_attributes(QueueUrl=self.queue_url(queue), AttributeNames=names)
        return sum(map(int, found["Attributes"].values()))

    def queue_url(self, name: str) -> str:
        return self.client.get_queue_url(QueueName=name)["QueueUrl"]

    def close(self) -> None:
        super().close()
        self.client.close()

    @contextmanager
    def outage(self) -> Iterator[None]:
        # The look-alike forgets its queues when it ends, which Amazon's does not.
        with self.hang():
            yield


class FIFORig(SQSRig):
    ending = ".fifo"


class RabbitRig(Rig):
    def __init__(self, server) -> None:
        super().__init__(server)
        self.url = server.url
        self.broker().flush(self.queue)

    def put(self, body: bytes) -> None:
        self.broker().declare_queue(self.queue, ensure=True)
        with pika.BlockingConnection(pika.URLParameters(self.url)) as connection:
            connection.channel().basic_publish("", self.queue, body)

    def dead_letters(self) -> int:
        with pika.BlockingConnection(pika.URLParameters(self.url)) as connection:
            declared = connection.channel().queue_declare(f"{self.queue}.XQ", passive=True)
            return declared.method.message_count


def shorten_waits(setattr=setattr) -> None:
    """Make every wait for a dead worker a tenth of what it is, in this process."""
    setattr(redis_broker, "BEAT_SECONDS", 0.3)
    setattr(redis_broker, "DEAD_AFTER_MILLISECONDS", 1_000)
    setattr(sqs, "VISIBILITY_SECONDS", 1)
    setattr(sqs, "RENEW_SECONDS", 0.3)
    setattr(sqs, "WAIT_SECONDS", 1)
    setattr(sqs, "PAUSE_SECONDS", 0.2)
    setattr(dramatiq.worker, "CONSUMER_RESTART_DELAY_SECS", 0.3)
    setattr(dramatiq.worker, "POST_PROCESS_MESSAGE_RETRY_DELAY_SECS", 0.3)


class Recorder:
    """An actor named `note` that keeps what it was sent, and can be made to dwell on it."""

    def __init__(self, broker: dramatiq.Broker, queue: str) -> None:
        self.broker = broker
        self.seen: Queue[str] = Queue()
        self.actor = dramatiq.actor(self.work, actor_name="note", queue_name=queue, broker=broker, max_retries=0)
        self.during = None

    def work(self, text: str) -> None:
        if self.during:
            self.during(text)
        self.seen.put(text)

    def next(self) -> str:
        try:
            return self.seen.get(timeout=PATIENCE_SECONDS)
        except Empty:
            raise AssertionError("Nothing more was delivered.") from None

    def next_new(self, *old: str) -> str:
        """The next that is none of these, which a broker that was away may well deliver again."""
        while (text := self.next()) in old:
            pass
        return text

    @contextmanager
    def working(self, threads: int = 1) -> Iterator["Recorder"]:
        worker = dramatiq.Worker(self.broker, worker_threads=threads, worker_timeout=200)
        worker.start()
        try:
            yield self
        finally:
            worker.stop(timeout=10_000)
            self.broker.middleware.pop()  # what the worker added, so that another can follow it


def message_body(queue: str, **fields) -> bytes:
    """Encode a message for `note` by hand, with fields of any kind."""
    message = {
        "queue_name": queue,
        "actor_name": "note",
        "args": ["by hand"],
        "kwargs": {},
        "options": {},
        "message_id": str(uuid4()),
        "message_timestamp": 1_800_000_000_000,
    }
    return json.dumps(message | fields).encode()


#: What may lie in a queue that is no message of ours; dictionaries are changes to `message_body`.
POISON = {
    "no JSON": b"\xff\x00 not json",
    "JSON of no object": b"[1, 2]",
    "nested too deep": b"[" * 100_000,
    "no fields": b"{}",
    "a field too many": {"priority": 1},
    "an actor's name that is a list": {"actor_name": ["note"]},
    "options that are a list": {"options": [1]},
    "a time that is text": {"message_timestamp": "yesterday"},
    "another queue": {"queue_name": "elsewhere"},
    "no such actor": {"actor_name": "nobody"},
}

RIGS = {
    "embedded": EmbeddedRig,
    "redis": RedisRig,
    "sqs": SQSRig,
    "sqs-fifo": FIFORig,
    "rabbitmq": RabbitRig,
}
