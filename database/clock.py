"""The database's own clock, in milliseconds since 1970.

Leases, due times and heartbeats are compared by this clock alone: that of a worker may be an hour off.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Func
from django.db.models.sql.compiler import SQLCompiler

from database.statements import DIALECTS


class NowMs(Func):
    """The moment at which the database works on the query, for the ORM: ``filter(due_at_ms__lte=NowMs())``."""

    output_field = BigIntegerField()

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, list]:
        return DIALECTS[connection.vendor]["now_ms"], []


class NowOnce(NowMs):
    """The same, asked once for each query, for rows that are found by a time: PostgreSQL looks them up in an index.

    `NowMs` may differ from row to row, so a condition with it is checked for each row, also those of next year.
    """

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, list]:
        sql, parameters = super().as_sql(compiler, connection, **context)
        return f"(SELECT {sql})", parameters


def now_ms() -> int:
    """Ask the database what time it is."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {DIALECTS[connection.vendor]['now_ms']}")
        return cursor.fetchone()[0]


def now() -> datetime:
    """Ask the same, for what people and other programs are told."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=now_ms())
