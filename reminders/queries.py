"""The statement of reminders that runs with every change of a list."""

from django.db.models import BigIntegerField

from database.statements import Statement
from todos.models import TodoList

# How long a burst of changes is gathered. A change that makes a reminder due at once is in time even so.
GATHER_MS = 300

# One change of a burst writes the row; those after it find `changed_at_ms` set.
WAKE_PLAN = Statement(
    f"""
    UPDATE reminders_listplan SET due_at_ms = [now_ms] + {GATHER_MS}, changed_at_ms = [now_ms]
    WHERE list_id = %(list)s AND changed_at_ms IS NULL
    """,
    parameters={"list": TodoList.id.field},
)

# Taken by whoever computes times of a list's todos, after all other locks: two who do so at once have read different
# states, and the older one must not be written last. No other lock has numbers as high.
PLANS = 2**62
LOCK_PLAN = Statement(
    "SELECT [lock](%(number)s)", parameters={"number": BigIntegerField()}, returns=[BigIntegerField()]
)
