"""What open pages of the machine are told."""

import asyncio
import time
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.translation import gettext

from observability.events import Kind, record
from observatory import live, recorder
from observatory.live import Machine, Watcher
from observatory.models import Event
from tests.factories import make_list, make_user
from tests.plans import plan_of
from tests.project import Web, database_url, start_web
from tests.streams import open_page
from todos.services import create_todo

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> User:
    return User.objects.create(username="staff", is_staff=True)


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.session.session_key


def write(pk: int, **values: Any) -> Event:
    return Event.objects.create(pk=pk, **{"at_ms": 1, "kind": "change", "process": "p"} | values)


def told(machine: Machine, watcher: Watcher, state: str) -> list[int]:
    """Return the ids of the events that a page is told which shows this state."""
    seen = machine.read({watcher})[watcher]
    return [event["id"] for event in seen.news(state)["events"]]


@pytest.fixture
def watcher(staff: User) -> Watcher:
    return Watcher(staff.pk, True, session_of(staff))


def test_page_is_told_what_has_come_since(watcher: Watcher) -> None:
    machine = Machine()
    write(5)
    state = machine.read({watcher})[watcher].state
    write(6)
    write(7)
    assert told(machine, watcher, state) == [6, 7]
    assert machine.read({watcher})[watcher].state != state


def test_id_that_is_seen_late_is_told_too_once(watcher: Watcher) -> None:
    """PostgreSQL gives out ids before it commits."""
    machine = Machine()
    write(5)
    machine.read({watcher})
    write(8)
    state = machine.read({watcher})[watcher].state
    write(7)
    seen = machine.read({watcher})[watcher]
    assert seen.state != state
    assert [event["id"] for event in seen.news(state)["events"]] == [7]
    assert [event["id"] for event in seen.news("5")["events"]] == [7, 8]
    write(6)
    assert 6 in told(machine, watcher, seen.state)


