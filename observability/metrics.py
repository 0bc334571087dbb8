"""Prometheus metrics.

Processes on one host share the folder PROMETHEUS_MULTIPROC_DIR, so that each can report for all of them.
Collectors read from the database what it knows better than any process.
"""

import contextlib
import os
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SLOW = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

REQUESTS = Histogram(
    "taskoverflow_request_seconds", "Requests, and how long they took", ["method", "view", "status"], buckets=FAST
)
JOB_SECONDS = Histogram(
    "taskoverflow_job_seconds", "From asking for a calendar to its end", ["status"], buckets=SLOW
)
BUILD_SECONDS = Histogram("taskoverflow_build_seconds", "Builds of calendars", ["outcome"], buckets=SLOW)
EVENTS = Counter("taskoverflow_events", "Events in files that were built", ["how"])  # rendered or reused
FEED_ANSWERS = Counter("taskoverflow_feed_answers", "Answers to calendar apps", ["status"])

# Apps above this package add theirs in AppConfig.ready().
DATABASE_COLLECTORS: list[Collector] = []


def registry(*, with_database: bool) -> CollectorRegistry:
    """Return a registry of the metrics of all processes on this host and, if asked for, of the database."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    if with_database:
        for collector in DATABASE_COLLECTORS:
            registry.register(collector)
    return registry


def forget_dead_processes(folder: Path) -> None:
    """Delete the files of processes that have ended. Call it when a server starts."""
    for path in folder.glob("*.db"):
        pid = path.stem.rpartition("_")[2]
        with contextlib.suppress(OSError):
            if pid.isdigit() and not _is_alive(int(pid)):
                path.unlink()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
