"""What every change of a list does: it locks the list, raises its revision, and tells what follows it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from database.statements import Call, execute_batch
from observability.events import Kind, record
from todos.access import Role, enter_again, require
from todos.admission import turn
from todos.hooks import HOOKS
from todos.models import Todo, TodoList
from todos.queries import RAISE_REVISION
from todos.services.trash import empty_full_trash
from web.nudges import nudge
from web.quotas import QuotaExceeded, check_quota
from web.translations import group_digits


def commit_change(
    todo_list: TodoList, *writes: Call, added: int = 0, more_bytes: int = 0, todos: int = 1
) -> list[tuple]:
    """Make a change that readers of the list can see. This is all that happens, in this order.

    In one transaction, and one message to the database where it is not part of a longer one: many who change one
    list wait for each other only while the database works. Returns the rows of the last write; ``added`` and
    ``more_bytes`` are how many todos, and bytes of their texts, the list may then have more; ``todos`` is how many the
    change is recorded with. Raises TodoList.DoesNotExist if the list is deleted meanwhile. Once it is committed, open
    pages are told.
    """
    batch = [
        RAISE_REVISION.bind(list=todo_list.pk, added=added, more_bytes=more_bytes),  # locks the list
        *(hooks.wake(todo_list.pk) for hooks in HOOKS),  # what is due because of it
        *writes,
    ]
    is_part = connection.in_atomic_block
    try:
        with nullcontext() if is_part else turn(todo_list.pk):
            rows = execute_batch(*batch)
    except IntegrityError as error:
        if TodoList.objects.filter(pk=todo_list.pk).exists():
            raise
        raise TodoList.DoesNotExist from error
    revision = rows[0][-1] if rows else todo_list.revision
    if is_part:
        transaction.on_commit(partial(_tell, todo_list.pk, revision, todos))
    else:
        _tell(todo_list.pk, revision, todos)
    return rows


def _tell(list_id: int, revision: int, todos: int) -> None:
    record(Kind.CHANGE, list_id=list_id, revision=revision, todos=todos)
    nudge(list_id)  # open pages of this machine look at once


class StaleTodo(Exception):
    """The todo has changed since the caller read it."""


class ListArchived(QuotaExceeded):
    """An archived list takes no todos: neither new ones, nor from the trash, an import or another list."""

    def __init__(self, todo_list: TodoList) -> None:
        sentence = _("The list “%(list)s” is archived. Unarchive it to add todos to it.")
        super().__init__(sentence % {"list": todo_list.name})


class ListChange:
    """A change of several todos that is under way: the locked list, and the moment and revision it will have.

    The list knows who makes the change, and ``stamp`` writes that down.
    """

    def __init__(self, locked: TodoList) -> None:
        self.todo_list = locked
        self.now = datetime.now(UTC)
        self.revision = locked.revision + 1
        self.is_visible = False
        self.stamped = 0
        self.added = self.more_bytes = 0

    def stamp(self, todo: Todo) -> None:
        """Mark a todo as changed in a way that a reader can see. The caller saves it."""
        todo.sequence += 1
        todo.revision = self.revision
        todo.updated_at = self.now
        todo.changed_by_id = self.todo_list.actor_id or None
        self.stamped += 1
        self.is_visible = True

    def stamps(self) -> dict[str, Any]:
        """Return what an UPDATE of todos sets to mark them as ``stamp`` does."""
        self.is_visible = True
        return {
            "sequence": F("sequence") + 1,
            "revision": self.revision,
            "updated_at": self.now,
            "changed_by": self.todo_list.actor_id or None,
        }

    def check_takes_todos(self) -> None:
        """Raise ListArchived if the list takes no todos."""
        if self.todo_list.is_archived:
            raise ListArchived(self.todo_list)

    def check_quota(self, added: int, more_bytes: int) -> None:
        """Call this before adding or restoring that many todos, or so many bytes of text.

        Raises QuotaExceeded, and ListArchived, which is one.

        Todos are counted only when the list may be full: counting takes longer than adding one. Since the upper
        bounds do not fall when todos are deleted, this is also when the trash may be full.
        """
        if added:
            self.check_takes_todos()
        count, size = self.todo_list.todo_count_upper_bound, self.todo_list.byte_count_upper_bound
        if (
            count is None
            or size is None
            or count + added > self.todo_list.max_todos
            or size + more_bytes > self.todo_list.max_bytes
        ):
            count, size = self.todo_list.todos.visible().total()
            if added:
                check_quota(count, self.todo_list.max_todos, _("todos"), more=added)
            if more_bytes:
                self.check_bytes(size + more_bytes)
            TodoList.objects.filter(pk=self.todo_list.pk).update(
                todo_count_upper_bound=count, byte_count_upper_bound=size
            )
            empty_full_trash(self.todo_list)
        self.added += added
        self.more_bytes += more_bytes

    def check_bytes(self, size: int) -> None:
        """Raise QuotaExceeded if texts of this size are more than the list may have."""
        if size > self.todo_list.max_bytes:
            raise QuotaExceeded(
                _(
                    "The titles, descriptions and labels of this list would take %(size)s bytes, and the most is "
                    "%(most)s. Delete some todos first."
                )
                % {"size": group_digits(size), "most": group_digits(self.todo_list.max_bytes)}
            )


def assign(todo: Todo, changes: Mapping[str, Any], *, now: datetime) -> bool:
    """Set the given content fields; return whether that changed anything."""
    if all(getattr(todo, name) == value for name, value in changes.items()):
        return False
    was_completed = todo.completed
    for name, value in changes.items():
        setattr(todo, name, value)
    if todo.completed != was_completed:
        todo.completed_at = now if todo.completed else None
    return True


def lock_list(todo_list: TodoList, *, role: Role = Role.VIEWER, no_key: bool = True) -> TodoList:
    """Lock the list until the transaction ends; this comes before all other locks (docs/architecture.md).

    Whoever works on the list needs this role now that it is locked. Raises TodoList.DoesNotExist, also if they may no
    longer read it, and NotAllowed.
    """
    require(todo_list, role)
    locked = TodoList.objects.select_for_update(no_key=no_key).get(pk=todo_list.pk)
    if not enter_again(locked, todo_list.actor_id):
        raise TodoList.DoesNotExist
    require(locked, role)
    return locked


@contextmanager
def change_list(todo_list: TodoList, *, role: Role = Role.EDITOR) -> Iterator[ListChange]:
    """Lock the list while a service looks and decides, in one transaction.

    If the change turns out to be visible, it is committed like every other. Whoever works on the list needs this role.
    Raises TodoList.DoesNotExist, also if they may no longer read it, and NotAllowed.
    """
    require(todo_list, role)
    with change_lists([todo_list.pk], todo_list.actor_id) as changes:
        if todo_list.pk not in changes:
            raise TodoList.DoesNotExist
        require(changes[todo_list.pk].todo_list, role)
        yield changes[todo_list.pk]


@contextmanager
def change_lists(list_ids: Iterable[int], actor_id: int | None) -> Iterator[dict[int, ListChange]]:
    """Do as change_list does with several lists in one transaction; yield the changes of those that the actor may read,
    by id. The caller looks at the role in each.

    They are locked in the order of their ids, so that no two changes of several lists deadlock.
    """
    ids = sorted(set(list_ids))
    with ExitStack() as stack:
        for list_id in ids:
            stack.enter_context(turn(list_id))
        stack.enter_context(transaction.atomic())
        locked = TodoList.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
        changes = {one.pk: ListChange(one) for one in locked if enter_again(one, actor_id)}
        yield changes
        for change in changes.values():
            if change.is_visible:
                change.todo_list.revision = change.revision
                commit_change(
                    change.todo_list,
                    added=change.added,
                    more_bytes=change.more_bytes,
                    todos=max(change.added, change.stamped, 1),
                )
