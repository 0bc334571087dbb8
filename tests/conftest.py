"""What every test may use. DATABASE_URL and BROKER_URL say which database and broker a run is on."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import dramatiq
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import flush
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from whitenoise import WhiteNoise

from accounts.hashers import BoundedArgon2PasswordHasher
from tests.project import Worker, database_url, start_worker

# No test asserts how long something takes: machines are busy at times.
hypothesis_settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("untimed")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name what fails at once, where tests.run shows it of a pass that it hides, too."""
    descriptor = os.environ.get("FAILURES_FD")
    if report.failed and descriptor and "PYTEST_XDIST_WORKER" not in os.environ:  # whose reports come here anyway
        os.write(int(descriptor), f"\nFAILED {report.nodeid} ({report.when})\n".encode())


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite's test database is a file, as in real life: threads and processes write to it at once."""
    database = connections["default"].settings_dict
    if "sqlite3" in database["ENGINE"]:
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Pages name static files by their hash: these have to be collected first, as for `make run`.

    Of several processes of one run, the first does it for all.
    """
    collected = settings.DATA_DIR / f"collected-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
    with (settings.DATA_DIR / "collecting").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not collected.exists():
            call_command("collectstatic", interactive=False, verbosity=0)
            collected.touch()


@pytest.fixture(scope="session", autouse=True)
def static_files_are_found_once() -> Iterator[None]:
    """Every client of a test loads the middleware, and WhiteNoise would look at all static files each time."""
    found: dict[tuple[str, str], dict] = {}
    find = WhiteNoise.update_files_dictionary

    def find_once(whitenoise: WhiteNoise, root: str, prefix: str) -> None:
        if (root, prefix) not in found:
            find(whitenoise, root, prefix)
            found[root, prefix] = whitenoise.files.copy()
        whitenoise.files.update(found[root, prefix])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoise, "update_files_dictionary", find_once)
        yield


# What only migrations write. Django empties these too after a test of transactions, and fills them again.
NEVER_FLUSHED = {"django_content_type", "auth_permission"}
LARGE_BYTES = 100_000
# To truncate a table means new files for it and each index, however few its rows are; rows that are deleted leave
# a large table large, which changes what the planner does. The lock is that of TRUNCATE: what is under way ends first.
EMPTY = """DO $$ BEGIN
    LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE;
    IF (SELECT max(pg_table_size(name::regclass)) FROM unnest(ARRAY[{names}]) name) > {limit} THEN
        TRUNCATE {tables};
    ELSE
        {deletions};
    END IF;
END $$"""


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> Iterator[None]:
    """Empty the tables after a test of transactions, and leave out what that test cannot have changed."""
    teardown = TransactionTestCase._fixture_teardown

    def sql_flush(style: Any, connection: BaseDatabaseWrapper, **options: Any) -> list[str]:
        existing = connection.introspection.django_table_names(only_existing=True, include_views=False)
        tables = [connection.ops.quote_name(table) for table in existing if table not in NEVER_FLUSHED]
        deletions = [f"DELETE FROM {table}" for table in tables]
        if connection.vendor != "postgresql":
            return deletions
        names = ", ".join(f"'{table}'" for table in tables)
        together = EMPTY.format(
            names=names, limit=LARGE_BYTES, tables=", ".join(tables), deletions="; ".join(deletions)
        )
        return [together]

    def emit(verbosity: int, interactive: bool, db: str, **options: Any) -> None:
        """Tell the one app that makes something after migrations besides permissions."""
        todos = apps.get_app_config("todos")
        known = {"verbosity": verbosity, "interactive": interactive, "using": db, "app_config": todos}
        post_migrate.send(sender=todos, **known, **options)

    def quick_teardown(case: TransactionTestCase) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(flush, "sql_flush", sql_flush)
            patch.setattr(flush, "emit_post_migrate_signal", emit)
            teardown(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", quick_teardown)
        yield


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing a password costs nothing here; tests of the hasher override this."""
    monkeypatch.setattr(BoundedArgon2PasswordHasher, "memory_cost", 8)
    monkeypatch.setattr(BoundedArgon2PasswordHasher, "time_cost", 1)


@pytest.fixture(autouse=True)
def unlimited(settings: Any) -> None:
    """Nobody has to wait for what another test did; a test of a limit sets it."""
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "")


@pytest.fixture(autouse=True)
def without_lab(settings: Any) -> None:
    """No process of a test asks the database now and then what to break; tests of the lab turn it on."""
    settings.LAB = False


@pytest.fixture
def wait_for() -> Callable[..., None]:
    """`wait_for(condition)` returns once the condition holds, and fails the test if it never does."""

    def wait(condition: Callable[[], object], *, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"nothing came of it in {seconds} s")
            time.sleep(0.02)

    return wait


@pytest.fixture
def workers(transactional_db: None) -> Iterator[Worker | None]:
    """Somebody who builds calendars: a real `manage.py rundramatiq`, or threads with the embedded broker (None).

    Only what is committed can be seen from there, so the test's database is not rolled back but emptied.
    """
    broker = dramatiq.get_broker()
    broker.flush_all()  # what tests without workers have sent
    if settings.BROKER_URL:
        with start_worker(DATABASE_URL=database_url(), BROKER_URL=settings.BROKER_URL) as process:
            yield process
    else:
        worker = dramatiq.Worker(broker, worker_threads=4, worker_timeout=100)
        worker.start()
        yield
        worker.stop()
