"""Dramatiq's middleware: threads that only deliver, beside those of a worker.

A target may take long to answer. Threads that wait for one are not those that build calendars.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dramatiq
from django.conf import settings

# What is interrupted is repeated by another worker.
STOP_MS = 5_000


class DeliveryThreads(dramatiq.Middleware):
    """Has a second worker of the same process consume the followers' queue, with threads of its own."""

    def __init__(self) -> None:
        self._deliverer: dramatiq.Worker | None = None

    def before_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        if worker.consumer_whitelist is None:
            worker.consumer_whitelist = set(broker.get_declared_queues())
        if worker.consumer_whitelist == {settings.FOLLOWER_QUEUE}:
            return  # this is the second one, or somebody has started a worker for nothing else
        if settings.FOLLOWER_QUEUE in worker.consumer_whitelist:
            worker.consumer_whitelist.remove(settings.FOLLOWER_QUEUE)
            self._deliverer = dramatiq.Worker(
                broker,
                queues={settings.FOLLOWER_QUEUE},
                worker_threads=settings.DELIVERY_THREADS,
                worker_timeout=worker.worker_timeout,
            )

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        if self._deliverer is not None and worker.consumer_whitelist != {settings.FOLLOWER_QUEUE}:
            with _without_warnings(broker.logger):
                self._deliverer.start()

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        if self._deliverer is not None and worker is not self._deliverer:
            deliverer, self._deliverer = self._deliverer, None
            deliverer.stop(timeout=STOP_MS)


@contextmanager
def _without_warnings(logger: logging.Logger) -> Iterator[None]:
    """Dramatiq warns of a middleware that each of two workers adds: it tells its own worker of queues."""
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
