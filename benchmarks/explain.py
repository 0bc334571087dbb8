"""The plans of the hot queries on a large PostgreSQL: `python -m benchmarks.explain` prints them as Markdown.

Calls of the API are made here, their queries caught, and each is explained in the words of PostgreSQL.
"""

import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.data import Databases
from benchmarks.servers import DurablePostgres, MemoryRedis, Ours
from tests.processes import running

TODOS, LISTS = 100, 10_000
SKIPPED = ("BEGIN", "COMMIT", "INSERT", "SAVEPOINT", "RELEASE")


def main() -> None:
    with (
        TemporaryDirectory(prefix="taskoverflow-explain-") as folder,
        running(DurablePostgres) as postgres,
        running(MemoryRedis) as redis,
    ):
        databases = Databases(postgres.url)
        side = Ours(databases, redis.url, Path(folder), [])
        url = databases.create("ours")
        os.environ |= side.environment(url) | {"DJANGO_SETTINGS_MODULE": "taskoverflow.settings"}
        side.fill(url, TODOS, LISTS)
        explain_calls(url)


def explain_calls(url: str) -> None:
    """Make each hot call twice, so that what it makes at first is there, and explain the second's queries."""
    import django

    django.setup()

    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from calendars.models import Calendar
    from calendars.services.builds import build_calendar
    from calendars.services.sweep import sweep

    client = Client(headers={"Host": "127.0.0.1"})
    first = client.get("/api/v1/todos").json()[0]["id"]
    feed = client.post("/api/v1/feeds", {"name": "Measured"}, content_type="application/json").json()["url"]
    feed = "/" + feed.split("/", 3)[3]
    client.get(feed)
    job = client.post("/api/v1/todos/ical").json()["task_id"]

    def change() -> None:
        change.count += 1
        body = {"title": f"Changed {change.count}"}
        client.put(f"/api/v1/todos/{first}", body, content_type="application/json")

    def build() -> None:
        change()
        for calendar_id in Calendar.objects.filter(list__owner=None).values_list("pk", flat=True):
            build_calendar(calendar_id)

    change.count = 0
    calls = {
        "GET one todo": lambda: client.get(f"/api/v1/todos/{first}"),
        "GET the list, not kept": lambda: (change(), client.get("/api/v1/todos")),
        "PUT a todo": change,
        "POST a todo": lambda: client.post("/api/v1/todos", {"title": "New"}, content_type="application/json"),
        "POST a job": lambda: client.post("/api/v1/todos/ical"),
        "GET a job's status": lambda: client.get(f"/api/v1/todos/ical/{job}/status"),
        "a poll of a feed": lambda: client.get(feed),
        "a build": build,
        "the sweep": sweep,
    }
    explained: set[str] = set()
    for name, call in calls.items():
        call()
        with CaptureQueriesContext(connection) as caught:
            call()
        for query in caught.captured_queries:
            sql = query["sql"]
            shape = re.sub(r"'[^']*'|\d+", "?", sql)
            if sql.startswith(SKIPPED) or shape in explained:
                continue
            explained.add(shape)
            show(connection, name, sql)


def show(connection: object, name: str, sql: str) -> None:
    """Print one query's plan; reads are run and timed, writes only planned."""
    is_read = sql.startswith("SELECT") and "FOR UPDATE" not in sql
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE {'TRUE' if is_read else 'FALSE'}, COSTS FALSE) {sql}")
        plan = [line for (line,) in cursor.fetchall()]
    table = re.search(r'(?:FROM|UPDATE) "(\w+)"', sql).group(1)
    kept = [line for line in plan if not re.match(r"\s*(Planning Time|Sort Method|Buckets)", line)]
    print(f"**{name}**: {sql.split()[0]} {table}\n\n```\n" + "\n".join(kept) + "\n```\n", flush=True)


if __name__ == "__main__":
    main()
