"""The Redis broker: it delivers at once, and returns messages that a dead worker or a lost answer held."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic
from urllib.parse import urlsplit

import dramatiq
import redis
from dramatiq.broker import MessageProxy
from dramatiq.brokers.redis import MAINTENANCE_SCALE, _RedisConsumer
from dramatiq.brokers.redis import RedisBroker as StockRedisBroker
from dramatiq.errors import ConnectionClosed, DecodeError
from redis.backoff import NoBackoff
from redis.retry import Retry

from brokers.errors import BrokerURLError
from brokers.messages import decode

#: For the connection, and again for the answer: a send takes 2 s at most.
TIMEOUT_SECONDS = 1

#: The length of one blocking wait for a message. Between two waits, a worker notices that it has to stop.
WAIT_SECONDS = 2

#: Dead letters are for people to look at, so the last ones are enough.
DEAD_LETTERS_KEPT = 1_000

#: How long the key stays that a ping writes.
PING_MILLISECONDS = 1_000

BEAT_SECONDS = 3

#: A worker without a heartbeat for this long is dead, and others may take its messages.
DEAD_AFTER_MILLISECONDS = 10_000


def options(url: str) -> dict:
    parts = urlsplit(url)
    if parts.path.strip("/") and not parts.path.strip("/").isdecimal():
        raise BrokerURLError("The path of a Redis URL is the number of its database, as in redis://host:6379/0.")
    try:
        # Makes a connection's object, which refuses options it does not know, and opens nothing.
        redis.ConnectionPool.from_url(url).make_connection()
    except (TypeError, ValueError):
        raise BrokerURLError("It has an option that Redis connections do not know.") from None
    return {"url": url}


class RedisBroker(StockRedisBroker):
    """Dramatiq's Redis broker with a consumer that waits for messages; the stock consumer polls.

    An idle stock consumer sleeps up to a second between two polls, so a message waits a third of a second on
    average. Here the consumer waits in `BLMOVE queue queue LEFT LEFT` (Redis 6.2), which returns as soon as the
    queue is not empty, and in the same step puts back what it took. So the wait takes no message, needs no second
    key, and costs the sender nothing.

    Three more differences: every command does the maintenance that returns a dead worker's messages; every
    connection error, time-outs included, is one that dramatiq's threads survive; and there are no delayed messages.
    """

    def __init__(self, *, url: str, middleware: list[dramatiq.Middleware] | None = None) -> None:
        super().__init__(
            client=_client(url, answer_seconds=TIMEOUT_SECONDS),
            middleware=middleware,
            maintenance_chance=MAINTENANCE_SCALE,
            heartbeat_timeout=DEAD_AFTER_MILLISECONDS,
        )
        self.waiting_client = _client(url, answer_seconds=WAIT_SECONDS + TIMEOUT_SECONDS)
        # What this process has fetched and not settled, by queue. It outlives a consumer, as the work does.
        self.in_hand: defaultdict[str, set[str]] = defaultdict(set)

    @property
    def consumer_class(self) -> type[dramatiq.Consumer]:
        return _Consumer

    def declare_queue(self, queue_name: str) -> None:
        # Like the stock broker's, without the queue for delayed messages and its thread.
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def enqueue(self, message: dramatiq.Message, *, delay: int | None = None) -> dramatiq.Message:
        with _connection_errors():
            return super().enqueue(message, delay=delay)

    def ping(self) -> None:
        """Raise if the broker cannot be reached, or takes no messages: it is out of memory, or read-only."""
        with _connection_errors():
            self.client.set(f"{self.namespace}:ping", "", px=PING_MILLISECONDS)

    def count_waiting(self, queue_name: str) -> int:
        """Return how many messages no worker has taken."""
        with _connection_errors():
            return self.client.llen(f"{self.namespace}:{queue_name}")

    def redrive(self, queue_name: str) -> int:
        """Put the dead letters back into the queue, and return how many there were."""
        queue, dead = f"{self.namespace}:{queue_name}", f"{self.namespace}:{queue_name}.XQ"
        with _connection_errors():
            letters = self.client.hgetall(f"{dead}.msgs")
            for redis_id, body in letters.items():
                with self.client.pipeline() as together:
                    together.hset(f"{queue}.msgs", redis_id, body).rpush(queue, redis_id)
                    together.zrem(dead, redis_id).hdel(f"{dead}.msgs", redis_id)
                    together.execute()
        return len(letters)

    def close(self) -> None:
        self.client.close()
        self.waiting_client.close()


class _Consumer(_RedisConsumer):
    def __init__(self, broker: RedisBroker, queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)
        self.list_key = f"{broker.namespace}:{queue_name}"
        self.bodies_key = f"{self.list_key}.msgs"
        self.acks_key = f"{broker.namespace}:__acks__.{broker.broker_id}.{queue_name}"
        self.wait_seconds = min(timeout / 1000, WAIT_SECONDS)
        self.in_hand = broker.in_hand[queue_name]
        self.ready: deque[dramatiq.Message] = deque()
        self.settled = Event()
        self.next_beat = monotonic()

    def __next__(self) -> MessageProxy | None:
        with _connection_errors():
            if monotonic() >= self.next_beat:
                self._beat()
            if not self.ready:
                self._fetch()
        return MessageProxy(self.ready.popleft()) if self.ready else None

    def ack(self, message: MessageProxy) -> None:
        self._settle(self.broker.do_ack, message)

    def nack(self, message: MessageProxy) -> None:
        self._settle(self.broker.do_nack, message)
        self._drop_dead_letters()

    def requeue(self, messages: Iterable[MessageProxy | dramatiq.Message]) -> None:
        ids = [message.options["redis_message_id"] for message in messages]
        if ids:
            with _connection_errors():
                self.broker.do_requeue(self.queue_name, *ids)
            self.in_hand.difference_update(ids)

    def close(self) -> None:
        unseen, self.ready = self.ready, deque()
        self.requeue(unseen)

    def _settle(self, command, message: MessageProxy) -> None:
        redis_id = message.options["redis_message_id"]
        with _connection_errors():
            command(self.queue_name, redis_id)
        self.in_hand.discard(redis_id)
        self.settled.set()

    def _fetch(self) -> None:
        free = self.prefetch - len(self.in_hand)
        if free <= 0:
            # The queue may not be empty, so waiting for a message would spin: wait until work is done.
            self.settled.wait(self.wait_seconds)
            self.settled.clear()
            return

        bodies = self.broker.do_fetch(self.queue_name, free)
        for body in bodies:
            message = self._read(body)
            if message is None:
                self.next_beat = monotonic()
            else:
                self.in_hand.add(message.options["redis_message_id"])
                self.ready.append(message)
        if not bodies:
            self.broker.waiting_client.blmove(self.list_key, self.list_key, self.wait_seconds, "LEFT", "LEFT")

    def _read(self, body: bytes | None) -> dramatiq.Message | None:
        try:
            message = decode(body or b"", self.queue_name)
        except DecodeError:
            return None
        return message if "redis_message_id" in message.options else None

    def _drop_dead_letters(self) -> None:
        """Delete the oldest beyond DEAD_LETTERS_KEPT."""
        with _connection_errors():
            dead = f"{self.list_key}.XQ"
            if oldest := self.broker.client.zrange(dead, 0, -DEAD_LETTERS_KEPT - 1):
                with self.broker.client.pipeline() as together:
                    together.zrem(dead, *oldest).hdel(f"{dead}.msgs", *oldest)
                    together.execute()

    def _beat(self) -> None:
        """Send the heartbeat, and settle messages that Redis believes this worker holds, and that it does not.

        A message whose fetch was answered too late goes back to the queue. A message that is unreadable, or whose
        id differs from the one in its body, becomes a dead letter.
        """
        lost = [key.decode() for key in self.broker.client.smembers(self.acks_key)]
        lost = [key for key in lost if key not in self.in_hand]
        if lost:
            for redis_id, body in zip(lost, self.broker.client.hmget(self.bodies_key, lost), strict=True):
                message = self._read(body)
                if body is not None and (message is None or message.options["redis_message_id"] != redis_id):
                    self.logger.error("Invalid message, moved to the dead letters: %.200r", body)
                    self.broker.do_nack(self.queue_name, redis_id)
            self._drop_dead_letters()
        # Without ids this is the heartbeat alone. It does not put back the new dead letters.
        self.broker.do_requeue(self.queue_name, *lost)
        self.next_beat = monotonic() + BEAT_SECONDS


def _client(url: str, *, answer_seconds: float) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=answer_seconds,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
    )


@contextmanager
def _connection_errors() -> Iterator[None]:
    # A time-out, or a server that is read-only or out of memory, is temporary. ConnectionClosed is the error after
    # which dramatiq tries again.
    try:
        yield
    except (redis.RedisError, OSError) as error:
        raise ConnectionClosed(error) from error
