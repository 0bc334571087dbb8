"""What is counted of builds and jobs."""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from taskoverflow.metrics import BUILD_SECONDS, JOB_SECONDS

P = ParamSpec("P")
Named = TypeVar("Named")


def measured(build: Callable[P, Named]) -> Callable[P, Named]:
    """Decorate what builds a calendar: how long that took, by the outcome's name."""

    @wraps(build)
    def measured_build(*args: P.args, **kwargs: P.kwargs) -> Named:
        started = time.perf_counter()
        outcome = build(*args, **kwargs)
        BUILD_SECONDS.labels(outcome.name.lower()).observe(time.perf_counter() - started)
        return outcome

    return measured_build


def observe_jobs(created: Iterable[datetime], status: str) -> None:
    """Count jobs that have just ended, each with the time since somebody asked for it."""
    now = datetime.now(UTC)
    for moment in created:
        JOB_SECONDS.labels(status).observe((now - moment).total_seconds())
