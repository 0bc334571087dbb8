"""Searching all lists, and saved filters, as people do."""

from contextlib import ExitStack

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_list, make_todo, make_todos, make_user
from todos.listing import PAGE_SIZE
from todos.models import SavedFilter, Todo, TodoList
from todos.searching import scans
from todos.services import create_filter, create_list, create_todo
from todos.services.saved_filters import MAX_FILTERS

pytestmark = pytest.mark.django_db


@pytest.fixture
def work(ada: User) -> TodoList:
    return create_list(user=ada, name="Work")


def found(client: Client, address: str) -> list[str]:
    page = client.get(address)
    assert page.status_code == 200
    return [entry.todo.title for entry in page.context["found"].entries]


def test_search_is_over_all_lists_of_the_user_alone(client: Client, ada: User, work: TodoList) -> None:
    make_todo("Essay", "2026-12-02", user=ada)
    create_todo(todo_list=work, title="Work essay")
    create_todo(todo_list=work, title="Done essay", completed=True)
    make_todo("Essay of bob", user=make_user("bob"))
    make_todo("Essay of the open list")
    assert found(client, "/search?q=essay") == ["Essay", "Work essay", "Done essay"]
    assert found(client, "/search?q=essay+list:work+is:open") == ["Work essay"]
    assert found(client, "/search") == []
    page = client.get("/search?q=essay").text
    assert f'href="/lists/{work.pk}/todos/' in page


def test_search_marks_the_word_that_is_wrong(client: Client, ada: User) -> None:
    page = client.get("/search?q=a+is:late").text
    assert "<p>a <mark>is:late</mark></p>" in page
    assert "“is:late”: use open, done, overdue or repeating." in page


def test_who_is_not_signed_in_is_asked_to(client: Client) -> None:
    for address in ("/search", "/filters", "/filters/new", "/filters/1"):
        assert client.get(address)["Location"].startswith("/accounts/login")
    assert "How to search" in client.get("/search/help").text


def test_many_results_come_in_pages_by_a_fixed_number_of_queries(client: Client, ada: User) -> None:
    counts = []
    for count in (85, 500):
        make_todos(count, user=ada, title="Essay", description="x" * 500)
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/search?q=essay")
        counts.append(len(queries))
        assert len(page.content) < 100_000
        assert 'href="?q=essay&amp;page=2"' in page.text
    assert counts[0] == counts[1] <= 10
    full_pages, rest = divmod(585, PAGE_SIZE)
    assert len(found(client, f"/search?q=essay&page={full_pages + 1}")) == rest


def test_few_searches_that_read_all_todos_run_at_once(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_todo("Essay", user=ada)
    monkeypatch.setattr(scans, "wait_seconds", 0)
    with ExitStack() as others:
        for _ in range(2):
            others.enter_context(scans.taken())
        for text in ("ab", "is:open", "-essay"):
            assert client.get("/search", {"q": text}).status_code == 503
        assert found(client, "/search?q=essay+ab") == []
        assert found(client, "/search?q=due:soon") == []
    assert found(client, "/search?q=-ab") == ["Essay"]


def test_tick_on_the_page_shows_the_search_again(client: Client, ada: User, work: TodoList) -> None:
    todo = create_todo(todo_list=work, title="Essay")
    create_todo(todo_list=work, title="Bath")
    saved = create_filter(user=ada, name="Essays", query="essay is:open")
    path = f"/lists/{work.pk}/todos/{todo.pk}"
    for address, after in (("/search?q=essay", ["Essay"]), (f"/filters/{saved.pk}", [])):
        headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{address}"}
        answer = client.post(f"{path}/complete", headers=headers)
        assert answer["HX-Retarget"] == "#todos"
        assert [entry.todo.title for entry in answer.context["found"].entries] == after
        assert "<html" not in answer.text
        assert client.post(f"{path}/reopen", {"next": address})["Location"] == address


def test_filter_of_another_user_is_not_shown_after_a_change(client: Client, ada: User) -> None:
    todo = make_todo("Essay", user=ada)
    bobs = create_filter(user=make_user("bob"), name="Wombat", query="wombat")
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver/filters/{bobs.pk}"}
    answer = client.post(f"/todos/{todo.pk}/complete", headers=headers)
    assert answer["HX-Retarget"] == "#todos"
    assert "wombat" not in answer.text.lower()


def test_search_is_saved_shown_changed_and_deleted(client: Client, ada: User, work: TodoList) -> None:
    create_todo(todo_list=work, title="Work essay")
    make_todo("Essay", user=ada)
    page = client.get(f"/lists/{work.pk}?q=essay").text
    link = f"/filters/new?query=essay&amp;list={work.pk}"
    assert f'href="{link}"' in page
    assert 'value="essay list:Work"' in client.get(link.replace("&amp;", "&")).text

    answer = client.post("/filters/new", {"name": "Essays", "query": "Essay  list:Work"})
    saved = SavedFilter.objects.get()
    assert answer["Location"] == f"/filters/{saved.pk}"
    assert (saved.owner, saved.query) == (ada, "Essay list:Work")
    assert found(client, f"/filters/{saved.pk}") == ["Work essay"]
    assert f'href="/filters/{saved.pk}"' in client.get("/").text

    client.post(f"/filters/{saved.pk}/edit", {"name": "All essays", "query": "essay"})
    assert set(found(client, f"/filters/{saved.pk}")) == {"Essay", "Work essay"}
    assert "All essays" in client.get("/filters").text

    assert "Delete the filter “All essays”?" in client.get(f"/filters/{saved.pk}/delete").text
    assert client.post(f"/filters/{saved.pk}/delete")["Location"] == "/filters"
    assert not SavedFilter.objects.exists()
    assert Todo.objects.count() == 2


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": "x", "query": "due:soon"}, "“due:soon”: use a date such as 2026-02-27, or days such as 7d."),
        ({"name": "", "query": "x"}, "A filter needs a name."),
        ({"name": "Taken", "query": "x"}, "You have a filter with this name already."),
    ],
)
def test_form_says_what_is_wrong_and_keeps_what_was_typed(
    client: Client, ada: User, values: dict, sentence: str
) -> None:
    create_filter(user=ada, name="Taken", query="y")
    other = create_filter(user=ada, name="Other", query="z")
    for address in ("/filters/new", f"/filters/{other.pk}/edit"):
        page = client.post(address, values)
        assert page.status_code == 422
        assert sentence in page.text
        assert f'value="{values["query"]}"' in page.text
    assert SavedFilter.objects.count() == 2


def test_filter_of_another_user_is_a_404(client: Client, ada: User) -> None:
    bobs = create_filter(user=make_user("bob"), name="Wombat", query="wombat")
    for path in ("", "/edit", "/delete"):
        assert client.get(f"/filters/{bobs.pk}{path}").status_code == 404
        assert client.post(f"/filters/{bobs.pk}{path}", {"name": "x", "query": "y"}).status_code in {404, 405}
    assert SavedFilter.objects.get().name == "Wombat"


def test_navigation_with_many_filters_is_short_and_one_query(client: Client, ada: User) -> None:
    make_list(ada)
    with CaptureQueriesContext(connection) as before:
        client.get("/")
    for n in range(MAX_FILTERS):
        create_filter(user=ada, name=f"{n:03} {'ü' * 90}", query="x")
    with CaptureQueriesContext(connection) as after:
        page = client.get("/").text
    assert len(after) == len(before)
    assert page.count('href="/filters/') <= 15
    assert "All filters" in page
