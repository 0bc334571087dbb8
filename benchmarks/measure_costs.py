"""Measure the cost of each operation, in CPU time of the app and of PostgreSQL: the inputs of scale_model.py.

    python -m benchmarks.measure_costs [--repeat 200] [--todos 50]

Machines are sized by CPU time, so elapsed time is not measured. The cheapest of five rounds counts, because other
load on the machine can only add time. Linux only: PostgreSQL's CPU time is read from /proc. A PostgreSQL server is
started for the measurement and removed afterwards.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from tests.services import Postgres, start_postgres, start_redis

ROUNDS = 5
SIZED_TODOS = 20_000  # enough to make one page negligible


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=200, help="calls per round")
    parser.add_argument("--todos", type=int, default=50, help="todos in the list")
    options = parser.parse_args()
    with start_postgres() as postgres, start_redis() as redis, tempfile.TemporaryDirectory() as data:
        os.environ |= {
            "DATABASE_URL": postgres.url,
            "BROKER_URL": redis.url,
            "TASKOVERFLOW_DATA": data,
            "STATIC_ROOT": data,
            "TASKOVERFLOW_SECRET_KEY": "for benchmarks alone",
            "ALLOWED_HOSTS": "*",
            "RATE_LIMIT_JOBS": "1000000/minute",
            "LOG_FORMAT": "text",  # without a line for each request
            "TASKOVERFLOW_ENV_FILE": "",
            "DJANGO_SETTINGS_MODULE": "taskoverflow.settings",
        }
        import django

        django.setup()
        measure(postgres, options.repeat, options.todos)


def measure(postgres: Postgres, repeat: int, todos: int) -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from calendars.builds.build import build_calendar
    from calendars.models import Calendar, CalendarFile, Feed
    from todos.models import Todo

    call_command("migrate", interactive=False, verbosity=0)
    client = Client()
    soon = (dt.datetime.now() + dt.timedelta(days=3)).replace(microsecond=0).isoformat()
    words = {
        "description": "Bring the slides, the poster and two printed copies of the report",
        "deadline_at": soon,
    }
    made = [post(client, "/api/v1/todos", {"title": f"Assignment {number}"} | words) for number in range(todos)]
    address = f"/api/v1/todos/{made[0]['id']}"
    flip = iter(range(10**9))

    def change() -> None:
        body = {"title": f"Assignment, version {next(flip)}"}
        assert client.put(address, body, content_type="application/json").status_code == 200

    def ask() -> str:
        return post(client, "/api/v1/todos/ical", {})["task_id"]

    def build() -> None:
        assert build_calendar(calendar.pk)

    def build_anew() -> None:
        change()
        ask()
        build()

    def get(path: str) -> Callable[[], None]:
        def call() -> None:
            assert client.get(path).status_code == 200

        return call

    def poll(expected: int, **headers: str) -> str:
        answer = client.get(feed, headers=headers)
        assert answer.status_code == expected, answer.content
        return answer["ETag"]

    def a_minute_later() -> None:
        nonlocal etag
        etag = poll(200)  # builds the file if it is behind
        Feed.objects.update(last_fetched_at=None)  # the next fetch is recorded, as in production

    job = ask()
    calendar = Calendar.objects.get()
    build()
    feed = urlsplit(post(client, "/api/v1/feeds", {"name": "Phone"})["url"]).path
    etag = ""
    print(f"Python {sys.version.split()[0]}, {dt.date.today()}, commit {commit()}, {todos} todos in the list")
    print(f"{'operation':<46}{'app':>12}{'PostgreSQL':>14}")
    operations = [
        Operation("change one todo", change),
        Operation("read the list", get("/api/v1/todos")),
        Operation("request a calendar that is up to date", ask, before=build_anew, each=False),
        Operation("request one that is not, and send the message", ask, before=change),
        Operation("poll a job's status", get(f"/api/v1/todos/ical/{job}/status")),
        Operation("download a file", get(f"/api/v1/todos/ical/{job}/result")),
        Operation("poll a feed: not modified (304)", lambda: poll(304, if_none_match=etag), before=a_minute_later),
        Operation("poll a feed: the file", lambda: poll(200), before=a_minute_later),
        Operation("build after one change", build, before=lambda: (change(), ask())),
    ]
    for _ in range(ROUNDS):  # all in each round, so a busy moment affects one round only
        for operation in operations:
            operation.measure(postgres, repeat)
    for operation in operations:
        ours, theirs = (min(found) * 1000 for found in zip(*operation.rounds, strict=True))
        print(f"{operation.name:<46}{ours:>9.2f} ms{theirs:>11.2f} ms")

    pattern = Todo.objects.get(pk=made[0]["id"])
    copies = (Todo(**values(pattern) | {"uid": uuid4()}) for _ in range(SIZED_TODOS))
    Todo.objects.bulk_create(copies, batch_size=1000)
    with connection.cursor() as cursor:
        sizes = {
            "todo": size(cursor, Todo) / Todo.objects.count(),
            "event in a file": CalendarFile.objects.latest("pk").size / todos,
        }
    print("bytes:", ", ".join(f"{name} {value:.0f}" for name, value in sizes.items()))


@dataclass
class Operation:
    name: str
    call: Callable[[], object]
    before: Callable[[], object] = lambda: None  # not measured
    each: bool = True  # before each call, or before a whole round
    rounds: list[tuple[float, float]] = field(default_factory=list)  # CPU seconds per call: app, PostgreSQL

    def measure(self, postgres: Postgres, repeat: int) -> None:
        if not self.each:
            self.before()
        ours = theirs = 0.0
        for _ in range(repeat):
            if self.each:
                self.before()
            there, start = cpu_seconds(postgres), time.process_time()
            self.call()
            ours += time.process_time() - start
            theirs += cpu_seconds(postgres) - there
        self.rounds.append((ours / repeat, theirs / repeat))


def cpu_seconds(postgres: Postgres) -> float:
    """Return the CPU time of all PostgreSQL processes. Our backend lives as long as our connection."""
    server = postgres.process.pid
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    total = 0
    for pid in [server, *children]:
        with contextlib.suppress(OSError):
            total += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    return total / 1e9


def values(row: object) -> dict[str, object]:
    """Return the values of all fields except the primary key, to copy the row."""
    return {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }


def size(cursor: object, model: type) -> int:
    cursor.execute(f"VACUUM FULL {model._meta.db_table}")
    cursor.execute("SELECT pg_total_relation_size(%s)", [model._meta.db_table])
    return cursor.fetchone()[0]


def post(client: object, path: str, body: dict) -> dict:
    answer = client.post(path, body, content_type="application/json")
    assert answer.status_code in (201, 202), answer.content
    return answer.json()


def commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
