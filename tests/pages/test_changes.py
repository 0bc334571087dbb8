"""Many at once, undo, the trash and the examples."""

import pytest
from django.test import Client

from tests.factories import PASSWORD, make_list, make_todo, make_user
from todos.models import Todo

pytestmark = pytest.mark.django_db


def post(client: Client, action: str, todos: list[Todo], **values: str) -> None:
    client.post("/todos/change", {"action": action, "todo": [todo.pk for todo in todos], **values})


def undo(client: Client) -> None:
    client.post("/todos/undo", {"token": client.session["undo"]["token"]})


def deadlines() -> list[str]:
    return [str(todo.due) for todo in Todo.objects.order_by("id")]


def test_selected_are_completed_as_one_change_and_undone(client: Client) -> None:
    todos = [make_todo("a"), make_todo("b", completed=True), make_todo("c")]
    before = make_list().revision
    post(client, "complete", todos)
    assert make_list().revision == before + 1
    assert set(Todo.objects.values_list("completed", flat=True)) == {True}
    undo(client)
    assert list(Todo.objects.order_by("id").values_list("completed", flat=True)) == [False, True, False]


def test_move_keeps_the_time_and_undo_the_deadline(client: Client) -> None:
    given = ["2026-12-01T18:00:00", "2026-12-01T18:00:00Z", "2026-12-01", None]
    todos = [make_todo("a", deadline) for deadline in given]
    post(client, "move", todos, day="2026-12-24")
    assert deadlines() == ["2026-12-24T18:00:00", "2026-12-24T18:00:00Z", "2026-12-24", "2026-12-24"]
    undo(client)
    assert deadlines() == [str(deadline) for deadline in given]
    post(client, "clear", todos)
    assert deadlines() == ["None"] * 4


def test_deleted_stand_in_the_trash_and_come_back_as_they_were(client: Client) -> None:
    todos = [make_todo("Essay"), make_todo("Thesis")]
    post(client, "delete", todos)
    page = client.get("/trash")
    assert "Essay" in page.text and "Thesis" in page.text
    client.post(f"/todos/{todos[0].pk}/restore", {"next": "/trash"})
    assert list(Todo.objects.visible().values_list("id", "uid")) == [(todos[0].pk, todos[0].uid)]
    undo(client)
    assert not Todo.objects.visible().exists()


@pytest.mark.parametrize("values", [{"action": "move"}, {"action": "move", "day": "0001-01-01"}])
def test_move_needs_a_day(client: Client, values: dict) -> None:
    todo = make_todo()
    answer = client.post("/todos/change", {"todo": todo.pk, **values}, follow=True)
    assert "Choose the day" in answer.text
    assert deadlines() == ["2026-12-01T18:00:00"]


def test_nothing_selected_is_said(client: Client) -> None:
    answer = client.post("/todos/change", {"action": "delete", "todo": ["x", "²"]}, follow=True)
    assert "Select the todos first." in answer.text


def test_unknown_action_is_refused(client: Client) -> None:
    assert client.post("/todos/change", {"action": "burn", "todo": make_todo().pk}).status_code == 400


def test_nobody_changes_anothers_todos(client: Client) -> None:
    todo = make_todo("Secret", user=make_user("ada"))
    make_user("bob")
    client.login(username="bob", password=PASSWORD)
    post(client, "delete", [todo])
    todo.refresh_from_db()
    assert todo.deleted_at is None
    assert client.post(f"/todos/{todo.pk}/restore").status_code == 404
    assert "Secret" not in client.get("/trash").text


def test_added_todo_can_be_taken_back(client: Client) -> None:
    client.post("/todos/new", {"title": "Essay 2026-12-01"})
    assert deadlines() == ["2026-12-01"]
    undo(client)
    assert not Todo.objects.visible().exists()


def test_line_is_read_before_it_is_saved_and_can_be_kept_as_it_is(client: Client) -> None:
    reading = client.get("/todos/reading", {"title": "Essay 2026-12-01"})
    assert "“Essay”, due <strong>Tuesday 1 December 2026</strong>" in reading.text
    client.post("/todos/new", {"title": "Essay 2026-12-01", "literally": "on"})
    client.post("/todos/new", {"title": "Essay 2026-12-01", "date": "2027-01-01"})
    assert list(Todo.objects.order_by("id").values_list("title", flat=True)) == ["Essay 2026-12-01"] * 2
    assert deadlines() == ["None", "2027-01-01"]


def test_examples_come_and_go_with_one_press(client: Client) -> None:
    assert "five examples" in client.get("/").text
    client.post("/todos/examples")
    assert Todo.objects.visible().count() == 5
    mine = make_todo("Mine")
    client.post("/todos/examples/remove")
    assert list(Todo.objects.visible()) == [mine]
    assert "Remove the examples" not in client.get("/").text
