"""Many at once, undo, the trash and the examples."""

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.factories import PASSWORD, make_list, make_todo, make_todos, make_user
from todos.models import Todo
from todos.services import create_list

pytestmark = pytest.mark.django_db


def post(client: Client, action: str, todos: list[Todo], **values: str) -> str:
    """Change them; return what undoes it."""
    values |= {"action": action, "todo": [todo.pk for todo in todos]}
    return token_in(client.post("/todos/change", values, follow=True))


def token_in(answer: HttpResponse) -> str:
    return re.search(r'name="token" value="([^"]+)"', answer.text)[1]


def undo(client: Client, token: str) -> str:
    """Undo it; return what the page says of that."""
    answer = client.post("/todos/undo", {"token": token}, follow=True)
    return re.search(r'<div class="toast .*?<p>(.*?)</p>', answer.text, re.DOTALL)[1]


def deadlines() -> list[str]:
    return [str(todo.due) for todo in Todo.objects.order_by("id")]


def test_selected_are_completed_as_one_change_and_undone(client: Client) -> None:
    todos = [make_todo("a"), make_todo("b", completed=True), make_todo("c")]
    before = make_list().revision
    token = post(client, "complete", todos)
    assert make_list().revision == before + 1
    assert set(Todo.objects.values_list("completed", flat=True)) == {True}
    assert undo(client, token) == "Undone: 2 todos are open again."
    assert list(Todo.objects.order_by("id").values_list("completed", flat=True)) == [False, True, False]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 60),  # what is done is shown below these, on no page of its own
        ("page=2", 60),
        ("page=9&shown=3", 60),
        ("q=thesis", 1),
        ("window=overdue", 1),
        ("state=done", 5),
        ("sort=title", 65),
        ("sort=manual&q=essay", 61),
    ],
)
def test_all_that_a_listing_finds_are_changed_as_one_and_undone(client: Client, query: str, count: int) -> None:
    make_todos(59, title="Essay")
    make_todos(2, title="Essay", completed=True)
    make_todos(3, title="Book", completed=True)
    make_todo("Thesis", "2020-01-01")
    before = make_list().revision
    assert client.get(f"/?{query}").context["listing"].total == count
    found = {"action": "delete", "all": count, "query": query}
    token = token_in(client.post("/todos/change", found, follow=True))
    assert Todo.objects.deleted().count() == count
    assert make_list().revision == before + 1
    assert client.get(f"/?{query}").context["listing"].total == 0
    undo(client, token)
    assert Todo.objects.visible().count() == 65


