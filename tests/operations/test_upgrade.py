"""Migrations run while the previous version still serves: each on a filled PostgreSQL, during its writes."""

import contextlib
import itertools
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from django.db.migrations.loader import MigrationLoader

from tests.project import ROOT
from tests.run import clean_environment
from tests.services import Postgres, start_postgres

APPS = ("accounts", "todos", "calendars")
# The writes of the oldest version, with the columns that it knows. A newer column needs a default in the database.
WRITES = (
    """INSERT INTO auth_user (username, password, first_name, last_name, email, is_superuser, is_staff, is_active,
       date_joined) VALUES ('user %(n)s', '', '', '', '', false, false, true, now())""",
    """INSERT INTO todos_todolist (owner_id, name, time_zone, revision, purged_revision, created_at)
       SELECT id, 'Todos', 'UTC', 0, 0, now() FROM auth_user WHERE username = 'user %(n)s'""",
    "UPDATE todos_todolist SET revision = revision + 1 WHERE owner_id IS NULL",
    """INSERT INTO todos_todo (list_id, uid, title, completed, deadline_kind, sequence, revision, created_at,
       updated_at) SELECT id, gen_random_uuid(), 'Essay', false, '', 0, revision, now(), now()
       FROM todos_todolist WHERE owner_id IS NULL""",
    "UPDATE todos_todo SET sequence = sequence + 1, completed = true WHERE id = %(n)s",
    """INSERT INTO calendars_calendar (list_id, options_key, attempts)
       SELECT id, 'options %(n)s', 0 FROM todos_todolist WHERE owner_id IS NULL""",
    """INSERT INTO calendars_calendarjob (id, calendar_id, revision, status, error, created_at)
       SELECT gen_random_uuid(), min(id), 1, 'PENDING', '', now() FROM calendars_calendar""",
)
ROWS = 30_000


class Writer(threading.Thread):
    """Writes as the previous version does, and fails on a lock that is held for five seconds."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.written, self.errors = url, 0, []
        self.stopped, self.wrote = threading.Event(), threading.Condition()

    def run(self) -> None:
        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        # Not `with connection`: that would be one transaction around them all.
        with connection.cursor() as cursor:
            # Waits for a migration are a tenth of a second; a loaded machine takes many times as long.
            cursor.execute("SET lock_timeout = '5s'")
            for number in itertools.count(1):
                for statement in WRITES:
                    try:
                        cursor.execute(statement % {"n": number})
                    except psycopg2.Error as error:
                        self.errors.append(f"{type(error).__name__}: {error} in {statement}")
                if self.stopped.wait(0.005):
                    break
                with self.wrote:
                    self.written += 1
                    self.wrote.notify_all()
        connection.close()

    def wait_for_more(self) -> None:
        with self.wrote:
            goal = self.written + 3
            assert self.wrote.wait_for(lambda: self.written >= goal or self.errors, timeout=60)


@pytest.fixture
def server() -> Iterator[Postgres]:
    with start_postgres() as server:
        yield server


# Runs `manage.py migrate` for each line that it reads, and answers with a line: one process, since it takes seconds to
# start and there are many steps.
MIGRATE = """
import sys
from django.core.management import call_command
for line in sys.stdin:
    call_command("migrate", *line.split(), verbosity=0)
    print("done", flush=True)
"""


class Migrations:
    """What `manage.py migrate` does, in a process of its own."""

    def __init__(self, server: Postgres, folder: Path) -> None:
        variables = {
            "DATABASE_URL": server.url,
            "TASKOVERFLOW_DATA": str(folder),
            "TASKOVERFLOW_ENV_FILE": "",
            "TASKOVERFLOW_SECRET_KEY": "for tests alone",
            "ALLOWED_HOSTS": "localhost",
        }
        command = [sys.executable, str(ROOT / "manage.py"), "shell", "-v0", "-c", MIGRATE]
        self.log = (folder / "migrate.log").open("w+")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self.log, "text": True}
        self.process = subprocess.Popen(command, env=clean_environment() | variables, **pipes)

    def run(self, *target: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # it has ended: its log says why
            self.process.stdin.write(" ".join(target) + "\n")
            self.process.stdin.flush()
        if self.process.stdout.readline() != "done\n":
            self.process.kill()
            self.process.wait()
            self.log.seek(0)
            pytest.fail(self.log.read())


@pytest.fixture
def migrations(server: Postgres, tmp_path: Path) -> Iterator[Migrations]:
    migrations = Migrations(server, tmp_path)
    with migrations.log, migrations.process:  # which closes its input, and waits for its end
        yield migrations


def steps() -> list[tuple[str, str]]:
    """Return the migrations after the first of each app, in the order in which they are applied."""
    graph = MigrationLoader(None, ignore_no_migrations=True).graph
    plan = dict.fromkeys(step for leaf in graph.leaf_nodes() for step in graph.forwards_plan(leaf))
    return [(app, name) for app, name in plan if app in APPS and not name.startswith("0001_")]


def fill(server: Postgres) -> None:
    with psycopg2.connect(server.url) as connection, connection.cursor() as cursor:
        cursor.execute("""INSERT INTO todos_todolist (name, time_zone, revision, purged_revision, created_at)
            VALUES ('Todos', 'UTC', 1, 0, now()) RETURNING id""")
        list_id = cursor.fetchone()[0]
        cursor.execute(
            """INSERT INTO todos_todo (list_id, uid, title, completed, deadline_kind, deadline, sequence, revision,
               created_at, updated_at) SELECT %s, gen_random_uuid(), 'Essay ' || n, false, 'floating', now(), 0, 1,
               now(), now() FROM generate_series(1, %s) n""",
            (list_id, ROWS),
        )
        cursor.execute(
            "INSERT INTO calendars_calendar (list_id, options_key, attempts) VALUES (%s, '{}', 0) RETURNING id",
            (list_id,),
        )
        cursor.execute(
            """INSERT INTO calendars_calendarjob (id, calendar_id, revision, status, error, created_at)
               SELECT gen_random_uuid(), %s, 1, 'SUCCESS', '', now() FROM generate_series(1, %s)""",
            (cursor.fetchone()[0], ROWS),
        )


def test_migrations_hold_up_no_writer_of_the_version_before(server: Postgres, migrations: Migrations) -> None:
    migrations.run("auth")
    for app in APPS:
        migrations.run(app, "0001")
    fill(server)
    writer = Writer(server.url)
    writer.start()
    try:
        writer.wait_for_more()
        assert steps()
        for step in steps():
            migrations.run(*step)
            writer.wait_for_more()
            assert not writer.errors, f"{'.'.join(step)}: {writer.errors[0]}"
    finally:
        writer.stopped.set()
        writer.join()
    migrations.run()
