"""Adding todos that come from elsewhere with their own UIDs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from database.errors import repeat_after_deadlock
from todos.deadlines import Deadline
from todos.models import PastOccurrence, Todo, TodoList
from todos.services.bulk import BATCH, overwrite_todos
from todos.services.changes import ListChange, change_list
from todos.services.history import room_for_history, write_history
from todos.services.labels import check_labels, save_labels
from todos.services.order import places_at_end
from todos.services.series import NO_SERIES, settle_import
from todos.services.subtasks import settle_parents
from web.quotas import check_quota


class ImportedOccurrence(NamedTuple):
    """An occurrence that has ended of a todo to import; the outcome is one of PastOccurrence."""

    due: Deadline
    outcome: str
    ended_at: datetime


@dataclass(frozen=True)
class ImportedTodo:
    """A todo to import: its UID, its content by the names that create_todo takes, and what else its file knows."""

    uid: UUID
    values: Mapping[str, Any]
    completed_at: datetime | None = None  # of a completed one, if it is known
    parent_uid: UUID | None = None
    created_at: datetime | None = None
    place: int | None = None  # in the manual order; None: as it comes
    past: Sequence[ImportedOccurrence] = ()  # the first one first


class Imported(NamedTuple):
    """How many todos an import added, and how many it brought back from the trash; and all of these."""

    added: int
    restored: int
    todos: Sequence[Todo]


@repeat_after_deadlock
def import_todos(*, todo_list: TodoList, todos: Sequence[ImportedTodo]) -> Imported:
    """Add the todos. One whose UID is in the list already stays as it is; one in the trash comes back.

    A todo is below its parent if that is in the list then, and as settle_parents says. One transaction and one
    revision, however many they are. Raises QuotaExceeded.
    """
    with change_list(todo_list) as change:
        present = {todo.uid: todo for todo in change.todo_list.todos.filter(uid__in=[todo.uid for todo in todos])}
        coming, _ = fit_history(change.todo_list, [todo for todo in todos if todo.uid not in present])
        added, restored = [_new(imported, change) for imported in coming], []
        for imported in todos:
            todo = present.get(imported.uid)
            if todo and todo.deleted_at is not None:
                _restore(todo, imported, change)
                restored.append(todo)
        if written := [*added, *restored]:
            save_labels(change.todo_list, written)
            change.check_quota(len(written), sum(todo.byte_count for todo in written))
            _put_in_order(added, todos, change)
            Todo.objects.bulk_create(added, batch_size=BATCH)
            _write_history(added, coming, change.now)
            below = _put_below_parents(written, todos, change)
            overwrite_todos([*{todo.pk: todo for todo in [*restored, *below]}.values()])
            change.is_visible = True
    return Imported(len(added), len(restored), [*added, *restored])


def check_import(todo_list: TodoList, todos: Sequence[ImportedTodo]) -> None:
    """Raise QuotaExceeded if import_todos would, should nobody change the list before. All todos are new or deleted."""
    if not todos:
        return
    change = ListChange(todo_list)  # of which nothing is written
    change.check_takes_todos()
    count, size = todo_list.todos.visible().total()
    check_quota(count, todo_list.max_todos, _("todos"), more=len(todos))
    labels = {name for todo in todos for name in todo.values.get("labels", ())}
    check_labels(todo_list, labels)
    texts = ("title", "description", "labels")
    new = (Todo(**{name: todo.values[name] for name in texts if name in todo.values}) for todo in todos)
    change.check_bytes(size + sum(todo.byte_count for todo in new))


def fit_history(todo_list: TodoList, todos: Sequence[ImportedTodo]) -> tuple[Sequence[ImportedTodo], int]:
    """Return the todos with as many past occurrences as the list has room for, and the number of those left out.

    Of each todo these are the latest. What a file brings does not take the place of what people have done in the list.
    """
    if not any(todo.past for todo in todos):
        return todos, 0
    fitting, left = [], room_for_history(todo_list)
    for todo in todos:
        past = todo.past[max(0, len(todo.past) - left) :]
        left -= len(past)
        fitting.append(todo if len(past) == len(todo.past) else replace(todo, past=past))
    return fitting, sum(len(todo.past) for todo in todos) - sum(len(todo.past) for todo in fitting)


def _put_below_parents(
    written: Sequence[Todo], imported: Sequence[ImportedTodo], change: ListChange
) -> list[Todo]:
    """Give todos that have just been written their parents; return those that are changed by it."""
    wanted = {todo.uid: todo.parent_uid for todo in imported if todo.parent_uid}
    by_uid = {todo.uid: todo for todo in written if todo.uid in wanted}
    if not by_uid:
        return []
    rows = change.todo_list.todos.visible().values_list("uid", "pk", "parent__uid")
    ids = {uid: pk for uid, pk, _ in rows} | {todo.uid: todo.pk for todo in written}
    tree = {uid: parent_uid for uid, _, parent_uid in rows} | dict.fromkeys(todo.uid for todo in written)
    parents, _ = settle_parents({uid: wanted[uid] for uid in by_uid}, tree)
    for uid, parent_uid in parents.items():
        by_uid[uid].parent_id = ids[parent_uid]
    return [by_uid[uid] for uid in parents]


def _put_in_order(added: Sequence[Todo], imported: Sequence[ImportedTodo], change: ListChange) -> None:
    """Give new todos places behind all others, if these are not the ones that they have by their ids."""
    places = {todo.uid: todo.place for todo in imported if todo.place is not None}
    in_order = sorted(added, key=lambda todo: places.get(todo.uid, len(imported)))
    if in_order != list(added):
        for todo, place in zip(in_order, places_at_end(change.todo_list, len(added)), strict=True):
            todo.position = place


def _write_history(added: Sequence[Todo], imported: Sequence[ImportedTodo], now: datetime) -> None:
    past = {todo.uid: todo.past for todo in imported if todo.past}
    repeating = [todo for todo in added if todo.uid in past]
    if repeating:
        rows = [
            PastOccurrence(
                todo=todo,
                number=number,
                deadline=one.due.moment,
                deadline_kind=one.due.kind,
                outcome=one.outcome,
                ended_at=min(one.ended_at, now),
            )
            for todo in repeating
            for number, one in enumerate(past[todo.uid], 1)
        ]
        write_history(repeating, rows)


def _new(imported: ImportedTodo, change: ListChange) -> Todo:
    created_at = min(imported.created_at or change.now, change.now)
    todo = Todo(list=change.todo_list, uid=imported.uid, created_at=created_at, updated_at=change.now)
    todo.past_count = len(imported.past)
    todo.revision, todo.changed_by_id = change.revision, change.todo_list.actor_id or None
    _fill(todo, imported, change)
    return todo


def _restore(todo: Todo, imported: ImportedTodo, change: ListChange) -> None:
    todo.deleted_at = None
    _fill(todo, imported, change)
    change.stamp(todo)


def _fill(todo: Todo, imported: ImportedTodo, change: ListChange) -> None:
    values = settle_import(Todo(list=change.todo_list), imported.values)
    for name, value in (NO_SERIES | values).items():
        setattr(todo, name, value)
    todo.parent_id = None
    todo.completed_at = min(imported.completed_at or change.now, change.now) if todo.completed else None
