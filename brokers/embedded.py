"""The embedded broker, for a system of one process: a queue in memory, and a worker in threads."""

from collections import defaultdict, deque
from queue import Empty

import dramatiq
from dramatiq.broker import MessageProxy
from dramatiq.brokers.stub import StubBroker, _StubConsumer
from dramatiq.errors import DecodeError, QueueNotFound
from dramatiq.logging import get_logger

from brokers.messages import decode

#: Dead letters are for people to look at, so the last few are enough.
DEAD_LETTERS_KEPT = 100

#: How often idle threads check whether to stop. A message wakes them at once.
IDLE_MILLISECONDS = 500


class EmbeddedBroker(StubBroker):
    """Dramatiq's in-memory broker, made fit for a process that runs for months.

    It keeps a bounded number of dead letters, and unreadable bytes do not stop its consumer.
    """

    def __init__(self, middleware: list[dramatiq.Middleware] | None = None) -> None:
        super().__init__(middleware)
        self.dead_letters_by_queue = defaultdict(lambda: deque(maxlen=DEAD_LETTERS_KEPT))

    def ping(self) -> None:
        """Raise if the broker cannot be reached. This one is in the process itself."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 100) -> dramatiq.Consumer:
        if queue_name not in self.queues:
            raise QueueNotFound(queue_name)
        return _Consumer(self, queue_name, prefetch, timeout)

    def count_waiting(self, queue_name: str) -> int:
        """Return how many messages no worker has taken."""
        return self.queues[queue_name].qsize() if queue_name in self.queues else 0

    def redrive(self, queue_name: str) -> int:
        """Put the dead letters back into the queue, and return how many there were."""
        letters = self.dead_letters_by_queue[queue_name]
        count = 0
        while letters:
            self.enqueue(letters.popleft()._message)
            count += 1
        return count


class _Consumer(_StubConsumer):
    def __init__(self, broker: EmbeddedBroker, queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker.queues[queue_name], broker.dead_letters_by_queue[queue_name], prefetch, timeout)
        self.logger = get_logger(__name__, type(self))
        self.queue_name = queue_name

    def __next__(self) -> MessageProxy | None:
        if not self.prefetch_semaphore.acquire(timeout=self.timeout / 1000):
            return None
        try:
            data = self.queue.get(timeout=self.timeout / 1000)
        except Empty:
            self.prefetch_semaphore.release()
            return None
        try:
            return MessageProxy(decode(data, self.queue_name))
        except DecodeError as error:
            self.logger.error("Dropped an invalid message: %s", error)
            self.queue.task_done()
            self.prefetch_semaphore.release()
            return None


def start_worker(*, threads: int = 4) -> dramatiq.Worker:
    """Start a worker of the global broker in this process, and return it. `stop_worker` ends it.

    Call this in the serving process, after any fork (threads do not survive one) and after importing the actors.
    `process_boot` starts the clock behind time limits.
    """
    broker = dramatiq.get_broker()
    broker.emit_after("process_boot")
    worker = dramatiq.Worker(broker, worker_threads=threads, worker_timeout=IDLE_MILLISECONDS)
    worker.start()
    return worker


def stop_worker(worker: dramatiq.Worker, *, seconds: float = 10) -> None:
    """Stop running actors, wait for them for up to twice `seconds`, and end the worker's threads."""
    worker.stop(timeout=int(seconds * 1000))
    worker.broker.close()
