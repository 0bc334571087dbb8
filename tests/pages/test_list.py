"""The list page, and adding, editing, ticking and deleting on it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import PASSWORD, make_list, make_todo, make_todos, make_user
from todos.listing import PAGE_SIZE
from todos.models import Todo
from todos.services import create_list

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/?q=essay"}


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S")


def inputs_of(page: HttpResponse) -> dict[str, object]:
    """Return what a browser sends if nothing is changed in a page's form."""
    form = page.context["form"]
    return {name: value for name in form.fields if (value := form[name].value()) is not None}


def shown(client: Client, address: str = "/") -> dict[str, list[str]]:
    groups = client.get(address).context["listing"].groups
    return {str(group.section): [entry.todo.title for entry in group.entries] for group in groups}


def test_list_is_in_sections(client: Client) -> None:
    make_todo("Far away", in_days(60))
    make_todo("Later still", in_days(90))
    make_todo("Late", in_days(-2))
    make_todo("Some day", None)
    make_todo("Finished", completed=True)
    assert shown(client) == {
        "overdue": ["Late"],
        "later": ["Far away", "Later still"],
        "none": ["Some day"],
        "done": ["Finished"],
    }


def test_list_can_be_searched_filtered_and_sorted(client: Client) -> None:
    make_todo("Essay on birds", in_days(2))
    make_todo("Bird bath", None, description="essay not needed")
    make_todo("Essay done", completed=True)
    assert shown(client, "/?q=bird+ESSAY&sort=title") == {"None": ["Bird bath", "Essay on birds"]}
    assert shown(client, "/?state=done") == {"done": ["Essay done"]}
    assert shown(client, "/?window=none") == {"none": ["Bird bath"]}
    assert [*shown(client, "/?window=7&state=open").values()] == [["Essay on birds"]]
    assert shown(client, "/?window=overdue") == {}


def test_titles_are_sorted_as_people_do(client: Client) -> None:
    titles = ["ant", "Bee", "cafe", "Café", "cafés", "Éclair", "eel", "Über", "zebra"]
    for title in reversed(titles):
        make_todo(title)
    make_todo("Aal", completed=True)
    assert shown(client, "/?sort=title") == {"None": [*titles, "Aal"]}


def test_nonsense_in_the_address_counts_as_not_given(client: Client) -> None:
    make_todo("Essay", None)
    assert shown(client, "/?window=soon&page=-1&state=x&sort=%00") == {"none": ["Essay"]}


def test_long_list_comes_in_pages(client: Client) -> None:
    make_todos(150)
    make_todos(50, completed=True)
    page = client.get("/")
    assert [len(group.entries) for group in page.context["listing"].groups] == [PAGE_SIZE, 20]
    assert shown(client, "/?page=2") == {
        "none": [f"Todo {n:04}" for n in range(PAGE_SIZE, min(2 * PAGE_SIZE, 150))]
    }


@pytest.mark.parametrize("query", ["", "sort=title", "sort=manual"])
def test_several_pages_are_shown_below_each_other(client: Client, query: str) -> None:
    make_todos(150)
    [[*titles]] = shown(client, f"/?page=2&shown=2&{query}").values()
    assert titles == [f"Todo {n:04}" for n in range(PAGE_SIZE, 150)]
    listing = client.get(f"/?shown=2&{query}").context["listing"]
    assert (listing.pages_shown, listing.next_page) == (2, f"{query}&page=3".strip("&"))
    assert client.get(f"/?shown=9&{query}").context["listing"].pages_shown == 1  # more than are allowed
    assert client.get(f"/?page=3&shown=5&{query}").context["listing"].pages_shown == 1  # there are no more


@pytest.mark.parametrize("address", ["/", "/?page=2", "/?q=todo", "/?state=done", "/?sort=title", "/?window=30"])
def test_list_is_made_by_the_same_queries_for_one_todo_and_a_thousand(client: Client, address: str) -> None:
    client.force_login(user := make_user())
    client.get(address)  # on PostgreSQL, the first request of a connection prepares statements
    counts = []
    for count in (101, 999):
        make_todos(count, [in_days(n) for n in range(-3, 30)], user=user, title="Todo", description="x" * 500)
        make_todos(count, completed=True, user=user)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address)
        counts.append(len(queries))
        assert len(page.content) < 100_000
    assert counts[0] == counts[1] <= 13


