"""Streams of events of `manage.py serve`: what open pages hear, and when they end."""

import asyncio
import contextlib
import http.client
import socket
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from tests.factories import make_list, make_user, share
from tests.project import Web, database_url, start_web
from tests.streams import open_page
from todos.models import Membership, TodoList
from todos.services import create_list, create_todo, remove_member
from web.live import MAX_STREAMS_OF_ONE

pytestmark = pytest.mark.django_db(transaction=True)

EVENTS = "/todos/events"


@pytest.fixture
def web(transactional_db: None) -> Iterator[Web]:
    with start_web(DATABASE_URL=database_url(), BROKER_URL="", TASKOVERFLOW_SECRET_KEY=settings.SECRET_KEY) as web:
        yield web


def run(coroutine: Coroutine) -> Any:
    return asyncio.run(coroutine)


def in_thread(function: Callable, **values: Any) -> Coroutine:
    """Django's connection of this thread is the test's: an event loop may not use it, a thread has one of its own."""

    def call() -> Any:
        try:
            return function(**values)
        finally:
            connection.close()

    return asyncio.to_thread(call)


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.session.session_key


@pytest.fixture
def uni(transactional_db: None) -> TodoList:
    return create_list(user=make_user("ada"), name="Uni")


def events_of(todo_list: TodoList) -> str:
    return f"/lists/{todo_list.pk}{EVENTS}"


def test_change_reaches_open_pages(web: Web, uni: TodoList) -> None:
    bob = make_user("bob")
    share(uni, bob)

    async def check() -> None:
        async with (
            open_page(web.url, events_of(uni), session_of_ada) as ada_page,
            open_page(web.url, events_of(uni), session_of_bob) as bob_page,
            open_page(web.url, "/lists/events", session_of_bob) as overview,
            open_page(web.url, EVENTS, session_of_bob) as other,
        ):
            pages = [ada_page, bob_page, overview]
            for page in [*pages, other]:
                assert page.status == 200
                assert "text/event-stream" in page.head
                assert "content-length" not in page.head.lower()
                await page.until(1)
            await in_thread(create_todo, todo_list=uni, title="Milk")
            for page in pages:
                first, second, *_ = await page.until(2)
                assert first["state"] != second["state"]
            assert len(other.events) == 1

    session_of_ada, session_of_bob = session_of(User.objects.get(username="ada")), session_of(bob)
    run(check())


def test_removed_member_hears_nothing_more(web: Web, uni: TodoList) -> None:
    bob = make_user("bob")
    share(uni, bob)
    cookie = session_of(bob)
    member = Membership.objects.get(user=bob).pk

    def remove_and_change() -> None:
        remove_member(todo_list=uni, membership_id=member)
        create_todo(todo_list=uni, title="Secret")

    async def check() -> None:
        async with open_page(web.url, events_of(uni), cookie) as page:
            await page.until(1)
            received = page.received
            await in_thread(remove_and_change)
            await page.end()
            assert page.received.removeprefix(received).strip(b"\r\n0") == b""

    run(check())


def test_sign_out_ends_the_stream(web: Web, uni: TodoList) -> None:
    client = Client()
    client.force_login(User.objects.get(username="ada"))
    cookie = client.session.session_key

    async def check() -> None:
        async with open_page(web.url, events_of(uni), cookie) as page:
            await page.until(1)
            await in_thread(client.logout)
            await page.end()
            assert len(page.events) == 1

    run(check())


def test_stop_ends_streams_at_once(web: Web) -> None:
    async def check() -> None:
        async with open_page(web.url, EVENTS) as page:
            await page.until(1)
            started = time.monotonic()
            stopping = asyncio.create_task(asyncio.to_thread(web.stop))
            await page.end(seconds=60)
            await stopping
            assert time.monotonic() - started < 60, "of the minutes that a stream lasts"

    run(check())
    assert not web.is_running
    assert not list((web.folder / "live").iterdir())


def test_page_that_leaves_is_forgotten(web: Web, wait_for: Callable[..., None]) -> None:
    """Its stream counts no longer, and nothing is asked for it."""

    async def check() -> None:
        for _ in range(3):
            async with open_page(web.url, EVENTS) as page:
                await page.until(1)

    run(check())
    wait_for(lambda: not list((web.folder / "live").iterdir()))


def test_page_that_comes_back_is_told_what_it_has_missed(web: Web) -> None:

    async def check() -> None:
        async with open_page(web.url, EVENTS) as page:
            [first] = await page.until(1)
        await in_thread(create_todo, todo_list=open_list, title="Milk")
        async with open_page(web.url, EVENTS, **{"Last-Event-ID": first["state"]}) as page:
            [now] = await page.until(1)
            assert now["state"] != first["state"]

    open_list = make_list()
    run(check())


def test_who_has_too_many_streams_polls(web: Web) -> None:
    async def check() -> None:
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(MAX_STREAMS_OF_ONE):
                await stack.enter_async_context(open_page(web.url, EVENTS))
            page = await stack.enter_async_context(open_page(web.url, EVENTS, Connection="close"))
            await page.until(1)
            assert page.received.startswith(b"retry: ")
            assert int(page.received.split()[1]) >= 15_000
            await page.end()

    run(check())


def test_reader_that_takes_nothing_is_dropped(web: Web) -> None:
    """Its connection is closed, and its memory is not the server's."""
    todo_list = make_list()
    host, port = web.url.removeprefix("http://").split(":")
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        slow.connect((host, int(port)))
        slow.sendall(b"GET /todos/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        deadline = time.monotonic() + 90
        while "took a response too slowly" not in web.log.read_text():
            assert time.monotonic() < deadline
            create_todo(todo_list=todo_list, title="Milk")
            time.sleep(0.3)


def test_killed_process_leaves_nothing_that_hinders(web: Web) -> None:
    folder = web.folder / "live"
    folder.mkdir(exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        dead.bind(str(folder / f"{socket.gethostname()}-{2**22 + 1}"))
    open_list = make_list()

    async def check() -> None:
        async with open_page(web.url, EVENTS) as page:
            await page.until(1)
            await asyncio.to_thread(post_todo, web.url)
            await page.until(2)

    run(check())
    assert open_list.todos.count() == 1
    assert not (folder / f"{socket.gethostname()}-{2**22 + 1}").exists()


def post_todo(url: str) -> None:
    client = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    client.request("POST", "/api/v1/todos", b'{"title": "Milk"}', {"Content-Type": "application/json"})
    assert client.getresponse().status == 201
    client.close()
