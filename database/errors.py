"""Which errors say that the database cannot be used at the moment, through no fault of the request."""

from django.db import InterfaceError, InternalError, OperationalError
from psycopg2 import errors

# A server that is away, that ended the session or the statement, or that waited too long for a lock.
DATABASE_ERRORS = (OperationalError, InterfaceError)


def is_outage(error: BaseException) -> bool:
    """Return whether trying again later is all that can be done about the error."""
    if isinstance(error, DATABASE_ERRORS):
        return True
    # After a failover, a connection may still lead to the old server, which is a standby now.
    return isinstance(error, InternalError) and isinstance(error.__cause__, errors.ReadOnlySqlTransaction)
