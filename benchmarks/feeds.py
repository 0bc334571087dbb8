"""Measure feeds: polls that find nothing new, and many changes in a short time.

    python -m benchmarks.feeds [--quick]

Uses a web server and two workers with PostgreSQL and Redis, as in production.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

import django
import psycopg2
import redis

from benchmarks import machine
from tests.project import Web, start_web, start_worker
from tests.services import Postgres, start_postgres, start_redis

SIZES = (10, 100_000)
TICKS, TICK_SECONDS = 200, 5.0
POLL_SECONDS = 0.25
SETTLE_SECONDS = 12  # the last build has finished by then
FILL = """
    INSERT INTO todos_todo (list_id, uid, title, completed, deadline, deadline_kind, sequence, revision,
                            created_at, updated_at)
    SELECT {list}, gen_random_uuid(), 'Todo ' || n, false, now() + n * interval '1 hour', 'instant', 0, 1,
           now(), now()
    FROM generate_series(1, {todos}) AS n"""


@dataclass
class Service:
    """The running system, and ways to inspect it."""

    host: str
    database: "psycopg2.extensions.connection"
    queue: redis.Redis
    web: Web
    postgres: Postgres

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, timeout=120)

    def call(self, method: str, path: str, body: object = None) -> http.client.HTTPResponse:
        connection = self.connect()
        sent = None if body is None else json.dumps(body)
        connection.request(method, path, sent, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.content = answer.read()
        if answer.status == 503:  # a worker is building it
            time.sleep(float(answer.headers["Retry-After"]))
            return self.call(method, path, body)
        if answer.status >= 400:
            raise SystemExit(f"{method} {path} got a {answer.status}: {answer.content[:300]!r}")
        return answer

    def ask(self, sql: str) -> tuple:
        with self.database.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone() if cursor.description else ()

    def make_feed(self, todos: int) -> str:
        """Create a list with this many todos, and return the path of an up-to-date feed of it."""
        from django.contrib.auth.models import User

        from calendars.feeds.services import create_feed, shown_token
        from todos.services import get_list

        todo_list = get_list(User.objects.create(username=f"who has {todos}"))
        self.ask(FILL.format(list=todo_list.pk, todos=todos))
        self.ask(f"UPDATE todos_todolist SET revision = 1 WHERE id = {todo_list.pk}")
        feed = create_feed(todo_list=todo_list, name="Measured")
        path = f"/calendars/{shown_token(feed)}.ics"
        self.call("GET", path)
        return path


@contextmanager
def service() -> Iterator[Service]:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        postgres, queue = stack.enter_context(start_postgres()), stack.enter_context(start_redis())
        variables = {
            "DATABASE_URL": postgres.create_database("feeds"),
            "BROKER_URL": queue.url,
            "TASKOVERFLOW_DATA": folder,
            "TASKOVERFLOW_SECRET_KEY": "for benchmarks alone",
            "ALLOWED_HOSTS": "*",
        }
        os.environ |= variables | {"DJANGO_SETTINGS_MODULE": "taskoverflow.settings"}
        for command in (["migrate", "--verbosity=0"], ["collectstatic", "--noinput", "--verbosity=0"]):
            subprocess.run([sys.executable, "manage.py", *command], check=True, cwd=machine.ROOT)
        database = stack.enter_context(closing(psycopg2.connect(variables["DATABASE_URL"])))
        database.autocommit = True
        web = stack.enter_context(start_web(**variables))
        stack.enter_context(start_worker(processes=2, **variables))
        django.setup()
        yield Service(web.url.removeprefix("http://"), database, redis.Redis.from_url(queue.url), web, postgres)


def polls(running: Service, rounds: int) -> Iterator[str]:
    """Poll feeds of both sizes with a matching ETag, in alternation, so that noise affects both."""
    paths = {size: running.make_feed(size) for size in SIZES}
    rates = {size: [] for size in SIZES}
    for _ in range(rounds):
        for size, path in paths.items():
            rates[size].append(poll(running, path, POLL_SECONDS))
    medians = {size: statistics.median(found) for size, found in rates.items()}
    for size, rate in medians.items():
        yield f"304 with {size:,} todos, one client: {rate:,.0f}/s"
    few, many = medians.values()
    yield f"the larger feed is polled at {many / few:.0%} of the smaller one's rate (target: 80% to 120%)"


def poll(running: Service, path: str, seconds: float) -> float:
    connection = running.connect()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    known = {"If-None-Match": answer.headers["ETag"]}
    count, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds:
        connection.request("GET", path, headers=known)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 304:
            raise SystemExit(f"A poll got a {answer.status}")
        count += 1
    connection.close()
    return count / elapsed


def ticks(running: Service) -> Iterator[str]:
    """Complete many todos in a burst, then fetch the feed."""
    for number in range(TICKS):
        running.call("POST", "/api/v1/todos", {"title": f"Todo {number}", "deadline_at": "2026-12-01"})
    ids = [todo["id"] for todo in json.loads(running.call("GET", "/api/v1/todos").content)]
    url = json.loads(running.call("POST", "/api/v1/feeds", {"name": "Measured"}).content)["url"]
    path = "/" + url.split("/", 3)[3]
    running.call("GET", path)
    (before,) = running.ask("SELECT builds FROM calendars_calendar")
    with counting_messages(running.queue) as messages:
        began = time.monotonic()
        for number, todo_id in enumerate(ids):
            time.sleep(max(0, began + number * TICK_SECONDS / TICKS - time.monotonic()))
            running.call("PUT", f"/api/v1/todos/{todo_id}", {"completed": True})
        took = time.monotonic() - began
        time.sleep(SETTLE_SECONDS)
    builds, delay = running.ask(
        "SELECT builds, extract(epoch FROM file.created_at - (SELECT max(updated_at) FROM todos_todo))"
        " FROM calendars_calendar JOIN calendars_calendarfile AS file ON file.id = current_file_id"
    )
    shown = running.call("GET", path).content.count(b"SUMMARY:")
    (after,) = running.ask("SELECT builds FROM calendars_calendar")
    yield (
        f"{TICKS} ticks in {took:.1f} s: {builds - before} builds (target: 2 at most), "
        f"{len(messages)} messages (target: 10 at most)"
    )
    yield f"the last build finished {delay:.2f} s after the last change (a 1.5 s delay plus the build)"
    yield f"the next response had {TICKS - shown} of {TICKS} changes, and needed {after - builds} builds"

    before, began = builds, time.monotonic()
    make_one = {"title": "One more", "deadline_at": "2026-12-01"}
    (first,) = running.ask("SELECT now()")
    while time.monotonic() - began < 9:
        running.call("POST", "/api/v1/todos", make_one)
        time.sleep(0.5)
    (delay,) = running.ask(
        f"SELECT extract(epoch FROM min(created_at) - '{first}') FROM calendars_calendarfile"
        f" WHERE created_at > '{first}'"
    )
    yield f"a change every half second for 9 s: a build finished {delay:.2f} s after the first (target: 8 s)"


@contextmanager
def counting_messages(queue: redis.Redis) -> Iterator[list[str]]:
    """Record the commands that enqueue messages."""
    messages: list[str] = []
    is_over = threading.Event()

    def listen() -> None:
        with queue.monitor() as monitor:
            is_listening.set()
            for command in monitor.listen():
                if is_over.is_set():
                    return
                if " enqueue " in command["command"]:
                    messages.append(command["command"])

    is_listening = threading.Event()
    thread = threading.Thread(target=listen)
    thread.start()
    is_listening.wait()
    yield messages
    is_over.set()
    queue.ping()  # wakes up the listener
    thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    quick = parser.parse_args().quick
    print(*(f"- {name}: {fact}" for name, fact in machine.facts().items()), "", sep="\n")
    with service() as running:
        for sentence in ticks(running):
            print("-", sentence, flush=True)
        for sentence in polls(running, rounds=10 if quick else 40):
            print("-", sentence, flush=True)


if __name__ == "__main__":
    main()
