"""Dramatiq's middleware: the sweep, in every process that has a worker."""

import logging
import os
import random
import threading
import time
import uuid

import dramatiq

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
HEARTBEAT_SECONDS = 5.0
EXPIRY_SECONDS = 60.0


class Sweep(dramatiq.Middleware):
    """Runs the sweep and the worker's heartbeat in a thread, from the worker's start to its stop."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)
        self._thread.start()

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=SWEEP_SECONDS * 5)

    def _run(self) -> None:
        # Models cannot be imported sooner: the broker is made while Django loads its apps.
        from django.db import connection

        from calendars.builds import sweeper as sweep

        worker_id = f"{sweep.name_of_host()}{os.getpid()}:{uuid.uuid4().hex[:8]}"
        beaten = expired = -EXPIRY_SECONDS
        wait = 0.0
        while not self._stop.wait(wait):
            wait = SWEEP_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
            try:
                now = time.monotonic()
                if now - beaten >= HEARTBEAT_SECONDS:
                    sweep.record_heartbeat(worker_id)
                    beaten = now
                if now - expired >= EXPIRY_SECONDS:
                    sweep.sweep()
                    expired = now
                else:
                    sweep.dispatch_due_calendars()
                wait = sweep.seconds_until_due(most=wait)
            except Exception as error:  # the database may be down: the next round tries again
                logger.warning("The sweep failed: %s", type(error).__name__)
                connection.close()
        connection.close()
