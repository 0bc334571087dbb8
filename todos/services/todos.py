"""Creating, changing, deleting and restoring one todo."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from database.statements import values_of
from todos import queries
from todos.access import user_id
from todos.models import Todo, TodoList
from todos.queries import FIND_TODO, FIND_TODO_OF_LIST, INSERT_TODO, INSERTED, UPDATE_TODO, UPDATED, todo_of
from todos.services.changes import change_list, commit_change
from todos.services.labels import save_labels

# From here on todos are counted before one is added: concurrent calls never add more than that unseen.
NEARLY_FULL = 1_000
NEARLY_FULL_BYTES = 1_000_000


class StaleTodo(Exception):
    """The todo has changed since the caller read it."""


def create_todo(*, todo_list: TodoList, **values: Any) -> Todo:
    """Create a todo from ``title`` and any other content fields; ``due`` is a Deadline or None.

    Raises QuotaExceeded.
    """
    now = datetime.now(UTC)
    todo = Todo(list=todo_list, uid=uuid4(), created_at=now, updated_at=now, **values)
    todo.completed_at = now if todo.completed else None
    if not todo.label_text and _has_room(todo_list):
        insert = INSERT_TODO.bind(**values_of(todo, INSERTED))
        if rows := commit_change(todo_list, insert, added=1, more_bytes=todo.byte_count):
            ((todo.pk, todo.revision),) = rows
            return todo
        # The list was archived meanwhile; the check below says so.
    with change_list(todo_list) as change:
        save_labels(change.todo_list.owner_id, [todo])
        change.check_quota(1, todo.byte_count)
        todo.revision = change.revision
        todo.save(force_insert=True)
        change.is_visible = True
    return todo


def find_todo(*, user: AbstractBaseUser | AnonymousUser, todo_id: int, list_id: int | None = None) -> Todo:
    """Return a todo of one of the user's lists, with the list; without a ``list_id``, of the default list.

    Raises Todo.DoesNotExist.
    """
    found = FIND_TODO if list_id is None else FIND_TODO_OF_LIST
    for row in found(user=user_id(user), id=todo_id, list=list_id):
        return todo_of(row)
    raise Todo.DoesNotExist


def read_todo(
    *,
    user: AbstractBaseUser | AnonymousUser,
    todo_id: int,
    columns: tuple[str, ...],
    list_id: int | None = None,
) -> tuple:
    """Return these columns of a todo that find_todo would find, and last its list's epoch.

    Raises Todo.DoesNotExist.
    """
    read = queries.select_todo(columns, is_in_default_list=list_id is None)
    for row in read(user=user_id(user), id=todo_id, list=list_id):
        return row
    raise Todo.DoesNotExist


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
    Todo.DoesNotExist, QuotaExceeded, and StaleTodo if the todo is no longer at ``expected_sequence``.
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
        change.check_quota(1, todo.byte_count)
        todo.deleted_at = None
        change.stamp(todo)
        todo.save()  # a new row, if the check has just purged the old one
    return todo


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
    """Change a todo as ``alter`` does; it returns whether it changed anything.

    If another change came in between, start again. The list's revision is then one higher than it need be.
    """
    while True:
        todo = todo or todo_list.todos.visible().get(pk=todo_id)
        if expected_sequence is not None and todo.sequence != expected_sequence:
            raise StaleTodo
        now, bytes_before, labels_before = datetime.now(UTC), todo.byte_count, todo.label_text
        if not alter(todo, now):
            return todo
        more_bytes = max(0, todo.byte_count - bytes_before)
        if (more_bytes and not _has_room(todo_list)) or todo.label_text not in {labels_before, ""}:
            return _change_locked(todo_list, todo_id, expected_sequence, alter)
        todo.updated_at = now
        update = UPDATE_TODO.bind(**values_of(todo, UPDATED), **values_of(todo, ["id", "list_id", "sequence"]))
        for written in commit_change(todo_list, update, more_bytes=more_bytes):
            todo.sequence, todo.revision = written
            return todo
        todo = None


def _change_locked(
    todo_list: TodoList, todo_id: int, expected_sequence: int | None, alter: Callable[[Todo, datetime], bool]
) -> Todo:
    """Do as _change does, under the list's lock: there may be no room for a longer text, or labels are saved too."""
    with change_list(todo_list) as change:
        todo = change.todo_list.todos.visible().get(pk=todo_id)
        if expected_sequence is not None and todo.sequence != expected_sequence:
            raise StaleTodo
        before, bytes_before = values_of(todo, Todo.mutable_columns()), todo.byte_count
        if not alter(todo, change.now):
            return todo
        if todo.label_text != before["label_text"]:
            save_labels(change.todo_list.owner_id, [todo])
        if values_of(todo, Todo.mutable_columns()) != before:
            change.check_quota(0, max(0, todo.byte_count - bytes_before))
            change.stamp(todo)
            todo.save(update_fields=Todo.mutable_columns())
    return todo


def _has_room(todo_list: TodoList) -> bool:
    """Return whether the list takes todos, and is so far from full that nothing has to be counted."""
    count, size = todo_list.todo_count_upper_bound, todo_list.byte_count_upper_bound
    return (
        not todo_list.is_archived
        and count is not None
        and size is not None
        and count + NEARLY_FULL < todo_list.max_todos
        and size + NEARLY_FULL_BYTES < todo_list.max_bytes
    )
