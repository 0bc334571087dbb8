"""Dramatiq's middleware: the sweep, in every process that has a worker."""

import random
import threading
import time

import dramatiq

SWEEP_SECONDS = 1.0


class Sweep(dramatiq.Middleware):
    """Runs the sweep in a thread, from the start of a process's first worker to its stop."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._worker: dramatiq.Worker | None = None

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        if self._worker is not None:
            return
        self._worker = worker
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)
        self._thread.start()

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        if worker is not self._worker:
            return
        self._worker = None
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=SWEEP_SECONDS * 5)

    def _run(self) -> None:
        # Models cannot be imported sooner: the broker is made while Django loads its apps.
        from django.db import connection

        from background.sweep import Round

        rounds = Round()
        wait = 0.0
        while not self._stop.wait(wait):
            most = SWEEP_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
            wait = rounds.run(time.monotonic(), most=most)
        connection.close()
