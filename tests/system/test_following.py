"""What follows a list, from end to end: clocks that are wrong, and a mail server that says nothing."""

import asyncio
import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar
from itertools import pairwise
from pathlib import Path
from urllib.request import HTTPCookieProcessor

import pytest
from aiosmtpd.smtp import SMTP

from tests.chaos.surroundings import clock_ahead
from tests.followers.receiver import Request, receiving
from tests.owners import Owner, api, make_owner
from tests.project import manage, start_web, start_worker
from tests.reminders.conftest import Mailbox, MailServer
from tests.reminders.push_service import PushService
from tests.services import start_postgres, start_redis
from tests.streams import open_page

HOUR = 3_600
PATIENCE_SECONDS = 120
TIMEOUT = 10  # seconds, for the answer to a webhook
# What a mail server answers for one mail, in this order.
STAGES = ["connection", "EHLO", "MAIL", "RCPT", "DATA", "message"]
CONFIRM = """
from django.contrib.auth.models import User
from reminders.models import ReminderSettings
user = User.objects.get(username="{name}")
user.email = "{name}@example.org"
user.save()
ReminderSettings.objects.update_or_create(pk=user.pk, defaults={{"confirmed_email": user.email}})
"""


class SilentBox(Mailbox):
    """Its server says nothing instead of one answer, as long as a stage is set."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = ""
        self.waiting = 0
        self.servers: set[SilentSMTP] = set()

    def fall_silent(self, stage: str) -> None:
        """End what is open, so that the next mail meets every stage."""
        self.stage, self.waiting = stage, 0
        for server in tuple(self.servers):  # its thread adds to them
            server.loop.call_soon_threadsafe(server.transport.close)


class SilentSMTP(SMTP):
    answered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.event_handler.servers.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.servers.discard(self)
        super().connection_lost(error)

    async def push(self, status: str) -> None:
        box, stage = self.event_handler, STAGES[self.answered]
        box.waiting += box.stage == stage
        while box.stage == stage:
            await asyncio.sleep(0.05)
        if status[3:4] != "-":  # the last line of an answer
            self.answered = STAGES.index("MAIL") if stage == "message" else self.answered + 1
        await super().push(status)


class SilentServer(MailServer):
    def factory(self) -> SMTP:
        return SilentSMTP(self.handler)


class Scene:
    """Ada is told of her list by a webhook and a mail, Bob by his browser; everything runs, but workers."""

    def __init__(self, stack: ExitStack, **variables: str) -> None:
        self.receiver = stack.enter_context(receiving())
        self.push = PushService()
        stack.callback(self.push.stop)
        self.box = SilentBox()
        mail_server = SilentServer(self.box)
        mail_server.start()
        stack.callback(mail_server.stop)
        stack.callback(wait_for, lambda: not self.box.servers)  # else its loop ends before they are closed
        stack.callback(self.box.fall_silent, "")
        self.variables = variables | {
            "DATABASE_URL": stack.enter_context(start_postgres()).url,
            "TASKOVERFLOW_SECRET_KEY": "of a test",
            "ALLOWED_HOSTS": "*",
            "ALLOW_PRIVATE_TARGETS": "true",
            "EMAIL_URL": f"smtp://{mail_server.hostname}:{mail_server.port}",
        }
        manage("migrate", "-v0", **self.variables)
        self.url = stack.enter_context(start_web(**self.variables)).url
        self.ada, self.bob = make_owner("ada", self.url), make_owner("bob", self.url)
        manage("shell", "-v0", "-c", CONFIRM.format(name="ada"), **self.variables)
        self.secret = self.call(
            self.ada, "POST", "webhooks", {"url": self.receiver.url, "includes_changes": True}
        )["secret"]
        keys = self.push.subscription
        browser = {"name": "Firefox", "endpoint": keys.pop("endpoint"), "keys": keys}
        self.call(self.bob, "POST", "reminders/browsers", browser)

    def call(self, owner: Owner, method: str, path: str, body: object = None) -> dict:
        return api(self.url, owner, method, path, body)

    def remind(self, owner: Owner, title: str) -> datetime:
        """Add a todo of which its owner is reminded in a moment; return when.

        A moment that has passed when it is set never comes: the slower the machine is, the further off it is.
        """
        started = time.monotonic()
        todo = self.call(owner, "POST", "todos", {"title": title})
        seconds = 10 + 10 * (time.monotonic() - started)
        at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=math.ceil(seconds))
        path = f"todos/{todo['id']}/reminders"
        self.call(owner, "PUT", path, {"reminders": [{"at": at.isoformat()}]})
        return at

    def told(self) -> set[str]:
        """Return the titles that Ada's webhook has been told of, by signed events alone."""
        events = [request.verify(self.secret) for request in self.receiver.requests]
        return {todo["title"] for event in events for todo in event["data"]["changes"]}

    def ask(self) -> Callable[[], bool]:
        """Ask for Ada's calendar; return a function that says whether it is there."""
        job = self.call(self.ada, "POST", "todos/ical")["task_id"]
        return lambda: self.call(self.ada, "GET", f"todos/ical/{job}/status")["task_status"] == "SUCCESS"


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "It did not come true."
        time.sleep(0.05)


