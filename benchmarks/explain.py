"""Print the plans of frequent queries on a large PostgreSQL database as Markdown: `python -m benchmarks.explain`.

Sends API requests, captures their queries and runs EXPLAIN for each.
"""

import os
import re
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.data import SESSION, Databases
from benchmarks.servers import DurablePostgres, MemoryRedis, Ours
from tests.processes import running

TODOS, LISTS, OWN_LISTS = 100, 10_000, 100
SEVERAL = re.compile(r"; (?=EXECUTE )")  # sent as one batch
LEFT_OUT = re.compile(r"\s*(Planning Time|Sort Method|Buckets|Heap Fetches)")
TABLE = re.compile(r'(?:FROM|UPDATE) "?((?:todos|calendars|auth|django)_\w+)')
SKIPPED = ("BEGIN", "COMMIT", "INSERT", "SAVEPOINT", "RELEASE", "PREPARE")


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
        side.fill(url, TODOS, LISTS, OWN_LISTS)
        explain_calls(url)


def explain_calls(url: str) -> None:
    """Make each request twice, so that caches and rows exist, and explain the queries of the second."""
    import django

    django.setup()

    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from calendars.builds.build import build_calendar
    from calendars.builds.sweeper import sweep
    from calendars.models import Calendar

    reader = Client(headers={"Host": "127.0.0.1", "Cookie": f"sessionid={SESSION}"})

    call_command("collectstatic", interactive=False, verbosity=0)
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
        for calendar_id in calendar_ids:
            build_calendar(calendar_id)

    change.count = 0
    calendar_ids = list(Calendar.objects.filter(list__default_owner=None).values_list("pk", flat=True))
    calls = {
        "GET one todo": lambda: client.get(f"/api/v1/todos/{first}"),
        "PUT a todo, and GET of the list that it changed": lambda: (change(), client.get("/api/v1/todos")),
        "POST a todo": lambda: client.post("/api/v1/todos", {"title": "New"}, content_type="application/json"),
        "POST a job": lambda: client.post("/api/v1/todos/ical"),
        "GET a job's status": lambda: client.get(f"/api/v1/todos/ical/{job}/status"),
        "A poll of a feed": lambda: client.get(feed),
        "A build": build,
        "The sweep": sweep,
        f"The page Today over {OWN_LISTS} lists": lambda: reader.get("/today"),
    }
    explained: set[str] = set()
    for name, call in calls.items():
        call()
        with CaptureQueriesContext(connection) as caught:
            call()
        print(f"{name}:\n")
        for sql in chain.from_iterable(SEVERAL.split(query["sql"]) for query in caught.captured_queries):
            text = prepared(connection, sql)
            shape = re.sub(r"'[^']*'|\d+", "?", text)
            if text.startswith(SKIPPED) or shape in explained or not TABLE.search(text):
                continue
            explained.add(shape)
            show(connection, sql, text)


def prepared(connection: object, sql: str) -> str:
    """Return the statement that an EXECUTE runs, or the statement itself."""
    if not sql.startswith("EXECUTE"):
        return sql
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE name = %s", [sql.split()[1]])
        return cursor.fetchone()[0].partition(" AS ")[2]


def show(connection: object, sql: str, text: str) -> None:
    """Print the plan of a statement, given as sent and as prepared. Reads are executed, writes only planned."""
    is_lock = "FOR UPDATE" in text
    is_read = text.startswith("SELECT") and not is_lock
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN ({'ANALYZE, TIMING FALSE, ' if is_read else ''}COSTS FALSE) {sql}")
        plan = [line for (line,) in cursor.fetchall()]
    table = TABLE.search(text).group(1)
    kept = [shortened(line) for line in plan if not LEFT_OUT.match(line)]
    kind = "SELECT FOR UPDATE" if is_lock else text.split()[0]
    print("```\n" + "\n".join([f"{kind} {table}", *kept]) + "\n```\n", flush=True)


def shortened(line: str) -> str:
    """Return a line of a plan without values that change between runs, except the total time."""
    line = re.sub(r" \((actual [^)]*|never executed)\)", "", line)
    line = re.sub(r"'(\d{1,4})'::bigint", r"\1", line)
    return re.sub(r"'[^']{13,}'", "'…'", line)


if __name__ == "__main__":
    main()
