"""Kill what can be killed while people ask for calendars, and count what was lost (`make chaos`).

    python -m tests.chaos [--broker NAME] [--jobs 2000] [--lists 50] [--seconds 60] [--seed N]
                          [--topic NAME --todos 500]

Starts PostgreSQL, the broker, the web server and three workers. Many clients change todos and ask for
calendars; meanwhile workers are killed with -9 or paused past their leases, the broker forgets everything,
the database and the web server are restarted, at random. Then all faults end, and every job that was
answered 202 must finish with a file that holds what was committed before it was asked for.

With a topic, each list has a webhook, and its owner gets reminders by mail and in a browser: clients add todos
that are due soon, complete and move some, and the targets are killed and hang, too. Every last revision must
reach the webhook and the topic, and every reminder its targets, repeated under the same id at most.

Exits with 1 if a job is lost, stale, finished twice, or went back to an earlier status, or if something that
was to be told is lost or was told wrongly.
"""

import argparse
import contextlib
import random
import sys
import threading
import time
from collections.abc import Callable

from tests.chaos.brokers import BROKERS
from tests.chaos.clients import LEAD_SECONDS, MOVED_SECONDS, Clients, Planners
from tests.chaos.faults import Faults
from tests.chaos.following import Following
from tests.chaos.judge import Judge
from tests.chaos.targets import TOPICS
from tests.chaos.watching import differences
from tests.chaos.world import World

# Longer than any lease, backoff or resending that may still have to run out.
DRAIN_SECONDS = 90
FOLLOWERS_DRAIN_SECONDS = 900  # four failures in a row, which hardly ever happens


def main() -> int:
    options = parse_arguments()
    print(
        f"chaos with seed {options.seed}, {options.broker}: {options.jobs} jobs over {options.lists} lists",
        flush=True,
    )
    with contextlib.ExitStack() as stack:
        world = stack.enter_context(World.running(options.broker, topic=options.topic))
        owners = world.make_owners(options.lists)
        judge = Judge(world.database_url)
        faults = Faults(world, random.Random(options.seed))
        following = Following(world, owners, judge) if options.topic else None
        clients = Clients(world.web.url, owners, jobs=options.jobs, seconds=options.seconds)
        planners = Planners(world.web.url, owners, todos=options.todos, seconds=options.seconds)
        with faults.striking():
            crowd = threading.Thread(target=planners.run)
            if following:
                crowd.start()
            clients.run()
            if following:
                crowd.join()
                time.sleep(LEAD_SECONDS + MOVED_SECONDS)  # until all of them are due
        waited = drain(judge.waiting, DRAIN_SECONDS)
        if following:
            waited += drain(following.waiting, FOLLOWERS_DRAIN_SECONDS)
        verdict = judge.verdict(clients.asked)
        verdict.add_all("numbers of the machine's page that are wrong", differences(world, judge))
        if following:
            following.judge_all(verdict, planners.planned)
    rows = {
        "jobs asked for": len(clients.asked),
        "todos with reminders asked for": len(planners.planned),
        "requests that failed, and were made again": clients.failed + planners.failed,
        **verdict.rows,
        "seconds until all were done": f"{waited:.0f}",
        **{f"times {fault}": count for fault, count in faults.struck.items()},
    }
    for name, value in rows.items():
        print(f"{name:<55}{value}")
    for sentence in verdict.broken:
        print(f"BROKEN PROMISE: {sentence}")
    return 1 if verdict.broken or not clients.asked else 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--broker", choices=BROKERS, default="redis")
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--lists", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60, help="over which the jobs are asked for")
    parser.add_argument("--topic", choices=TOPICS, default="", help="with all that is told of lists")
    parser.add_argument("--todos", type=int, default=500, help="with reminders, if there is a topic")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    return parser.parse_args()


def drain(waiting: Callable[[], int], seconds: float) -> float:
    """Wait until nothing waits any more, or the time is over; return how long that was."""
    start = time.monotonic()
    while waiting() and time.monotonic() - start < seconds:
        time.sleep(0.25)
    return time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main())