@pytest.fixture(scope="module")
def with_workers() -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(stack, BROKER_URL=stack.enter_context(start_redis()).url)


@pytest.fixture(scope="module")
def in_one_process() -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(stack)


@pytest.mark.parametrize("clocks", [[HOUR], [-HOUR], [HOUR, -HOUR]], ids=["ahead", "behind", "both"])
def test_clocks_of_workers_change_nothing(with_workers: Scene, clocks: list[int], tmp_path: Path) -> None:
    scene, box, push = with_workers, with_workers.box, with_workers.push
    mails, messages = len(box.received), len(push.received)
    with ExitStack() as stack:
        workers = []
        for number, seconds in enumerate(clocks):
            (folder := tmp_path / str(number)).mkdir()
            clock = clock_ahead(folder, seconds)
            workers.append(stack.enter_context(start_worker(**scene.variables, **clock)))
        moments = [scene.remind(owner, f"{owner.name} {n}") for n in range(3) for owner in (scene.ada, scene.bob)]
        is_built = scene.ask()
        wait_for(lambda: len(box.received) >= mails + 3 and len(push.received) >= messages + 3)
        assert datetime.now(UTC) >= max(moments), "nobody is reminded too early"
        wait_for(lambda: {"ada 0", "ada 1", "ada 2"} <= scene.told())
        wait_for(is_built)
        logs = "".join(worker.log.read_text() for worker in workers)
    assert "age limit" not in logs, "no message is dropped"
    assert sorted(mail["Subject"] for mail in box.received[mails:]) == ["ada 0", "ada 1", "ada 2"]
    assert sorted(message["title"] for message in push.received[messages:]) == ["bob 0", "bob 1", "bob 2"]
    now = datetime.now(UTC)
    times = [parsedate_to_datetime(mail["Date"]) for mail in box.received[mails:]]
    times += [datetime.fromisoformat(event["time"]) for event in scene.receiver.events]
    assert all(abs(now - moment) < timedelta(minutes=30) for moment in times)
    assert at_once(scene.receiver.requests) == []


def at_once(requests: Sequence[Request]) -> list[str]:
    """Return the ids of events that were sent again though the first attempt cannot have failed, nor lost its lease."""
    sent = sorted((request.id, int(request.headers["webhook-timestamp"])) for request in requests)
    return [first for (first, at), (second, again) in pairwise(sent) if first == second and again - at < TIMEOUT]


def test_repeats_are_told_from_what_is_sent_twice() -> None:
    def request(name: str, at: int) -> Request:
        return Request("/", {"webhook-id": name, "webhook-timestamp": str(at)}, b"")

    assert at_once([request("a", 100), request("b", 100), request("a", 115)]) == []
    assert at_once([request("a", 100), request("b", 100), request("a", 101)]) == ["a"]


def test_mail_server_that_says_nothing_delays_nothing_else(in_one_process: Scene) -> None:
    scene, box, push = in_one_process, in_one_process.box, in_one_process.push
    for number, stage in enumerate(STAGES):
        box.fall_silent(stage)
        scene.remind(scene.ada, f"Mail {number}")
        scene.remind(scene.bob, f"Message {number}")
        wait_for(lambda: box.waiting)
        with ThreadPoolExecutor(1) as thread:  # a browser of other tests has a loop in this one
            thread.submit(asyncio.run, see_live(scene, f"Seen {number}")).result()
        is_built = scene.ask()
        wait_for(is_built)
        wait_for(lambda number=number: f"Seen {number}" in scene.told())
        wait_for(lambda number=number: len(push.received) > number)
        subjects = [f"Mail {n}" for n in range(number)]
        assert {*box.subjects} - {f"Mail {number}"} == {*subjects}
        box.stage = ""
        wait_for(lambda number=number: f"Mail {number}" in box.subjects)
    ids = {mail["Message-ID"] for mail in box.received}
    assert len(ids) == len(STAGES), "a mail that came twice is the same one"


async def see_live(scene: Scene, title: str) -> None:
    """Add a todo to Ada's list, and see that on her open page."""
    jar: CookieJar = next(
        handler.cookiejar for handler in scene.ada.browser.handlers if isinstance(handler, HTTPCookieProcessor)
    )
    cookie = next(cookie.value for cookie in jar if cookie.name == "sessionid")
    async with open_page(scene.url, "/todos/events", cookie) as page:
        [before] = await page.until(1, seconds=PATIENCE_SECONDS)
        await asyncio.to_thread(scene.call, scene.ada, "POST", "todos", {"title": title})
        [_, after] = await page.until(2, seconds=PATIENCE_SECONDS)
    assert before["state"] != after["state"]
