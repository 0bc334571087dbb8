"""Behind PgBouncer in transaction mode, with fewer connections than there are threads."""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus

from tests.project import ROOT, start_web, start_worker
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


def test_calls_jobs_and_feeds_work_behind_a_pooler(wait_for: Callable) -> None:
    with (
        start_postgres() as postgres,
        start_redis() as redis,
        start_pgbouncer(postgres.create_database("pooled"), connections=2) as pooler,
    ):
        variables = {
            "DATABASE_URL": pooler.url,
            "DATABASE_POOLER": "transaction",
            "BROKER_URL": redis.url,
            "TASKOVERFLOW_SECRET_KEY": "for tests alone",
            "ALLOWED_HOSTS": "*",
            "TASKOVERFLOW_ENV_FILE": "",
        }
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, check=True, cwd=ROOT, env=os.environ | variables)
        with start_web(**variables) as web, start_worker(**variables):
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
