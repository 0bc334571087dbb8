"""`/api/v1/health` and `/api/v1/ready`: to anybody, under any Host, in either mode."""

import threading
from collections.abc import Iterator
from types import SimpleNamespace

import dramatiq
import pytest
import redis
from django.db import ConnectionHandler, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from brokers.redis import RedisBroker
from calendars.models import Worker
from database.clock import now_ms
from observability import health
from tests.services import start_postgres, start_redis

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
    assert statuses(answer) == dict.fromkeys(["database", "migrations", "broker", "static files", "worker"], "ok")
    assert answer.json()["checks"]["worker"]["detail"] == "One was seen 4 s ago."
    assert "host.internal" not in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"


def test_not_ready_without_a_worker(client: Client, db: None) -> None:
    assert client.get(READY).json()["checks"]["worker"] == {"status": "failing", "detail": "No worker is running."}
    Worker.objects.create(id="w", last_heartbeat_ms=now_ms() - 60_000)
    answer = client.get(READY)
    assert (answer.status_code, answer.json()["status"]) == (503, "failing")
    assert statuses(answer) == {
        "database": "ok",
        "migrations": "ok",
        "broker": "ok",
        "static files": "ok",
        "worker": "failing",
    }
    assert "60 s ago" in answer.json()["checks"]["worker"]["detail"]


def test_a_balancer_skips_checks_that_a_restart_cannot_fix(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(health.CHECKS, "broker", pytest.fail)
    answer = client.get(READY, {"without": "worker,broker,database"})
    assert (answer.status_code, statuses(answer)) == (
        200,
        {"database": "ok", "migrations": "ok", "static files": "ok"},
    )


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
        "static files": "ok",
        "worker": "failing",
    }


def test_not_ready_without_static_files(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "staticfiles_storage", SimpleNamespace(hashed_files={}))
    answer = client.get(READY)
    assert (answer.status_code, statuses(answer)["static files"]) == (503, "failing")
    assert "collectstatic" in answer.json()["checks"]["static files"]["detail"]


def test_not_ready_while_redis_takes_no_messages(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start_redis() as server, redis.Redis.from_url(server.url) as far_side:
        monkeypatch.setattr(dramatiq, "get_broker", lambda: RedisBroker(url=server.url))
        assert statuses(client.get(READY))["broker"] == "ok"
        refused = {
            "status": "failing",
            "detail": "The broker takes no messages: it is out of memory or read-only.",
        }
        far_side.config_set("maxmemory", 1)
        assert client.get(READY).json()["checks"]["broker"] == refused
        far_side.config_set("maxmemory", 0)
        assert statuses(client.get(READY))["broker"] == "ok"
        far_side.replicaof("127.0.0.1", 1)
        assert client.get(READY).json()["checks"]["broker"] == refused


@pytest.fixture
def postgres(monkeypatch: pytest.MonkeyPatch, django_db_blocker: object) -> Iterator[BaseDatabaseWrapper]:
    """A connection to a PostgreSQL of its own, which the checks ask."""
    with start_postgres() as server, django_db_blocker.unblock():
        own = {"ENGINE": "database.postgresql", "NAME": "postgres", "USER": "postgres", "HOST": "127.0.0.1"}
        opened = ConnectionHandler({"default": own | {"PORT": server.port}})["default"]
        monkeypatch.setattr(health, "connection", opened)
        monkeypatch.setattr(health, "_known_unshared", threading.Event())
        yield opened
        opened.close()


def test_not_ready_while_the_database_is_read_only(postgres: BaseDatabaseWrapper) -> None:
    assert health.check_database() == "It answers."
    with postgres.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    with pytest.raises(health.NotReady, match="The database is read-only"):
        health.check_database()


def test_pooler_is_noticed_by_what_transactions_have_prepared(postgres: BaseDatabaseWrapper, settings) -> None:
    assert health.check_database() == health.check_database() == "It answers."
    with postgres.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")  # as another connection of the server would answer
    with pytest.raises(health.NotReady, match="set DATABASE_POOLER=transaction"):
        health.check_database()
    settings.DATABASE_POOLER = "transaction"
    assert health.check_database() == "It answers."


def test_pooler_is_noticed_by_what_others_have_prepared(postgres: BaseDatabaseWrapper) -> None:
    with postgres.cursor() as cursor:
        cursor.execute(f"PREPARE {health.PROBE} AS SELECT 1")
    with pytest.raises(health.NotReady, match="set DATABASE_POOLER=transaction"):
        health.check_database()


def test_other_methods_are_refused(client: Client, db: None) -> None:
    for path in (HEALTH, READY):
        assert client.post(path).status_code == 405


def test_ready_counts_queries_alike_however_many_workers(
    client: Client, db: None, django_assert_num_queries: object
) -> None:
    health._migrations_of_code()
    Worker.objects.bulk_create([Worker(id=str(number), last_heartbeat_ms=number) for number in range(5)])
    # The table of migrations, its rows, the newest worker; and of the database one query, or on PostgreSQL four.
    client.get(READY)  # prepares a statement, once for each connection
    with django_assert_num_queries(7 if connection.vendor == "postgresql" else 4):
        client.get(READY)
