"""What all changes of a list have in common: the lock, the revision, the announcement."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Subquery

from database.prepared import Parameter, PreparedQuery, PreparedUpdate, PreparedWrite, fields_of, send_together
from todos.models import Todo, TodoList
from todos.signals import list_changed
from web.quotas import check_quota

_LOCK = PreparedQuery(lambda id: TodoList.objects.select_for_update().filter(pk=id), **fields_of(TodoList, "id"))
_BUMP = PreparedUpdate(
    lambda id, todo_count_upper_bound: (
        TodoList.objects.filter(pk=id),
        {
            "revision": F("revision") + 1,
            "todo_count_upper_bound": F("todo_count_upper_bound") + todo_count_upper_bound,
        },
    ),
    **fields_of(TodoList, "id", "todo_count_upper_bound"),
)


class ListWrites:
    """What a change of a list writes, in this order and by one message: meanwhile the list is locked."""

    def __init__(self, todo_list: TodoList) -> None:
        self.todo_list = todo_list
        self.statements: list[tuple[PreparedWrite, dict[str, Any]]] = []

    def write(self, statement: PreparedWrite, **values: Any) -> None:
        self.statements.append((statement, values))

    def announce(self, *, more: int = 0) -> None:
        """Bump the revision, and let whoever depends on the list write along; it may have so many todos more."""
        self.write(_BUMP, id=self.todo_list.pk, todo_count_upper_bound=more)
        list_changed.send(sender=TodoList, todo_list=self.todo_list, change=self)


class ListChange(ListWrites):
    """A change of a list that is under way: its list, locked, and the moment and revision it will have."""

    def __init__(self, locked: TodoList) -> None:
        super().__init__(locked)
        self.now = datetime.now(UTC)
        self.revision = locked.revision + 1
        self.is_visible = False
        self.more = 0

    def stamp(self, todo: Todo) -> None:
        """Mark a todo as changed here, in a way that a reader can see; saving it is the caller's."""
        todo.sequence += 1
        todo.revision = self.revision
        todo.updated_at = self.now
        self.is_visible = True

    def make_room(self, more: int = 1) -> None:
        """Called before so many todos are added or brought back. Raises QuotaExceeded.

        They are counted only where the list may be full: that takes longer than adding one.
        """
        at_most = self.todo_list.todo_count_upper_bound
        if at_most is None or at_most + more > settings.MAX_TODOS:
            count = self.todo_list.todos.visible().count()
            check_quota(count, settings.MAX_TODOS, "todos", more=more)
            TodoList.objects.filter(pk=self.todo_list.pk).update(todo_count_upper_bound=count)
        self.more += more


@contextmanager
def change_list(todo_list: TodoList) -> Iterator[ListChange]:
    """Lock the list for one change, in one transaction.

    If the change turns out to be visible, bump the revision, once, and tell whoever depends on the list.
    """
    with transaction.atomic():
        change = ListChange(_LOCK.get(id=todo_list.pk))
        yield change
        if change.is_visible:
            change.todo_list.revision = change.revision
            change.announce(more=change.more)
            send_together(change.statements)


def change_at_once(todo_list: TodoList, statement: PreparedWrite, *, more: int = 0, **values: Any) -> Any:
    """Make a visible change that is one statement on one todo; return what the statement returns.

    The whole change is one message to the database: many who change one list wait for each other only while
    the database works, and not for each other's programs. The revision is for the statement to look up. Raises
    TodoList.DoesNotExist if the list is deleted meanwhile.
    """
    change = ListWrites(todo_list)
    change.announce(more=more)  # first: it locks the list
    change.write(statement, **values)
    try:
        return send_together(change.statements)
    except IntegrityError as error:
        if TodoList.objects.filter(pk=todo_list.pk).exists():
            raise
        raise TodoList.DoesNotExist from error


def revision_of(list: Parameter) -> Subquery:
    """The revision of a change that is made at once, for its statement."""
    return Subquery(TodoList.objects.filter(pk=list).values("revision"))
