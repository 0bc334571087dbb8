"""Prometheus metrics.

Processes on one host share the folder PROMETHEUS_MULTIPROC_DIR, so that each can report for all of them.
Collectors read from the database what it knows better than any process.
"""

import contextlib
import mmap
import os
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

FILE_BYTES = 64 * 1024


class MetricsFile(MmapedDict):
    """A process's file of metrics, for which the disk has room before anything is written to it.

    prometheus_client maps a sparse file. If the disk is full, a write to it would end the process (SIGBUS). Without
    room for the file, or for its growth, it is in memory: other processes do not see it, and requests go on.
    """

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        super().__init__(filename if read_mode or _reserve(filename) else _memory_file(), read_mode)

    def _init_value(self, key: str) -> None:
        while self._used + len(key.encode()) + 100 > self._capacity:  # an entry's own bytes are fewer
            capacity = 2 * self._capacity
            if not _reserve(self._f.name, capacity):
                content = self._m[:]
                self._f.close()
                self._f = open(_memory_file(), "a+b")  # noqa: SIM115
                self._f.write(content)
                self._f.truncate(capacity)
            self._m = mmap.mmap(self._f.fileno(), capacity)
            self._capacity = capacity
        super()._init_value(key)


def _reserve(filename: str, size: int = FILE_BYTES) -> bool:
    """Make the file so large, with blocks of the disk; return False if it has too few."""
    if not hasattr(os, "posix_fallocate"):
        return True
    try:
        with open(filename, "a+b") as file:
            os.posix_fallocate(file.fileno(), 0, size)
    except OSError:
        return False
    return True


def _memory_file() -> str:
    """Return the name of a new file in this process's memory, which has it until it ends."""
    return f"/proc/self/fd/{os.memfd_create('metrics')}"


values.MmapedDict = MetricsFile  # for the metrics of other packages too

REQUESTS = Histogram(
    "taskoverflow_request_seconds", "Requests, and how long they took", ["method", "view", "status"], buckets=FAST
)
REJECTIONS = Counter("taskoverflow_rejections", "Clients that the HTTP server refused or disconnected", ["reason"])
SPANS = Counter("taskoverflow_spans", "Spans of traces, by whether the collector took them", ["outcome"])

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