def test_id_that_never_comes_is_not_waited_for_for_ever(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine()
    write(5)
    machine.read({watcher})
    write(8)
    machine.read({watcher})
    assert set(machine.missing) == {6, 7}
    monkeypatch.setattr(live, "LATE_SECONDS", 0)
    machine.read({watcher})
    assert machine.missing == {}


@pytest.mark.parametrize("missing", [[], [7, 9]])
def test_new_events_are_found_by_their_ids(missing: list[int]) -> None:
    """Each process asks for them five times a second, and the table may have a hundred thousand rows."""
    with CaptureQueriesContext(connection) as queries:
        live.read_events(since=10, missing=missing)
    sql = queries.captured_queries[-1]["sql"]
    assert ("Index Cond: (id > " if connection.vendor == "postgresql" else "PRIMARY KEY (rowid>?)") in plan_of(sql)


def test_many_ids_that_are_missing_are_bounded(watcher: Watcher) -> None:
    machine = Machine()
    write(5)
    machine.read({watcher})
    write(5_000_000)
    machine.read({watcher})
    assert len(machine.missing) <= live.MAX_MISSING


def test_only_the_newest_are_kept(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "EVENTS_SHOWN", 10)
    machine = Machine()
    for start in (1, 31):
        Event.objects.bulk_create(
            Event(pk=n, at_ms=1, kind="change", process="p") for n in range(start, start + 30)
        )
        assert told(machine, watcher, "0") == [*range(start + 20, start + 30)]


def test_while_nothing_happens_a_round_is_one_query_and_rarely_two(watcher: Watcher) -> None:
    machine = Machine()
    write(5)
    anonymous = Watcher(0, False, "")
    watchers = {watcher, anonymous}
    machine.read(watchers)
    machine.read(watchers)
    for _ in range(3):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            machine.read(watchers)
        asked = [one["sql"] for one in queries.captured_queries if "PREPARE" not in one["sql"]]
        assert len([sql for sql in asked if "SELECT" in sql or "EXECUTE" in sql]) == 1
    machine._count_again_at = 0.0
    with CaptureQueriesContext(connection) as queries:
        machine.read(watchers)
    assert len([one for one in queries.captured_queries if "SELECT" in one["sql"] or "EXECUTE" in one["sql"]]) == 2
    assert live.POLL_SECONDS * (live.NUMBERS_SECONDS // live.POLL_SECONDS + 1) >= live.NUMBERS_SECONDS


def test_who_has_signed_out_is_told_nothing_more(watcher: Watcher) -> None:
    machine = Machine()
    write(5)
    other = Watcher(watcher.user_id, True, session_of(User.objects.get()))
    assert machine.read({watcher, other}).keys() == {watcher, other}
    SessionStore(watcher.session_key).delete()
    write(6)
    assert machine.read({watcher, other}).keys() == {other}
    assert machine.read({watcher, other}).keys() == {other}


def test_who_is_no_longer_staff_is_told_nothing_more(watcher: Watcher) -> None:
    machine = Machine()
    machine.read({watcher})
    User.objects.update(is_staff=False)
    machine._count_again_at = 0.0
    assert machine.read({watcher}) == {}


def test_who_opens_a_page_meanwhile_is_told(watcher: Watcher) -> None:
    machine = Machine()
    machine.read({watcher})
    late = Watcher(0, False, "")
    assert machine.read({watcher, late}).keys() == {watcher, late}


def test_who_opens_a_page_meanwhile_sees_their_lists(watcher: Watcher) -> None:
    ada = make_user("ada")
    todo_list = make_list(ada)
    write(5, list_id=todo_list.pk)
    machine = Machine()
    machine.read({watcher})
    late = Watcher(ada.pk, False, session_of(ada))
    for _ in range(2):
        [event] = machine.read({watcher, late})[late].news("")["events"]
        assert event["list"] == todo_list.pk


def test_who_reads_slowly_sees_their_lists_after_the_numbers_have_come(watcher: Watcher) -> None:
    ada = make_user("ada")
    todo_list = make_list(ada)
    write(5, list_id=todo_list.pk)
    machine, slow = Machine(), Watcher(ada.pk, False, session_of(ada))
    machine.read({slow})
    machine._count_again_at = 0.0
    [event] = machine.read({slow})[slow].news("")["events"]
    assert event["list"] == todo_list.pk


def test_who_may_not_read_a_list_is_told_counts(watcher: Watcher) -> None:
    ada, bob = make_user("ada"), make_user("bob")
    todo_list = make_list(ada)
    write(5, list_id=todo_list.pk, details={"revision": 7, "todos": 3}, request_id="secret")
    machine = Machine()
    watchers = {user: Watcher(user.pk, False, session_of(user)) for user in (ada, bob)}
    seen = machine.read({watcher, *watchers.values()})
    [event] = seen[watchers[bob]].news("")["events"]
    assert event["details"] == {"todos": 3}
    assert not {"list", "calendar", "request", "process"} & event.keys()
    for one in (watchers[ada], watcher):
        [event] = seen[one].news("")["events"]
        assert (event["list"], event["details"], event["request"]) == (
            todo_list.pk,
            {"revision": 7, "todos": 3},
            "secret",
        )


def test_event_of_no_list_is_told_by_its_kind_unless_the_reader_is_staff(watcher: Watcher) -> None:
    write(5, kind=Kind.MESSAGE_SENT, details={"message": "m1", "actor": "deliver"}, request_id="secret")
    write(6, kind=Kind.SWEEP, details={"events_deleted": 3})
    bob = Watcher(make_user("bob").pk, False, "")
    seen = Machine().read({watcher, bob})
    message, sweep = seen[bob].news("")["events"]
    assert (message["text"], message["details"]) == ("A message was sent", {})
    assert not {"request", "process", "story"} & message.keys()
    assert "3 events deleted" in sweep["text"]
    assert seen[watcher].news("")["events"][0]["request"] == "secret"


def test_each_page_is_told_in_its_own_language(watcher: Watcher) -> None:
    write(5, kind=Kind.CLAIM, details={"attempt": 1})
    others = [replace(watcher, language=language) for language in ("de", "fr", "es")]
    texts = []
    for one in (watcher, *others):
        with translation.override(one.language):
            texts.append(gettext("A build began: its worker has the calendar’s lease"))
    assert len({*texts}) == 4
    for seen in (
        Machine().read({watcher, *others}),
        {one: live.look(one).seen(one) for one in (watcher, *others)},
    ):
        news = [seen[one].news("") for one in (watcher, *others)]
        assert [one["events"][0]["text"] for one in news] == texts
        assert len({one["numbers"] for one in news}) == 4


def test_events_are_put_into_words_once_for_all_pages(staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    monkeypatch.setattr(live, "sentence", lambda event: said.append(event.pk) or "")
    for number in range(5, 10):
        write(number)
    watchers = {Watcher(staff.pk, True, session_of(staff)) for _ in range(20)}
    for seen in Machine().read(watchers).values():
        assert len(seen.news("")["events"]) == 5
    assert said == [5, 6, 7, 8, 9]


# --- With a server ---


@pytest.fixture
def web(transactional_db: None) -> Iterator[Web]:
    variables = {"BROKER_URL": "", "ALLOWED_HOSTS": "", "TASKOVERFLOW_SECRET_KEY": settings.SECRET_KEY}
    with start_web(DATABASE_URL=database_url(), **variables) as web:
        yield web


def in_thread(function: Callable, **values: Any) -> Coroutine:
    """Django's connection of this thread is the test's: an event loop may not use it, a thread has one of its own."""

    def call() -> Any:
        try:
            return function(**values)
        finally:
            connection.close()

    return asyncio.to_thread(call)


def kinds(page: Any) -> list[str]:
    return [event["kind"] for news in page.events for event in news["events"]]


async def until(page: Any, kind: str) -> None:
    async with asyncio.timeout(60):
        while kind not in kinds(page):
            await page.until(len(page.events) + 1, seconds=60)


@pytest.mark.django_db(transaction=True)
def test_what_another_process_does_reaches_open_pages(web: Web) -> None:
    todo_list = make_list()

    def change() -> None:
        with recorder.recording():
            create_todo(todo_list=todo_list, title="Milk")

    async def check() -> None:
        async with open_page(web.url, "/machine/events") as page, open_page(web.url, "/machine/events") as other:
            for one in (page, other):
                assert one.status == 200
                await one.until(1)
            await in_thread(change)
            for one in (page, other):
                await until(one, "change")
            assert "Milk" not in page.received.decode()

    asyncio.run(check())


@pytest.mark.django_db(transaction=True)
def test_change_through_the_server_is_shown_by_it(web: Web) -> None:
    """Its own thread writes the event down, and the page gets it by itself."""

    def post() -> None:
        for path, body in (("/api/v1/todos", b'{"title": "Milk"}'), ("/api/v1/todos/ical", b"{}")):
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(web.url + path, body, headers, method="POST")
            urllib.request.urlopen(request, timeout=60).close()

    async def check() -> None:
        async with open_page(web.url, "/machine/events") as page:
            await page.until(1)
            await asyncio.to_thread(post)
            for kind in (
                "change",
                "request",
                "message.sent",
                "message.received",
                "claim",
                "build.done",
                "job.done",
            ):
                await until(page, kind)

    asyncio.run(check())
    web.stop()
    assert Event.objects.filter(kind=Kind.CHANGE).count() == 1
    assert Event.objects.filter(kind=Kind.JOB_DONE).count() == 1
    assert time.time() * 1000 - Event.objects.latest("pk").at_ms < 600_000
    record(Kind.CHANGE)  # of this process, which writes nothing down
    assert Event.objects.filter(kind=Kind.CHANGE).count() == 1
