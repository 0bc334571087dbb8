"""What is counted and written down of builds and jobs."""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import wraps
from typing import TypeVar

from observability.metrics import BUILD_SECONDS, JOB_SECONDS

logger = logging.getLogger("taskoverflow.builds")

Named = TypeVar("Named")


def measured(build: Callable[[int | str], Named]) -> Callable[[int | str], Named]:
    """Decorate what builds a calendar: how long that took, by the outcome's name, as a metric and a log line."""

    @wraps(build)
    def measured_build(calendar_id: int | str) -> Named:
        started = time.perf_counter()
        outcome = build(calendar_id)
        seconds, name = time.perf_counter() - started, outcome.name.lower()
        BUILD_SECONDS.labels(name).observe(seconds)
        logger.info(
            "build",
            extra={"calendar": str(calendar_id), "outcome": name, "milliseconds": round(seconds * 1000, 1)},
        )
        return outcome

    return measured_build


def observe_jobs(created: Iterable[datetime], status: str) -> None:
    """Count jobs that have just ended, each with the time since somebody asked for it."""
    now = datetime.now(UTC)
    for moment in created:
        JOB_SECONDS.labels(status).observe((now - moment).total_seconds())
