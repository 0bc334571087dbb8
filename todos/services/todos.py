"""Creating, changing, deleting and restoring one todo."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction

from database.statements import values_of
from todos import queries
from todos.access import Role, enter_again, is_restricted, may_reach, require, user_id
from todos.models import Todo, TodoList
from todos.queries import (
    FIND_TODO,
    FIND_TODO_OF_LIST,
    INSERT_TODO,
    INSERTED,
    UPDATE_TODO,
    UPDATE_WITHOUT_SUBTASKS,
    UPDATED,
    todo_of,
)
from todos.services.bulk import Action, BulkItem, change_todo
from todos.services.changes import StaleTodo, assign, change_list, commit_change, lock_list
from todos.services.labels import save_labels
from todos.services.received import check_received, remember_received
from todos.services.series import SERIES_FIELDS, settle
from todos.services.subtasks import check_parent
from todos.services.trash import purge_trash

# From here on todos are counted before one is added: concurrent calls never add more than that unseen.
NEARLY_FULL = 1_000
NEARLY_FULL_BYTES = 1_000_000


def create_todo(*, todo_list: TodoList, change_id: UUID | None = None, **values: Any) -> Todo:
    """Create a todo from ``title`` and any other content fields; ``due`` is a Deadline or None.

    A ``rule`` makes it repeat, with ``rule_zone`` and ``repeats_from_completion``: see services/series.py. Raises
    InvalidParent, InvalidRule, QuotaExceeded, NotAllowed, and AlreadyReceived: see services/received.py.
    """
    require(todo_list, Role.EDITOR)
    if values.keys() & SERIES_FIELDS:
        values = settle(Todo(list=todo_list), values)
    now, by = datetime.now(UTC), todo_list.actor_id or None
    todo = Todo(list=todo_list, uid=uuid4(), created_at=now, updated_at=now, changed_by_id=by, **values)
    todo.completed_at = now if todo.completed else None
    if change_id is None and todo.parent_id is None and not todo.label_text and _has_room(todo_list):
        insert = INSERT_TODO.bind(**values_of(todo, INSERTED), user=_actor(todo_list))
        if rows := commit_change(todo_list, insert, added=1, more_bytes=todo.byte_count):
            ((todo.pk, todo.revision),) = rows
            return todo
        # The list was archived meanwhile, or it is no longer shared; the checks below say so.
    with change_list(todo_list) as change:
        check_received(change.todo_list, change_id)
        save_labels(change.todo_list, [todo])
        if todo.parent_id is not None:
            check_parent(todo_list, todo)
        change.check_quota(1, todo.byte_count)
        todo.revision = change.revision
        todo.save(force_insert=True)
        remember_received(change.todo_list, change_id)
        change.is_visible = True
    return todo


def find_todo(*, user: AbstractBaseUser | AnonymousUser, todo_id: int, list_id: int | None = None) -> Todo:
    """Return a todo of one of the user's lists, with the list; without a ``list_id``, of the default list.

    Raises Todo.DoesNotExist.
    """
    found = FIND_TODO if list_id is None else FIND_TODO_OF_LIST
    for row in found(user=user_id(user), id=todo_id, list=list_id):
        todo = todo_of(row, user_id(user))
        if may_reach(user, todo.list_id):
            return todo
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
    if is_restricted(user):
        find_todo(user=user, todo_id=todo_id, list_id=list_id)
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

    Completing it completes its sub-tasks; one that repeats moves to its next occurrence instead. ``as_read`` is the
    todo as the caller has just read it, which spares reading it again. Raises Todo.DoesNotExist, NotAllowed,
    InvalidParent, InvalidRule, QuotaExceeded, and StaleTodo if the todo is no longer at ``expected_sequence``.
    """
    item = BulkItem(todo_id, Action.UPDATE, changes, _expect(expected_sequence))
    return _change(todo_list, item, lambda todo, now: assign(todo, changes, now=now), as_read)


def delete_todo(
    *, todo_list: TodoList, todo_id: int, expected_sequence: int | None = None, as_read: Todo | None = None
) -> Todo:
    """Delete a todo and its sub-tasks for every reader; it can be restored for TRASH_DAYS. Otherwise as update_todo."""

    def delete(todo: Todo, now: datetime) -> bool:
        todo.deleted_at = now
        return True

    return _change(
        todo_list, BulkItem(todo_id, Action.DELETE, expected=_expect(expected_sequence)), delete, as_read
    )


