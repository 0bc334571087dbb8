"""Run the benchmark and print its table.

    python -m benchmarks [--quick] [--rounds 1] [--sides peer ours]

The two sides run one at a time on the same data. Rounds alternate, so that noise affects both sides.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import machine, report
from benchmarks.data import Databases
from benchmarks.figures import Figure, Results
from benchmarks.rows import costs, feeds, jobs, lists, pages, todos
from benchmarks.servers import OURS, PEER, DurablePostgres, MemoryRedis, Ours, Peer, Side
from tests.processes import running

FOLDER = Path(__file__).with_name("results")
Measure = Callable[[], Iterator[Figure]]


@dataclass(frozen=True)
class Effort:
    """How much to measure."""

    rounds: int
    sizes: tuple[int, ...]
    load_seconds: int
    jobs: dict[int, int]  # one at a time, by number of todos
    bursts: dict[int, int]  # jobs per burst, in every round
    last_bursts: dict[int, int]  # in the last round only, also with changes; the peer takes minutes
    lists: int  # jobs one at a time, with 10 and with 10,000 lists


FULL = Effort(
    rounds=3,
    sizes=(100, 1000, 5000, 50_000),
    load_seconds=3,
    jobs={100: 100, 1000: 30, 5000: 10, 50_000: 3},
    bursts={100: 500, 1000: 500},
    last_bursts={5000: 500},
    lists=100,
)
QUICK = Effort(
    rounds=1,
    sizes=(100, 1000, 5000),
    load_seconds=1,
    jobs={100: 30, 1000: 15, 5000: 5},
    bursts={100: 500, 1000: 200, 5000: 30},
    last_bursts={},
    lists=0,
)


def turn(side: Side, size: int, effort: Effort, *, last: bool) -> Iterator[Figure]:
    """Measure one side with this many todos, in the order of the table."""
    yield from jobs.one_at_a_time(side, size, effort.jobs[size])
    if size > 5000:
        return
    yield from todos.read_list(side, size, effort.load_seconds)
    yield from jobs.download(side, size, effort.load_seconds)
    if size in effort.bursts:
        yield from jobs.burst(side, size, effort.bursts[size])
    if last and size in effort.last_bursts:
        yield from jobs.burst(side, size, effort.last_bursts[size])
        yield from jobs.burst(side, size, effort.last_bursts[size], change=True)
        yield from costs.memory(side, size)
    if size == 1000:
        yield from costs.start_up(side)
        yield from feeds.poll(side, size, effort.load_seconds)
        yield from todos.read_one(side, size, effort.load_seconds)
        yield from todos.write(side, size, effort.load_seconds)
        if last:
            yield from feeds.add_many(side)


def take(
    results: Results, side: Side, begin: str, measure: Measure, todos: int, lists: int = 1, own_lists: int = 0
) -> None:
    """Start a side, measure it and stop it."""
    began = time.monotonic()
    try:
        side.start(todos, lists, own_lists)
        for figure in measure():
            results.add(side.name, figure)
    finally:
        side.stop()
    print(f"{begin}: {side.name}, {todos:,} todos, {time.monotonic() - began:.0f} s", flush=True)


def run(effort: Effort, sides: list[Side], results: Results) -> None:
    for number in range(effort.rounds):
        last = number == effort.rounds - 1
        for size in effort.sizes:
            if size > 5000 and not last:
                continue
            for side in sides if number % 2 == 0 else reversed(sides):
                begin = f"round {number + 1} of {effort.rounds}"
                take(results, side, begin, partial(turn, side, size, effort, last=last), size)
    for side in sides:
        if not side.has_lists:
            continue
        for count in lists.TODAY:
            measure = partial(lists.read_today, side, count, effort.load_seconds)
            take(results, side, f"{count} lists of one user", measure, lists.TODOS_EACH, own_lists=count)
        take(results, side, f"{pages.PAGES} open pages", partial(pages.follow, side), lists.TODOS_EACH)
        for count in jobs.AMONG if effort.lists else ():
            measure = partial(jobs.among_lists, side, count, effort.lists)
            take(results, side, f"{count:,} lists", measure, 10, count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one short round, about two minutes")
    parser.add_argument("--rounds", type=int, help="default: 3, or 1 with --quick")
    parser.add_argument("--sides", nargs="+", choices=(PEER, OURS), default=[PEER, OURS])
    options = parser.parse_args()
    effort = QUICK if options.quick else FULL
    rounds = options.rounds or effort.rounds
    facts = machine.facts() | {"rounds": str(rounds)}
    name = f"{datetime.now(UTC):%Y-%m-%d-%H%M}-{'quick' if options.quick else 'full'}"
    results = Results()
    with ExitStack() as stack:
        stack.callback(write, results, facts, name)  # what there is, also if a row fails
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="taskoverflow-benchmark-")))
        postgres = stack.enter_context(running(DurablePostgres))
        redis = stack.enter_context(running(MemoryRedis))
        services = [postgres.process.pid, redis.process.pid]
        known = {side.name: side for side in (Peer, Ours)}
        sides = [known[name](Databases(postgres.url), redis.url, folder, services) for name in options.sides]
        for side in sides:
            side.install()
        run(replace(effort, rounds=rounds), sides, results)


def write(results: Results, facts: dict[str, str], name: str) -> None:
    written = report.write(results, facts, FOLDER, name)
    print(written.read_text())
    print(f"Written to {written.relative_to(machine.ROOT)} and a .json file next to it.")


if __name__ == "__main__":
    main()
