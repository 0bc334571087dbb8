"""The Amazon SQS broker, for standard and FIFO queues."""

import json
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import sleep
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import boto3
import dramatiq
import dramatiq_sqs
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from dramatiq.errors import ConnectionClosed, ConnectionFailed, DecodeError
from dramatiq_sqs.broker import MAX_PREFETCH, SQSConsumer, _SQSMessage
from dramatiq_sqs.utils import batched

from brokers.errors import BrokerURLError
from brokers.messages import decode

#: After this long without a renewal, SQS gives a worker's messages to another.
VISIBILITY_SECONDS = 10
RENEW_SECONDS = 3

#: The length of one long poll. A worker that has to stop waits for its end.
WAIT_SECONDS = 5

#: The pause after a poll that failed.
PAUSE_SECONDS = 2

#: In queues that are created here: a message that was received this often becomes a dead letter.
RECEIVES = 5
RETENTION_SECONDS = 4 * 24 * 3600

#: For sending: 1 s for the connection, 1 s for the answer, and no second try.
SENDING = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
RECEIVING = Config(
    connect_timeout=2,
    read_timeout=WAIT_SECONDS + 3,
    retries={"total_max_attempts": 2, "mode": "standard"},
    max_pool_connections=32,
)

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html; dramatiq
# wants a letter or an underscore at the start.
_QUEUE_NAME = re.compile(r"(?=.{1,80}$)[A-Za-z_][A-Za-z0-9_-]*(\.fifo)?")


class QueueMissing(ConnectionFailed):
    """The queue does not exist, and the URL does not allow creating it."""


def options(url: str) -> dict:
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise BrokerURLError("An SQS URL takes no user or password: credentials come from AWS's own settings.")
    queue_of(url)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = given.keys() - {"region", "scheme", "create"}
    if unknown:
        raise BrokerURLError("The options of an SQS URL are region, scheme and create.")
    if given.get("scheme", "https") not in ("http", "https"):
        raise BrokerURLError("The scheme of an SQS URL is http or https.")
    if given.get("create", "false") not in ("true", "false"):
        raise BrokerURLError("The create of an SQS URL is true or false.")

    # ECS sets the first, boto3 reads the second and the profile's.
    region = given.get("region") or os.environ.get("AWS_REGION") or boto3.session.Session().region_name
    if not region:
        raise BrokerURLError("An SQS queue needs a region: add ?region=… to the URL or set AWS_REGION.")
    endpoint = f"{given.get('scheme', 'https')}://{parts.netloc}" if parts.netloc else None
    return {"region": region, "endpoint": endpoint, "create": given.get("create") == "true"}


def queue_of(url: str) -> str:
    name = urlsplit(url).path.removeprefix("/") or "ical"
    if not _QUEUE_NAME.fullmatch(name):
        raise BrokerURLError(
            "The path of an SQS URL is the queue's name: a letter, then letters, digits, - and _, "
            "80 at most, and .fifo at the end of a FIFO queue."
        )
    return name


