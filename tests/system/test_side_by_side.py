"""A rolling deployment: the release before and this one serve the same PostgreSQL and Redis, under load.

Everything is asked for over HTTP, of either release, as a load balancer would spread it.
"""

import http.client
import itertools
import json
import random
import re
import secrets
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.project import ROOT, manage, start_web, start_worker
from tests.releases import check_out_previous_release
from tests.services import start_postgres, start_redis

LOAD_SECONDS = 20
TODOS_AT_FIRST = 30
JOB_SECONDS = 30
FEEDS = [{"completed": "all"}, {"completed": "all", "components": "both", "alarm_minutes": 15}]
TITLE = re.compile(rb"SUMMARY:([\w ]+)")


@dataclass
class Owner:
    """Somebody with a list; what is in ``todos`` and ``kept`` was answered with a success."""

    name: str
    browser: urllib.request.OpenerDirector
    token: str
    feeds: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    todos: dict[int, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)  # titles that nobody changes or deletes


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


def call(release: Release, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(release.url).netloc, timeout=30)
    try:
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, {"Content-Type": "application/json"} | headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def api(release: Release, owner: Owner, method: str, path: str, body: object = None) -> dict | list:
    status, data = call(release, method, f"/api/v1/{path}", body, Authorization=f"Bearer {owner.token}")
    assert status < 300, f"{release.name} answered {status} to {method} {path}: {data[:500]!r}"
    return json.loads(data)


def read(release: Release, path: str, **headers: str) -> bytes:
    status, data = call(release, "GET", path, **headers)
    assert status == 200, f"{release.name} answered {status} to GET {path}: {data[:500]!r}"
    assert data.startswith(b"BEGIN:VCALENDAR\r\n") and data.endswith(b"END:VCALENDAR\r\n"), data[:100]
    return data


def make_owner(name: str, release: Release) -> Owner:
    """Sign up in a browser, and make a token and feeds."""
    cookies = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    page = f"{release.url}/accounts/sign-up"
    browser.open(page).close()

    def csrf_token() -> str:
        return next(cookie.value for cookie in cookies if cookie.name == "csrftoken")

    password = secrets.token_urlsafe()
    form = {"username": name, "password1": password, "password2": password, "csrfmiddlewaretoken": csrf_token()}
    browser.open(page, urllib.parse.urlencode(form).encode()).close()
    request = urllib.request.Request(
        f"{release.url}/api/v1/tokens",
        json.dumps({"name": "script", "scope": "write"}).encode(),
        {"Content-Type": "application/json", "X-CSRFToken": csrf_token()},
    )
    with browser.open(request) as response:
        owner = Owner(name, browser, json.load(response)["token"])
    for number, options in enumerate(FEEDS):
        feed = api(release, owner, "POST", "feeds", {"name": f"Feed {number}", "options": options})
        owner.feeds.append(urlsplit(feed["url"]).path)
    return owner


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
                add_todo(release, owner, f"added {number} of {owner.name}")
            case "keep":
                title = f"kept {number} of {owner.name}"
                add_todo(release, owner, title)
                owner.kept.append(title)
            case action:
                changeable = [pk for pk, title in owner.todos.items() if not title.startswith("kept")]
                pk = chance.choice(changeable)
                if action == "delete" and len(changeable) > 10:
                    api(release, owner, "DELETE", f"todos/{pk}")
                    del owner.todos[pk]
                else:
                    title = f"put {number} of {owner.name}"
                    body = {"title": title, "completed": action == "complete"}
                    api(release, owner, "PUT", f"todos/{pk}", body)
                    owner.todos[pk] = title
        return "changes"

    def poll(self, owner: Owner, chance: random.Random, number: int) -> str:
        release, before = chance.choice(self.releases), list(owner.kept)
        body = read(release, chance.choice(owner.feeds))
        check_kept(f"A feed of {owner.name} at {release.name}", body, before)
        return "polls"

    def ask(self, owner: Owner, chance: random.Random, number: int) -> str:
        """Ask one release for a file, and any for its status and its bytes."""
        release, before = chance.choice(self.releases), list(owner.kept)
        job = api(release, owner, "POST", "todos/ical")["task_id"]
        owner.jobs.append(job)
        end = time.monotonic() + JOB_SECONDS
        while True:
            status = api(chance.choice(self.releases), owner, "GET", f"todos/ical/{job}/status")["task_status"]
            if status == "SUCCESS":
                break
            assert status in ("PENDING", "STARTED") and time.monotonic() < end, f"Job {job} is {status}"
            time.sleep(0.05)
        for one in self.releases:
            check_kept(f"A job of {owner.name}, asked for at {release.name}", job_file(one, owner, job), before)
        return "jobs"


