"""Every change of a list and its todos.

Each locks the list's row first and its todos after it, so that no two changes deadlock, and bumps the
list's revision once if a reader could see a difference.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import Max

from todos.models import Todo, TodoList
from todos.signals import list_changed

TRASH_DAYS = 30


class StaleTodo(Exception):
    """The todo has changed since the caller read it."""


def get_list(user: AbstractBaseUser | AnonymousUser) -> TodoList:
    """Return the list that ``user`` works on, made when it is first asked for."""
    todo_list, _ = TodoList.objects.get_or_create(owner=user if user.is_authenticated else None)
    return todo_list


def create_todo(*, todo_list: TodoList, **values: Any) -> Todo:
    """Create a todo from ``title``, ``description``, ``completed`` and ``due``, a Deadline or None."""
    with transaction.atomic():
        locked = _lock(todo_list)
        now = datetime.now(UTC)
        todo = Todo(list=locked, created_at=now, updated_at=now, revision=locked.revision + 1, **values)
        todo.completed_at = now if todo.completed else None
        todo.save(force_insert=True)
        _announce(locked)
    return todo


def update_todo(
    *, todo_list: TodoList, todo_id: int, changes: Mapping[str, Any], expected_sequence: int | None = None
) -> Todo:
    """Change the given fields of a todo; a change that changes nothing touches nothing.

    Raises Todo.DoesNotExist, and StaleTodo if the todo is no longer at ``expected_sequence``.
    """
    with transaction.atomic():
        locked, todo = _lock_todo(todo_list, todo_id, expected_sequence)
        if any(getattr(todo, name) != value for name, value in changes.items()):
            was_completed = todo.completed
            for name, value in changes.items():
                setattr(todo, name, value)
            if todo.completed != was_completed:
                todo.completed_at = datetime.now(UTC) if todo.completed else None
            _save_change(locked, todo)
            _announce(locked)
    return todo


def delete_todo(*, todo_list: TodoList, todo_id: int, expected_sequence: int | None = None) -> Todo:
    """Delete a todo for every reader; it can be restored for TRASH_DAYS. Raises as update_todo does."""
    with transaction.atomic():
        locked, todo = _lock_todo(todo_list, todo_id, expected_sequence)
        todo.deleted_at = datetime.now(UTC)
        _save_change(locked, todo)
        _announce(locked)
    return todo


def restore_todo(*, todo_list: TodoList, todo_id: int) -> Todo:
    """Bring a deleted todo back, with its id and its UID. Raises Todo.DoesNotExist."""
    with transaction.atomic():
        locked = _lock(todo_list)
        todo = locked.todos.deleted().get(pk=todo_id)
        todo.deleted_at = None
        _save_change(locked, todo)
        _announce(locked)
    return todo


def update_list(*, todo_list: TodoList, changes: Mapping[str, Any]) -> TodoList:
    """Change the list's ``name`` or ``time_zone``, which its readers see too."""
    with transaction.atomic():
        locked = _lock(todo_list)
        if any(getattr(locked, name) != value for name, value in changes.items()):
            for name, value in changes.items():
                setattr(locked, name, value)
            locked.save(update_fields=list(changes))
            _announce(locked)
    return locked


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


def _lock(todo_list: TodoList) -> TodoList:
    return TodoList.objects.select_for_update().get(pk=todo_list.pk)


def _lock_todo(todo_list: TodoList, todo_id: int, expected_sequence: int | None) -> tuple[TodoList, Todo]:
    locked = _lock(todo_list)
    todo = locked.todos.visible().get(pk=todo_id)
    if expected_sequence is not None and todo.sequence != expected_sequence:
        raise StaleTodo
    return locked, todo


def _save_change(locked: TodoList, todo: Todo) -> None:
    todo.sequence += 1
    todo.revision = locked.revision + 1
    todo.updated_at = datetime.now(UTC)
    todo.save(force_update=True)


def _announce(locked: TodoList) -> None:
    """Bump the revision once for the whole change and tell whoever depends on it."""
    locked.revision += 1
    locked.save(update_fields=["revision"])
    list_changed.send(sender=TodoList, todo_list=locked)