class SQSBroker(dramatiq_sqs.SQSBroker):
    """dramatiq-sqs, adapted to queues that others create and to workers that may die.

    - Messages are invisible for 10 s, renewed every 3 s while a worker holds them; the stock broker hides them for
      12 h. A delete that fails costs a second delivery and nothing else.
    - Long polls follow each other without a sleep, with time-outs of seconds.
    - FIFO: every send has a new group, since messages need no order and a group would wait for a killed worker,
      and a new deduplication id, since SQS would drop a message that is sent again within five minutes.
    - An invalid message, or one for an unknown actor, stays in the queue for its redrive policy.
    """

    def __init__(
        self,
        *,
        region: str,
        endpoint: str | None = None,
        create: bool = False,
        middleware: list[dramatiq.Middleware] | None = None,
    ) -> None:
        where = {"region_name": region, "endpoint_url": endpoint}
        super().__init__(middleware=middleware, visibility_timeout=VISIBILITY_SECONDS, config=SENDING, **where)
        self.add_middleware(_QueuesExist())
        self.receiving = boto3.resource("sqs", config=RECEIVING, **where)
        self.create = create

    @property
    def consumer_class(self) -> type[SQSConsumer]:
        return _Consumer

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 1000) -> dramatiq.Consumer:
        self._ensure_queue(queue_name)
        return _Consumer(queue_name, self.receiving.Queue(self.queues[queue_name].url), prefetch)

    def enqueue(self, message: dramatiq.Message, *, delay: int | None = None) -> dramatiq.Message:
        self._ensure_queue(message.queue_name)
        self.emit_before("enqueue", message, delay)
        with _connection_errors():
            self._send(message.queue_name, b64encode(message.encode()).decode())
        self.emit_after("enqueue", message, delay)
        return message

    def ping(self) -> None:
        """Raise if the queues cannot be reached, by a call that needs only the permissions of a sender."""
        for queue_name in self.queue_names:
            self._ensure_queue(queue_name)
            with _connection_errors():
                self.sqs.meta.client.get_queue_url(QueueName=queue_name)

    def count_waiting(self, queue_name: str) -> int:
        """Return about how many messages no worker has taken. It needs the permission sqs:GetQueueAttributes."""
        self._ensure_queue(queue_name)
        name = "ApproximateNumberOfMessages"
        with _connection_errors():
            answer = self.sqs.meta.client.get_queue_attributes(
                QueueUrl=self.queues[queue_name].url, AttributeNames=[name]
            )
        return int(answer["Attributes"][name])

    def redrive(self, queue_name: str) -> int:
        """Put the dead letters back into the queue, and return how many there were."""
        self._ensure_queue(queue_name)
        count = 0
        with _connection_errors():
            policy = self.queues[queue_name].attributes.get("RedrivePolicy")
            if policy is None:
                return 0
            name = json.loads(policy)["deadLetterTargetArn"].rpartition(":")[2]
            dead = self.receiving.get_queue_by_name(QueueName=name)
            while letters := dead.receive_messages(MaxNumberOfMessages=10, WaitTimeSeconds=1):
                for letter in letters:
                    self._send(queue_name, letter.body)
                    letter.delete()
                    count += 1
        return count

    def _send(self, queue_name: str, body: str) -> None:
        order = {}
        if queue_name.endswith(".fifo"):
            order = {"MessageGroupId": str(uuid4()), "MessageDeduplicationId": str(uuid4())}
        self.queues[queue_name].send_message(MessageBody=body, **order)

    def close(self) -> None:
        self.sqs.meta.client.close()
        self.receiving.meta.client.close()

    def _ensure_queue(self, queue_name: str) -> None:
        with _connection_errors():
            super()._ensure_queue(queue_name)

    def _get_or_create_sqs_queue(self, sqs_queue_name: str, **kwargs):
        try:
            return self.sqs.get_queue_by_name(QueueName=sqs_queue_name)
        except self.sqs.meta.client.exceptions.QueueDoesNotExist:
            if self.create:
                return self._create(sqs_queue_name)
            raise QueueMissing(
                f"There is no SQS queue named {sqs_queue_name} in {self.sqs.meta.client.meta.region_name}: "
                "create it, or add create=true to BROKER_URL."
            ) from None

    def _create(self, name: str):
        kind = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        lasting = kind | {"MessageRetentionPeriod": str(RETENTION_SECONDS)}
        dead = self.sqs.create_queue(QueueName=dead_letter_name(name), Attributes=lasting)
        dead.load()
        policy = {"deadLetterTargetArn": dead.attributes["QueueArn"], "maxReceiveCount": RECEIVES}
        return self.sqs.create_queue(QueueName=name, Attributes=lasting | {"RedrivePolicy": json.dumps(policy)})


def dead_letter_name(queue_name: str) -> str:
    """Return the name of the dead-letter queue that is created with a queue. A FIFO queue needs a FIFO one."""
    base = queue_name.removesuffix(".fifo")
    return f"{base}-dead{queue_name[len(base) :]}"


