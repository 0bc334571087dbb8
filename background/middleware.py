"""Dramatiq's middleware: threads beside the actors, and the sweep, in every process that has a worker."""

import random
import threading
import time

import dramatiq

SWEEP_SECONDS = 1.0


class BackgroundThread(dramatiq.Middleware):
    """Runs a thread from the start of a process's first worker to its stop. Further workers start no other.

    Models cannot be imported before ``run``: the broker is made while Django loads its apps.
    """

    name: str
    join_seconds: float

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._worker: dramatiq.Worker | None = None

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        if self._worker is not None:
            return
        self._worker = worker
        self._stop.clear()
        self._thread = threading.Thread(target=self.run, args=(self._stop,), name=self.name, daemon=True)
        self._thread.start()

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        if worker is not self._worker:
            return
        self._worker = None
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=self.join_seconds)

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set, and close the thread's connection to the database."""
        raise NotImplementedError


class Sweep(BackgroundThread):
    name = "sweep"
    join_seconds = SWEEP_SECONDS * 5

    def run(self, stop: threading.Event) -> None:
        from django.db import connection

        from background.sweep import Round

        rounds = Round()
        wait = 0.0
        while not stop.wait(wait):
            most = SWEEP_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
            wait = rounds.run(time.monotonic(), most=most)
        connection.close()
