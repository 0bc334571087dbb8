"""How the database finds rows."""

from collections.abc import Mapping, Sequence

from django.db import connection, transaction
from django.db.models import QuerySet


def plan_of(query: str | QuerySet, parameters: Sequence[object] | Mapping[str, object] | None = None) -> str:
    """Return the plan; PostgreSQL's without reading whole tables, which the few rows of a test would deserve.

    Statements are prepared, and the plan that PostgreSQL may have kept of one is from before: it makes a new one.
    """
    if isinstance(query, QuerySet):
        query, parameters = query.query.sql_with_params()
    is_postgres = connection.vendor == "postgresql"
    with transaction.atomic(), connection.cursor() as cursor:
        if is_postgres:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        cursor.execute(f"EXPLAIN {'' if is_postgres else 'QUERY PLAN '}{query}", parameters)
        plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
        transaction.set_rollback(True)  # of what was set
    return plan
