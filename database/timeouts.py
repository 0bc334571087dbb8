"""How long a request or a build may wait for PostgreSQL, and keep others waiting.

Processes that serve requests or build calendars call `limit_waits` as they start. Commands do not: a migration or a
backup may take as long as it takes.
"""

from django.conf import settings
from django.db import connections

# For a row that another transaction has locked. Transactions here take milliseconds; what holds a lock for seconds is
# a process that was paused, or a network that is gone.
LOCK_SECONDS = 3
STATEMENT_SECONDS = 15
# Ends the session of a process that was paused in the middle of a transaction, and so frees its locks.
IDLE_IN_TRANSACTION_SECONDS = 5


def limit_waits() -> None:
    """Have all connections of this process that are opened from now on wait no longer than that.

    Behind a pooler the server's parameters are not ours to set: docs/operations.md says how to set them on the role.
    """
    if settings.DATABASE_POOLER == "transaction":
        return
    options = (
        f"-c lock_timeout={LOCK_SECONDS}s -c statement_timeout={STATEMENT_SECONDS}s"
        f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_SECONDS}s"
    )
    for database in connections.settings.values():
        if database["ENGINE"] == "database.postgresql":
            given = database["OPTIONS"].get("options", "").replace(options, "")
            database["OPTIONS"]["options"] = f"{options} {given}".strip()
