"""Which errors say that the database cannot be used at the moment, through no fault of the request."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db import InterfaceError, InternalError, OperationalError, connection
from psycopg2 import errors

# A server that is away, that ended the session or the statement, or that waited too long for a lock.
DATABASE_ERRORS = (OperationalError, InterfaceError)


# Before a transaction is repeated, so that the other one gets the lock first.
PAUSE_SECONDS = 0.05

Function = TypeVar("Function", bound=Callable[..., Any])


def repeat_after_deadlock(function: Function) -> Function:
    """Decorate a function that is one transaction, to call it once more if PostgreSQL ended it as a deadlock.

    Nothing of the first call has happened then. Within a longer transaction, its caller has to repeat it.
    """

    @wraps(function)
    def repeating(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except OperationalError as error:
            is_deadlock = isinstance(error.__cause__, errors.DeadlockDetected | errors.SerializationFailure)
            if connection.in_atomic_block or not is_deadlock:
                raise
        time.sleep(PAUSE_SECONDS)
        return function(*args, **kwargs)

    return repeating


def is_outage(error: BaseException) -> bool:
    """Return whether trying again later is all that can be done about the error."""
    if isinstance(error, DATABASE_ERRORS):
        return True
    # After a failover, a connection may still lead to the old server, which is a standby now.
    return isinstance(error, InternalError) and isinstance(error.__cause__, errors.ReadOnlySqlTransaction)
