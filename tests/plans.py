"""How the database finds rows."""

from django.db import connection


def plan_of(sql: str) -> str:
    """Return the plan; PostgreSQL's without reading whole tables, which the few rows of a test would deserve."""
    is_postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if is_postgres:
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {'' if is_postgres else 'QUERY PLAN '}{sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())
