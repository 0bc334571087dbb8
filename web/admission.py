"""How much of something a process does at once: what takes long must not occupy all threads of the web server."""

import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from rest_framework.exceptions import APIException

from web.quotas import QuotaExceeded

RETRY_AFTER_SECONDS = 5


class Busy(APIException):
    """This process does as much of this at once as it can. The client may try again soon."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "The server is busy; try again in a few seconds."
    wait = RETRY_AFTER_SECONDS  # the API's Retry-After


class Slots:
    """So many threads of this process may do something at once; others are refused after ``wait_seconds``.

    With a key, so many may do it for each key. ``one_at_a_time`` is the sentence for a caller who does it already,
    where each may do it once at a time. ``refusal`` is what others raise.
    """

    def __init__(
        self,
        count: int,
        *,
        wait_seconds: float = 0,
        one_at_a_time: str = "",
        refusal: type[Exception] = Busy,
    ) -> None:
        self.count = count
        self.wait_seconds = wait_seconds
        self.one_at_a_time = one_at_a_time
        self.refusal = refusal
        self._lock = threading.Lock()
        self._free: dict[Hashable, threading.BoundedSemaphore] = {}
        self._users: Counter[Hashable] = Counter()  # by key, who has a slot or waits for one
        self._callers: set[str] = set()

    @contextmanager
    def taken(self, key: Hashable = None) -> Iterator[None]:
        """Hold a slot. Raises Busy, or what ``refusal`` is."""
        with self._lock:
            free = self._free.setdefault(key, threading.BoundedSemaphore(self.count))
            self._users[key] += 1
        try:
            if not free.acquire(timeout=self.wait_seconds):
                raise self.refusal
            try:
                yield
            finally:
                free.release()
        finally:
            with self._lock:
                self._users[key] -= 1
                if not self._users[key]:
                    del self._users[key], self._free[key]

    @contextmanager
    def taken_by(self, caller: str) -> Iterator[None]:
        """Hold a slot, one for each caller. Raises also QuotaExceeded, for a caller that holds one already."""
        with self._lock:
            if caller in self._callers:
                raise QuotaExceeded(self.one_at_a_time)
            self._callers.add(caller)
        try:
            with self.taken():
                yield
        finally:
            with self._lock:
                self._callers.remove(caller)
