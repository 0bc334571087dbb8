"""Changes of one todo, and the end of those that were deleted long ago."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from todos.caps import require_room
from todos.models import Todo, TodoList
from todos.services.changes import ListChange, change_list

TRASH_DAYS = 30


class StaleTodo(Exception):
    """The todo has changed since the caller read it."""


def create_todo(*, todo_list: TodoList, **values: Any) -> Todo:
    """Create a todo from ``title``, ``description``, ``completed`` and ``due``, a Deadline or None.

    Raises CapReached.
    """
    with change_list(todo_list) as change:
        require_room(change.todo_list.todos.visible().count(), settings.MAX_TODOS, "todos")
        todo = Todo(
            list=change.todo_list,
            created_at=change.now,
            updated_at=change.now,
            revision=change.revision,
            **values,
        )
        todo.completed_at = change.now if todo.completed else None
        todo.save(force_insert=True)
        change.is_visible = True
    return todo


def update_todo(
    *, todo_list: TodoList, todo_id: int, changes: Mapping[str, Any], expected_sequence: int | None = None
) -> Todo:
    """Change the given fields of a todo; a change that changes nothing touches nothing.

    Raises Todo.DoesNotExist, and StaleTodo if the todo is no longer at ``expected_sequence``.
    """
    with change_list(todo_list) as change:
        todo = _get(change, todo_id, expected_sequence)
        if assign(todo, changes, now=change.now):
            change.stamp(todo)
            todo.save(force_update=True)
    return todo


def delete_todo(*, todo_list: TodoList, todo_id: int, expected_sequence: int | None = None) -> Todo:
    """Delete a todo for every reader; it can be restored for TRASH_DAYS. Raises as update_todo does."""
    with change_list(todo_list) as change:
        todo = _get(change, todo_id, expected_sequence)
        todo.deleted_at = change.now
        change.stamp(todo)
        todo.save(force_update=True)
    return todo


def restore_todo(*, todo_list: TodoList, todo_id: int) -> Todo:
    """Bring a deleted todo back, with its id and its UID. Raises Todo.DoesNotExist."""
    with change_list(todo_list) as change:
        todo = change.todo_list.todos.deleted().get(pk=todo_id)
        todo.deleted_at = None
        change.stamp(todo)
        todo.save(force_update=True)
    return todo


def purge_todos() -> int:
    """Delete for good what has been deleted for TRASH_DAYS; return how many."""
    expired = Todo.objects.filter(deleted_at__lt=datetime.now(UTC) - timedelta(days=TRASH_DAYS))
    purged = 0
    for list_id in expired.order_by().values_list("list", flat=True).distinct()[:100]:
        with transaction.atomic():
            locked = TodoList.objects.select_for_update().get(pk=list_id)
            todos = expired.filter(list=locked)
            locked.purged_revision = max(
                locked.purged_revision, todos.aggregate(Max("revision"))["revision__max"] or 0
            )
            locked.save(update_fields=["purged_revision"])
            purged += todos.delete()[0]
    return purged


def assign(todo: Todo, changes: Mapping[str, Any], *, now: datetime) -> bool:
    """Set the given fields; return whether that changed anything."""
    if all(getattr(todo, name) == value for name, value in changes.items()):
        return False
    was_completed = todo.completed
    for name, value in changes.items():
        setattr(todo, name, value)
    if todo.completed != was_completed:
        todo.completed_at = now if todo.completed else None
    return True


def _get(change: ListChange, todo_id: int, expected_sequence: int | None) -> Todo:
    todo = change.todo_list.todos.visible().get(pk=todo_id)
    if expected_sequence is not None and todo.sequence != expected_sequence:
        raise StaleTodo
    return todo
