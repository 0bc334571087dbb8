"""RabbitMQ, such as Amazon MQ: a topic exchange, which copies each event to all queues that are bound to it."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from time import monotonic
from urllib.parse import parse_qsl, urlencode, urlsplit

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from followers.cloudevents import CONTENT_TYPE, to_json
from followers.topics.errors import SEND_SECONDS, SendFailed, TopicURLError

EXCHANGE = "taskoverflow"
SENDING_THREADS = 4

#: Pika's settings, which the URL's query can change. Heartbeats end a connection whose server is silent.
CONNECTION = {
    "connection_attempts": 1,
    "socket_timeout": 2,
    "stack_timeout": 4,
    "blocked_connection_timeout": 4,
    "heartbeat": 5,
}


def options(url: str) -> dict:
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    exchange = given.pop("exchange", EXCHANGE)
    if not exchange or exchange.startswith("amq.") or len(exchange.encode()) > 255:
        raise TopicURLError("The exchange of an AMQP URL is a name that does not start with amq.")
    try:
        parameters = pika.URLParameters(parts._replace(query=urlencode(CONNECTION | given)).geturl())
    except (TypeError, ValueError):
        raise TopicURLError("Its host, its port or one of its options is wrong.") from None
    return {"parameters": parameters, "exchange": exchange}


class Topic:
    """A durable topic exchange, made if it is missing. An event's routing key is `list.` and its list's id.

    The server confirms an event when each bound queue has it, on disk if the queue is durable. If no queue is bound,
    nobody wants the event and it is gone.
    """

    def __init__(self, *, parameters: pika.URLParameters, exchange: str) -> None:
        self.parameters = parameters
        self.exchange = exchange
        # Pika waits for a confirmation as long as the server is silent, so threads of its own do the waiting. They
        # start with the first event, after any fork.
        self.senders = ThreadPoolExecutor(SENDING_THREADS, thread_name_prefix="topic-send")
        # A channel is used by one thread at a time, each with a connection of its own; the last used is at the end.
        self.idle: deque[tuple[BlockingChannel, float]] = deque()

    def send(self, event: dict, key: str) -> None:
        sending = self.senders.submit(self._send, event, key)
        try:
            sending.result(timeout=SEND_SECONDS)
        except TimeoutError:
            sending.cancel()
            raise SendFailed(f"RabbitMQ did not confirm an event within {SEND_SECONDS} s.") from None

    def _send(self, event: dict, key: str) -> None:
        properties = pika.BasicProperties(
            content_type=CONTENT_TYPE,
            delivery_mode=pika.DeliveryMode.Persistent,
            message_id=event["id"],
            type=event["type"],
        )
        try:
            with self._channel() as channel:
                channel.basic_publish(self.exchange, f"list.{key}", to_json(event), properties)
        except (AMQPError, OSError) as error:
            reason = getattr(error, "reply_text", "") or type(error).__name__
            raise SendFailed(f"RabbitMQ did not take an event: {reason}.") from error

    @contextmanager
    def _channel(self) -> Iterator[BlockingChannel]:
        channel = self._idle_channel() or self._open_channel()
        with _closing_on_error(channel):
            yield channel
        self.idle.append((channel, monotonic()))

    def _open_channel(self) -> BlockingChannel:
        channel = pika.BlockingConnection(self.parameters).channel()
        with _closing_on_error(channel):
            channel.exchange_declare(self.exchange, exchange_type="topic", durable=True)
            channel.confirm_delivery()
        return channel

    def _idle_channel(self) -> BlockingChannel | None:
        """Return one that was used just now. It sends no heartbeats while it is idle, so the server closes others."""
        while self.idle:
            try:
                channel, used_at = self.idle.pop()
            except IndexError:  # another thread was faster
                return None
            if monotonic() - used_at < self.parameters.heartbeat:
                return channel
            _close(channel)
        return None

    def close(self) -> None:
        self.senders.shutdown(cancel_futures=True)
        while self.idle:
            _close(self.idle.pop()[0])


@contextmanager
def _closing_on_error(channel: BlockingChannel) -> Iterator[None]:
    try:
        yield
    except BaseException:
        _close(channel)
        raise


def _close(channel: BlockingChannel) -> None:
    with suppress(AMQPError, OSError):  # it may be closed already
        channel.connection.close()
