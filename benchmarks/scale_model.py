"""Model what TaskOverflow needs for ten thousand, a million and a hundred million users.

    python -m benchmarks.scale_model [users ...]

Prints the tables of docs/scaling.md. The four blocks below hold all inputs: measured costs
(benchmarks/measure_costs.py), assumptions about users, AWS prices, and target utilization.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

SIZES = [10_000, 1_000_000, 100_000_000]
MINUTE, HOUR, DAY, MONTH = 60, 3600, 86_400, 30 * 86_400
MONTH_HOURS = 730

# --- Measured: CPU milliseconds of (app, PostgreSQL), for a list of 50 todos ---

COSTS = {
    "change": (1.13, 0.44),
    "read": (0.51, 0.09),
    "ask": (2.14, 0.74),  # for a file that must be built
    "status": (0.69, 0.15),
    "download": (0.59, 0.16),
    "poll": (1.26, 0.42),  # of a feed, not modified
    "poll file": (1.35, 0.37),
    "build": (2.07, 1.04),
}
TODO_BYTES = 475  # including indexes
EVENT_BYTES = 293

# --- Assumptions about users ---

ACTIVE = 0.3  # share of all users on a given day
CHANGES = 6  # per active user and day
CHANGES_AT_ONCE = 3  # in one burst, which needs one build
READS = 20
EXPORTS = 0.2  # jobs per active user and day, each polled five times
STATUS_POLLS = 5
TODOS = 50  # per list
SUBSCRIBED = 0.5  # share of all users
CLIENTS = {"Google": (0.4, 8 * HOUR), "Outlook": (0.2, 3 * HOUR), "phone": (0.4, 15 * MINUTE)}  # share, interval
RUSH_SHARE, RUSH = 0.10, 10 * MINUTE  # share of a day's work in the ten minutes from 09:00
POLL_PEAK = 2.0  # polls cluster at quarter hours

# --- AWS, us-east-1, on demand, US dollars ---

FARGATE_VCPU_HOUR, FARGATE_GB_HOUR = 0.04048, 0.004445
BALANCER_HOUR, LCU_HOUR, LCU_NEW_CONNECTIONS = 0.0225, 0.008, 25
ADDRESS_HOUR = 0.005
ENDPOINT_HOUR, ENDPOINTS = 0.01, 5
SQS_MILLION = 0.40
GP3_GB_MONTH, GP3_IOPS_MONTH = 0.115, 0.02
FREE_IOPS, DISK_IOPS = 3_000, 64_000  # of a gp3 disk: included up to 400 GB, and the maximum
EGRESS_GB = 0.09
LOG_GB = 0.50
SECRETS, ALARMS, METRICS = 2 * 0.40, 9 * 0.10, 25 * 0.30
# name: vCPUs, GiB of memory, dollars per hour
MACHINES = {
    "db.t4g.micro": (2 * 0.10, 1, 0.016),  # sustained: 10% of each vCPU
    "db.t4g.medium": (2 * 0.20, 4, 0.065),
    "db.m6g.large": (2, 8, 0.159),
    "db.r6g.xlarge": (4, 32, 0.450),
    "db.r6g.4xlarge": (16, 128, 1.800),
    "db.r6g.16xlarge": (64, 512, 7.200),
}

# --- Utilization ---

BUSY = 0.6  # target utilization of tasks and database
HOT_SHARE = 0.25  # share of the database used in a day; should fit into three quarters of its memory
PAGES_A_CHANGE = 6  # of 8 kB, eventually written to disk
PAGES_A_POLL = 1  # a feed records when it was last fetched
LOG_BYTES_A_REQUEST = 300
HEADERS_BYTES = 600
SQS_CALLS_A_BUILD = 3  # send, receive, delete
EMPTY_POLL_SECONDS = 5


@dataclass
class Load:
    """Requests per second: the mean over a day, and the peak."""

    users: int

    @property
    def feeds(self) -> float:
        return self.users * SUBSCRIBED

    def rates(self, *, rush: bool) -> dict[str, float]:
        """Return requests per second by operation."""
        people = self.users * ACTIVE * (RUSH_SHARE / RUSH if rush else 1 / DAY)
        polls, changed = self.polls(rush=rush)
        return {
            "change": people * CHANGES,
            "read": people * READS,
            "ask": people * EXPORTS,
            "status": people * EXPORTS * STATUS_POLLS,
            "download": people * EXPORTS,
            "poll": polls - changed,
            "poll file": changed,
        }

    def polls(self, *, rush: bool) -> tuple[float, float]:
        """Return feed polls per second, and how many of them find a change."""
        bursts = ACTIVE * CHANGES / CHANGES_AT_ONCE / DAY
        every = [(self.feeds * share / interval, interval) for share, interval in CLIENTS.values()]
        peak = POLL_PEAK if rush else 1
        return (
            peak * sum(rate for rate, _ in every),
            peak * sum(rate * (1 - math.exp(-bursts * interval)) for rate, interval in every),
        )

    def builds(self, *, rush: bool) -> float:
        """Return builds per second: one for a burst of changes in a subscribed list, and one for each export."""
        people = self.users * ACTIVE * (RUSH_SHARE / RUSH if rush else 1 / DAY)
        return people * (CHANGES / CHANGES_AT_ONCE * SUBSCRIBED + EXPORTS)


@dataclass
class Need:
    """Resources and costs for a load."""

    load: Load

    def web_cores(self, *, rush: bool = True) -> float:
        return sum(rate * COSTS[name][0] for name, rate in self.load.rates(rush=rush).items()) / 1000 / BUSY

    def worker_cores(self, *, rush: bool = True) -> float:
        return self.load.builds(rush=rush) * COSTS["build"][0] / 1000 / BUSY

    def database_cores(self) -> float:
        served = sum(rate * COSTS[name][1] for name, rate in self.load.rates(rush=True).items())
        return (served + self.load.builds(rush=True) * COSTS["build"][1]) / 1000 / BUSY

    @property
    def task_cores(self) -> float:
        """Larger tasks if there would be very many."""
        return 0.25 if self.web_cores() < 4 else 1

    def tasks(self, cores: float, *, least: int) -> int:
        return max(least, math.ceil(cores / self.task_cores))

    @property
    def database_gb(self) -> float:
        todos = self.load.users * TODOS * TODO_BYTES
        files = self.load.feeds * TODOS * EVENT_BYTES
        return (todos + files) / 1e9

    @property
    def iops(self) -> float:
        """Peak writes: a WAL flush per commit, and eventually the pages themselves."""
        rates = self.load.rates(rush=True)
        changes = rates["change"] + rates["ask"] + 2 * self.load.builds(rush=True)
        return changes * (1 + PAGES_A_CHANGE) + self.load.polls(rush=True)[0] * (1 + PAGES_A_POLL)

    def database(self) -> tuple[str, int]:
        """Return the smallest sufficient instance type, or how many of the largest."""
        cores, memory = self.database_cores(), self.database_gb * HOT_SHARE / 0.75
        for name, (has_cores, has_memory, _) in MACHINES.items():
            if has_cores >= cores and has_memory >= memory and self.iops <= DISK_IOPS:
                return name, 1
        name, (has_cores, has_memory, _) = list(MACHINES.items())[-1]
        return name, math.ceil(max(cores / has_cores, memory / has_memory, self.iops / DISK_IOPS))

    def messages_a_month(self) -> float:
        return self.load.builds(rush=False) * MONTH

    def gb_out_a_month(self) -> float:
        rates = self.load.rates(rush=False)
        bodies = (rates["download"] + rates["poll file"]) * TODOS * EVENT_BYTES / 4 + rates[
            "read"
        ] * TODOS * 300 / 4  # both by gzip
        return (sum(rates.values()) * HEADERS_BYTES + bodies) * MONTH / 1e9

    def dollars(self) -> dict[str, float]:
        """Return dollars per month. Tasks follow the load: the daily mean, plus the peak for one hour a day."""
        name, count = self.database()
        standby = 1 if self.load.users <= 10_000 else 2
        zones = standby
        requests = sum(self.load.rates(rush=False).values())
        calls = self.messages_a_month() * SQS_CALLS_A_BUILD + self.workers(rush=False) * MONTH / EMPTY_POLL_SECONDS
        return {
            "web": self.fargate(self.web(rush=False), self.web()),
            "workers": self.fargate(self.workers(rush=False), self.workers()),
            "database": count * standby * (MACHINES[name][2] * MONTH_HOURS)
            + standby * max(20 * count, 1.5 * self.database_gb) * GP3_GB_MONTH
            + standby * max(0, self.iops - count * FREE_IOPS) * GP3_IOPS_MONTH,
            "load balancer": MONTH_HOURS
            * (BALANCER_HOUR + requests / LCU_NEW_CONNECTIONS * LCU_HOUR + 2 * ADDRESS_HOUR),
            "network": MONTH_HOURS * ENDPOINT_HOUR * ENDPOINTS * zones,
            "SQS": max(0, calls / 1e6 - 1) * SQS_MILLION,
            "traffic": max(0, self.gb_out_a_month() - 100) * EGRESS_GB,
            "logs and alarms": requests * MONTH * LOG_BYTES_A_REQUEST / 1e9 * LOG_GB + SECRETS + ALARMS + METRICS,
        }

    def web(self, *, rush: bool = True) -> int:
        return self.tasks(self.web_cores(rush=rush), least=1 if self.load.users <= 10_000 else 2)

    def workers(self, *, rush: bool = True) -> int:
        return self.tasks(self.worker_cores(rush=rush), least=1 if self.load.users <= 10_000 else 2)

    def fargate(self, usual: int, peak: int) -> float:
        hours = usual * MONTH_HOURS + (peak - usual) * MONTH_HOURS / 24
        return hours * self.task_cores * (FARGATE_VCPU_HOUR + 2 * FARGATE_GB_HOUR)


def main() -> None:
    sizes = [int(users) for users in sys.argv[1:]] or SIZES
    needs = [Need(Load(users)) for users in sizes]

    def row(name: str, *cells: str) -> None:
        print("| " + " | ".join([name, *cells]) + " |")

    row("users", *(f"{users:,}" for users in sizes))
    row("---", *("---:" for _ in sizes))
    row("requests per second, mean / 09:00", *(both(need.load, total) for need in needs))
    row("of these, feed polls, mean / peak", *(both(need.load, polls) for need in needs))
    row("builds per second, mean / 09:00", *(both(need.load, Load.builds) for need in needs))
    row("web tasks, mean / 09:00", *(f"{need.web(rush=False):,} / {need.web():,}" for need in needs))
    row("workers, mean / 09:00", *(f"{need.workers(rush=False):,} / {need.workers():,}" for need in needs))
    row("vCPU per task", *(f"{need.task_cores:g}" for need in needs))
    row("database, cores at 09:00", *(f"{need.database_cores():,.1f}" for need in needs))
    row("database, GB", *(f"{need.database_gb:,.1f}" for need in needs))
    row("database, write IOPS at 09:00", *(f"{need.iops:,.0f}" for need in needs))
    row("database, instances", *("{1} × {0}".format(*need.database()) for need in needs))
    row("messages per month, millions", *(f"{need.messages_a_month() / 1e6:,.1f}" for need in needs))
    row("GB out per month", *(f"{need.gb_out_a_month():,.0f}" for need in needs))
    print()
    costs = [need.dollars() for need in needs]
    row("dollars per month", *(f"{users:,}" for users in sizes))
    row("---", *("---:" for _ in sizes))
    for part in costs[0]:
        row(part, *(f"{cost[part]:,.0f}" for cost in costs))
    totals = [sum(cost.values()) for cost in costs]
    row("**total**", *(f"**{dollars:,.0f}**" for dollars in totals))
    row("per user", *(f"{dollars / max(users, 1):.5f}" for dollars, users in zip(totals, sizes, strict=True)))


def total(load: Load, *, rush: bool) -> float:
    return sum(load.rates(rush=rush).values())


def polls(load: Load, *, rush: bool) -> float:
    return load.polls(rush=rush)[0]


def both(load: Load, rate: object) -> str:
    return " / ".join(
        f"{rate(load, rush=rush):,.{1 if rate(load, rush=rush) < 10 else 0}f}" for rush in (False, True)
    )


if __name__ == "__main__":
    main()
