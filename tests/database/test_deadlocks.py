"""Two transactions of which PostgreSQL ends one: it is done again, once, and only as a whole."""

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import ConnectionHandler, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from database.errors import repeat_after_deadlock
from tests.crowd import together
from tests.services import Postgres, start_postgres


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with start_postgres() as postgres:
        yield postgres


@pytest.fixture
def open_connection(server: Postgres, django_db_blocker: object) -> Iterator[Callable[[], BaseDatabaseWrapper]]:
    opened = []

    def connect() -> BaseDatabaseWrapper:
        settings = {"ENGINE": "database.postgresql", "NAME": "postgres", "USER": "postgres", "HOST": "127.0.0.1"}
        opened.append(ConnectionHandler({"default": settings | {"PORT": server.port}})["default"])
        opened[-1].inc_thread_sharing()
        return opened[-1]

    with django_db_blocker.unblock():
        connection = connect()
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS rows (id int PRIMARY KEY, count int)")
            cursor.execute("TRUNCATE rows")
            cursor.execute("INSERT INTO rows VALUES (1, 0), (2, 0)")
        yield connect
        for one in opened:
            one.close()


def crossing(open_connection: Callable[[], BaseDatabaseWrapper]) -> tuple[list, list]:
    """Two calls that lock the same rows, each in its own order; and who called how often."""
    both_have_one, calls = threading.Barrier(2), []

    def crossed(first: int, second: int) -> Callable[[], None]:
        own = open_connection()

        def lock() -> None:
            calls.append(first)
            is_repeated = len(calls) > 2
            one, other = (second, first) if is_repeated else (first, second)
            own.set_autocommit(False)
            try:
                with own.cursor() as cursor:
                    cursor.execute("UPDATE rows SET count = count + 1 WHERE id = %s", [one])
                    if not is_repeated:
                        both_have_one.wait()
                    cursor.execute("UPDATE rows SET count = count + 1 WHERE id = %s", [other])
                own.commit()
            finally:
                own.rollback()
                own.set_autocommit(True)

        return lock

    return [crossed(1, 2), crossed(2, 1)], calls


def test_deadlock_is_repeated(open_connection: Callable[[], BaseDatabaseWrapper]) -> None:
    locks, calls = crossing(open_connection)
    together(*map(repeat_after_deadlock, locks))
    assert len(calls) == 3
    with open_connection().cursor() as cursor:
        cursor.execute("SELECT id, count FROM rows ORDER BY id")
        assert cursor.fetchall() == [(1, 2), (2, 2)]


def test_deadlock_of_a_longer_transaction_is_its_own(open_connection: Callable[[], BaseDatabaseWrapper]) -> None:
    locks, calls = crossing(open_connection)

    def within(lock: Callable[[], None]) -> Callable[[], None]:
        def call() -> None:
            connection.in_atomic_block = True
            try:
                repeat_after_deadlock(lock)()
            finally:
                connection.in_atomic_block = False

        return call

    with pytest.raises(OperationalError, match="deadlock detected"):
        together(*map(within, locks))
    assert len(calls) == 2


def test_other_errors_are_not_repeated() -> None:
    calls = []

    @repeat_after_deadlock
    def fail() -> None:
        calls.append(1)
        raise OperationalError

    with pytest.raises(OperationalError):
        fail()
    assert len(calls) == 1