def job_file(release: Release, owner: Owner, job: str) -> bytes:
    return read(release, f"/api/v1/todos/ical/{job}/result", Authorization=f"Bearer {owner.token}")


def check_kept(what: str, body: bytes, titles: list[str]) -> None:
    missing = {title.encode() for title in titles} - set(TITLE.findall(body))
    assert not missing, f"{what} lacks {len(missing)} of {len(titles)} todos, such as {min(missing)!r}"


def add_todo(release: Release, owner: Owner, title: str) -> None:
    body = {"title": title, "deadline_at": "2026-12-01T18:00:00"}
    owner.todos[api(release, owner, "POST", "todos", body)["id"]] = title


def entries(body: bytes) -> list[bytes]:
    """The events and todos of a file: its first lines may differ from release to release."""
    return re.findall(rb"BEGIN:(?:VEVENT|VTODO)\r\n.*?END:(?:VEVENT|VTODO)\r\n", body, re.DOTALL)


@pytest.fixture
def releases(tmp_path: Path) -> Iterator[list[Release]]:
    with ExitStack() as stack:
        common = {
            "DATABASE_URL": stack.enter_context(start_postgres()).url,
            "BROKER_URL": stack.enter_context(start_redis()).url,
            "TASKOVERFLOW_SECRET_KEY": secrets.token_urlsafe(),
            "ALLOWED_HOSTS": "*",
        }
        folders = {name: tmp_path / name for name in ("before", "today")}
        old, new = (
            Release(name, root, common | {"TASKOVERFLOW_DATA": str(folder), "STATIC_ROOT": str(folder / "static")})
            for (name, folder), root in zip(
                folders.items(), (check_out_previous_release(tmp_path), ROOT), strict=True
            )
        )
        old.prepare()
        old.start(stack)
        yield [old, new, stack]


def test_release_before_and_this_one_serve_side_by_side(releases: list) -> None:
    old, new, stack = releases
    owners = [make_owner(f"before{number}", old) for number in range(3)]
    for owner in owners:
        for number in range(TODOS_AT_FIRST):
            add_todo(old, owner, f"first {number} of {owner.name}")
        for feed in owner.feeds:
            read(old, feed)
    rolling = Load([old], owners)
    thread = threading.Thread(target=rolling.run, args=(5,))
    thread.start()
    new.prepare()  # while the release before serves
    new.start(stack)
    thread.join()
    owners.append(make_owner("today", new))
    load = Load([old, new], owners)
    for number in range(TODOS_AT_FIRST):
        add_todo(new, owners[-1], f"first {number} of today")
    load.run(LOAD_SECONDS)
    print(rolling.counts, load.counts)

    errors = rolling.errors + load.errors
    assert not errors, f"{len(errors)} errors: {errors[:5]}"
    assert min(load.counts.values()) > 0
    for owner in owners:
        for release in (old, new):
            todos = {todo["id"]: todo["title"] for todo in api(release, owner, "GET", "todos")}
            assert todos == owner.todos
            with owner.browser.open(f"{release.url}/settings") as page:
                assert owner.name in page.read().decode()
        for feed in owner.feeds:
            bodies = [read(release, feed) for release in (old, new, old)]
            first = entries(bodies[0])
            assert sorted(TITLE.findall(b"".join(first))) == sorted(
                title.encode() for title in owner.todos.values() for _ in range(len(first) // len(owner.todos))
            )
            assert first == entries(bodies[1]) == entries(bodies[2])
        for job in owner.jobs:
            assert job_file(old, owner, job) == job_file(new, owner, job)
