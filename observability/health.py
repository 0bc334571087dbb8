"""Readiness: whether the service can do its work."""

import logging
from collections.abc import Callable, Collection
from functools import cache
from http import HTTPStatus

import dramatiq
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from database.errors import is_outage

logger = logging.getLogger(__name__)


class NotReady(Exception):
    """A check has failed. Anybody can read the message: it names no host and no user."""


def readiness(*, without: Collection[str] = ()) -> tuple[dict, HTTPStatus]:
    """Return the result of each check by name, with status 503 if one fails.

    Load balancers skip checks that a restart of this process cannot fix.
    """
    checks = {"database": _run("database", check_database)}
    has_database = checks["database"]["status"] == "ok"
    for name, check in CHECKS.items():
        if name in without:
            continue
        # A database that is away takes seconds to fail: do not wait for it twice.
        checks[name] = _run(name, check if has_database or name == "broker" else _without_database)
    is_ready = all(result["status"] == "ok" for result in checks.values())
    body = {"status": "ok" if is_ready else "failing", "checks": checks}
    return body, HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE


def _run(name: str, check: Callable[[], str]) -> dict[str, str]:
    try:
        return {"status": "ok", "detail": check()}
    except NotReady as error:
        detail = str(error)
    except Exception as error:  # every driver raises its own
        detail = f"The {name} cannot be reached."
        logger.warning("Not ready: %s (%s)", detail, type(error).__name__)
        if is_outage(error):
            connection.close()  # a broken one would fail the next request too
    return {"status": "failing", "detail": detail}


def _without_database() -> str:
    raise NotReady("This is in the database, which cannot be reached.")


def check_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "It answers."


def check_migrations() -> str:
    missing = _migrations_of_code() - set(MigrationRecorder(connection).applied_migrations())
    if missing:
        raise NotReady(f"{len(missing)} migrations are not applied: run manage.py migrate.")
    return "All are applied."


@cache
def _migrations_of_code() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    return frozenset(set(loader.disk_migrations) - replaced)


def check_broker() -> str:
    dramatiq.get_broker().ping()
    return "It answers."


# By name. Apps above this package add their own in AppConfig.ready().
CHECKS = {"migrations": check_migrations, "broker": check_broker}
