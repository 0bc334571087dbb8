"""Changes of one todo, and the end of those that were deleted long ago."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max

from taskoverflow.caps import require_room
from taskoverflow.prepared import PreparedQuery, PreparedUpdate, fields_of
from todos.models import Todo, TodoList
from todos.services.changes import ListChange, change_list

TRASH_DAYS = 30
# What a change of a todo may write.
CHANGING = (
    "title", "description", "completed", "completed_at", "deadline", "deadline_kind", "deleted_at",
    "sequence", "revision", "updated_at",
)  # fmt: skip

_GET = PreparedQuery(
    lambda list, id: Todo.objects.visible().filter(list=list, pk=id), **fields_of(Todo, "list", "id")
)
_UPDATE = PreparedUpdate(
    lambda id, **changes: (Todo.objects.filter(pk=id), changes), **fields_of(Todo, "id", *CHANGING)
)

_COUNT = PreparedQuery(
    lambda list: (
        Todo.objects.visible()
        .filter(list=list)
        .order_by()
        .values("list")
        .annotate(count=Count("id"))
        .values_list("count")
    ),
    **fields_of(Todo, "list"),
)


class StaleTodo(Exception):
    """The todo has changed since the caller read it."""


def count_todos(todo_list: TodoList) -> int:
    """Return how many todos the list has that are not deleted."""
    return next((count for (count,) in _COUNT.rows(list=todo_list.pk)), 0)


def create_todo(*, todo_list: TodoList, **values: Any) -> Todo:
    """Create a todo from ``title``, ``description``, ``completed`` and ``due``, a Deadline or None.

    Raises CapReached.
    """
    with change_list(todo_list) as change:
        require_room(count_todos(change.todo_list), settings.MAX_TODOS, "todos")
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
            _save(change, todo)
    return todo


def delete_todo(*, todo_list: TodoList, todo_id: int, expected_sequence: int | None = None) -> Todo:
    """Delete a todo for every reader; it can be restored for TRASH_DAYS. Raises as update_todo does."""
    with change_list(todo_list) as change:
        todo = _get(change, todo_id, expected_sequence)
        todo.deleted_at = change.now
        change.stamp(todo)
        _save(change, todo)
    return todo


def restore_todo(*, todo_list: TodoList, todo_id: int) -> Todo:
    """Bring a deleted todo back, with its id and its UID. Raises Todo.DoesNotExist and CapReached."""
    with change_list(todo_list) as change:
        todo = change.todo_list.todos.deleted().get(pk=todo_id)
        require_room(count_todos(change.todo_list), settings.MAX_TODOS, "todos")
        todo.deleted_at = None
        change.stamp(todo)
        _save(change, todo)
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
    todo = _GET.get(list=change.todo_list.pk, id=todo_id)
    if expected_sequence is not None and todo.sequence != expected_sequence:
        raise StaleTodo
    return todo


def _save(change: ListChange, todo: Todo) -> None:
    change.write(_UPDATE, id=todo.pk, **{name: getattr(todo, name) for name in CHANGING})
