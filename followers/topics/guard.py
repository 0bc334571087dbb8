"""Sparing a topic that does not answer: threads that deliver have other targets too."""

from threading import Lock
from time import monotonic

from followers.topics.errors import SEND_SECONDS, SendFailed

PAUSE_SECONDS = 5


class Guard:
    """Of this process's threads, has one at a time find out whether a topic that failed works again.

    For all others, sending fails at once meanwhile.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._problem = ""
        self._next_try = 0.0

    def enter(self) -> None:
        """Raises SendFailed, with the sentence of the last failure, if this is not the time to send."""
        with self._lock:
            if not self._problem:
                return
            if monotonic() < self._next_try:
                raise SendFailed(self._problem)
            self._next_try = monotonic() + SEND_SECONDS + PAUSE_SECONDS

    def failed(self, problem: str) -> None:
        with self._lock:
            self._problem, self._next_try = problem, monotonic() + PAUSE_SECONDS

    def succeeded(self) -> bool:
        """Return whether this is the first success after a failure."""
        with self._lock:
            has_recovered, self._problem = bool(self._problem), ""
            return has_recovered
