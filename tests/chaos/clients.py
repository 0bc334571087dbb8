"""People who change their todos and ask for calendars, whatever happens to the server meanwhile."""

import http.client
import itertools
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.chaos.world import Owner

THREADS = 8
TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Asked:
    """A job that was answered 202, and the number of the change that was committed before."""

    job_id: str
    change: int


class Clients:
    """Asks for ``jobs`` calendars in turn over all owners' lists, evenly over ``seconds``."""

    def __init__(self, url: str, owners: list[Owner], *, jobs: int, seconds: float) -> None:
        self.host = urlsplit(url).netloc
        self.owners = owners
        self.jobs = jobs
        self.pause = seconds / max(jobs, 1)
        self.asked: list[Asked] = []
        self._turns: Iterator[int] = iter(range(jobs))
        self._lock = threading.Lock()
        self._owner_locks = [threading.Lock() for _ in owners]
        self._changes = [itertools.count(1) for _ in owners]
        self._start = time.monotonic()

    def run(self) -> None:
        self._start = time.monotonic()
        threads = [threading.Thread(target=self._work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self) -> None:
        while True:
            with self._lock:
                turn = next(self._turns, None)
            if turn is None:
                return
            time.sleep(max(0, self._start + turn * self.pause - time.monotonic()))
            self.ask(turn % len(self.owners), change=turn % 3 != 0)

    def ask(self, index: int, *, change: bool) -> None:
        """Commit a change, then ask for a calendar: its file has to hold the change."""
        owner = self.owners[index]
        with self._owner_locks[index]:  # so that changes are committed in the order of their numbers
            number = next(self._changes[index]) if change else 0
            if (
                number
                and self._send(owner, "PUT", f"/api/v1/todos/{owner.todo_id}", {"title": f"change {number}"})
                is None
            ):
                number = 0  # committed or not: nothing is promised
            answer = self._send(owner, "POST", "/api/v1/todos/ical", None)
        if answer is not None:
            with self._lock:
                self.asked.append(Asked(answer["task_id"], number))

    def _send(self, owner: Owner, method: str, path: str, body: dict | None) -> dict | None:
        """Return the answer to a request that went well, or None."""
        connection = http.client.HTTPConnection(self.host, timeout=TIMEOUT_SECONDS)
        headers = {"Authorization": f"Bearer {owner.token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            response = connection.getresponse()
            data = response.read()
            return json.loads(data) if response.status < 300 else None
        except (OSError, http.client.HTTPException, ValueError):
            time.sleep(0.1)
            return None
        finally:
            connection.close()
