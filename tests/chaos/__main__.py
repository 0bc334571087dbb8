"""Kill what can be killed while people ask for calendars, and count what was lost (`make chaos`).

    python -m tests.chaos [--broker NAME] [--jobs 2000] [--lists 50] [--seconds 60] [--seed N]

Starts PostgreSQL, the broker, the web server and three workers. Many clients change todos and ask for
calendars; meanwhile workers are killed with -9 or paused past their leases, the broker forgets everything,
the database and the web server are restarted, at random. Then all faults end, and every job that was
answered 202 must finish with a file that holds what was committed before it was asked for.

Exits with 1 if a job is lost, stale, finished twice, or went back to an earlier status.
"""

import argparse
import contextlib
import random
import sys
import time

from tests.chaos.brokers import BROKERS
from tests.chaos.clients import Clients
from tests.chaos.faults import Faults
from tests.chaos.judge import Judge
from tests.chaos.world import World

# Longer than any lease, backoff or resending that may still have to run out.
DRAIN_SECONDS = 90


def main() -> int:
    options = parse_arguments()
    print(
        f"chaos with seed {options.seed}, {options.broker}: {options.jobs} jobs over {options.lists} lists",
        flush=True,
    )
    with contextlib.ExitStack() as stack:
        world = stack.enter_context(World.running(options.broker))
        owners = world.make_owners(options.lists)
        judge = Judge(world.database_url)
        faults = Faults(world, random.Random(options.seed))
        clients = Clients(world.web.url, owners, jobs=options.jobs, seconds=options.seconds)
        with faults.striking():
            clients.run()
        waited = drain(judge)
        verdict = judge.verdict(clients.asked)
    rows = {
        "jobs asked for": len(clients.asked),
        **verdict.rows,
        "seconds until all were done": f"{waited:.0f}",
        **{f"times {fault}": count for fault, count in faults.struck.items()},
    }
    for name, value in rows.items():
        print(f"{name:<45}{value}")
    for sentence in verdict.broken:
        print(f"BROKEN PROMISE: {sentence}")
    return 1 if verdict.broken or not clients.asked else 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--broker", choices=BROKERS, default="redis")
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--lists", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60, help="over which the jobs are asked for")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    return parser.parse_args()


def drain(judge: Judge) -> float:
    """Wait until no job waits any more, or DRAIN_SECONDS are over; return how long that was."""
    start = time.monotonic()
    while judge.waiting() and time.monotonic() - start < DRAIN_SECONDS:
        time.sleep(0.25)
    return time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main())
