"""Bodies of answers that a server process keeps, so as not to fetch or render them again."""

import threading
from collections import OrderedDict


class KeptBodies:
    """The bodies that were asked for last, as many as fit in so many bytes.

    Each is kept under a key with a version; of a key there is one version, the one that was put last.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple, tuple[int, bytes]] = OrderedDict()

    def get(self, key: tuple, version: int) -> bytes | None:
        with self._lock:
            kept_version, body = self._kept.get(key, (None, None))
            if kept_version != version:
                return None
            self._kept.move_to_end(key)
            return body

    def put(self, key: tuple, version: int, body: bytes) -> None:
        with self._lock:
            self.bytes += len(body) - len(self._kept.pop(key, (0, b""))[1])
            self._kept[key] = version, body
            while self.bytes > self.most_bytes:
                _, (_, dropped) = self._kept.popitem(last=False)
                self.bytes -= len(dropped)
