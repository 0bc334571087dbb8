"""One fault at a time, and how long a job takes that meets it: the figures of docs/reliability.md.

    python -m tests.chaos.recovery --broker redis|sqs|sqs-fifo|rabbitmq

Each build takes BUILD_SECONDS, so that a fault can fall into it. Exits with 1 if a job is not finished within
PROMISED_SECONDS of the fault's end, or if a promise of the chaos is broken.
"""

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial

import psycopg2
import redis

from tests.chaos.brokers import BROKERS
from tests.chaos.clients import Clients
from tests.chaos.judge import FINAL, Judge
from tests.chaos.surroundings import clock_ahead, far_worker, fill
from tests.chaos.world import World
from tests.processes import running
from tests.project import Worker

BUILD_SECONDS = 1.0
PROMISED_SECONDS = 15.0
PATIENCE_SECONDS = 90
# For how long a fault lasts that ends by itself: longer than a lease and every timeout.
HELD_SECONDS = 12
DISK_MEGABYTES = 16
# Keeps the first transaction that adds a file from its end, for two seconds.
HOLD_TRANSACTION = """
CREATE SEQUENCE chaos_hold;
CREATE FUNCTION chaos_hold() RETURNS trigger AS $$ BEGIN
    IF nextval('chaos_hold') = 1 THEN PERFORM pg_sleep(2); END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER chaos_hold AFTER INSERT ON calendars_calendarfile FOR EACH ROW EXECUTE FUNCTION chaos_hold();
"""


class Recovery:
    """A running world of two workers, of which the second is kept away until a fault has struck the first."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.first, self.second = world.workers
        self.judge = Judge(world.database_url)
        self.clients = Clients(world.web.url, world.make_owners(1), jobs=0, seconds=0)
        self.since = 0.0  # from when the time is taken, if not from a fault's end
        self.afterwards = contextlib.ExitStack()  # what is put right when a fault has been measured

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

    def worker_paused_with_a_lock(self) -> str:
        """Pause it in the middle of the transaction that ends a build."""
        run(self.world.database_url, HOLD_TRANSACTION)
        job_id = self.ask_and_begin()
        while not run(self.world.database_url, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"):
            time.sleep(0.02)
        self.first.pause()
        self.second.resume()
        return job_id

    def row_locked_by_somebody(self) -> str:
        """Lock the calendar for HELD_SECONDS, as at a prompt of psql."""
        job_id = self.ask_and_begin()
        self.second.resume()
        with contextlib.closing(psycopg2.connect(self.world.database_url)) as session, session.cursor() as cursor:
            cursor.execute("SELECT id FROM calendars_calendar FOR UPDATE")
            time.sleep(HELD_SECONDS)
        return job_id

    def database_read_only(self) -> str:
        """Let it take no writes for HELD_SECONDS, as after a failover."""
        job_id = self.ask_and_begin()
        self.second.resume()
        run(self.world.database_url, "ALTER SYSTEM SET default_transaction_read_only = on")
        run(self.world.database_url, "SELECT pg_reload_conf()")
        time.sleep(HELD_SECONDS)
        run(self.world.database_url, "ALTER SYSTEM RESET default_transaction_read_only")
        run(self.world.database_url, "SELECT pg_reload_conf()")
        return job_id

    def redis_out_of_memory(self) -> str:
        """Let it refuse messages for HELD_SECONDS."""
        with redis.Redis.from_url(self.world.broker.url) as client:
            client.config_set("maxmemory", 1)
            job_id = self.ask()
            time.sleep(HELD_SECONDS)
            client.config_set("maxmemory", 0)
        return job_id

    def worker_an_hour_ahead_killed(self) -> str:
        self.first.pause()
        self.second.pause()
        clock = clock_ahead(self.world.database.folder, 3600)
        ahead = partial(Worker, variables=self.world.variables | clock, processes=1, threads=4)
        with running(ahead) as worker:
            job_id = self.ask()
            self.wait_for(job_id, {"STARTED"})
            worker.kill()
        self.first.resume()
        self.second.resume()
        return job_id

    def web_servers_main_process_killed(self) -> str:
        """Kill it alone, and start the next server on its port at once."""
        web = self.world.web
        self.since = time.monotonic()
        os.kill(web.process.pid, signal.SIGKILL)
        web.process.wait()
        with contextlib.suppress(OSError):
            while True:  # its children have the port, until they notice
                web.check()
        web.start()
        return self.ask()

    def local_disk_full(self) -> str:
        self.afterwards.callback(fill(self.world.folder).unlink)
        return self.ask()

    def packets_dropped(self) -> str:
        """Lose every packet of the only worker for HELD_SECONDS, in the middle of a build."""
        self.first.pause()
        self.second.pause()
        worker = self.afterwards.enter_context(far_worker(self.world.variables))
        job_id = self.ask()
        self.wait_for(job_id, {"STARTED"})
        worker.cut()
        time.sleep(HELD_SECONDS)
        worker.mend()
        return job_id

    def measure(self, fault: Callable[[], str]) -> float:
        """Return the seconds from the fault to the job's end, with every process on its feet again."""
        self.since = 0.0
        job_id = fault()
        seconds = -(self.since or time.monotonic())
        self.wait_for(job_id, set(FINAL))
        seconds += time.monotonic()
        self.afterwards.close()
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
    Recovery.worker_paused_with_a_lock,
    Recovery.row_locked_by_somebody,
    Recovery.database_read_only,
    Recovery.worker_an_hour_ahead_killed,
    Recovery.web_servers_main_process_killed,
]
ROOT_FAULTS = [Recovery.local_disk_full, Recovery.packets_dropped]
REDIS_FAULTS = [Recovery.redis_out_of_memory]


def run(database_url: str, statement: str) -> list[tuple]:
    """Run a statement outside of a transaction; return its rows."""
    with contextlib.closing(psycopg2.connect(database_url)) as session:
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.chaos.recovery", description=__doc__.splitlines()[0])
    parser.add_argument("--broker", choices=BROKERS, default="redis")
    parser.add_argument("--only", default="", help="faults whose names contain this")
    options = parser.parse_args()
    broker, late, is_root = options.broker, False, os.geteuid() == 0
    faults = [*FAULTS, *(ROOT_FAULTS if is_root else []), *(REDIS_FAULTS if broker == "redis" else [])]
    if not is_root:
        print("Not measured, because that needs root:", ", ".join(fault.__name__ for fault in ROOT_FAULTS))
    disk = DISK_MEGABYTES if is_root else 0
    with World.running(broker, workers=2, build_seconds=BUILD_SECONDS, disk_megabytes=disk) as world:
        recovery = Recovery(world)
        for fault in faults:
            if options.only not in fault.__name__:
                continue
            seconds = recovery.measure(fault.__get__(recovery))
            late = late or seconds > PROMISED_SECONDS
            print(f"{broker:<10}{fault.__name__.replace('_', ' '):<40}{seconds:6.1f} s", flush=True)
        verdict = recovery.judge.verdict(recovery.clients.asked)
    for sentence in verdict.broken:
        print(f"BROKEN PROMISE: {sentence}")
    return 1 if late or verdict.broken else 0


if __name__ == "__main__":
    sys.exit(main())
