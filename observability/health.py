"""Readiness: whether the service can do its work."""

import logging
import secrets
import threading
from collections.abc import Callable, Collection
from functools import cache
from http import HTTPStatus

import dramatiq
import redis
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from dramatiq.errors import ConnectionClosed

from database.errors import is_outage

logger = logging.getLogger(__name__)

PROBE = "ready_probe"  # how the names of prepared statements begin, of which each connection has one
PROBES = f"SELECT array_agg(name) FROM pg_prepared_statements WHERE name LIKE '{PROBE}%'"  # noqa: S608 - a constant
_known_unshared = threading.Event()


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
        checks[name] = _run(name, check if has_database or name in WITHOUT_DATABASE else _without_database)
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
    if connection.vendor == "postgresql":
        if _ask("SELECT current_setting('transaction_read_only')") == "on":
            raise NotReady("The database is read-only.")
        if settings.DATABASE_POOLER == "none":
            check_pooler()
    else:
        _ask("SELECT 1")
    return "It answers."


def check_pooler() -> None:
    """Raise NotReady if a pooler in transaction mode is found: what one transaction prepares, another lacks.

    An idle pooler may give all transactions the same connection. Then a connection has what others prepared.
    """
    probe = next((name for name in connection.prepared if name.startswith(PROBE)), None)
    if probe is None:
        probe = f"{PROBE}_{secrets.token_hex(8)}"
        _ask(f"PREPARE {probe} AS SELECT 1")
        connection.prepared.add(probe)
    looks = [_ask(PROBES) for _ in range(3)]
    if any(probes != [probe] for probes in looks) or _is_shared():
        raise NotReady("There is a pooler before the database: set DATABASE_POOLER=transaction.")


def _is_shared() -> bool:
    """Return whether a new connection has prepared statements. If there is no pooler, this is found out once.

    A pooler that is busy may open a connection of its own for the new one, so there this has to be asked again.
    """
    if _known_unshared.is_set():
        return False
    new = connection.copy()
    try:
        with new.cursor() as cursor:
            cursor.execute(PROBES)
            if cursor.fetchone()[0]:
                return True
            cursor.execute("SELECT pg_backend_pid()")
            if (
                cursor.fetchone()[0] == new.connection.get_backend_pid()
            ):  # a pooler gives its clients ids of its own
                _known_unshared.set()
    finally:
        new.close()
    return False


def _ask(sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None


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
    try:
        dramatiq.get_broker().ping()
    except ConnectionClosed as error:
        if isinstance(error.__cause__, redis.ResponseError):
            raise NotReady("The broker takes no messages: it is out of memory or read-only.") from error
        raise
    return "It answers."


def check_static_files() -> str:
    """Without the names of collected files, every page is an error."""
    if not settings.DEBUG and not staticfiles_storage.hashed_files:
        raise NotReady("They are not collected: run manage.py collectstatic.")
    return "They are collected."


# By name. Apps above this package add their own in AppConfig.ready().
CHECKS = {"migrations": check_migrations, "broker": check_broker, "static files": check_static_files}
WITHOUT_DATABASE = {"broker", "static files"}
