"""Numbered messages through a standard and a FIFO queue of the broker in use, to see how the two differ.

The queues are made for that and deleted again: never the application's own. It takes some seconds at most.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Protocol
from uuid import uuid4

import dramatiq
from django.utils.translation import gettext_noop

MESSAGES = 100
MAX_MESSAGES = 200
CONSUMERS = 4
#: For receiving. What has not come back by then is shown as missing.
SECONDS = 8
#: A consumer works on a message for up to so long, as real ones do.
WORK_SECONDS = 0.004
#: Every so many messages, one is sent twice, as by a sender who got no answer.
TWICE_EVERY = 10
#: A queue that is left behind because this process died goes by itself after so long, where the broker can do that.
LEFT_SECONDS = 60


class ComparisonError(Exception):
    """The queues cannot be made or used. The message is one sentence for a person."""


@dataclass
class Trial:
    """What came back from one queue."""

    name: str
    consumers: int
    #: In a sentence: what keeps the order of this queue, or does not.
    order: str
    sent: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)

    @property
    def marked(self) -> list[tuple[int, str]]:
        """What was received, each with "again" if it had come before, or "late" if one with a higher number had."""
        marked, highest, seen = [], -1, set()
        for number in self.received:
            marked.append((number, "again" if number in seen else "late" if number < highest else ""))
            seen.add(number)
            highest = max(highest, number)
        return marked

    @property
    def late(self) -> list[int]:
        return [number for number, mark in self.marked if mark == "late"]

    @property
    def repeated(self) -> int:
        """How many messages came that had come before."""
        return len(self.received) - len(set(self.received))

    @property
    def sent_twice(self) -> int:
        return len(self.sent) - len(set(self.sent))

    @property
    def missing(self) -> int:
        return len(set(self.sent) - set(self.received))

    def __str__(self) -> str:
        return (
            f"{len(self.sent)} sent, {self.sent_twice} of them twice; {len(self.received)} received by "
            f"{self.consumers} consumer{'' if self.consumers == 1 else 's'}, {len(self.late)} out of order, "
            f"{self.repeated} more than once, {self.missing} missing"
        )


class Queue(Protocol):
    def send(self, number: int) -> None: ...

    def receive(self) -> list["Received"]: ...


@dataclass(frozen=True)
class Received:
    number: int
    settle: Callable[[], None]


class Comparing:
    """How a kind of broker makes the two queues."""

    #: What it has not, in a sentence, or nothing.
    lacks = ""
    standard_order = gettext_noop(
        "Four consumers take messages at the same time, and one is quicker than another."
    )
    fifo_order = gettext_noop(
        "A single consumer takes one message after the other: that keeps the order, and costs throughput."
    )
    fifo_consumers = 1

    def __init__(self, broker: Any) -> None:
        self.broker = broker

    def queue(self, *, is_fifo: bool) -> AbstractContextManager[Queue]:
        raise NotImplementedError


def comparing(broker: dramatiq.Broker) -> Comparing:
    """Return what is known of the kind of broker, before anything is sent."""
    return _KINDS[type(broker).__module__.rpartition(".")[2]](broker)


def compare(broker: dramatiq.Broker, *, count: int = MESSAGES, seconds: float = SECONDS) -> list[Trial]:
    """Send ``count`` messages to a standard and to a FIFO queue, both at once; receive them, for ``seconds`` at most.

    Raises ComparisonError.
    """
    kind = comparing(broker)
    trials = [
        Trial(gettext_noop("Standard"), CONSUMERS, kind.standard_order),
        Trial("FIFO", kind.fifo_consumers, kind.fifo_order),
    ]
    errors: list[Exception] = []

    def run(trial: Trial, is_fifo: bool) -> None:
        try:
            with kind.queue(is_fifo=is_fifo) as queue:
                _run(trial, queue, count, seconds)
        except Exception as error:  # every broker's library has its own
            errors.append(error)

    threads = [threading.Thread(target=run, args=(trial, bool(n)), daemon=True) for n, trial in enumerate(trials)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise ComparisonError(f"The broker refuses or does not answer: {_one_line(errors[0])}") from errors[0]
    return trials


def _run(trial: Trial, queue: Queue, count: int, seconds: float) -> None:
    for number in range(count):
        for _ in range(2 if number % TWICE_EVERY == TWICE_EVERY - 1 else 1):
            queue.send(number)
            trial.sent.append(number)
    lock, errors = threading.Lock(), []
    end = time.monotonic() + seconds

    def consume() -> None:
        try:
            while time.monotonic() < end:
                messages = queue.receive()
                if not messages and not trial.missing:
                    return
                for message in messages:
                    time.sleep(random.uniform(0, WORK_SECONDS))  # noqa: S311 - not for secrets
                    with lock:
                        trial.received.append(message.number)
                    message.settle()
        except Exception as error:
            errors.append(error)

    consumers = [threading.Thread(target=consume, daemon=True) for _ in range(trial.consumers)]
    for consumer in consumers:
        consumer.start()
    for consumer in consumers:
        consumer.join()
    if errors:
        raise errors[0]


# --- The brokers ---


class _Memory(Comparing):
    lacks = gettext_noop(
        "The embedded queue is a queue in memory: it has neither FIFO queues with several consumers nor "
        "de-duplication, and it ends with its process."
    )

    @contextmanager
    def queue(self, *, is_fifo: bool) -> Iterator[Queue]:
        yield _MemoryQueue()


class _MemoryQueue:
    def __init__(self) -> None:
        self.messages: SimpleQueue[int] = SimpleQueue()

    def send(self, number: int) -> None:
        self.messages.put(number)

    def receive(self) -> list[Received]:
        with suppress(Empty):
            return [Received(self.messages.get(timeout=0.05), lambda: None)]
        return []


class _Redis(Comparing):
    lacks = gettext_noop(
        "Redis has neither FIFO queues with several consumers nor de-duplication: a list gives messages out in "
        "order, and one that is sent twice comes twice."
    )

    @contextmanager
    def queue(self, *, is_fifo: bool) -> Iterator[Queue]:
        queue = _RedisQueue(self.broker.client)
        try:
            yield queue
        finally:
            queue.client.delete(queue.key)


class _RedisQueue:
    def __init__(self, client: Any) -> None:
        self.client = client
        self.key = f"taskoverflow-comparison:{uuid4()}"

    def send(self, number: int) -> None:
        with self.client.pipeline() as together:
            together.rpush(self.key, number).expire(self.key, LEFT_SECONDS).execute()

    def receive(self) -> list[Received]:
        number = self.client.lpop(self.key)
        if number is None:
            time.sleep(0.02)
            return []
        return [Received(int(number), lambda: None)]


class _RabbitMQ(Comparing):
    lacks = gettext_noop(
        "RabbitMQ has no de-duplication, and each of its queues is FIFO, but several consumers finish in an order of "
        "their own: one that is sent twice comes twice, and one consumer keeps the order."
    )

    @contextmanager
    def queue(self, *, is_fifo: bool) -> Iterator[Queue]:
        import pika

        connection = pika.BlockingConnection(self.broker.parameters[0])
        queue = _RabbitQueue(self.broker.parameters[0], connection.channel())
        queue.channel.queue_declare(queue.name, arguments={"x-expires": LEFT_SECONDS * 1000})
        try:
            yield queue
        finally:
            for used in queue.connections:
                used.close()
            queue.channel.queue_delete(queue.name)
            connection.close()


class _RabbitQueue:
    """A connection is for one thread alone: each consumer opens its own."""

    def __init__(self, parameters: Any, channel: Any) -> None:
        self.name = f"taskoverflow-comparison-{uuid4()}"
        self.parameters = parameters
        self.channel = channel
        self.connections: list[Any] = []
        self.local = threading.local()

    def send(self, number: int) -> None:
        self.channel.basic_publish("", self.name, str(number).encode())

    def receive(self) -> list[Received]:
        import pika

        if not hasattr(self.local, "channel"):
            connection = pika.BlockingConnection(self.parameters)
            self.connections.append(connection)
            self.local.channel = connection.channel()
        channel = self.local.channel
        method, _, body = channel.basic_get(self.name)
        if method is None:
            time.sleep(0.02)
            return []
        return [Received(int(body), lambda: channel.basic_ack(method.delivery_tag))]


class _SQS(Comparing):
    standard_order = gettext_noop("A standard queue promises no order, and may give out a message more than once.")
    fifo_order = gettext_noop(
        "All messages have one group: SQS gives out no further one before those of the group that are out are deleted. "
        "Of messages with the same deduplication id within five minutes, it takes the first."
    )
    fifo_consumers = CONSUMERS

    @contextmanager
    def queue(self, *, is_fifo: bool) -> Iterator[Queue]:
        client = self.broker.receiving.meta.client
        name = f"taskoverflow-comparison-{uuid4()}{'.fifo' if is_fifo else ''}"
        attributes = {"MessageRetentionPeriod": str(LEFT_SECONDS)} | ({"FifoQueue": "true"} if is_fifo else {})
        url = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        try:
            yield _SQSQueue(client, url)
        finally:
            client.delete_queue(QueueUrl=url)


class _SQSQueue:
    def __init__(self, client: Any, url: str) -> None:
        self.client = client
        self.url = url

    def send(self, number: int) -> None:
        order = (
            {"MessageGroupId": "all", "MessageDeduplicationId": str(number)} if self.url.endswith(".fifo") else {}
        )
        self.client.send_message(QueueUrl=self.url, MessageBody=str(number), **order)

    def receive(self) -> list[Received]:
        answer = self.client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        return [Received(int(one["Body"]), self._deleting(one)) for one in answer.get("Messages", [])]

    def _deleting(self, message: dict) -> Callable[[], None]:
        return lambda: self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])


_KINDS: dict[str, type[Comparing]] = {"embedded": _Memory, "redis": _Redis, "rabbitmq": _RabbitMQ, "sqs": _SQS}


def _one_line(text: object) -> str:
    return " ".join(str(text).split())
