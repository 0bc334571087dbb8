"""How many threads of this process may be changing one list at once.

A change takes milliseconds. When something holds a list's lock for seconds, its changes must not occupy all threads of
the web server: nobody else could be served.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError

MAX_THREADS = 4  # half of those of a web process
WAIT_SECONDS = 0.2


class ListBusy(OperationalError):
    """The list's lock has been held for too long; as for other database outages, the client may try again."""


_lock = threading.Lock()
_turns: defaultdict[int, threading.BoundedSemaphore] = defaultdict(lambda: threading.BoundedSemaphore(MAX_THREADS))
_users: Counter[int] = Counter()


@contextmanager
def turn(list_id: int) -> Iterator[None]:
    """Wait for a turn to change the list. Raises ListBusy."""
    with _lock:
        semaphore = _turns[list_id]
        _users[list_id] += 1
    try:
        if not semaphore.acquire(timeout=WAIT_SECONDS):
            raise ListBusy("The list is busy.")
        try:
            yield
        finally:
            semaphore.release()
    finally:
        with _lock:
            _users[list_id] -= 1
            if not _users[list_id]:
                del _users[list_id], _turns[list_id]
