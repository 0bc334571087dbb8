"""A rolling deployment: the release before and this one serve the same PostgreSQL and Redis, under load.

Everything is asked for over HTTP, of either release, as a load balancer would spread it.
"""

import itertools
import random
import re
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.owners import Owner, add_todo, api, entries, job_file, make_owner, read
from tests.project import ROOT, manage, start_web, start_worker
from tests.releases import check_out_previous_release
from tests.services import start_postgres, start_redis

LOAD_SECONDS = 20
TODOS_AT_FIRST = 30
JOB_SECONDS = 30
TITLE = re.compile(rb"SUMMARY:([\w ]+)")


@dataclass
class Release:
    name: str
    root: Path
    variables: dict[str, str]
    url: str = ""

    def prepare(self) -> None:
        for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"]):
            manage(*command, root=self.root, **self.variables)

    def start(self, stack: ExitStack) -> None:
        self.url = stack.enter_context(start_web(root=self.root, **self.variables)).url
        stack.enter_context(start_worker(root=self.root, **self.variables))


class Load:
    """Changes, polls and jobs of every owner, each at a release chosen at random."""

    def __init__(self, releases: list[Release], owners: list[Owner]) -> None:
        self.releases, self.owners = releases, owners
        self.errors: list[str] = []
        self.counts = {"changes": 0, "polls": 0, "jobs": 0}
        self.lock, self.end = threading.Lock(), 0.0

    def run(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds
        loops = (self.change, self.poll, self.ask)
        threads = [
            threading.Thread(target=self.repeat, args=(loop, owner)) for loop in loops for owner in self.owners
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def repeat(self, loop, owner: Owner) -> None:
        chance, numbers = random.Random(f"{loop.__name__} {owner.name}"), itertools.count(1)
        while time.monotonic() < self.end:
            try:
                self.counts[loop(owner, chance, next(numbers))] += 1
            except Exception as error:
                with self.lock:
                    self.errors.append(f"{loop.__name__} of {owner.name}: {error}")

    def change(self, owner: Owner, chance: random.Random, number: int) -> str:
        release = chance.choice(self.releases)
        match chance.choice(["add", "add", "keep", "put", "put", "complete", "delete"]):
            case "add":
                add_todo(release.url, owner, f"added {number} of {owner.name}")
            case "keep":
                title = f"kept {number} of {owner.name}"
                add_todo(release.url, owner, title)
                owner.kept.append(title)
            case action:
                changeable = [pk for pk, title in owner.todos.items() if not title.startswith("kept")]
                pk = chance.choice(changeable)
                if action == "delete" and len(changeable) > 10:
                    api(release.url, owner, "DELETE", f"todos/{pk}")
                    del owner.todos[pk]
                else:
                    title = f"put {number} of {owner.name}"
                    body = {"title": title, "completed": action == "complete"}
                    api(release.url, owner, "PUT", f"todos/{pk}", body)
                    owner.todos[pk] = title
        return "changes"

    def poll(self, owner: Owner, chance: random.Random, number: int) -> str:
        release, before = chance.choice(self.releases), list(owner.kept)
        body = read(release.url, chance.choice(owner.feeds))
        check_kept(f"A feed of {owner.name} at {release.name}", body, before)
        return "polls"

    def ask(self, owner: Owner, chance: random.Random, number: int) -> str:
        """Ask one release for a file, and any for its status and its bytes."""
        release, before = chance.choice(self.releases), list(owner.kept)
        job = api(release.url, owner, "POST", "todos/ical")["task_id"]
        owner.jobs.append(job)
        end = time.monotonic() + JOB_SECONDS
        while True:
            status = api(chance.choice(self.releases).url, owner, "GET", f"todos/ical/{job}/status")["task_status"]
            if status == "SUCCESS":
                break
            assert status in ("PENDING", "STARTED") and time.monotonic() < end, f"Job {job} is {status}"
            time.sleep(0.05)
        for one in self.releases:
            check_kept(
                f"A job of {owner.name}, asked for at {release.name}", job_file(one.url, owner, job), before
            )
        return "jobs"


def check_kept(what: str, body: bytes, titles: list[str]) -> None:
    missing = {title.encode() for title in titles} - set(TITLE.findall(body))
    assert not missing, f"{what} lacks {len(missing)} of {len(titles)} todos, such as {min(missing)!r}"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def releases(tmp_path: Path, stack: ExitStack) -> list[Release]:
    """The release before and this one, on the same servers."""
    common = {
        "DATABASE_URL": stack.enter_context(start_postgres()).url,
        "BROKER_URL": stack.enter_context(start_redis()).url,
        "TASKOVERFLOW_SECRET_KEY": secrets.token_urlsafe(),
        "ALLOWED_HOSTS": "*",
    }
    roots = {"before": check_out_previous_release(tmp_path), "today": ROOT}
    return [
        Release(
            name,
            root,
            common | {"TASKOVERFLOW_DATA": str(tmp_path / name), "STATIC_ROOT": str(tmp_path / name / "static")},
        )
        for name, root in roots.items()
    ]


def test_release_before_and_this_one_serve_side_by_side(releases: list[Release], stack: ExitStack) -> None:
    old, new = releases
    old.prepare()
    old.start(stack)
    owners = [make_owner(f"before{number}", old.url) for number in range(3)]
    for owner in owners:
        for number in range(TODOS_AT_FIRST):
            add_todo(old.url, owner, f"first {number} of {owner.name}")
        for feed in owner.feeds:
            read(old.url, feed)
    rolling = Load([old], owners)
    thread = threading.Thread(target=rolling.run, args=(600,))
    thread.start()
    try:
        new.prepare()  # while the release before serves
        new.start(stack)
    finally:
        rolling.end = 0
        thread.join()
    owners.append(make_owner("today", new.url))
    load = Load([old, new], owners)
    for number in range(TODOS_AT_FIRST):
        add_todo(new.url, owners[-1], f"first {number} of today")
    load.run(LOAD_SECONDS)
    print(rolling.counts, load.counts)

    errors = rolling.errors + load.errors
    assert not errors, f"{len(errors)} errors: {errors[:5]}"
    assert min(load.counts.values()) > 0
    for owner in owners:
        for release in (old, new):
            todos = {todo["id"]: todo["title"] for todo in api(release.url, owner, "GET", "todos")}
            assert todos == owner.todos
            with owner.browser.open(f"{release.url}/settings") as page:
                assert owner.name in page.read().decode()
        for feed in owner.feeds:
            bodies = [read(release.url, feed) for release in (old, new, old)]
            first = entries(bodies[0])
            assert sorted(TITLE.findall(b"".join(first))) == sorted(
                title.encode() for title in owner.todos.values() for _ in range(len(first) // len(owner.todos))
            )
            assert first == entries(bodies[1]) == entries(bodies[2])
            assert b"\r\nNAME:Feed " in bodies[1], "whichever release has stored the bytes"
        for job in owner.jobs:
            assert job_file(old.url, owner, job) == job_file(new.url, owner, job)


def test_lists_of_this_release_are_hidden_from_the_one_before(releases: list[Release], stack: ExitStack) -> None:
    old, new = releases
    for release in releases:
        release.prepare()
        release.start(stack)
    owner = make_owner("ada", old.url)
    add_todo(old.url, owner, "stays")
    add_todo(old.url, owner, "moved")
    uni = api(new.url, owner, "POST", "lists", {"name": "Uni"})["id"]
    api(new.url, owner, "POST", f"lists/{uni}/todos", {"title": "new", "deadline_at": "2026-12-01"})
    feed = urlsplit(api(new.url, owner, "POST", f"lists/{uni}/feeds", {"name": "Uni"})["url"]).path
    for release in releases:
        assert set(TITLE.findall(read(release.url, owner.feeds[0]))) == {b"stays", b"moved"}
    moved = max(owner.todos)
    items = [{"id": moved, "action": "move", "list_id": uni}]
    assert api(new.url, owner, "POST", "todos/bulk", {"items": items})["results"][0]["status"] == 200
    del owner.todos[moved]

    for number in range(2):
        for release in (new, old):
            add_todo(release.url, owner, f"added {number} at {release.name}")
        for release in (new, old, new):
            todos = api(release.url, owner, "GET", "todos")
            assert {todo["id"]: todo["title"] for todo in todos} == owner.todos
            titles = {title.encode() for title in owner.todos.values()}
            assert set(TITLE.findall(read(release.url, owner.feeds[0]))) == titles
            assert set(TITLE.findall(read(release.url, feed))) == {b"new", b"moved"}
            with owner.browser.open(f"{release.url}/settings") as page:
                assert "ada" in page.read().decode()
    make_owner("bob", old.url)
    assert [each["name"] for each in api(new.url, owner, "GET", "lists")] == ["Todos", "Uni"]
    assert api(old.url, owner, "DELETE", f"todos/{moved}") == {}
    assert len(api(new.url, owner, "GET", f"lists/{uni}/todos")) == 2
