"""What pages of the open list get along with an event is what they would get if they asked."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_list, make_todo
from todos.live import Watched
from todos.models import TodoList
from todos.views import pushed
from todos.views.pushed import render_pages
from web.live import FEW_PAGES

pytestmark = pytest.mark.django_db

MANY = FEW_PAGES + 1


@pytest.fixture(autouse=True)
def open_list() -> TodoList:
    pushed._resting.clear()
    make_todo("Essay <b>", "2036-12-01T14:30:00")
    make_todo("Milk", None)
    return make_list()


def watched_by(client: Client, query: str = "", address: str = "/todos/events") -> Watched:
    stream = client.get(address, {"page": query})
    assert stream.status_code == 200
    return stream.subject


def asked(client: Client, query: str = "") -> HttpResponse:
    return client.get(f"/?{query}", headers={"HX-Request": "true", "X-Live": "true"})


@pytest.mark.parametrize("query", ["", "sort=manual", "state=open&window=none"])
@pytest.mark.parametrize("time_format", ["24", "12"])
def test_page_gets_what_it_would_get_by_asking(client: Client, query: str, time_format: str) -> None:
    client.cookies["time_format"] = time_format
    page = watched_by(client, query)
    content = render_pages({page: MANY})[page]
    assert content["page"] == query
    assert asked(client, query).text.startswith(content["html"].rstrip())
    assert "csrf" not in content["html"]
    if not query:
        assert ("2:30 pm" in content["html"]) == (time_format == "12")


def test_readers_who_write_times_in_another_way_are_counted_apart(client: Client) -> None:
    pages = []
    for time_format in ("24", "12"):
        client.cookies["time_format"] = time_format
        pages.append(watched_by(client))
    assert render_pages({pages[0]: FEW_PAGES, pages[1]: FEW_PAGES}) == {}
    assert render_pages({pages[0]: MANY, pages[1]: FEW_PAGES}).keys() == {pages[0]}


def test_nobody_else_gets_it(client: Client, ada: User, open_list: TodoList) -> None:
    page = watched_by(client)
    other = make_list(ada)
    make_todo("Secret", user=ada)
    client.force_login(ada)
    asking = {
        "signed in": watched_by(client),
        "their overviews": watched_by(client, address="/lists/events"),
        "without a query": watched_by(Client(), "x" * 501),
        "a search": watched_by(Client(), "q=essay"),
        "nothing to show": watched_by(Client(), "label=None"),
        "another list": replace(page, list_id=other.pk),
    }
    assert render_pages(dict.fromkeys(asking.values(), MANY)) == {}
    assert render_pages({page: FEW_PAGES}) == {}
    assert render_pages({page: MANY}).keys() == {page}
    few_are_rendered = [replace(page, page=replace(page.page, query=f"page={number}")) for number in (1, 2, 3)]
    found = render_pages({one: MANY + number for number, one in enumerate(few_are_rendered)})
    assert few_are_rendered[0] not in found


def test_large_list_is_asked_for(client: Client, open_list: TodoList, monkeypatch: pytest.MonkeyPatch) -> None:
    page = watched_by(client)
    monkeypatch.setattr(pushed, "MAX_TODOS", 1)
    assert render_pages({page: MANY}) == {}
    monkeypatch.setattr(pushed, "MAX_TODOS", 2)
    with CaptureQueriesContext(connection) as queries:
        assert render_pages({page: MANY}) == {}
    assert len(queries) == 0  # not soon again

    pushed._resting.clear()
    TodoList.objects.filter(pk=open_list.pk).update(todo_count_upper_bound=1_000_000)  # most are deleted again
    assert render_pages({page: MANY}).keys() == {page}
    monkeypatch.setattr(pushed, "MAX_BYTES", 500)
    assert render_pages({page: MANY}) == {}
    with CaptureQueriesContext(connection) as queries:
        assert render_pages({page: MANY}) == {}
    assert len(queries) == 0


def test_pages_that_cannot_be_sent_keep_no_other_from_it(client: Client) -> None:
    page = watched_by(client)
    searches = [watched_by(client, f"q={letter}") for letter in "abc"]
    assert render_pages(dict.fromkeys(searches, MANY + 1) | {page: MANY}).keys() == {page}
    wrong = [replace(page, list_id=page.list_id + number) for number in (1, 2)]
    render_pages(dict.fromkeys(wrong, MANY + 1))
    assert render_pages(dict.fromkeys(wrong, MANY + 1) | {page: MANY}).keys() == {page}


def test_page_that_cannot_be_rendered_keeps_it_from_no_other(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [watched_by(client, query) for query in ("", "sort=manual")]
    browse = pushed.browse

    def fail(todo_list: TodoList, query: object, clock: object) -> object:
        if not query.sort:
            raise ValueError("not today")
        return browse(todo_list, query, clock)

    monkeypatch.setattr(pushed, "browse", fail)
    assert render_pages(dict.fromkeys(pages, MANY)).keys() == {pages[1]}
