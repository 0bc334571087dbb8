"""Measure the latency and the cost of an idle worker: our Redis broker against dramatiq's.

    python -m benchmarks.idle_redis [--count 300] [--idle 30]

Starts Redis and a worker process with 8 threads, sends messages with pauses between them, then idles.
"""

import argparse
import datetime
import platform
import random
import statistics
import subprocess
import sys
import time

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker as StockRedisBroker

from brokers.redis import RedisBroker
from tests.services import start_redis

BROKERS = {"ours": RedisBroker, "stock": StockRedisBroker}
THREADS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="messages")
    parser.add_argument("--idle", type=int, default=30, help="idle seconds")
    parser.add_argument("--worker", nargs=2, metavar=("KIND", "URL"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return work(*arguments.worker)

    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout
    print(datetime.date.today(), commit.strip(), platform.platform(), f"Python {platform.python_version()}")
    print(f"{'broker':8}{'p50 ms':>10}{'p99 ms':>10}{'max ms':>10}{'worker CPU':>12}{'Redis CPU':>12}")
    for kind in BROKERS:
        with start_redis() as server:
            waits, worker_share, redis_share = measure(kind, server.url, arguments.count, arguments.idle)
        percentiles = statistics.quantiles(waits, n=100)
        print(
            f"{kind:8}{percentiles[49]:10.1f}{percentiles[98]:10.1f}{max(waits):10.1f}"
            f"{worker_share:12.2%}{redis_share:12.2%}"
        )
    return None


def measure(kind: str, url: str, count: int, idle: int) -> tuple[list[float], float, float]:
    """Return the latency of each message in ms, and the idle CPU shares of the worker and Redis."""
    command = [sys.executable, "-m", "benchmarks.idle_redis", "--worker", kind, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        try:
            note = declare(BROKERS[kind](url=url, middleware=[]))
            ask(note, worker)  # the worker is ready
            waits = []
            for _ in range(count):
                time.sleep(random.uniform(0.5, 2.5))
                waits.append(ask(note, worker)[0])
            client = redis.Redis.from_url(url)
            before, redis_before = ask(note, worker)[1], cpu_seconds(client)
            time.sleep(idle)
            redis_after, after = cpu_seconds(client), ask(note, worker)[1]
        finally:
            worker.kill()
    return waits, (after - before) / idle, (redis_after - redis_before) / idle


def ask(note: dramatiq.Actor, worker: subprocess.Popen) -> tuple[float, float]:
    note.send(time.time())
    wait, cpu = worker.stdout.readline().split()
    return float(wait), float(cpu)


def cpu_seconds(client: redis.Redis) -> float:
    used = client.info("cpu")
    return used["used_cpu_user"] + used["used_cpu_sys"]


def declare(broker: dramatiq.Broker) -> dramatiq.Actor:
    def note(sent: float) -> None:
        print((time.time() - sent) * 1000, time.process_time(), flush=True)

    return dramatiq.actor(note, queue_name="ical", broker=broker)


def work(kind: str, url: str) -> None:
    broker = BROKERS[kind](url=url, middleware=[])
    declare(broker)
    dramatiq.Worker(broker, worker_threads=THREADS).start()
    time.sleep(3600)


if __name__ == "__main__":
    main()
