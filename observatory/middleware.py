"""Dramatiq's middleware: workers write down what they record."""

from collections.abc import Callable

import dramatiq


class WriteEvents(dramatiq.Middleware):
    """Has events written down from the start of a process's first worker to its last build."""

    def __init__(self) -> None:
        self._worker: dramatiq.Worker | None = None
        self._stop: Callable[[], None] = lambda: None

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        if self._worker is None:
            from observatory import recorder

            self._worker = worker
            self._stop = recorder.start()

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        if worker is self._worker:
            self._worker = None
            self._stop()
