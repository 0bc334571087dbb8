"""One fault at a time, and how long a job takes that meets it: the figures of docs/reliability.md.

    python -m tests.chaos.recovery --broker redis|sqs|sqs-fifo|rabbitmq

Each build takes BUILD_SECONDS, so that a fault can fall into it. Exits with 1 if a job is not finished within
PROMISED_SECONDS of the fault's end, or if a promise of the chaos is broken.
"""

import argparse
import sys
import time
from collections.abc import Callable

from tests.chaos.brokers import BROKERS
from tests.chaos.clients import Clients
from tests.chaos.judge import FINAL, Judge
from tests.chaos.world import World

BUILD_SECONDS = 1.0
PROMISED_SECONDS = 15.0
PATIENCE_SECONDS = 90


class Recovery:
    """A running world of two workers, of which the second is kept away until a fault has struck the first."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.first, self.second = world.workers
        self.judge = Judge(world.database_url)
        self.clients = Clients(world.web.url, world.make_owners(1), jobs=0, seconds=0)

    def ask(self) -> str:
        """Change the list and ask for its calendar."""
        self.clients.ask(0, change=True)
        return self.clients.asked[-1].job_id

    def ask_and_begin(self) -> str:
        """Ask, and wait until the first worker builds it."""
        self.second.pause()
        job_id = self.ask()
        self.wait_for(job_id, {"STARTED"})
        return job_id

    def wait_for(self, job_id: str, statuses: set[str]) -> float:
        start = time.monotonic()
        while self.judge.status(job_id) not in statuses:
            if time.monotonic() - start > PATIENCE_SECONDS:
                raise TimeoutError(f"The job was not {' or '.join(statuses)} within {PATIENCE_SECONDS} s.")
            time.sleep(0.02)
        return time.monotonic() - start

    # Each fault returns the id of the job that met it, at the moment from which the time is taken.

    def no_fault(self) -> str:
        return self.ask()

    def worker_killed_in_a_build(self) -> str:
        job_id = self.ask_and_begin()
        self.first.kill()
        self.second.resume()
        return job_id

    def worker_stopped_in_a_build(self) -> str:
        job_id = self.ask_and_begin()
        self.second.resume()
        self.first.stop()
        return job_id

    def worker_paused_in_a_build(self) -> str:
        job_id = self.ask_and_begin()
        self.first.pause()
        self.second.resume()
        return job_id

    def database_crashed_in_a_build(self) -> str:
        job_id = self.ask_and_begin()
        self.second.resume()
        self.world.database.kill()
        self.world.database.start()
        return job_id

    def broker_forgot_everything(self) -> str:
        self.first.pause()
        self.second.pause()
        job_id = self.ask()
        self.world.broker.forget()
        self.first.resume()
        self.second.resume()
        return job_id

    def broker_away_when_asked(self) -> str:
        self.world.broker.server.pause()
        job_id = self.ask()
        self.world.broker.server.resume()
        return job_id

    def web_died_before_sending(self) -> str:
        return self.world.ask_without_sending()

    def measure(self, fault: Callable[[], str]) -> float:
        """Return the seconds from the fault to the job's end, with every process on its feet again."""
        job_id = fault()
        seconds = self.wait_for(job_id, set(FINAL))
        for worker in (self.first, self.second):
            worker.resume()
            if not worker.is_running:
                worker.start()
        return seconds


FAULTS = [
    Recovery.no_fault,
    Recovery.worker_killed_in_a_build,
    Recovery.worker_stopped_in_a_build,
    Recovery.worker_paused_in_a_build,
    Recovery.database_crashed_in_a_build,
    Recovery.broker_forgot_everything,
    Recovery.broker_away_when_asked,
    Recovery.web_died_before_sending,
]


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.chaos.recovery", description=__doc__.splitlines()[0])
    parser.add_argument("--broker", choices=BROKERS, default="redis")
    broker = parser.parse_args().broker
    late = False
    with World.running(broker, workers=2, build_seconds=BUILD_SECONDS) as world:
        recovery = Recovery(world)
        for fault in FAULTS:
            seconds = recovery.measure(fault.__get__(recovery))
            late = late or seconds > PROMISED_SECONDS
            print(f"{broker:<10}{fault.__name__.replace('_', ' '):<40}{seconds:6.1f} s", flush=True)
        verdict = recovery.judge.verdict(recovery.clients.asked)
    for sentence in verdict.broken:
        print(f"BROKEN PROMISE: {sentence}")
    return 1 if late or verdict.broken else 0


if __name__ == "__main__":
    sys.exit(main())
