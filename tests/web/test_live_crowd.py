"""Many open pages on one server: they hold no thread, and cost two queries a second in each process."""

import asyncio
import contextlib
import http.client
import itertools
import re
import statistics
import time
import urllib.request
from collections.abc import Iterator, Set

import psycopg2
import pytest

from tests.project import Web, manage, start_web
from tests.services import Postgres, Redis, start_postgres, start_redis
from tests.streams import Page, open_page
from web.live import MAX_QUESTIONS

PAGES, PROCESSES = 500, 2
SECONDS = 6


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with start_postgres() as postgres:
        yield postgres


@pytest.fixture(scope="module")
def web(postgres: Postgres) -> Iterator[Web]:
    with start_redis() as redis:
        variables = servers(postgres, redis)
        manage("migrate", "--noinput", **variables)
        with start_web(**variables) as web:
            yield web


def servers(postgres: Postgres, redis: Redis) -> dict[str, str]:
    urls = {"DATABASE_URL": postgres.url, "BROKER_URL": redis.url}
    return urls | {"TASKOVERFLOW_SECRET_KEY": "for tests alone", "ALLOWED_HOSTS": ""}  # not deployed


def add_todo(url: str) -> None:
    client = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    client.request("POST", "/api/v1/todos", b'{"title": "Milk"}', {"Content-Type": "application/json"})
    assert client.getresponse().status == 201
    client.close()


@contextlib.contextmanager
def recorded(
    postgres: Postgres, tables: Set[str] = frozenset({"todos_membership", "django_session"})
) -> Iterator[list[tuple[int, float]]]:
    """Give a list that has at the end, of each question about open pages, the server's process and the moment.

    Connections on which such a question was prepared, about all these ``tables``, are for nothing else.
    """
    questions: list[tuple[int, float]] = []
    before = len(postgres.log.read_text())
    configure(postgres, "log_statement = 'all'", "log_line_prefix = '%p %n '")
    try:
        yield questions
    finally:
        configure(postgres, "log_statement = 'none'")
    log = postgres.log.read_text()[before:]
    details = re.findall(r"^(\d+) [\d.]+ DETAIL:  prepare: (.*)$", log, re.MULTILINE)
    watching = {pid for pid, text in details if all(table in text for table in tables)}
    executed = re.findall(r"^(\d+) ([\d.]+) LOG:  statement: EXECUTE", log, re.MULTILINE)
    questions += [(int(pid), float(moment)) for pid, moment in executed if pid in watching]


def configure(postgres: Postgres, *changes: str) -> None:
    with contextlib.closing(psycopg2.connect(postgres.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for change in changes:
                cursor.execute(f"ALTER SYSTEM SET {change}")
            cursor.execute("SELECT pg_reload_conf()")
    time.sleep(0.5)


async def open_pages(
    stack: contextlib.AsyncExitStack, url: str, path: str = "/todos/events", count: int = PAGES
) -> list[Page]:
    pages = []
    for _ in range(count):
        pages.append(await stack.enter_async_context(open_page(url, path)))
    for page in pages:
        await page.until(1, seconds=120)
    return pages


def test_changes_reach_all_pages(web: Web) -> None:
    latencies = []

    async def check() -> None:
        async with contextlib.AsyncExitStack() as stack:
            pages = await open_pages(stack, web.url)
            assert {page.status for page in pages} == {200}
            for number in range(5):
                await asyncio.sleep(1.3 + number / 10)
                before = [len(page.events) for page in pages]
                started = time.monotonic()
                await asyncio.to_thread(add_todo, web.url)
                await asyncio.gather(
                    *(page.until(n + 1, seconds=120) for page, n in zip(pages, before, strict=True))
                )
                latencies.append(sorted(page.came_at - started for page in pages))
            # No thread is held: all others would wait.
            for _ in range(50):
                await asyncio.to_thread(urllib.request.urlopen, f"{web.url}/todos/new")

    asyncio.run(check())
    last = [one[-1] for one in latencies]
    print(
        f"after a POST: median page {statistics.median(itertools.chain(*latencies)):.3f} s, last {max(last):.3f} s"
    )


def test_questions_are_two_a_second_at_most(web: Web, postgres: Postgres) -> None:
    async def check() -> None:
        async with contextlib.AsyncExitStack() as stack:
            await open_pages(stack, web.url)
            with recorded(postgres) as changing:
                for _ in range(40):
                    await asyncio.to_thread(add_todo, web.url)
                    await asyncio.sleep(0.1)
            started = time.monotonic()
            with recorded(postgres) as quiet:
                await asyncio.sleep(SECONDS)
            lasted = time.monotonic() - started
        for _ in range(20):  # until the server has seen that they are closed
            with recorded(postgres) as closed:
                await asyncio.sleep(3)
            if not closed:
                break
        print(len(changing), len(quiet), len(closed))
        assert len({pid for pid, _ in quiet}) == PROCESSES
        for pid in {pid for pid, _ in changing + quiet}:
            for questions in (changing, quiet):
                moments = sorted(moment for one, moment in questions if one == pid)
                for first, last in zip(moments, moments[MAX_QUESTIONS:], strict=False):
                    assert last - first > 0.99
        assert len(quiet) <= PROCESSES * (lasted + 2)
        assert closed == []

    asyncio.run(check())


def test_pages_of_the_machine_ask_once_a_second(web: Web, postgres: Postgres) -> None:
    """While nothing happens, 50 of them are one question a second in each process, numbers included."""

    async def check() -> None:
        async with contextlib.AsyncExitStack() as stack:
            await open_pages(stack, web.url, "/machine/events", 50)
            await asyncio.sleep(3)  # what has happened until now is shown
            started = time.monotonic()
            with recorded(postgres, {"observatory_event"}) as quiet:
                await asyncio.sleep(2 * SECONDS)
            lasted = time.monotonic() - started
        assert 1 <= len({pid for pid, _ in quiet}) <= PROCESSES
        assert len(quiet) <= PROCESSES * (lasted + 2)

    asyncio.run(check())
