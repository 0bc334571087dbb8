"""Behind PgBouncer in transaction mode, with fewer connections than there are threads."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http import HTTPStatus

from tests.project import ROOT, Web, start_web, start_worker
from tests.services import start_pgbouncer, start_postgres, start_redis

CLIENTS, CHANGES = 8, 15


def call(url: str, method: str = "GET", body: dict | None = None) -> dict | list:
    data = None if body is None else json.dumps(body).encode()
    return json.loads(
        fetch(urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method))
    )


def fetch(request: urllib.request.Request | str) -> bytes:
    """Return the body. A busy server asks to come again: many change one list and fetch its feed at once here."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE or "Retry-After" not in error.headers:
                raise
            time.sleep(0.2)
    raise TimeoutError("The server is busy for good.")


@contextlib.contextmanager
def pooled(*, connections: int) -> Iterator[dict[str, str]]:
    """The environment of a service whose database is behind a pooler; the service has been told so."""
    with (
        start_postgres() as postgres,
        start_redis() as redis,
        start_pgbouncer(direct_url := postgres.create_database("pooled"), connections=connections) as pooler,
    ):
        variables = {
            "DATABASE_URL": pooler.url,
            "DIRECT_URL": direct_url,
            "DATABASE_POOLER": "transaction",
            "BROKER_URL": redis.url,
            "TASKOVERFLOW_SECRET_KEY": "for tests alone",
            "ALLOWED_HOSTS": "*",
            "TASKOVERFLOW_ENV_FILE": "",
        }
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, check=True, cwd=ROOT, env=os.environ | variables)
        yield variables


def readiness(web: Web) -> tuple[int, dict]:
    """Return the status of /ready, and the result of its check of the database."""
    try:
        with urllib.request.urlopen(f"{web.url}/api/v1/ready?without=worker", timeout=30) as answer:
            status, body = answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        status, body = error.code, json.load(error)
    return status, body["checks"]["database"]


def test_ready_notices_a_pooler_that_nobody_has_told_it_of() -> None:
    with pooled(connections=5) as variables:
        with start_web(**variables) as web:
            assert readiness(web) == (200, {"status": "ok", "detail": "It answers."})
        with start_web(**variables | {"DATABASE_POOLER": "none"}) as web:
            assert_notices(web)  # an idle pooler gives every transaction the same connection
            # A busy one may open one for each that looks, and then nothing is to be seen yet.
            callers = [threading.Thread(target=readiness, args=(web,)) for _ in range(CLIENTS)]
            for caller in callers:
                caller.start()
            for caller in callers:
                caller.join()
            assert_notices(web)
        with start_web(**variables | {"DATABASE_POOLER": "none", "DATABASE_URL": variables["DIRECT_URL"]}) as web:
            assert readiness(web)[0] == 200


def assert_notices(web: Web) -> None:
    for _ in range(2 * CLIENTS):  # whichever thread answers
        status, check = readiness(web)
        assert (status, check["status"]) == (503, "failing")
        assert "set DATABASE_POOLER=transaction" in check["detail"]


def test_calls_jobs_and_feeds_work_behind_a_pooler(wait_for: Callable) -> None:
    with pooled(connections=2) as variables, start_web(**variables) as web, start_worker(**variables):
        api = f"{web.url}/api/v1"
        todos = [
            call(f"{api}/todos", "POST", {"title": f"Todo {n}", "deadline_at": "2027-01-01"}) for n in range(8)
        ]
        feed = call(f"{api}/feeds", "POST", {"name": "Pooled"})["url"]

        def change(todo: dict) -> None:
            for number in range(CHANGES):
                title = f"Todo {todo['id']} version {number}"
                assert call(f"{api}/todos/{todo['id']}", "PUT", {"title": title})["title"] == title
                assert title in fetch(feed).decode().replace("\r\n ", "")

        failures: list[Exception] = []

        def run(todo: dict) -> None:
            try:
                change(todo)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=run, args=(todo,)) for todo in todos]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        job = call(f"{api}/todos/ical", "POST")["task_url"]
        wait_for(lambda: call(job)["task_status"] == "SUCCESS")
        assert "prepared statement" not in web.log.read_text()
