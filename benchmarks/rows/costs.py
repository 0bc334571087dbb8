"""Startup time, memory and CPU time of a side."""

from collections.abc import Iterator

from benchmarks.figures import Figure, Row
from benchmarks.servers import Side

START = Row("start until the web server answers", "s")
READY = Row("start until a first job is done", "s")
WORKER = Row("memory of one worker process after 1,000 jobs", "MiB", targets={5000: 1})
WORKERS = Row("memory of all worker processes after 1,000 jobs", "MiB")
WEB = Row("memory of all web processes after 1,000 jobs", "MiB")


def start_up(side: Side) -> Iterator[Figure]:
    yield Figure(START, side.start_seconds)
    yield Figure(READY, side.ready_seconds)


def memory(side: Side, todos: int) -> Iterator[Figure]:
    """Measure resident memory of one process, or of several with shared pages counted once (PSS)."""
    worker = [process.memory_full_info() for process in side.family("worker")]
    web = [process.memory_full_info() for process in side.family("web")]
    yield Figure(WORKER, max(taken.rss for taken in worker) / 2**20, todos)
    yield Figure(WORKERS, sum(taken.pss for taken in worker) / 2**20, todos)
    yield Figure(WEB, sum(taken.pss for taken in web) / 2**20, todos)


def cpu_seconds(side: Side) -> float:
    """Return the CPU time of the side, PostgreSQL and Redis since their start, including finished children."""
    families = [*side.services(), *side.family("web"), *side.family("worker")]
    times = [process.cpu_times() for process in families]
    return sum(taken.user + taken.system + taken.children_user + taken.children_system for taken in times)
