"""Many changes of a list's todos at once: one transaction, one revision, few queries however many they are."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.db import models

from todos.models import Todo, TodoList
from todos.services.changes import ListChange, change_list
from todos.services.todos import CHANGING, assign

MAX_ITEMS = 1_000
BATCH = 1_000  # rows in one statement, where the database takes as many
NO_SUCH_TODO = "There is no such todo."
NOT_DELETED = "There is no such deleted todo."
HAS_CHANGED = "The todo has changed meanwhile."

# What an item can change.
_SEEN = ("title", "description", "completed", "due", "deleted_at")


class Action(models.TextChoices):
    COMPLETE = "complete", "complete"
    REOPEN = "reopen", "reopen"
    UPDATE = "update", "change"
    DELETE = "delete", "delete"
    RESTORE = "restore", "restore"


@dataclass(frozen=True)
class BulkItem:
    """One thing to do to one todo; ``changes`` are an update's, as for update_todo.

    It is done only where the fields in ``expected`` have these values.
    """

    todo_id: int
    action: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    expected: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class BulkResult:
    """What became of an item: 200, or 404 or 409 and a sentence."""

    todo_id: int
    status: HTTPStatus = HTTPStatus.OK
    error: str = ""


def change_todos(*, todo_list: TodoList, items: Sequence[BulkItem]) -> list[BulkResult]:
    """Do all items in the order given, each as the service for one todo would; return their results in that order.

    Items that fail change nothing and hinder no other. A todo that ends as it began is not touched. Every
    todo that did change has the same revision and its sequence one higher, however many items named it.
    Raises QuotaExceeded, with nothing changed, where so many are restored that the list would hold too many.
    """
    with change_list(todo_list) as change:
        todos = change.todo_list.todos.in_bulk({item.todo_id for item in items})
        before = {todo_id: copy(todo) for todo_id, todo in todos.items()}
        results = [_apply(item, todos.get(item.todo_id), change) for item in items]
        changed = [todo for todo_id, todo in todos.items() if _seen(todo) != _seen(before[todo_id])]
        more = sum(_is_living(todo) - _is_living(before[todo.pk]) for todo in changed)
        if more > 0:
            change.check_quota(more)
        for todo in changed:
            change.stamp(todo)
        overwrite_todos(changed)
    return results


def overwrite_todos(todos: Sequence[Todo]) -> None:
    """Write every column that a change may touch, of todos that are locked with their list.

    Since the rows are there, this insert updates them. Django's bulk_update makes a CASE of all rows for each
    column, whose cost grows with the square of their number.
    """
    Todo.objects.bulk_create(
        todos, BATCH, update_conflicts=True, unique_fields=["id"], update_fields=list(CHANGING)
    )


def _apply(item: BulkItem, todo: Todo | None, change: ListChange) -> BulkResult:
    is_restore = item.action == Action.RESTORE
    if todo is None or (todo.deleted_at is None) == is_restore:
        return BulkResult(item.todo_id, HTTPStatus.NOT_FOUND, NOT_DELETED if is_restore else NO_SUCH_TODO)
    if any(getattr(todo, name) != value for name, value in item.expected.items()):
        return BulkResult(item.todo_id, HTTPStatus.CONFLICT, HAS_CHANGED)
    match item.action:
        case Action.COMPLETE | Action.REOPEN:
            assign(todo, {"completed": item.action == Action.COMPLETE}, now=change.now)
        case Action.UPDATE:
            assign(todo, item.changes, now=change.now)
        case Action.DELETE | Action.RESTORE:
            todo.deleted_at = None if is_restore else change.now
        case _:
            raise ValueError(f"There is no action {item.action!r}.")
    return BulkResult(item.todo_id)


def _is_living(todo: Todo) -> bool:
    return todo.deleted_at is None


def _seen(todo: Todo) -> tuple:
    return tuple(getattr(todo, name) for name in _SEEN)