def test_all_are_not_changed_if_they_are_more_than_the_page_said(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(ada := make_user("ada"))
    make_todos(60, user=ada)
    uni = create_list(user=ada, name="Uni")

    def refuse(path: str, count: int, **values: object) -> None:
        values |= {"all": count, "query": "sort=newest"}
        answer = client.post(path, values, headers={"HX-Request": "true"})
        assert answer.status_code == 409
        assert "Nothing was changed" in answer.text and 'id="todos"' in answer.text
        assert "Nothing was changed" in client.post(path, values, follow=True).text
        assert make_list(ada).todos.visible().completed(False).count() == 60

    refuse("/todos/change", 59, action="complete")
    refuse("/todos/change", 0, action="delete")
    refuse("/todos/move", 59, list=uni.pk)
    with monkeypatch.context() as patch:
        patch.setattr("todos.services.bulk.MAX_ITEMS", 59)
        refuse("/todos/change", 60, action="complete")
    client.post("/todos/move", {"all": 60, "query": "sort=newest", "list": uni.pk})
    assert uni.todos.count() == 60


@pytest.mark.parametrize("query", ["q=thesis", "q=due:soon"])
def test_all_of_a_listing_that_is_empty_by_now(client: Client, query: str) -> None:
    make_todo()
    answer = client.post("/todos/change", {"action": "delete", "all": 3, "query": query}, follow=True)
    assert "None of these todos is left." in answer.text
    assert Todo.objects.visible().count() == 1


def test_move_keeps_the_time_and_undo_the_deadline(client: Client) -> None:
    given = ["2026-12-01T18:00:00", "2026-12-01T18:00:00Z", "2026-12-01", None]
    todos = [make_todo("a", deadline) for deadline in given]
    token = post(client, "move", todos, day="2026-12-24")
    assert deadlines() == ["2026-12-24T18:00:00", "2026-12-24T18:00:00Z", "2026-12-24", "2026-12-24"]
    undo(client, token)
    assert deadlines() == [str(deadline) for deadline in given]
    post(client, "clear", todos)
    assert deadlines() == ["None"] * 4


def test_deleted_stand_in_the_trash_and_come_back_as_they_were(client: Client) -> None:
    todos = [make_todo("Essay"), make_todo("Thesis")]
    post(client, "delete", todos)
    page = client.get("/trash")
    assert "Essay" in page.text and "Thesis" in page.text
    restored = client.post(f"/todos/{todos[0].pk}/restore", {"next": "/trash"}, follow=True)
    assert list(Todo.objects.visible().values_list("id", "uid")) == [(todos[0].pk, todos[0].uid)]
    undo(client, token_in(restored))
    assert not Todo.objects.visible().exists()


def test_each_of_several_changes_can_be_undone_by_itself(client: Client) -> None:
    first, second = make_todo("a"), make_todo("b")
    ticked = post(client, "complete", [first])
    deleted = post(client, "delete", [second])
    moved = post(client, "move", [first], day="2026-12-24")
    reopened = post(client, "reopen", [first])
    assert undo(client, reopened) == "Undone: “a” is completed again."
    assert undo(client, ticked) == "Undone: “a” is open again."
    assert undo(client, deleted) == "Undone: “b” is restored."
    assert undo(client, moved) == "Undone: “a” is as before."
    assert list(Todo.objects.visible().order_by("id").values_list("title", "completed")) == [
        ("a", False),
        ("b", False),
    ]
    assert deadlines() == ["2026-12-01T18:00:00"] * 2


def test_undo_leaves_alone_what_has_changed_since(client: Client) -> None:
    todos = [make_todo("a"), make_todo("b")]
    token = post(client, "move", todos, day="2026-12-24")
    post(client, "move", todos[:1], day="2026-12-31")
    assert undo(client, token) == "Undone: “b” is as before. 1 has changed since."
    assert deadlines() == ["2026-12-31T18:00:00", "2026-12-01T18:00:00"]
    assert undo(client, token) == "Not undone: 2 todos have changed since."


def test_undo_is_of_one_list_and_for_an_hour(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    todo = make_todo()
    token = post(client, "complete", [todo])
    client.force_login(make_user())
    assert undo(client, token) == "That can no longer be undone."
    client.logout()
    assert undo(client, f"{token}x") == "That can no longer be undone."
    monkeypatch.setattr("todos.undo.MAX_AGE", timedelta(seconds=-1))
    assert undo(client, token) == "That can no longer be undone."
    assert Todo.objects.get().completed


@pytest.mark.parametrize("values", [{"action": "move"}, {"action": "move", "day": "0001-01-01"}])
def test_move_needs_a_day(client: Client, values: dict) -> None:
    todo = make_todo()
    make_todo("Thesis", None)
    answer = client.post("/todos/change", {"todo": todo.pk, "next": "/?q=essay", **values})
    assert answer.status_code == 422
    assert "Choose a day" in answer.text
    assert re.findall(r'value="(\d+)" form="changes" checked', answer.text) == [str(todo.pk)]
    assert "Thesis" not in answer.text
    answer = client.post("/todos/change", {"todo": todo.pk, **values}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "Choose a day" in answer.text and "<li" not in answer.text
    assert deadlines() == ["2026-12-01T18:00:00", "None"]


def test_nothing_selected_is_said(client: Client) -> None:
    none = ["x", "²", "9" * 30, "9" * 5000]
    answer = client.post("/todos/change", {"action": "delete", "todo": none}, follow=True)
    assert "Select the todos first." in answer.text


def test_unknown_action_is_refused(client: Client) -> None:
    assert client.post("/todos/change", {"action": "burn", "todo": make_todo().pk}).status_code == 400


def test_nobody_changes_anothers_todos(client: Client) -> None:
    todo = make_todo("Secret", user=make_user("ada"))
    make_user("bob")
    client.login(username="bob", password=PASSWORD)
    client.post("/todos/change", {"action": "delete", "todo": todo.pk})
    todo.refresh_from_db()
    assert todo.deleted_at is None
    assert client.post(f"/todos/{todo.pk}/restore").status_code == 404
    assert "Secret" not in client.get("/trash").text


def test_added_todo_can_be_taken_back(client: Client) -> None:
    added = client.post("/todos/new", {"title": "Essay 2026-12-01"}, follow=True)
    assert deadlines() == ["2026-12-01"]
    assert undo(client, token_in(added)) == "Undone: “Essay” is deleted."
    assert not Todo.objects.visible().exists()


def test_line_is_read_before_it_is_saved_and_can_be_kept_as_it_is(client: Client) -> None:
    reading = client.get("/todos/reading", {"title": "Essay 2026-12-01"})
    assert "“Essay”, due <strong>Tuesday 1 December 2026</strong>" in reading.text
    assert "Add a title." in client.get("/todos/reading", {"title": "tomorrow 5pm"}).text
    client.post("/todos/new", {"title": "Essay 2026-12-01", "literally": "on"})
    client.post("/todos/new", {"title": "Essay 2026-12-01", "date": "2027-01-01"})
    assert list(Todo.objects.order_by("id").values_list("title", flat=True)) == ["Essay 2026-12-01"] * 2
    assert deadlines() == ["None", "2027-01-01"]


def test_examples_come_and_go_with_one_press(client: Client) -> None:
    assert "five examples" in client.get("/").text
    assert "Added five examples." in client.post("/todos/examples", follow=True).text
    assert Todo.objects.visible().count() == 5
    mine = make_todo("Mine")
    removed = client.post("/todos/examples/remove", follow=True)
    assert list(Todo.objects.visible()) == [mine]
    assert undo(client, token_in(removed)) == "Undone: 5 todos are restored."
    assert "Remove examples" not in client.get("/").text
