"""A page changes what it has read before, while somebody else changes the same todos."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from tests.factories import make_list, make_todo
from todos.deadlines import parse_deadline
from todos.models import Todo
from todos.services import delete_todo, purge_todos, update_todo

pytestmark = pytest.mark.django_db


@contextmanager
def before_the_lock(change: Callable[[], Any]) -> Iterator[None]:
    """Make a change just before the request's first transaction begins, after all that it reads ahead of it."""
    pending = [change]

    def run_first(execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        if pending and sql.startswith("SAVEPOINT"):
            pending.pop()()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(run_first):
        yield
    assert not pending


def edit(todo: Todo, **changes: Any) -> Callable[[], Any]:
    return lambda: update_todo(todo_list=make_list(), todo_id=todo.pk, changes=changes)


def delete(*todos: Todo) -> Callable[[], Any]:
    return lambda: [delete_todo(todo_list=make_list(), todo_id=todo.pk) for todo in todos]


def message(answer: HttpResponse) -> str:
    return re.search(r'<div class="toast .*?<p>(.*?)</p>', answer.text, re.DOTALL)[1]


def has_undo(answer: HttpResponse) -> bool:
    return 'name="token"' in answer.text


def undo(client: Client, answer: HttpResponse) -> str:
    token = re.search(r'name="token" value="([^"]+)"', answer.text)[1]
    return message(client.post("/todos/undo", {"token": token}, follow=True))


def change(client: Client, action: str, *todos: Todo, **values: str) -> HttpResponse:
    data = {"action": action, "todo": [todo.pk for todo in todos], **values}
    return client.post("/todos/change", data, follow=True)


def test_move_keeps_the_time_that_somebody_set_meanwhile(client: Client) -> None:
    todo = make_todo("Essay", "2026-12-01T18:00:00")
    with before_the_lock(edit(todo, due=parse_deadline("2026-12-02T09:30:00Z"))):
        answer = change(client, "move", todo, day="2026-12-24")
    todo.refresh_from_db()
    assert str(todo.due) == "2026-12-24T09:30:00Z"
    assert undo(client, answer) == "Undone: “Essay” is as before."
    todo.refresh_from_db()
    assert str(todo.due) == "2026-12-02T09:30:00Z"


def test_todo_that_is_deleted_meanwhile_is_not_called_completed(client: Client) -> None:
    todo = make_todo("Essay")
    with before_the_lock(delete(todo)):
        answer = client.post(f"/todos/{todo.pk}/complete", follow=True)
    assert message(answer) == "“Essay” was deleted meanwhile."
    assert not has_undo(answer)
    todo.refresh_from_db()
    assert not todo.completed


def test_message_counts_what_was_done_and_what_was_not(client: Client) -> None:
    todos = [make_todo(title) for title in "abcdef"]
    with before_the_lock(delete(todos[3])):
        answer = change(client, "complete", *todos[:4])
    assert message(answer) == "Completed 3 todos. 1 was deleted meanwhile."
    with before_the_lock(edit(todos[4], completed=True)):
        answer = change(client, "complete", *todos[2:])
    assert message(answer) == "Completed “f”. 2 were already completed. 1 was deleted meanwhile."
    assert undo(client, answer) == "Undone: “f” is open again."
    done = Todo.objects.visible().order_by("id").values_list("title", "completed")
    assert list(done) == [("a", True), ("b", True), ("c", True), ("e", True), ("f", False)]


def test_todo_that_was_deleted_before_the_page_was_sent_is_told_too(client: Client) -> None:
    todos = [make_todo("a"), make_todo("b")]
    delete(todos[0])()
    assert message(change(client, "complete", *todos)) == "Completed “b”. 1 was deleted meanwhile."
    answer = client.post(f"/todos/{todos[0].pk}/reopen", follow=True)
    assert message(answer) == "“a” was deleted meanwhile."
    assert message(client.post(f"/todos/{todos[0].pk}/delete", follow=True)) == "“a” was already deleted."


def test_todo_that_is_completed_meanwhile_is_told_without_undo(client: Client) -> None:
    todo = make_todo("Essay")
    with before_the_lock(edit(todo, completed=True)):
        answer = client.post(f"/todos/{todo.pk}/complete", follow=True)
    assert message(answer) == "“Essay” was already completed."
    assert not has_undo(answer)


def test_todo_that_is_restored_meanwhile_is_not_in_the_trash(client: Client) -> None:
    todo = make_todo("Essay")
    assert message(client.post(f"/todos/{todo.pk}/restore", follow=True)) == "“Essay” is no longer in the trash."


def test_todo_that_is_purged_meanwhile_is_gone(client: Client) -> None:
    todo = make_todo("Essay")
    delete(todo)()

    def purge() -> None:
        Todo.objects.update(deleted_at="2020-01-01T00:00:00Z")
        purge_todos()

    with before_the_lock(purge):
        answer = client.post(f"/todos/{todo.pk}/restore", follow=True)
    assert message(answer) == "The todo is no longer in the trash."


def test_edit_of_a_todo_that_is_deleted_meanwhile_is_refused(client: Client) -> None:
    todo = make_todo("Essay")
    with before_the_lock(delete(todo)):
        answer = client.post(f"/todos/{todo.pk}", {"title": "Thesis", "sequence": "0"})
    assert answer.status_code == 404
    todo.refresh_from_db()
    assert todo.title == "Essay"


def test_edit_is_refused_when_somebody_edits_meanwhile(client: Client) -> None:
    todo = make_todo("Essay", None)
    with before_the_lock(edit(todo, title="Theirs")):
        answer = client.post(f"/todos/{todo.pk}", {"title": "Mine", "sequence": "0"})
    assert answer.status_code == 422
    assert answer.context["is_stale"]
    todo.refresh_from_db()
    assert todo.title == "Theirs"
