"""Whether the process answers, and whether the whole service can do its work."""

import logging
from collections.abc import Callable, Collection
from functools import cache
from http import HTTPStatus

import dramatiq
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from web.api.errors import DATABASE_ERRORS

Handler = Callable[[HttpRequest], HttpResponseBase]

logger = logging.getLogger(__name__)

HEALTH_PATH = "/api/v1/health"
READY_PATH = "/api/v1/ready"


class NotReady(Exception):
    """The message says what is wrong, to anybody: no names of hosts or users."""


def middleware(get_response: Handler) -> Handler:
    """Answer both before anything else, the host check included: a load balancer calls by address."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.method in {"GET", "HEAD"}:
            if request.path == HEALTH_PATH:
                return JsonResponse({"status": "ok"})
            if request.path == READY_PATH:
                body, status = readiness(without=request.GET.get("without", "").split(","))
                return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
        return get_response(request)

    return answer


def readiness(*, without: Collection[str] = ()) -> tuple[dict, HTTPStatus]:
    """Return what each check says, by name, and 503 if one of them fails.

    A load balancer leaves out what is no fault of the process that it asks: to replace that would mend nothing.
    """
    checks = {"database": _run("database", check_database)}
    has_database = checks["database"]["status"] == "ok"
    for name, check in CHECKS.items():
        if name in without:
            continue
        # A database that is away takes seconds to say so; once is enough.
        checks[name] = _run(name, check if has_database or name == "broker" else _without_database)
    is_ready = all(result["status"] == "ok" for result in checks.values())
    body = {"status": "ok" if is_ready else "failing", "checks": checks}
    return body, HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE


def _run(name: str, check: Callable[[], str]) -> dict[str, str]:
    try:
        return {"status": "ok", "detail": check()}
    except NotReady as error:
        detail = str(error)
    except Exception as error:  # whatever a driver raises, the answer is that it cannot be reached
        detail = f"The {name} cannot be reached."
        logger.warning("Not ready: %s (%s)", detail, type(error).__name__)
        if isinstance(error, DATABASE_ERRORS):
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


# By the names that the answer has them under; an app adds its own as it gets ready.
CHECKS = {"migrations": check_migrations, "broker": check_broker}
