"""Gunicorn's threaded worker, with an end to every request."""

import contextlib
import socket
import threading
import time
from typing import Any

from django.conf import settings
from gunicorn.workers.gthread import TConn, ThreadWorker


class Worker(ThreadWorker):
    """Hangs up on whoever takes longer than REQUEST_TIMEOUT_SECONDS from the first byte to the last.

    Gunicorn's threads read and write without a time-out: eight clients that send a byte now and then would
    hold all of them for ever.
    """

    def init_process(self) -> None:
        self.deadlines: dict[TConn, float] = {}
        self.deadlines_lock = threading.Lock()
        super().init_process()

    def handle(self, conn: TConn) -> Any:
        with self.deadlines_lock:
            self.deadlines[conn] = time.monotonic() + settings.REQUEST_TIMEOUT_SECONDS
        try:
            return super().handle(conn)
        finally:
            with self.deadlines_lock:
                del self.deadlines[conn]

    def notify(self) -> None:
        # The main thread's loop comes by here about once a second.
        super().notify()
        with self.deadlines_lock:
            for conn, deadline in self.deadlines.items():
                if deadline < time.monotonic():
                    with contextlib.suppress(OSError):  # it has hung up itself
                        conn.sock.shutdown(socket.SHUT_RDWR)
