"""Rate limit counts in the memory of one process. RATE_LIMIT_STORAGE names this class, or one that processes share."""

import threading
import time

from cachetools import TLRUCache
from limits.storage import Storage

MAX_KEYS = 100_000  # about 20 MB


class MemoryStorage(Storage):
    """At most ``max_keys`` counts: the least recently used are dropped, and all of them when their window ends."""

    STORAGE_SCHEME = ["bounded-memory"]
    TRIM_EVERY = 0
    base_exceptions = ()

    def __init__(self, uri: str | None = None, *, wrap_exceptions: bool = False, max_keys: int = MAX_KEYS) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._lock = threading.Lock()
        # Each value is a list of the count and the end of the window.
        self._windows = TLRUCache(max_keys, ttu=lambda key, window, now: window[1], timer=time.time)

    def __len__(self) -> int:
        with self._lock:
            return len(self._windows)

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        with self._lock:
            window = self._windows.get(key)
            if window is None:
                window = self._windows[key] = [0, time.time() + expiry]
            window[0] += amount
            return window[0]

    def get(self, key: str) -> int:
        with self._lock:
            return self._windows.get(key, [0])[0]

    def get_expiry(self, key: str) -> float:
        with self._lock:
            return self._windows.get(key, [0, time.time()])[1]

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        with self._lock:
            count = len(self._windows)
            self._windows.clear()
            return count

    def clear(self, key: str) -> None:
        with self._lock:
            self._windows.pop(key, None)
