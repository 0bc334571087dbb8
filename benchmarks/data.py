"""The todos of both sides and their databases.

Each turn starts with a fresh copy of a database that is filled once.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import psycopg2
from psycopg2.sql import SQL, Identifier

from benchmarks.machine import ROOT

WORDS = [
    "review",
    "draft",
    "project",
    "proposal",
    "lecture",
    "slides",
    "report",
    "budget",
    "ticket",
    "garden",
    "invoice",
    "release",
    "meeting",
]
START = datetime(2026, 1, 5, 9)
SESSION = "session-of-a-reader-with-several-lists"  # its key


def todos(count: int) -> Iterator[dict]:
    """Return the same todos every time: nine in ten have a deadline, one in four is completed."""
    random = Random(count)
    for number in range(1, count + 1):
        yield {
            "title": f"{' '.join(random.choices(WORDS, k=4))} {number}".capitalize(),
            "description": " ".join(random.choices(WORDS, k=10)) if number % 5 else None,
            "completed": number % 4 == 0,
            "deadline_at": START + timedelta(minutes=15 * number) if number % 10 else None,
        }


class Databases:
    """The databases of a PostgreSQL server, by name."""

    def __init__(self, url: str) -> None:
        """`url` names a database used only to connect."""
        self.url = url

    def url_of(self, name: str) -> str:
        return f"{self.url.rpartition('/')[0]}/{name}"

    def run(self, *statements: SQL) -> None:
        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()

    def drop(self, name: str) -> None:
        self.run(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

    def create(self, name: str, template: str = "template1") -> str:
        """Create or replace a database, empty or copied from another. Return its URL."""
        self.drop(name)
        self.run(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
        return self.url_of(name)

    def exists(self, name: str) -> bool:
        with psycopg2.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            return cursor.fetchone() is not None


def run_quietly(command: list[str], environment: dict[str, str]) -> None:
    """Run a command. Its output is shown only if it fails."""
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def fill_peer(python: str, environment: dict[str, str], url: str, count: int) -> None:
    """Create the peer's tables and todos."""
    run_quietly([python, "-m", "flask", "--app", "benchmarks.peer.app", "create-tables"], environment)
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        for todo in todos(count):
            cursor.execute(
                "INSERT INTO todos (title, description, completed, deadline_at, created_at, updated_at)"
                " VALUES (%(title)s, %(description)s, %(completed)s, %(deadline_at)s, %(now)s, %(now)s)",
                todo | {"now": START},
            )
    analyze(url)


def fill_ours(environment: dict[str, str], url: str, count: int, lists: int = 1, own_lists: int = 0) -> None:
    """Create this project's tables and todos: the open list, and more lists with the same todos (`benchmarks.fill`)."""
    run_quietly([sys.executable, "manage.py", "migrate", "--verbosity", "0"], environment)
    counts = [str(number) for number in (count, lists, own_lists)]
    run_quietly([sys.executable, "-m", "benchmarks.fill", *counts], environment)
    analyze(url)


def analyze(url: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (FREEZE, ANALYZE)")
    connection.close()
