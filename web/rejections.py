"""Clients that the HTTP server refuses or disconnects: a metric, and in the log one line a second of each reason."""

import logging
import time
from collections import Counter
from enum import Enum

from observability.metrics import REJECTIONS

logger = logging.getLogger("taskoverflow.rejections")

LOG_SECONDS = 1


class Reason(Enum):
    NO_REQUEST = "sent no complete request head in time"
    TOO_MANY_CONNECTIONS = "had the oldest of too many idle connections"
    UNREADABLE_HEADERS = "sent unreadable or repeated headers"
    SLOW_BODY = "sent a body too slowly"
    SLOW_RESPONSE = "took a response too slowly"
    TOO_MANY_STREAMS = "opened a page when there was no room for its stream of events, and polls"
    NO_MEMORY_FOR_BODY = "sent a body when there was no memory left for it"
    NO_MEMORY_FOR_RESPONSE = "had a large response when there was no memory left for all"


class Rejections:
    """Those of this process. Used by the event loop's thread alone."""

    def __init__(self) -> None:
        self._unlogged: Counter[Reason] = Counter()
        self._last_client: dict[Reason, str] = {}
        self._logged_at: dict[Reason, float] = {}

    def record(self, reason: Reason, client: str) -> None:
        REJECTIONS.labels(reason.name.lower()).inc()
        self._unlogged[reason] += 1
        self._last_client[reason] = client
        self.log()

    def log(self) -> None:
        """Log what was recorded since each reason's last line, if that is long enough ago."""
        now = time.monotonic()
        for reason, count in list(self._unlogged.items()):
            if now - self._logged_at.get(reason, -LOG_SECONDS) < LOG_SECONDS:
                continue
            self._logged_at[reason] = now
            del self._unlogged[reason]
            logger.info(
                "Rejected %s client%s, the last one %s, which %s",
                count,
                "" if count == 1 else "s",
                self._last_client[reason],
                reason.value,
                extra={"reason": reason.name.lower(), "count": count},
            )
