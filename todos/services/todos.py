"""Changes of one todo, and the end of those that were deleted long ago."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import BigIntegerField, F, Max, QuerySet

from database.prepared import (
    Parameter,
    PreparedInsert,
    PreparedQuery,
    PreparedUpdate,
    columns_of,
    fields_of,
)
from todos.models import Todo, TodoList, owner_or_nobody
from todos.services.changes import change_at_once, change_list, revision_of

TRASH_DAYS = 30
# From here on todos are counted before one is added: no more than that can be under way at once.
NEARLY_FULL = 1_000
# What a change of a todo may write.
CHANGING = (
    "title", "description", "completed", "completed_at", "deadline", "deadline_kind", "deleted_at",
    "sequence", "revision", "updated_at",
)  # fmt: skip

_GET = PreparedQuery(
    lambda list, id: Todo.objects.visible().filter(list=list, pk=id), **fields_of(Todo, "list", "id")
)

# By the todo's own key, so that a change of it need not look for its list first.
_FIND = PreparedQuery(
    lambda owner, id: (
        Todo.objects.visible()
        .select_related("list")
        .alias(owner_or_nobody=owner_or_nobody("list__owner"))
        .filter(pk=id, owner_or_nobody=owner)
    ),
    owner=BigIntegerField(),
    **fields_of(Todo, "id"),
)


def _created(list_id: Parameter, **values: Parameter) -> Todo:
    return Todo(list_id=list_id, revision=revision_of(list_id), **values)


def _updated(list_id: Parameter, id: Parameter, sequence: Parameter, **values: Parameter) -> tuple[QuerySet, dict]:
    """If it is still at ``sequence``."""
    stamp = {"sequence": F("sequence") + 1, "revision": revision_of(list_id)}
    return Todo.objects.filter(list=list_id, pk=id, sequence=sequence), values | stamp


_CREATE = PreparedInsert(_created, returning=["id", "revision"], **columns_of(Todo, without=["id", "revision"]))
_UPDATE = PreparedUpdate(
    _updated, returning=["sequence", "revision"], **columns_of(Todo, without=["uid", "revision", "created_at"])
)


class StaleTodo(Exception):
    """The todo has changed since the caller read it."""


def create_todo(*, todo_list: TodoList, **values: Any) -> Todo:
    """Create a todo from ``title``, ``description``, ``completed`` and ``due``, a Deadline or None.

    Raises QuotaExceeded.
    """
    now = datetime.now(UTC)
    todo = Todo(list=todo_list, uid=uuid4(), created_at=now, updated_at=now, **values)
    todo.completed_at = now if todo.completed else None
    at_most = todo_list.todo_count_upper_bound
    if at_most is not None and at_most + NEARLY_FULL < settings.MAX_TODOS:
        todo.pk, todo.revision = change_at_once(todo_list, _CREATE, more=1, **_CREATE.values_of(todo))
        return todo
    with change_list(todo_list) as change:
        change.make_room()
        todo.revision = change.revision
        todo.save(force_insert=True)
        change.is_visible = True
    return todo


def find_todo(*, user: AbstractBaseUser | AnonymousUser, todo_id: int) -> Todo:
    """Return a todo of the user's own list, with the list. Raises Todo.DoesNotExist."""
    return _FIND.get(owner=user.pk or 0, id=todo_id)


def update_todo(
    *,
    todo_list: TodoList,
    todo_id: int,
    changes: Mapping[str, Any],
    expected_sequence: int | None = None,
    as_read: Todo | None = None,
) -> Todo:
    """Change the given fields of a todo; a change that changes nothing touches nothing.

    ``as_read`` is the todo as the caller has just read it, which spares reading it again. Raises
    Todo.DoesNotExist, and StaleTodo if the todo is no longer at ``expected_sequence``.
    """

    def change(todo: Todo, now: datetime) -> bool:
        return assign(todo, changes, now=now)

    return _change(todo_list, todo_id, expected_sequence, change, as_read)


def delete_todo(
    *, todo_list: TodoList, todo_id: int, expected_sequence: int | None = None, as_read: Todo | None = None
) -> Todo:
    """Delete a todo for every reader; it can be restored for TRASH_DAYS. Otherwise as update_todo."""

    def delete(todo: Todo, now: datetime) -> bool:
        todo.deleted_at = now
        return True

    return _change(todo_list, todo_id, expected_sequence, delete, as_read)


def restore_todo(*, todo_list: TodoList, todo_id: int) -> Todo:
    """Bring a deleted todo back, with its id and its UID. Raises Todo.DoesNotExist and QuotaExceeded."""
    with change_list(todo_list) as change:
        todo = change.todo_list.todos.deleted().get(pk=todo_id)
        change.make_room()
        todo.deleted_at = None
        change.stamp(todo)
        todo.save(update_fields=CHANGING)
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


def _change(
    todo_list: TodoList,
    todo_id: int,
    expected_sequence: int | None,
    alter: Callable[[Todo, datetime], bool],
    todo: Todo | None,
) -> Todo:
    """Change a todo as ``alter`` does, if it says that it did; if another change came between, from the start.

    Such a meeting leaves the list's revision one higher than need be.
    """
    while True:
        todo = todo or _GET.get(list=todo_list.pk, id=todo_id)
        if expected_sequence is not None and todo.sequence != expected_sequence:
            raise StaleTodo
        now = datetime.now(UTC)
        if not alter(todo, now):
            return todo
        todo.updated_at = now
        if written := change_at_once(todo_list, _UPDATE, **_UPDATE.values_of(todo)):
            todo.sequence, todo.revision = written
            return todo
        todo = None
