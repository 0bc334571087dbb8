"""What is due is found by an index, so that what is due next year costs nothing now."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reminders import planning, sending
from reminders.models import Channel
from reminders.sender import Sender
from tests.plans import plan_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="of PostgreSQL's index"),
]


def plans_of(captured: CaptureQueriesContext) -> list[str]:
    """Return how PostgreSQL finds the rows of each query for what is due, if it may not read whole tables."""
    statements = [query["sql"] for query in captured.captured_queries]
    return [
        plan_of(sql)
        for sql in statements
        if sql.startswith("SELECT") and "clock_timestamp" in sql and "reminders_" in sql
    ]


def test_what_is_due_is_found_by_an_index(ada: User) -> None:
    sender = Sender()
    try:
        with CaptureQueriesContext(connection) as captured:
            sender._waits()
            planning.plan_due_lists()
            sending.fire_due()
            sending.fire_digests()
            sending.claim(Channel.EMAIL, limit=10)
    finally:
        sender.close()
    plans = plans_of(captured)
    assert len(plans) == 8  # four waits, plans, and whether three others are due
    for plan in plans:
        conditions = [line for line in plan.splitlines() if "Index Cond" in line]
        assert any("due_at_ms <= " in line for line in conditions), plan
