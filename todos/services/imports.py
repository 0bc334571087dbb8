"""Adding todos that come from elsewhere with their own UIDs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from database.errors import repeat_after_deadlock
from todos.models import Todo, TodoList
from todos.services.bulk import BATCH, overwrite_todos
from todos.services.changes import ListChange, change_list
from todos.services.labels import save_labels


@dataclass(frozen=True)
class ImportedTodo:
    """A todo to import: its UID, and its content by the names that create_todo takes."""

    uid: UUID
    values: Mapping[str, Any]
    completed_at: datetime | None = None  # of a completed one, if it is known


class Imported(NamedTuple):
    """How many todos an import added, and how many it brought back from the trash."""

    added: int
    restored: int


@repeat_after_deadlock
def import_todos(*, todo_list: TodoList, todos: Sequence[ImportedTodo]) -> Imported:
    """Add the todos. One whose UID is in the list already stays as it is; one in the trash comes back.

    One transaction and one revision, however many they are. Raises QuotaExceeded.
    """
    with change_list(todo_list) as change:
        present = {todo.uid: todo for todo in change.todo_list.todos.filter(uid__in=[todo.uid for todo in todos])}
        added, restored = [], []
        for imported in todos:
            todo = present.get(imported.uid)
            if todo is None:
                added.append(_new(imported, change))
            elif todo.deleted_at is not None:
                _restore(todo, imported, change)
                restored.append(todo)
        if written := [*added, *restored]:
            save_labels(change.todo_list.owner_id, written)
            change.check_quota(len(written), sum(todo.byte_count for todo in written))
            Todo.objects.bulk_create(added, batch_size=BATCH)
            overwrite_todos(restored)
            change.is_visible = True
    return Imported(len(added), len(restored))


def _new(imported: ImportedTodo, change: ListChange) -> Todo:
    todo = Todo(list=change.todo_list, uid=imported.uid, created_at=change.now, updated_at=change.now)
    todo.revision = change.revision
    _fill(todo, imported, change)
    return todo


def _restore(todo: Todo, imported: ImportedTodo, change: ListChange) -> None:
    todo.deleted_at = None
    _fill(todo, imported, change)
    change.stamp(todo)


def _fill(todo: Todo, imported: ImportedTodo, change: ListChange) -> None:
    for name, value in imported.values.items():
        setattr(todo, name, value)
    todo.completed_at = (imported.completed_at or change.now) if todo.completed else None