def restore_todo(*, todo_list: TodoList, todo_id: int) -> Todo:
    """Bring a deleted todo back, with its id and its UID, and the sub-tasks that were deleted with it.

    Raises Todo.DoesNotExist and QuotaExceeded.
    """
    return change_todo(todo_list=todo_list, item=BulkItem(todo_id, Action.RESTORE))


def empty_trash(*, todo_list: TodoList) -> int:
    """Delete for good what is in the trash; return how many todos. Raises NotAllowed and TodoList.DoesNotExist."""
    with transaction.atomic():
        return purge_trash(lock_list(todo_list, role=Role.EDITOR))


def skip_todo(*, todo_list: TodoList, todo_id: int, expected_sequence: int | None = None) -> Todo:
    """Move a todo that repeats to its next occurrence without having done this one.

    The last one is completed. Raises Todo.DoesNotExist, NotAllowed, InvalidRule if the todo does not repeat, and
    StaleTodo.
    """
    return change_todo(
        todo_list=todo_list, item=BulkItem(todo_id, Action.SKIP, expected=_expect(expected_sequence))
    )


def complete_series(*, todo_list: TodoList, todo_id: int, expected_sequence: int | None = None) -> Todo:
    """Complete a todo for good, with its sub-tasks; its rule and its deadline stay. Otherwise as update_todo."""
    item = BulkItem(todo_id, Action.COMPLETE_SERIES, expected=_expect(expected_sequence))
    return change_todo(todo_list=todo_list, item=item)


def _expect(sequence: int | None) -> dict[str, Any]:
    return {} if sequence is None else {"sequence": sequence}


def _change(
    todo_list: TodoList, item: BulkItem, alter: Callable[[Todo, datetime], bool], todo: Todo | None
) -> Todo:
    """Change a todo as ``alter`` does, which returns whether it changed anything; ``item`` says the same.

    What needs a look at other todos is left to change_todo, which looks while the list is locked. If another change
    came in between, start again. In both cases, the list's revision may be one higher than it need be.
    """
    require(todo_list, Role.EDITOR)
    todo = todo or todo_list.todos.visible().get(pk=item.todo_id)
    while True:
        if item.expected and todo.sequence != item.expected["sequence"]:
            raise StaleTodo
        if _concerns_series(todo, item):
            return change_todo(todo_list=todo_list, item=item)
        now, bytes_before, was_completed, parent_id, labels_before = (
            datetime.now(UTC),
            todo.byte_count,
            todo.completed,
            todo.parent_id,
            todo.label_text,
        )
        if not alter(todo, now):
            return todo
        more_bytes = max(0, todo.byte_count - bytes_before)
        if (
            (more_bytes and not _has_room(todo_list))
            or todo.parent_id not in {None, parent_id}
            or todo.label_text not in {"", labels_before}
        ):
            return change_todo(todo_list=todo_list, item=item)
        takes_subtasks_along = todo.deleted_at is not None or (todo.completed and not was_completed)
        todo.updated_at, todo.changed_by_id = now, todo_list.actor_id or None
        statement = UPDATE_WITHOUT_SUBTASKS if takes_subtasks_along else UPDATE_TODO
        bound = values_of(todo, UPDATED) | values_of(todo, ["id", "list_id", "sequence"])
        update = statement.bind(**bound, user=_actor(todo_list))
        for written in commit_change(todo_list, update, more_bytes=more_bytes):
            todo.sequence, todo.revision = written
            return todo
        if takes_subtasks_along:
            return change_todo(todo_list=todo_list, item=item)
        todo = todo_list.todos.visible().get(pk=item.todo_id)
        todo_list = _found_again(todo_list)  # after the todo was read: nothing newer than a removal is returned


def _concerns_series(todo: Todo, item: BulkItem) -> bool:
    """Return whether the change of a todo is one of its series, or makes one."""
    if todo.rule and item.changes.keys() & {"due", "completed", *SERIES_FIELDS}:
        return True
    return any(item.changes.get(name) for name in SERIES_FIELDS)


def _actor(todo_list: TodoList) -> int:
    """Return the user in whose name a statement changes the list: the program itself does so in the owner's."""
    return (todo_list.owner_id or 0) if todo_list.actor_id is None else todo_list.actor_id


def _found_again(todo_list: TodoList) -> TodoList:
    """Return the list as it is now, if whoever works on it may still change it."""
    found = TodoList.objects.get(pk=todo_list.pk)
    if not enter_again(found, todo_list.actor_id):
        raise TodoList.DoesNotExist
    require(found, Role.EDITOR)
    return found


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