class _Consumer(SQSConsumer):
    def __init__(self, queue_name: str, queue, prefetch: int) -> None:
        super().__init__(
            queue,
            prefetch,
            WAIT_SECONDS * 1000,
            dead_letter_queue=None,
            visibility_timeout=VISIBILITY_SECONDS,
        )
        self.queue_name = queue_name
        self.held: dict[str, _SQSMessage] = {}  # by receipt handle: waiting here, waiting for a thread, worked on
        self.settled = Event()
        self.closed = Event()
        Thread(target=self._renew_until_closed, name=f"sqs-visibility-{queue_name}", daemon=True).start()

    def __next__(self) -> _SQSMessage | None:
        if not self.messages:
            self._receive()
        return self.messages.popleft() if self.messages else None

    def ack(self, message: _SQSMessage) -> None:
        try:
            message._sqs_message.delete()
        except (BotoCoreError, ClientError) as error:
            self.logger.warning("A finished message could not be deleted, so it will come again: %s", error)
        finally:
            self._let_go(message)

    def nack(self, message: _SQSMessage) -> None:
        self._let_go(message)

    def requeue(self, messages: Iterable[_SQSMessage]) -> None:
        for batch in batched(messages, 10):
            for message in batch:
                self._let_go(message)
            with _connection_errors():
                self._set_visibility(batch, 0)

    def close(self) -> None:
        self.closed.set()
        super().close()

    def _receive(self) -> None:
        free = min(self.prefetch - len(self.held), MAX_PREFETCH)
        if free <= 0:
            self.settled.wait(1)
            self.settled.clear()
            return
        try:
            received = self.queue.receive_messages(
                MaxNumberOfMessages=free,
                WaitTimeSeconds=self.wait_time_seconds,
                VisibilityTimeout=self.visibility_timeout,
            )
        except (BotoCoreError, ClientError) as error:
            # If this were raised, dramatiq would make a new consumer, which does not renew what this one holds.
            self.logger.error("Receiving failed, trying again in %s s: %s", PAUSE_SECONDS, error)
            sleep(PAUSE_SECONDS)
            return
        for sqs_message in received:
            try:
                message = decode(b64decode(sqs_message.body, validate=True), self.queue_name)
            except (DecodeError, ValueError) as error:
                self.logger.error("Invalid message, left for the redrive policy: %s", error)
                continue
            proxy = _SQSMessage(sqs_message, message)
            self.held[sqs_message.receipt_handle] = proxy
            self.messages.append(proxy)

    def _let_go(self, message: _SQSMessage) -> None:
        self.held.pop(message._sqs_message.receipt_handle, None)
        self.settled.set()

    def _renew_until_closed(self) -> None:
        while not self.closed.wait(RENEW_SECONDS):
            for batch in batched(list(self.held.values()), 10):
                try:
                    self._set_visibility(batch, VISIBILITY_SECONDS)
                except (BotoCoreError, ClientError) as error:
                    self.logger.warning("Messages were not renewed and may come again: %s", error)

    def _set_visibility(self, messages: Iterable[_SQSMessage], seconds: int) -> None:
        # A message that was deleted meanwhile fails alone, in its own entry of the response.
        self.queue.change_message_visibility_batch(
            Entries=[
                {
                    "Id": str(number),
                    "ReceiptHandle": message._sqs_message.receipt_handle,
                    "VisibilityTimeout": seconds,
                }
                for number, message in enumerate(messages)
            ]
        )


class _QueuesExist(dramatiq.Middleware):
    """Ends a worker at its start, with one sentence, if one of its queues does not exist."""

    def before_worker_boot(self, broker: SQSBroker, worker: dramatiq.Worker) -> None:
        try:
            for queue_name in broker.get_declared_queues():
                broker._ensure_queue(queue_name)
        except QueueMissing as error:
            raise SystemExit(str(error)) from None
        except ConnectionClosed as error:
            broker.logger.warning("SQS does not answer; the worker keeps trying: %s", error)


@contextmanager
def _connection_errors() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise ConnectionClosed(error) from error
