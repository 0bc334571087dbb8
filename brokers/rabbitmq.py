"""The RabbitMQ broker: the server confirms every send, or it fails within 2 s."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from urllib.parse import parse_qsl, urlencode, urlsplit

import dramatiq
import pika
from dramatiq.broker import MessageProxy
from dramatiq.brokers.rabbitmq import RabbitmqBroker as StockRabbitmqBroker
from dramatiq.brokers.rabbitmq import _RabbitmqConsumer, _RabbitmqMessage
from dramatiq.common import xq_name
from dramatiq.errors import ConnectionClosed, DecodeError
from pika.exceptions import AMQPChannelError, AMQPConnectionError

from brokers.errors import BrokerURLError
from brokers.messages import decode

SEND_SECONDS = 2
SENDING_THREADS = 4

#: Pika's settings, which the URL's query can change. The heartbeat ends a connection whose server is silent. The
#: server closes a connection that was idle for long, and the next send opens another.
CONNECTION = {
    "connection_attempts": 1,
    "socket_timeout": 2,
    "stack_timeout": 2,
    "blocked_connection_timeout": 2,
    "heartbeat": 10,
}


def options(url: str) -> dict:
    parts = urlsplit(url)
    query = urlencode(CONNECTION | dict(parse_qsl(parts.query)))
    url = parts._replace(query=query).geturl()
    try:
        pika.URLParameters(url)
    except (TypeError, ValueError):
        raise BrokerURLError("It has an option that RabbitMQ connections do not know.") from None
    return {"url": url}


class RabbitmqBroker(StockRabbitmqBroker):
    """Dramatiq's RabbitMQ broker with confirmed sends, a time limit for each, and no queue for delayed messages.

    Pika's blocking connection waits for a confirmation as long as the server is silent. So each send runs in one of
    a few threads, which have connections of their own, and the caller waits for it for 2 s at most.
    """

    def __init__(self, *, url: str, middleware: list[dramatiq.Middleware] | None = None) -> None:
        super().__init__(url=[url], confirm_delivery=True, middleware=middleware)
        # Threads start with the first send, so after any fork.
        self.senders = ThreadPoolExecutor(SENDING_THREADS, thread_name_prefix="rabbitmq-send")

    @property
    def consumer_class(self) -> type[dramatiq.Consumer]:
        return _Consumer

    def enqueue(self, message: dramatiq.Message, *, delay: int | None = None) -> dramatiq.Message:
        sending = self.senders.submit(super().enqueue, message, delay=delay)
        try:
            return sending.result(timeout=SEND_SECONDS)
        except TimeoutError:
            sending.cancel()
            raise ConnectionClosed(f"RabbitMQ did not confirm a message within {SEND_SECONDS} s") from None

    def declare_queue(self, queue_name: str, *, ensure: bool = False) -> None:
        # Like the stock broker's, without the queue for delayed messages and its thread.
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.queues_pending.add(queue_name)
            self.emit_after("declare_queue", queue_name)
        if ensure:
            self._ensure_queue(queue_name)

    def redrive(self, queue_name: str) -> int:
        """Put the dead letters back into the queue, and return how many there were."""
        self.declare_queue(queue_name, ensure=True)
        count = 0
        try:
            for method, properties, body in self.channel.consume(xq_name(queue_name), inactivity_timeout=1):
                if method is None:
                    break
                self.channel.basic_publish("", queue_name, body, properties, mandatory=True)
                self.channel.basic_ack(method.delivery_tag)
                count += 1
            self.channel.cancel()
        except (AMQPConnectionError, AMQPChannelError) as error:
            raise ConnectionClosed(error) from error
        return count

    def _declare_dq_queue(self, queue_name: str) -> None:
        pass

    def ping(self) -> None:
        """Raise if the broker cannot be reached. It opens a connection: the others belong to their threads."""
        try:
            pika.BlockingConnection(self.parameters[0]).close()
        except AMQPConnectionError as error:
            raise ConnectionClosed(error) from error

    def count_waiting(self, queue_name: str) -> int:
        """Return how many messages no worker has taken. It opens a connection, like `ping`."""
        try:
            with closing(pika.BlockingConnection(self.parameters[0])) as connection:
                return connection.channel().queue_declare(queue_name, passive=True).method.message_count
        except (AMQPConnectionError, AMQPChannelError) as error:
            raise ConnectionClosed(error) from error

    def close(self) -> None:
        # A connection must not be closed while a thread uses it, and Python waits for these threads anyway.
        self.senders.shutdown(cancel_futures=True)
        super().close()


class _Consumer(_RabbitmqConsumer):
    def __next__(self) -> MessageProxy | None:
        with self._connection_errors():
            method, _, body = next(self.iterator)
        if method is None:
            return None
        try:
            message = _Message(method.redelivered, method.delivery_tag, decode(body, self.queue_name))
        except DecodeError as error:
            self.logger.error("Invalid message, moved to the dead letters: %s", error)
            self._nack(method.delivery_tag)
            return None
        message.consumer = self
        self.known_tags.add(method.delivery_tag)
        return message

    def ack(self, message: "_Message") -> None:
        if self._delivered(message):
            super().ack(message)

    def nack(self, message: "_Message") -> None:
        if self._delivered(message):
            super().nack(message)

    def _delivered(self, message: "_Message") -> bool:
        # Tags count from 1 on every connection: a tag of a broken connection would settle another message.
        return message.consumer is self

    @contextmanager
    def _connection_errors(self) -> Iterator[None]:
        try:
            yield
        except (AssertionError, StopIteration, AMQPConnectionError, AMQPChannelError) as error:
            if getattr(error, "reply_code", None) == 404:
                self.broker.queues_pending.add(self.queue_name)
            raise ConnectionClosed(error) from None


class _Message(_RabbitmqMessage):
    consumer: _Consumer
