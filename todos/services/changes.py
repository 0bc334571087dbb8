"""What all changes of a list have in common: the lock, the revision, the announcement."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from taskoverflow.prepared import PreparedQuery, PreparedUpdate, fields_of, send_together
from todos.models import Todo, TodoList
from todos.signals import list_changed

_LOCK = PreparedQuery(lambda id: TodoList.objects.select_for_update().filter(pk=id), **fields_of(TodoList, "id"))
_BUMP = PreparedUpdate(
    lambda id, revision: (TodoList.objects.filter(pk=id), {"revision": revision}),
    **fields_of(TodoList, "id", "revision"),
)


class ListChange:
    """A change of a list that is under way: its list, locked, and the moment and revision it will have."""

    def __init__(self, locked: TodoList) -> None:
        self.todo_list = locked
        self.now = datetime.now(UTC)
        self.revision = locked.revision + 1
        self.is_visible = False
        self.updates: list[tuple[PreparedUpdate, dict[str, Any]]] = []

    def stamp(self, todo: Todo) -> None:
        """Mark a todo as changed here, in a way that a reader can see; saving it is the caller's."""
        todo.sequence += 1
        todo.revision = self.revision
        todo.updated_at = self.now
        self.is_visible = True

    def write(self, update: PreparedUpdate, **values: Any) -> None:
        """Have an update run at the end, all of them by one message: meanwhile the list is locked."""
        self.updates.append((update, values))


@contextmanager
def change_list(todo_list: TodoList) -> Iterator[ListChange]:
    """Lock the list for one change, in one transaction.

    If the change turns out to be visible, bump the revision, once, and tell whoever depends on the list.
    """
    with transaction.atomic():
        locked = _LOCK.get(id=todo_list.pk)
        change = ListChange(locked)
        yield change
        if change.is_visible:
            locked.revision = change.revision
            change.write(_BUMP, id=locked.pk, revision=change.revision)
            list_changed.send(sender=TodoList, todo_list=locked, change=change)
        if change.updates:
            send_together(change.updates)
