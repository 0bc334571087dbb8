"""Calendar jobs: one at a time on an idle system, and in bursts."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from benchmarks.client import Client
from benchmarks.figures import Figure, Row, latencies
from benchmarks.load import CONNECTIONS, load
from benchmarks.rows.costs import cpu_seconds
from benchmarks.servers import Side

WARM_UP = 3
WAIT_SECONDS = 0.02  # between two polls of a job in a burst

CHANGED = Row("POST to SUCCESS, one todo changed", "ms", targets={100: 1.5, 1000: 5, 5000: 15})
UNCHANGED = Row("POST to SUCCESS, nothing changed", "ms", targets={100: 3, 1000: 15, 5000: 60})
BURST = Row("jobs in a burst", "/s", more_is_better=True, targets={100: 5, 1000: 30, 5000: 100})
BUSY = Row("jobs in a burst, a change before each", "/s", more_is_better=True)
CPU = Row("CPU for 1,000 jobs, databases included", "s", targets={1000: 10})
AMONG = {
    lists: Row(f"POST to SUCCESS, one todo changed, {lists:,} lists of 10 todos", "ms") for lists in (10, 10_000)
}
CPU_AMONG = {lists: Row(f"CPU for 1,000 such jobs, {lists:,} lists of 10 todos", "s") for lists in AMONG}
RESULT = Row("download of a result", "/s", more_is_better=True)


def one_at_a_time(side: Side, todos: int, jobs: int) -> Iterator[Figure]:
    """Measure from the POST to the SUCCESS status, polling every millisecond."""
    client = side.client()
    yield latencies(CHANGED, milliseconds(client, jobs, client.change_a_todo), todos)
    yield latencies(UNCHANGED, milliseconds(client, jobs), todos)


def among_lists(side: Side, lists: int, jobs: int) -> Iterator[Figure]:
    """Measure a job in a database with this many lists, including the change of the todo."""
    client = side.client()
    cpu_before = cpu_seconds(side)
    taken = milliseconds(client, jobs, client.change_a_todo)
    yield latencies(AMONG[lists], taken)
    yield Figure(CPU_AMONG[lists], (cpu_seconds(side) - cpu_before) * 1000 / (WARM_UP + jobs))


def milliseconds(client: Client, jobs: int, before: Callable[[], None] = lambda: None) -> list[float]:
    """Return the durations of this many sequential jobs. ``before`` is called before each and is not measured."""
    taken = []
    for _ in range(WARM_UP + jobs):
        before()
        began = time.perf_counter()
        client.wait_for_job(client.submit_job())
        taken.append((time.perf_counter() - began) * 1e3)
    return taken[WARM_UP:]


def burst(side: Side, todos: int, jobs: int, *, change: bool = False) -> Iterator[Figure]:
    """Send all jobs from eight clients as fast as possible, until each is a SUCCESS."""
    clients = [side.client() for _ in range(CONNECTIONS)]

    def submit(number: int) -> list[str]:
        sent = []
        for _ in range(number, jobs, CONNECTIONS):
            if change:
                clients[number].change_a_todo()
            sent.append(clients[number].submit_job())
        return sent

    def look(number: int, sent: list[str]) -> None:
        for job in sent:
            clients[number].wait_for_job(job, poll_seconds=WAIT_SECONDS)

    cpu_before, began = cpu_seconds(side), time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        batches = list(threads.map(submit, range(CONNECTIONS)))
        # Only one client waits for the last jobs, because eight polling clients would slow down a worker.
        for sent in batches:
            clients[0].wait_for_job(sent[-1], poll_seconds=WAIT_SECONDS)
        list(threads.map(look, range(CONNECTIONS), batches))
    seconds = time.perf_counter() - began
    yield Figure(BUSY if change else BURST, jobs / seconds, todos)
    if not change:
        yield Figure(CPU, (cpu_seconds(side) - cpu_before) * 1000 / jobs, todos)


def download(side: Side, todos: int, seconds: int) -> Iterator[Figure]:
    """Download a finished job's file with eight clients."""
    yield load(RESULT, side.url, seconds, path=finished_result(side.client()), todos=todos)


def finished_result(client: Client) -> str:
    """Run a new job and return the path of its result."""
    job = client.submit_job()
    client.wait_for_job(job)
    client.result(job)
    return f"/api/v1/todos/ical/{job}/result"
