"""Many changes of a list's todos at once: one transaction, one revision, few queries however many they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any

from django.db import models

from database.errors import repeat_after_deadlock
from todos.models import Todo, TodoList
from todos.services.changes import ListChange, change_list
from todos.services.todos import assign

MAX_ITEMS = 1_000
BATCH = 1_000  # rows in one statement, where the database takes as many
NO_SUCH_TODO = "There is no such todo."
NOT_DELETED = "There is no such deleted todo."
HAS_CHANGED = "The todo has changed meanwhile."


class Action(models.TextChoices):
    COMPLETE = "complete", "complete"
    REOPEN = "reopen", "reopen"
    UPDATE = "update", "change"
    DELETE = "delete", "delete"
    RESTORE = "restore", "restore"


class Outcome(Enum):
    DONE = "done"
    UNCHANGED = "unchanged"  # the todo was already as the item wants it
    GONE = "gone"  # there is no such todo, or none to restore
    CONFLICT = "conflict"  # the todo is not as the item expects it


@dataclass(frozen=True)
class BulkItem:
    """One thing to do to one todo.

    ``changes`` are an update's, as for update_todo, or a function that returns them for the todo as it is once
    its list is locked. Nothing is done unless the todo's fields have the values in ``expected``.
    """

    todo_id: int
    action: str
    changes: Mapping[str, Any] | Callable[[Todo], Mapping[str, Any]] = field(default_factory=dict)
    expected: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class BulkResult:
    """What happened to an item.

    ``todo`` is the todo after all items, if the list has it, deleted or not. ``changes`` are the values before
    and after of each field that this item changed: content fields, and ``deleted_at``.
    """

    todo_id: int
    outcome: Outcome
    todo: Todo | None = None
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    error: str = ""

    @property
    def status(self) -> HTTPStatus:
        failures = {Outcome.GONE: HTTPStatus.NOT_FOUND, Outcome.CONFLICT: HTTPStatus.CONFLICT}
        return failures.get(self.outcome, HTTPStatus.OK)


@repeat_after_deadlock
def change_todos(*, todo_list: TodoList, items: Sequence[BulkItem]) -> list[BulkResult]:
    """Do all items in the order given, each as the service for one todo would; return their results in that order.

    An item that fails changes nothing and does not stop the others. A todo that ends as it began is not touched.
    All todos that did change get the same revision, and a sequence one higher, however many items named them.
    Raises QuotaExceeded, with nothing changed, if the list would hold too many todos after the restores.
    """
    with change_list(todo_list) as change:
        todos = change.todo_list.todos.in_bulk({item.todo_id for item in items})
        before = {todo_id: _values(todo) for todo_id, todo in todos.items()}
        bytes_before = {todo_id: _visible_bytes(todo) for todo_id, todo in todos.items()}
        results = [_apply(item, todos.get(item.todo_id), change) for item in items]
        changed = [todo for todo_id, todo in todos.items() if _values(todo) != before[todo_id]]
        added = sum((todo.deleted_at is None) - (before[todo.pk]["deleted_at"] is None) for todo in changed)
        more_bytes = sum(map(_visible_bytes, changed)) - sum(bytes_before[todo.pk] for todo in changed)
        if added > 0 or more_bytes > 0:
            change.check_quota(max(0, added), max(0, more_bytes))
        for todo in changed:
            change.stamp(todo)
        overwrite_todos(changed)
    return results


def overwrite_todos(todos: Sequence[Todo]) -> None:
    """Write every column that a change may touch, of todos that are locked with their list.

    The rows exist, so this insert updates them. Django's bulk_update makes a CASE of all rows for each column,
    whose cost grows with the square of their number.
    """
    Todo.objects.bulk_create(
        todos, BATCH, update_conflicts=True, unique_fields=["id"], update_fields=Todo.mutable_columns()
    )


def _apply(item: BulkItem, todo: Todo | None, change: ListChange) -> BulkResult:
    is_restore = item.action == Action.RESTORE
    if todo is None or (todo.deleted_at is None) == is_restore:
        return BulkResult(item.todo_id, Outcome.GONE, todo, error=NOT_DELETED if is_restore else NO_SUCH_TODO)
    if any(getattr(todo, name) != value for name, value in item.expected.items()):
        return BulkResult(item.todo_id, Outcome.CONFLICT, todo, error=HAS_CHANGED)
    before = _values(todo)
    match item.action:
        case Action.COMPLETE | Action.REOPEN:
            assign(todo, {"completed": item.action == Action.COMPLETE}, now=change.now)
        case Action.UPDATE:
            changes = item.changes(todo) if callable(item.changes) else item.changes
            assign(todo, changes, now=change.now)
        case Action.DELETE | Action.RESTORE:
            todo.deleted_at = None if is_restore else change.now
        case _:
            raise ValueError(f"There is no action {item.action!r}.")
    changes = {name: (before[name], value) for name, value in _values(todo).items() if value != before[name]}
    return BulkResult(item.todo_id, Outcome.DONE if changes else Outcome.UNCHANGED, todo, changes)


def _visible_bytes(todo: Todo) -> int:
    return todo.byte_count if todo.deleted_at is None else 0


def _values(todo: Todo) -> dict[str, Any]:
    """Return the values that an item can change."""
    return {name: getattr(todo, name) for name in (*Todo.content_fields(), "deleted_at")}