def test_fragment_is_the_list_alone(client: Client) -> None:
    make_todo("Essay")
    answer = client.get("/?q=essay", headers=HTMX)
    assert "Essay" in answer.text
    assert "<html" not in answer.text
    assert "HX-Request" in answer["Vary"]


def test_add_makes_a_todo_and_leads_back(client: Client) -> None:
    answer = client.post("/todos/new", {"title": "Essay", "date": "2026-12-01", "time": "18:00", "next": "/?q=es"})
    todo = Todo.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/?q=es#todo-{todo.pk}")
    assert (todo.title, str(todo.due), todo.description) == ("Essay", "2026-12-01T18:00:00", None)


@pytest.mark.parametrize(
    ("here", "sentence", "there"),
    [
        ("/", "", ""),
        ("/?sort=newest", "", ""),
        ("/?q=essay", "", ""),
        ("/calendar/2026/12?day=1", "", ""),
        ("/?page=2", "It is on another page.", "/"),
        ("/?sort=title", "It is on another page.", "/?sort=title&amp;page=2"),
        ("/?sort=manual", "It is on another page.", "/?sort=manual&amp;page=2"),
        ("/?q=thesis", "The filters hide it.", "/"),
        ("/?state=done", "The filters hide it.", "/"),
    ],
)
def test_message_says_where_a_new_todo_is_that_is_not_shown(
    client: Client, here: str, sentence: str, there: str
) -> None:
    make_todos(60, title="A")
    values = {"title": "Essay", "date": "2026-12-01", "next": here}
    htmx = client.post("/todos/new", values, headers=HTMX)
    todo = Todo.objects.get(title="Essay")
    link = f'<a href="{there}#todo-{todo.pk}">Show it</a>'
    if here.startswith("/calendar"):
        assert "Show it" not in htmx.text
        return
    assert htmx["X-Added"] == f"todo-{todo.pk}"
    assert (f'id="todo-{todo.pk}"' in htmx.text) is not bool(sentence)
    assert (f"{sentence} {link}" in htmx.text) is bool(sentence)


def test_new_todo_of_another_list_is_linked(client: Client) -> None:
    client.force_login(ada := make_user())
    work = create_list(user=ada, name="Work")
    answer = client.post("/todos/new", {"title": "Essay +work", "next": "/"}, headers=HTMX)
    address = f"/lists/{work.pk}#todo-{Todo.objects.get().pk}"
    assert f'to “Work”. <a href="{address}">Show it</a>' in answer.text


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"title": " "}, "A todo needs a title."),
        ({"title": "x" * 256}, "A title has 255 characters at most."),
        ({"title": "a\0b"}, "Null characters"),
        ({"title": "Essay", "time": "18:00"}, "A time needs a day."),
        ({"title": "Essay", "date": "2026-02-30"}, "valid date"),
        ({"title": "Essay", "date": "0001-01-01"}, "A deadline must be between the years"),
    ],
)
def test_what_is_wrong_stands_beside_what_was_typed(client: Client, values: dict, sentence: str) -> None:
    answer = client.post("/todos/new", values)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not Todo.objects.exists()
    if values["title"] == "Essay":
        assert 'value="Essay"' in answer.text


def test_edit_changes_only_what_was_changed(client: Client) -> None:
    todo = make_todo("Essay", "2026-12-01T18:00:30Z", description="two\npages")
    page = client.get(f"/todos/{todo.pk}")
    values = inputs_of(page)
    answer = client.post(f"/todos/{todo.pk}", values | {"title": "Thesis", "description": "two\r\npages"})
    assert answer.status_code == 302
    changed = Todo.objects.get()
    assert (changed.title, str(changed.due), changed.description) == (
        "Thesis",
        "2026-12-01T18:00:30Z",
        "two\npages",
    )


def test_edit_in_the_lists_zone_keeps_the_kind(client: Client) -> None:
    todo_list = make_list()
    todo_list.time_zone = "Australia/Brisbane"
    todo_list.save()
    todo = make_todo("Call", "2026-12-01T18:00:00Z")
    page = client.get(f"/todos/{todo.pk}")
    assert 'value="04:00"' in page.text
    values = {"title": "Call", "date": "2026-12-02", "time": "05:00", "kind": "instant", "sequence": "0"}
    client.post(f"/todos/{todo.pk}", values)
    assert str(Todo.objects.get().due) == "2026-12-01T19:00:00Z"
    client.post(f"/todos/{todo.pk}", {"title": "Call", "date": "2026-12-02", "sequence": "1"})
    assert str(Todo.objects.get().due) == "2026-12-02"


