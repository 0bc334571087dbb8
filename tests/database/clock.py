"""A clock of the database that a test sets."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from django.conf import settings
from django.db import connection
from django.test import override_settings

import calendars.queries
import followers.queries
import reminders.queries
import todos.queries
from database.statements import DIALECTS, Statement

STATEMENTS = {
    f"{module.__name__}.{name}": value
    for module in (calendars.queries, followers.queries, reminders.queries, todos.queries)
    for name, value in vars(module).items()
    if isinstance(value, Statement)
}


class DatabaseClock:
    """Set ``now`` to have the database believe that so many milliseconds have passed since 1970."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE test_clock (now bigint)")
            cursor.execute("INSERT INTO test_clock VALUES (0)")
        self.now = 1_000_000

    @property
    def now(self) -> int:
        return self._now

    @now.setter
    def now(self, value: int) -> None:
        self._now = value
        with connection.cursor() as cursor:
            cursor.execute("UPDATE test_clock SET now = %s", [value])

    def drop(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE test_clock")


@contextmanager
def database_clock() -> Iterator[DatabaseClock]:
    dialect = DIALECTS[connection.vendor]
    assert settings.DATABASE_POOLER == "none"
    with (
        mock.patch.dict(dialect, {"now_ms": "(SELECT now FROM test_clock)"}),
        override_settings(DATABASE_POOLER="transaction"),  # what is prepared on the server has the real clock
    ):
        forget_variants()
        clock = DatabaseClock()
        yield clock
        clock.drop()
    forget_variants()


def forget_variants() -> None:
    """Have statements made for a connection again; those that are prepared on it are not touched."""
    for statement in STATEMENTS.values():
        for key in [key for key in statement._variants if key != ("postgresql", True)]:
            del statement._variants[key]
