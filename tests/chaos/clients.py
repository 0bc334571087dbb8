"""People who change their todos and ask for calendars, whatever happens to the server meanwhile."""

import http.client
import itertools
import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from tests.chaos.world import Owner

THREADS = 8
TIMEOUT_SECONDS = 10
# So that a change is in time, however long its request and the one before take.
LEAD_SECONDS = 3 * TIMEOUT_SECONDS
MOVED_SECONDS = 10
# A request that fails is made again, a hundred times at most: longer than any fault lasts.
ATTEMPTS, PAUSE_SECONDS = 100, 0.5


@dataclass(frozen=True)
class Asked:
    """A job that was answered 202, and the number of the change that was committed before."""

    job_id: str
    change: int


@dataclass(frozen=True)
class Planned:
    """A todo that was answered 201, and when its owner is reminded: never if it was completed before.

    ``is_sure``: what was done with it afterwards was answered too.
    """

    title: str
    due_at: float | None
    is_sure: bool


class Crowd:
    """Does something ``count`` times, in turn for all owners, evenly over ``seconds``."""

    def __init__(self, url: str, owners: list[Owner], *, count: int, seconds: float) -> None:
        self.host = urlsplit(url).netloc
        self.owners = owners
        self.pause = seconds / max(count, 1)
        self.failed = 0  # requests
        self._turns: Iterator[int] = iter(range(count))
        self._lock = threading.Lock()
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
            self.take_turn(turn)

    def take_turn(self, turn: int) -> None:
        raise NotImplementedError

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
            return None
        finally:
            connection.close()

    def _insist(self, send: Callable[[int], dict | None], *, until: float = math.inf) -> dict | None:
        """Call ``send``, with the number of each attempt, until it is answered; until that time at most."""
        for attempt in range(ATTEMPTS):
            if (answer := send(attempt)) is not None:
                return answer
            with self._lock:
                self.failed += 1
            if time.time() + PAUSE_SECONDS > until:
                return None
            time.sleep(PAUSE_SECONDS)
        return None


class Clients(Crowd):
    """Ask for calendars."""

    def __init__(self, url: str, owners: list[Owner], *, jobs: int, seconds: float) -> None:
        super().__init__(url, owners, count=jobs, seconds=seconds)
        self.asked: list[Asked] = []
        self._owner_locks = [threading.Lock() for _ in owners]
        self._changes = [itertools.count(1) for _ in owners]

    def take_turn(self, turn: int) -> None:
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
            # The server may have taken a job without our hearing of it: that is another job.
            answer = self._insist(lambda _: self._send(owner, "POST", "/api/v1/todos/ical", None))
        if answer is not None:
            with self._lock:
                self.asked.append(Asked(answer["task_id"], number))


class Planners(Crowd):
    """Add todos with deadlines soon, of which their owners are reminded; complete and move some of them in time."""

    def __init__(self, url: str, owners: list[Owner], *, todos: int, seconds: float) -> None:
        super().__init__(url, owners, count=todos, seconds=seconds)
        self.planned: list[Planned] = []

    def take_turn(self, turn: int) -> None:
        owner, title, due_at = self.owners[turn % len(self.owners)], "", 0

        def add(attempt: int) -> dict | None:
            # Whether an attempt that was not answered was committed, nobody knows: each has a title of its own.
            nonlocal title, due_at
            title, due_at = f"Plan {turn}.{attempt}", int(time.time()) + LEAD_SECONDS
            body = {"title": title, "deadline_at": instant(due_at)}
            return self._send(owner, "POST", "/api/v1/todos", body)

        if (todo := self._insist(add)) is None:
            return
        later = due_at + MOVED_SECONDS
        change, after = {0: ({"completed": True}, None), 1: ({"deadline_at": instant(later)}, later)}.get(
            turn % 5, (None, due_at)
        )
        answer = change and self._insist(
            lambda _: self._send(owner, "PUT", f"/api/v1/todos/{todo['id']}", change), until=due_at
        )
        is_sure = change is None or (answer is not None and time.time() < due_at)
        with self._lock:
            self.planned.append(Planned(title, after if is_sure else due_at, is_sure))


def instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
