"""Moving todos to another list, from an editor or for the whole selection."""

import re

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from tests.factories import make_list, make_todo, make_user
from todos.models import Todo, TodoList
from todos.services import archive_list, create_list

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def work(ada: User) -> TodoList:
    return create_list(user=ada, name="Work", color="blue")


def where() -> dict[str, str]:
    return dict(Todo.objects.values_list("title", "list__name"))


def undo(client: Client, answer: HttpResponse, headers: dict) -> HttpResponse:
    token = re.search(r'name="token" value="([^"]+)"', answer.text)[1]
    return client.post("/todos/undo", {"token": token}, headers=headers, follow=not headers)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_todo_is_moved_from_its_editor_and_back(client: Client, work: TodoList, headers: dict) -> None:
    todo = make_todo("Essay", user=work.owner)
    editor = client.get(f"/todos/{todo.pk}", headers=headers)
    assert f'<button name="list" value="{work.pk}" formaction="/todos/{todo.pk}/move"' in editor.text
    answer = client.post(f"/todos/{todo.pk}/move", {"list": work.pk}, headers=headers, follow=not headers)
    assert "Moved “Essay” to “Work”." in answer.text
    moved = Todo.objects.get()
    assert (moved.pk, moved.uid, moved.list) == (todo.pk, todo.uid, work)
    assert "Undone: “Essay” is back in its list." in undo(client, answer, headers).text
    assert where() == {"Essay": "Todos"}


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_selection_is_moved_and_back(client: Client, work: TodoList, headers: dict) -> None:
    todos = [make_todo(f"Todo {n}", user=work.owner) for n in range(3)]
    page = client.get("/")
    assert f'<button name="list" value="{work.pk}" formaction="/todos/move"' in page.text
    values = {"list": work.pk, "todo": [todo.pk for todo in todos[:2]]}
    answer = client.post("/todos/move", values, headers=headers, follow=not headers)
    assert "Moved 2 todos to “Work”." in answer.text
    assert where() == {"Todo 0": "Work", "Todo 1": "Work", "Todo 2": "Todos"}
    assert "Undone: 2 todos are back" in undo(client, answer, headers).text
    assert set(where().values()) == {"Todos"}


def test_from_another_list_to_the_default_one(client: Client, work: TodoList) -> None:
    todo = make_todo("Essay", user=work.owner)
    client.post(f"/todos/{todo.pk}/move", {"list": work.pk})
    own = make_list(work.owner)
    answer = client.post(f"/lists/{work.pk}/todos/move", {"list": own.pk, "todo": todo.pk}, follow=True)
    assert answer.redirect_chain == [(f"/lists/{work.pk}", 302)]
    assert "Moved “Essay” to “Todos”." in answer.text
    assert where() == {"Essay": "Todos"}


def test_moved_todo_that_was_changed_stays_where_it_is(client: Client, work: TodoList) -> None:
    todo = make_todo("Essay", user=work.owner)
    answer = client.post(f"/todos/{todo.pk}/move", {"list": work.pk}, follow=True)
    client.post(f"/lists/{work.pk}/todos/{todo.pk}/move", {"list": make_list(work.owner).pk})
    assert "Not undone: “Essay” has changed since." in undo(client, answer, {}).text


def test_only_lists_that_take_todos_are_offered(client: Client, work: TodoList) -> None:
    old = create_list(user=work.owner, name="Old")
    archive_list(todo_list=old)
    create_list(user=make_user("bob"), name="Bob's")
    page = client.get(f"/lists/{work.pk}").text
    offered = re.findall(r'<button name="list" value="(\d+)"', page)
    assert offered == [str(make_list(work.owner).pk)]


def test_nothing_is_offered_to_who_has_one_list(client: Client, ada: User) -> None:
    make_todo("Essay", user=ada)
    assert "Move to list" not in client.get("/").text


def test_nobody_moves_to_anothers_or_an_archived_list(client: Client, work: TodoList) -> None:
    todo = make_todo("Essay", user=work.owner)
    other = create_list(user=make_user("bob"), name="Bob's")
    archived = create_list(user=work.owner, name="Old")
    archive_list(todo_list=archived)
    for page in (f"/todos/{todo.pk}/move", "/todos/move"):
        for list_id, status in ((other.pk, 404), (999_999, 404), ("x", 400), ("", 400), (archived.pk, 409)):
            answer = client.post(page, {"list": list_id, "todo": todo.pk})
            assert answer.status_code == status
            assert "Bob" not in answer.text
    assert where() == {"Essay": "Todos"}


def test_selection_must_not_be_empty(client: Client, work: TodoList) -> None:
    answer = client.post("/todos/move", {"list": work.pk}, follow=True)
    assert "Select the todos first." in answer.text


def test_todo_of_an_open_list_moves_nowhere(client: Client, work: TodoList) -> None:
    todo = make_todo("Ours")
    for one in (client, Client()):
        assert one.post(f"/todos/{todo.pk}/move", {"list": work.pk}).status_code == 404
    assert where() == {"Ours": "Todos"}
