"""`/api/v1/health` and `/api/v1/ready`: to anybody, under any Host, in either mode."""

import dramatiq
import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from calendars.models import Worker
from database.clock import now_ms
from observability import health

HEALTH, READY = "/api/v1/health", "/api/v1/ready"
STRANGE_HOST = {"Host": "10.1.2.3:6400"}


@pytest.fixture(params=["open", "private"])
def mode(request: pytest.FixtureRequest, settings: object) -> str:
    settings.ALLOWED_HOSTS = ["todo.example.org"]
    settings.SECURE_SSL_REDIRECT = True
    settings.MODE = request.param
    return request.param


def statuses(answer: object) -> dict[str, str]:
    return {name: check["status"] for name, check in answer.json()["checks"].items()}


def test_health_touches_nothing_but_the_process(client: Client, mode: str) -> None:
    answer = client.get(HEALTH, headers=STRANGE_HOST)  # without the db fixture, any query fails
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert client.head(HEALTH, headers=STRANGE_HOST).status_code == 200


def test_ready_with_a_worker(client: Client, mode: str, db: None) -> None:
    health._migrations_of_code()  # the first time takes a second
    Worker.objects.create(id="old", last_heartbeat_ms=now_ms() - 100_000)
    Worker.objects.create(id="host.internal:7", last_heartbeat_ms=now_ms() - 4_000)
    answer = client.get(READY, headers=STRANGE_HOST)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert statuses(answer) == dict.fromkeys(["database", "migrations", "broker", "worker"], "ok")
    assert answer.json()["checks"]["worker"]["detail"] == "One was seen 4 s ago."
    assert "host.internal" not in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"


def test_not_ready_without_a_worker(client: Client, db: None) -> None:
    assert client.get(READY).json()["checks"]["worker"] == {"status": "failing", "detail": "No worker is running."}
    Worker.objects.create(id="w", last_heartbeat_ms=now_ms() - 60_000)
    answer = client.get(READY)
    assert (answer.status_code, answer.json()["status"]) == (503, "failing")
    assert statuses(answer) == {"database": "ok", "migrations": "ok", "broker": "ok", "worker": "failing"}
    assert "60 s ago" in answer.json()["checks"]["worker"]["detail"]


def test_a_balancer_skips_checks_that_a_restart_cannot_fix(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(health.CHECKS, "broker", pytest.fail)
    answer = client.get(READY, {"without": "worker,broker,database"})
    assert (answer.status_code, statuses(answer)) == (200, {"database": "ok", "migrations": "ok"})


def test_not_ready_before_the_migrations(client: Client, db: None) -> None:
    MigrationRecorder(connection).record_unapplied("calendars", "0001_initial")
    answer = client.get(READY)
    assert (answer.status_code, statuses(answer)["migrations"]) == (503, "failing")
    assert answer.json()["checks"]["migrations"]["detail"] == (
        "1 migrations are not applied: run manage.py migrate."
    )


def test_not_ready_without_the_broker(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise ConnectionRefusedError("redis.internal:6379")

    monkeypatch.setattr(dramatiq.get_broker(), "ping", refuse)
    answer = client.get(READY)
    assert (answer.status_code, statuses(answer)["broker"]) == (503, "failing")
    assert answer.json()["checks"]["broker"]["detail"] == "The broker cannot be reached."


def test_not_ready_without_the_database(client: Client) -> None:
    # No db fixture: pytest-django refuses every query, as a database that is away does.
    answer = client.get(READY)
    assert answer.status_code == 503
    assert statuses(answer) == {
        "database": "failing",
        "migrations": "failing",
        "broker": "ok",
        "worker": "failing",
    }


def test_other_methods_are_refused(client: Client, db: None) -> None:
    for path in (HEALTH, READY):
        assert client.post(path).status_code == 405


def test_ready_counts_queries_alike_however_many_workers(
    client: Client, db: None, django_assert_num_queries: object
) -> None:
    health._migrations_of_code()
    Worker.objects.bulk_create([Worker(id=str(number), last_heartbeat_ms=number) for number in range(5)])
    with django_assert_num_queries(4):  # a SELECT 1, the table of migrations, its rows, the newest worker
        client.get(READY)
