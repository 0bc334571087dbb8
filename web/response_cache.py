"""A cache of response bodies in the memory of a server process."""

import threading
from contextlib import suppress

from cachetools import LRUCache


class ResponseCache:
    """A thread-safe LRU cache of bodies, bounded by their bytes. Each key has one version, the last one set."""

    def __init__(self, max_bytes: int) -> None:
        self._lock = threading.Lock()
        self._entries = LRUCache(max_bytes, getsizeof=lambda entry: len(entry[1]))

    def get(self, key: tuple, version: int) -> bytes | None:
        with self._lock:
            cached_version, body = self._entries.get(key, (None, None))
        return body if cached_version == version else None

    def set(self, key: tuple, version: int, body: bytes) -> None:
        with self._lock:
            self._entries.pop(key, None)
            with suppress(ValueError):  # larger than the whole cache
                self._entries[key] = version, body
