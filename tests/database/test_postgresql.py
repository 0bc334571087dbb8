"""The PostgreSQL backend: a connection that was kept open, after what may happen to it between two requests."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg2
import pytest
from django.db import ConnectionHandler, InternalError, NotSupportedError
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django.plugin import DjangoDbBlocker

from database.errors import is_outage
from tests.project import ROOT
from tests.services import Postgres, start_postgres


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with start_postgres() as postgres:
        yield postgres


@pytest.fixture
def connection(server: Postgres, django_db_blocker: DjangoDbBlocker) -> Iterator[BaseDatabaseWrapper]:
    settings = {"ENGINE": "database.postgresql", "NAME": "postgres", "USER": "postgres", "HOST": "127.0.0.1"}
    persistent = {"PORT": server.port, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
    opened = ConnectionHandler({"default": settings | persistent})["default"]
    with django_db_blocker.unblock():
        opened.connect()
        yield opened
        opened.close()


def session(connection: BaseDatabaseWrapper) -> int:
    """One request: its process on the server."""
    connection.close_if_unusable_or_obsolete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_a_good_connection_is_kept(connection: BaseDatabaseWrapper) -> None:
    assert session(connection) == session(connection)


def test_a_session_that_the_server_ended_is_replaced(server: Postgres, connection: BaseDatabaseWrapper) -> None:
    first = session(connection)
    with psycopg2.connect(server.url) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])

    assert session(connection) != first


def test_a_server_that_crashed_and_came_back_is_connected_to(
    server: Postgres, connection: BaseDatabaseWrapper
) -> None:
    session(connection)
    server.kill()
    server.start()

    assert session(connection)


def test_a_connection_on_which_something_failed_is_replaced(connection: BaseDatabaseWrapper) -> None:
    first = session(connection)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS changing (title varchar(50))")
        cursor.execute("PREPARE titles AS SELECT title FROM changing")
        cursor.execute("ALTER TABLE changing ALTER COLUMN title TYPE varchar(60)")
        with pytest.raises(NotSupportedError, match="must not change result type"):
            cursor.execute("EXECUTE titles")

    assert session(connection) != first


def test_requests_and_builds_wait_for_locks_so_long_and_no_longer(server: Postgres, settings: object) -> None:
    settings.DATABASE_POOLER = "none"
    url = server.create_database("locked")
    code = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from database.timeouts import limit_waits
limit_waits(); limit_waits()
from django.db import connection
connection.close()
with connection.cursor() as cursor:
    for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
        cursor.execute(f"SHOW {name}")
        print(cursor.fetchone()[0])
"""
    environment = os.environ | {
        "DATABASE_URL": url, "BROKER_URL": "", "DJANGO_SETTINGS_MODULE": "taskoverflow.settings",
        "TASKOVERFLOW_SECRET_KEY": "for tests alone", "ALLOWED_HOSTS": "localhost",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.split() == ["3s", "15s", "5s"], done.stderr


def test_a_server_that_became_a_standby_is_an_outage(server: Postgres, connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
        with pytest.raises(InternalError) as raised:
            cursor.execute("CREATE TABLE refused (id int)")
    assert is_outage(raised.value)
