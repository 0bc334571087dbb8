"""Dramatiq's middleware: what is due at a time is sent by every process that has a worker."""

import threading

import dramatiq


class SendReminders(dramatiq.Middleware):
    """Runs the sender's thread, from the start of a process's first worker to its stop.

    Reminders are due by the clock, many in one minute and each within seconds. A message for each would save no
    waiting, and cost more than sending them. So a thread looks what is due, takes many at once, and leaves all waiting
    for mail servers and push services to threads of its own: none of them can delay a calendar.
    """

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._worker: dramatiq.Worker | None = None

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        if self._worker is not None:
            return
        self._worker = worker
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="reminders", daemon=True)
        self._thread.start()

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        if worker is not self._worker:
            return
        self._worker = None
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=15)

    def _run(self) -> None:
        # Models cannot be imported sooner: the broker is made while Django loads its apps.
        from reminders.sender import Sender

        Sender().run(self._stop)