def test_second_of_two_edits_is_told_and_overwrites_nothing(client: Client) -> None:
    todo = make_todo("Essay", None)
    client.post(f"/todos/{todo.pk}", {"title": "Mine", "date": "2026-11-27", "time": "14:00", "sequence": "0"})
    answer = client.post(f"/todos/{todo.pk}", {"title": "Theirs", "sequence": "0"})
    assert answer.status_code == 422
    assert "has changed in the meantime" in answer.text
    assert "Deadline: <strong>Friday 27 November 2026, 14:00</strong>" in answer.text
    assert 'value="Theirs"' in answer.text
    assert Todo.objects.get().title == "Mine"
    client.post(f"/todos/{todo.pk}", {"title": "Theirs", "sequence": answer.context["form"]["sequence"].value()})
    assert Todo.objects.get().title == "Theirs"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_tick_and_undo(client: Client, headers: dict) -> None:
    todo = make_todo()
    answer = client.post(f"/todos/{todo.pk}/complete", headers=headers, follow=not headers)
    assert Todo.objects.get().completed
    assert "Completed “Essay”." in answer.text
    token = re.search(r'name="token" value="([^"]+)"', answer.text)[1]
    client.post("/todos/undo", {"token": token}, headers=headers)
    assert not Todo.objects.get().completed
    answer = client.post("/todos/undo", {"token": token}, headers=headers, follow=not headers)
    assert "Not undone: “Essay” has changed since." in answer.text


def test_delete_can_be_undone_with_the_same_uid(client: Client) -> None:
    todo = make_todo()
    answer = client.post(f"/todos/{todo.pk}/delete", follow=True)
    assert shown(client) == {}
    client.post("/todos/undo", {"token": re.search(r'name="token" value="([^"]+)"', answer.text)[1]})
    assert [(row.pk, row.uid, row.deleted_at) for row in Todo.objects.all()] == [(todo.pk, todo.uid, None)]


def test_nobody_reaches_anothers_todo(client: Client) -> None:
    todo = make_todo("Secret", user=make_user("ada"))
    make_user("bob")
    client.login(username="bob", password=PASSWORD)
    for answer in [
        client.get(f"/todos/{todo.pk}"),
        client.post(f"/todos/{todo.pk}", {"title": "Mine", "sequence": "0"}),
        client.post(f"/todos/{todo.pk}/complete"),
        client.post(f"/todos/{todo.pk}/delete"),
    ]:
        assert answer.status_code == 404
        assert "Secret" not in answer.text
    todo.refresh_from_db()
    assert (todo.title, todo.completed, todo.deleted_at) == ("Secret", False, None)


def test_way_back_never_leads_to_another_site(client: Client) -> None:
    for address in (
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "http://testserver//evil.example",
    ):
        location = client.post("/todos/new", {"title": "Essay", "next": address})["Location"]
        assert location.startswith("/")
        assert not location.startswith("//")


def test_wrong_methods_are_refused(client: Client) -> None:
    todo = make_todo()
    assert client.post("/").status_code == 405
    for path in ("complete", "reopen", "delete"):
        assert client.get(f"/todos/{todo.pk}/{path}").status_code == 405
    assert client.get("/todos/undo").status_code == 405


def test_private_mode_asks_for_a_sign_in(client: Client, settings: object) -> None:
    settings.MODE = "private"
    make_todo("Secret")
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login?next=/")
    assert client.get("/accounts/login").status_code == 200


def test_time_zone_of_the_browser_is_taken(client: Client) -> None:
    client.post("/todos/time-zone", {"time_zone": "Australia/Brisbane"})
    assert make_list().time_zone == "Australia/Brisbane"
    answer = client.post("/todos/time-zone", {"time_zone": "../etc/passwd"}, follow=True)
    assert "Unknown time zone" in answer.text
    assert make_list().time_zone == "Australia/Brisbane"
