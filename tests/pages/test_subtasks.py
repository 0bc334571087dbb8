"""Sub-tasks on the pages: shown, added, moved below another todo, and changed with what they are below."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_list, make_todo, make_user
from tests.pages.test_order import message, step
from todos.models import Todo
from todos.services import create_list, delete_todo

pytestmark = pytest.mark.django_db
MANUAL = "/?sort=manual"


def make_family() -> dict[str, Todo]:
    todos = {"a": make_todo("a")}
    todos["b"] = make_todo("b", None, parent_id=todos["a"].pk, completed=True)
    todos["c"] = make_todo("c", None, parent_id=todos["a"].pk)
    todos["d"] = make_todo("d", None, parent_id=todos["c"].pk)
    todos["x"] = make_todo("x", None)
    return todos


def entries(client: Client, address: str) -> dict[str, tuple]:
    groups = client.get(address).context["listing"].groups
    return {
        entry.todo.title: (entry.depth, entry.parent and entry.parent.title, entry.subtasks_done, entry.subtasks)
        for group in groups
        for entry in group.entries
    }


def test_list_tells_a_todos_parent_and_how_many_subtasks_are_done(client: Client) -> None:
    todos = make_family()
    expected = {
        "a": (0, None, 1, 2), "b": (0, "a", 0, 0), "c": (0, "a", 0, 1), "d": (0, "c", 0, 0), "x": (0, None, 0, 0)
    }  # fmt: skip
    assert entries(client, "/") == expected
    page = client.get("/").text
    assert f'in <a href="/todos/{todos["c"].pk}">c</a>' in page
    assert "1 of 2 done" in page


def test_subtasks_are_below_their_todo_in_my_order(client: Client) -> None:
    make_family()
    shown = entries(client, MANUAL)
    assert [(title, depth) for title, (depth, *_) in shown.items()] == [
        ("a", 0), ("c", 1), ("d", 2), ("b", 1), ("x", 0)
    ]  # fmt: skip
    assert "in <a href" not in client.get(MANUAL).text


def test_subtask_is_on_its_own_where_its_todo_is_not_shown(client: Client) -> None:
    make_family()
    shown = entries(client, f"{MANUAL}&q=c")
    assert shown == {"c": (0, "a", 0, 1)}
    assert entries(client, f"{MANUAL}&state=done") == {"b": (0, "a", 0, 0)}


def test_buttons_move_a_subtask_among_its_siblings(client: Client) -> None:
    todos = make_family()
    make_todo("e", None, parent_id=todos["a"].pk)
    step(client, "down", todos["c"])
    assert list(entries(client, MANUAL)) == ["a", "e", "c", "d", "b", "x"]
    assert step(client, "down", todos["c"]) == "This todo is already last."
    step(client, "up", todos["x"])
    assert list(entries(client, MANUAL)) == ["x", "a", "e", "c", "d", "b"]


def test_page_has_as_many_queries_however_many_subtasks_there_are(client: Client) -> None:
    def count(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    todos = make_family()
    before = {address: count(address) for address in ("/", MANUAL, f"/todos/{todos['a'].pk}")}
    for number in range(10):
        make_todo(f"e{number}", parent_id=todos["ac"[number % 2]].pk)
    assert {address: count(address) for address in before} == before


def test_subtask_is_added_from_its_todo(client: Client) -> None:
    todos = make_family()
    editor = client.get(f"/todos/{todos['a'].pk}").text
    address = f"/todos/new?parent_id={todos['a'].pk}"
    assert f'href="{address}"' in editor
    assert f'<option value="{todos["a"].pk}" selected>a</option>' in client.get(address).text
    client.post("/todos/new", {"title": "new", "parent_id": todos["a"].pk})
    assert Todo.objects.get(title="new").parent == todos["a"]


def test_subtask_of_what_was_deleted_meanwhile_is_refused(client: Client) -> None:
    todo = make_todo("a")
    delete_todo(todo_list=make_list(), todo_id=todo.pk)
    answer = client.post("/todos/new", {"title": "new", "parent_id": todo.pk})
    assert answer.status_code == 422
    assert "Select a valid choice." in answer.text
    assert not Todo.objects.filter(title="new").exists()


@pytest.mark.parametrize("value", ["x", "-1", "9" * 30, "1.5", "\u0661"])
def test_nonsense_is_no_parent(client: Client, value: str) -> None:
    todo = make_todo("a")
    for path in ("/todos/new", f"/todos/{todo.pk}"):
        assert client.post(path, {"title": "new", "parent_id": value}).status_code == 422
        assert client.get(f"/todos/new?parent_id={value}").status_code == 200


def test_todo_of_somebody_else_is_no_parent(client: Client) -> None:
    theirs, mine = make_todo("secret", user=make_user()), make_todo("a")
    for path in ("/todos/new", f"/todos/{mine.pk}"):
        answer = client.post(path, {"title": "new", "parent_id": theirs.pk})
        assert answer.status_code == 422
        assert "secret" not in answer.text
    assert "secret" not in client.get(f"/todos/new?parent_id={theirs.pk}").text


def test_editor_puts_a_todo_below_another_one_and_takes_it_out(client: Client) -> None:
    todos = make_family()
    path = f"/todos/{todos['x'].pk}"
    client.post(path, {"title": "x", "parent_id": todos["a"].pk}, follow=True)
    assert Todo.objects.get(title="x").parent == todos["a"]
    answer = client.post(path, {"title": "x", "parent_id": ""}, follow=True)
    assert Todo.objects.get(title="x").parent is None
    token = re.search(r'name="token" value="([^"]+)"', answer.text)[1]
    client.post("/todos/undo", {"token": token})
    assert Todo.objects.get(title="x").parent == todos["a"]


def test_editor_says_why_a_todo_cannot_be_there(client: Client) -> None:
    todos = make_family()
    choices = re.findall(r'<option value="(\d+)"', client.get(f"/todos/{todos['a'].pk}").text)
    assert choices == [str(todos["x"].pk)]  # not itself, nor what is below it
    answer = client.post(f"/todos/{todos['a'].pk}", {"title": "a", "parent_id": todos["x"].pk})
    assert answer.status_code == 422
    assert "Todos and sub-tasks can be 3 levels deep at most." in answer.text


def test_form_without_the_field_leaves_the_parent(client: Client) -> None:
    todos = make_family()
    client.post(f"/todos/{todos['c'].pk}", {"title": "C"})
    assert Todo.objects.get(title="C").parent == todos["a"]


def test_messages_count_what_went_along(client: Client) -> None:
    todos = make_family()
    path = f"/todos/{todos['a'].pk}"
    assert message(client.post(f"{path}/complete", follow=True).text) == "Completed “a” and 2 sub-tasks."
    assert message(client.post(f"{path}/delete", follow=True).text) == "Deleted “a” and 3 sub-tasks."
    assert message(client.post(f"{path}/restore", follow=True).text) == "Restored “a” and 3 sub-tasks."
    data = {"action": "delete", "todo": [todos["a"].pk, todos["b"].pk]}
    assert message(client.post("/todos/change", data, follow=True).text) == "Deleted 2 todos and 2 sub-tasks."


def test_undo_of_a_completion_reopens_what_it_completed(client: Client) -> None:
    todos = make_family()
    answer = client.post(f"/todos/{todos['a'].pk}/complete", follow=True)
    token = re.search(r'name="token" value="([^"]+)"', answer.text)[1]
    assert (
        message(client.post("/todos/undo", {"token": token}, follow=True).text)
        == "Undone: 3 todos are open again."
    )
    assert [todo.title for todo in Todo.objects.completed(True)] == ["b"]


def test_overview_tells_the_parent_in_its_own_list(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    create_list(user=user, name="Uni")
    parent = make_todo("a", None, user=user)
    make_todo("b", "2020-01-01", user=user, parent_id=parent.pk)
    assert f'in <a href="/todos/{parent.pk}">a</a>' in client.get("/today").text


def test_page_for_a_new_sub_task_says_so(client: Client) -> None:
    page = client.get(f"/todos/new?parent_id={make_todo('Essay').pk}").text
    assert "<title>Add sub-task · TaskOverflow</title>" in page
    assert "<h1>Add sub-task</h1>" in page
    assert re.search(r'<input[^>]*name="title"[^>]*autofocus', page)
    assert 'id="reading"' in page
    assert "<h1>Add todo</h1>" in client.get("/todos/new").text
