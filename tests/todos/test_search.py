"""Searches find the same todos in SQL, on either database, as in Python; and so do the API and the list page."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import make_list, make_some_list, make_todo, make_todos, make_user
from tests.hostile import assert_refused
from tests.todos.search_strategies import LIST_NAMES, clocks, queries, titles, todo_values, words
from todos.agenda import Clock
from todos.models import Todo, TodoList
from todos.search.language import Query, parse
from todos.searching import search_lists
from todos.services import create_list
from todos.services.labels import save_labels

pytestmark = pytest.mark.django_db
TODOS = "/api/v1/todos"
SLOW = settings(max_examples=80)


def store(todo_list: TodoList, values: list[dict]) -> list[Todo]:
    now = datetime.now(UTC)
    kept = {"list": todo_list, "revision": 0, "created_at": now, "updated_at": now}
    todos = [Todo(**kept, **one) for one in values]
    with transaction.atomic():
        save_labels(todo_list, todos)
    return Todo.objects.bulk_create(todos)


@SLOW
@given(
    values=st.lists(todo_values(may_repeat=True), max_size=5),
    query=queries,
    clock=clocks,
    name=st.sampled_from(LIST_NAMES),
)
def test_sql_finds_what_python_finds(values: list[dict], query: Query, clock: Clock, name: str) -> None:
    todo_list = make_some_list()
    todo_list.name = name
    stored = store(todo_list, values)
    found = todo_list.todos.found_by(query, [(todo_list, clock)])
    assert {todo.title for todo in found} == {todo.title for todo in stored if query.holds(todo, clock, todo_list)}
    assert found.count() == sum(query.holds(todo, clock, todo_list) for todo in stored)


@SLOW
@given(values=st.lists(todo_values(may_repeat=True), max_size=4), query=queries, pair=st.tuples(clocks, clocks))
def test_each_list_is_searched_by_its_own_clock(
    values: list[dict], query: Query, pair: tuple[Clock, Clock]
) -> None:
    lists = [make_some_list(), make_some_list()]
    now = pair[0].now
    own = [(todo_list, Clock(now, clock.zone)) for todo_list, clock in zip(lists, pair, strict=True)]
    expected = set()
    for todo_list, clock in own:
        expected |= {todo.pk for todo in store(todo_list, values) if query.holds(todo, clock, todo_list)}
    found = Todo.objects.filter(list__in=lists).found_by(query, own)
    assert set(found.values_list("pk", flat=True)) == expected


@SLOW
@given(title=titles, cut=st.tuples(st.integers(0, 20), st.integers(1, 6)), word=words)
def test_part_of_a_title_finds_it(title: str, cut: tuple[int, int], word: str) -> None:
    todo_list = make_some_list()
    store(todo_list, [{"title": title}])
    part = title[cut[0] : cut[0] + cut[1]].strip()
    if part and part == " ".join(part.split()):
        assert todo_list.todos.matching([part], todo_list).count() == 1
    assert todo_list.todos.matching([word], todo_list).count() <= 1


def titles_of(client: Client, query: str) -> list[str]:
    answer = client.get(TODOS, {"query": query})
    assert answer.status_code == 200, answer.content
    return [todo["title"] for todo in answer.json()]


def test_api_narrows_by_a_search(client: Client) -> None:
    today = datetime.now(UTC).date()
    make_todo("Essay on birds", f"{today + timedelta(3)}", priority=1)
    make_todo("Bird bath", None, description="No essay is needed")
    make_todo("ÄRGER", f"{today + timedelta(30)}", completed=True)
    assert titles_of(client, "") == ["Essay on birds", "Bird bath", "ÄRGER"]
    assert titles_of(client, "ESSAY") == ["Essay on birds", "Bird bath"]
    assert titles_of(client, "ärger") == ["ÄRGER"]
    assert titles_of(client, "essay -bath") == ["Essay on birds"]
    assert titles_of(client, '"no essay"') == ["Bird bath"]
    assert titles_of(client, "due:<7d") == ["Essay on birds"]
    assert titles_of(client, "due:none,>7d") == ["Bird bath", "ÄRGER"]
    assert titles_of(client, "-is:done -priority:high") == ["Bird bath"]
    assert titles_of(client, "list:todos") == ["Essay on birds", "Bird bath", "ÄRGER"]
    assert titles_of(client, "-list:todos") == []
    assert titles_of(client, "list:Work") == []
    answer = client.get(TODOS, {"query": "essay", "limit": 1, "completed": "false", "ordering": "-id"})
    assert ([todo["title"] for todo in answer.json()], answer["X-Total-Count"]) == (["Bird bath"], "2")


def test_api_refuses_what_is_no_search_and_says_where(client: Client) -> None:
    answer = client.get(TODOS, {"query": "essay due:soon"})
    assert_refused(answer, 400, fields=["query"])
    assert answer.json()["fields"]["query"] == [
        "“due:soon”: use a date such as 2026-02-27, or days such as 7d. (At character 7.)"
    ]


def test_answer_that_depends_on_the_day_has_an_etag_of_its_content(client: Client) -> None:
    make_todo("Essay", "2026-12-01")
    one = client.get(TODOS, {"query": "due:<2026-12-01"})["ETag"]
    other = client.get(TODOS, {"query": "due:<2026-12-02"})["ETag"]
    assert one != other


def test_search_of_a_list_finds_nothing_of_others(client: Client) -> None:
    client.force_login(user := make_user())
    other = create_list(user=user, name="Work")
    make_todo("Essay", user=user)
    make_todo("Essay of the open list")
    assert client.get(f"/api/v1/lists/{other.pk}/todos", {"query": "essay"}).json() == []
    assert titles_of(client, "essay") == ["Essay"]


def test_deleted_todos_are_not_found(client: Client) -> None:
    client.delete(f"{TODOS}/{make_todo('Essay').pk}")
    assert titles_of(client, "essay") == []


def test_api_takes_the_same_number_of_queries_however_many_are_found(
    client: Client, django_assert_max_num_queries: object
) -> None:
    make_todos(300, title="essay")
    with django_assert_max_num_queries(3):
        assert len(titles_of(client, "essay is:open due:none")) == 300


def shown(client: Client, q: str) -> set[str]:
    page = client.get("/", {"q": q})
    return {entry.todo.title for group in page.context["listing"].groups for entry in group.entries}


def test_list_page_reads_the_same_language(client: Client) -> None:
    make_todo("Essay on birds", priority=1)
    make_todo("Bird bath", None, description="No essay is needed")
    assert shown(client, "essay") == {"Essay on birds", "Bird bath"}
    assert shown(client, "essay priority:high") == {"Essay on birds"}
    assert "Searched for: with “essay”, high priority" in client.get("/", {"q": "essay priority:high"}).text
    assert "Searched for" not in client.get("/", {"q": "bird essay"}).text


def test_list_page_marks_the_word_that_is_wrong(client: Client) -> None:
    make_todo("Essay")
    page = client.get("/", {"q": "essay due:<b> x"})
    assert page.status_code == 200
    assert "“due:&lt;b&gt;”: use a date such as 2026-02-27, or days such as 7d." in page.text
    assert "<p>essay <mark>due:&lt;b&gt;</mark> x</p>" in page.text
    assert shown(client, "essay due:<b> x") == set()


@SLOW
@given(values=st.lists(todo_values(may_repeat=True), max_size=4), query=queries)
def test_page_and_api_find_what_python_finds(values: list[dict], query: Query) -> None:
    client, user = Client(), make_some_list().owner
    client.force_login(user)
    todo_list = make_list(user)
    clock = Clock.of(todo_list)
    stored = store(todo_list, values)
    expected = sorted(todo.pk for todo in stored if query.holds(todo, clock, todo_list))
    if parse(str(query)) != query:
        return
    answer = client.get(TODOS, {"query": f"{query}"})
    assert [todo["id"] for todo in answer.json()] == expected
    groups = client.get("/", {"q": f"{query}"}).context["listing"].groups
    assert sorted(entry.todo.pk for group in groups for entry in group.entries) == expected


@pytest.mark.parametrize(
    ("name", "typed"), [("straße", "STRASSE"), ("Über", "u\u0308ber"), ("a\u0308", "Ä"), ("ς", "Σ")]
)
def test_labels_are_the_same_in_searches_and_filters(client: Client, name: str, typed: str) -> None:
    make_todo("Essay", labels=[name])
    make_todo("Other", labels=["x"])
    assert titles_of(client, f"label:{typed}") == ["Essay"]
    assert [todo["title"] for todo in client.get(TODOS, {"label": typed}).json()] == ["Essay"]
    assert titles_of(client, f"-label:{typed}") == ["Other"]


@pytest.mark.parametrize(("open_ones", "done"), [(0, 0), (0, 5), (3, 3), (4, 5), (6, 0), (7, 1)])
@pytest.mark.parametrize("text", ["essay", "es", "is:open essay", "is:done", ""])
def test_pages_have_each_todo_once_and_open_ones_first(
    monkeypatch: pytest.MonkeyPatch, open_ones: int, done: int, text: str
) -> None:
    monkeypatch.setattr("todos.searching.PAGE_SIZE", 3)
    lists = [make_some_list(), make_some_list()]
    values = [
        {
            "title": f"Essay {n}",
            "completed": n >= open_ones,
            "deadline": day,
            "deadline_kind": "day" if day else "",
        }
        for n, day in enumerate([None, datetime(2026, 3, 1, tzinfo=UTC)] * 8)
    ][: open_ones + done]
    stored = [todo for n, one in enumerate(values) for todo in store(lists[n % 2], [one])]
    expected = [
        todo.pk
        for todo in sorted(stored, key=lambda todo: (todo.completed, todo.deadline is None, -todo.pk))
        if not text.startswith("is:") or todo.completed == ("done" in text)
    ]
    pages = [search_lists(lists, text, page) for page in range(1, 7)]
    found = [entry.todo.pk for page in pages for entry in page.entries]
    assert found == (expected if text else [])
    assert [page.has_more for page in pages] == [len(found) > 3 * number for number in range(1, 7)]
    assert all(entry.todo.list in lists for page in pages for entry in page.entries)
