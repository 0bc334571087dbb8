"""Many changes of a list's todos at once: one transaction, one revision, few queries however many they are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

from database.errors import repeat_after_deadlock
from todos.access import READ_ONLY, Role, require, user_id
from todos.labels import key_of
from todos.models import PastOccurrence, Todo, TodoList
from todos.services.changes import ListChange, StaleTodo, assign, change_lists
from todos.services.history import delete_with_history, move_history, write_history
from todos.services.labels import save_labels, spellings
from todos.services.order import places_at_end
from todos.services.received import check_received, remember_received
from todos.services.series import NOT_REPEATING, SERIES_STATE, InvalidRule, end_occurrence, log_occurrence, settle
from todos.services.subtasks import InvalidParent, TodoTree, is_visible_beside
from todos.services.trash import leave_tombstones

MAX_ITEMS = 1_000
BATCH = 1_000  # rows in one statement, where the database takes as many
NO_SUCH_TODO = "There is no such todo."
NOT_DELETED = "There is no such deleted todo."
NO_SUCH_LIST = "There is no such list."
HAS_CHANGED = "The todo has changed meanwhile."
HAS_UID = "The other list has a todo with the same UID already."


class Action(models.TextChoices):
    COMPLETE = "complete", "complete"
    SKIP = "skip", "skip this occurrence"
    COMPLETE_SERIES = "complete_series", "complete for good"
    REOPEN = "reopen", "reopen"
    UPDATE = "update", "change"
    DELETE = "delete", "delete"
    RESTORE = "restore", "restore"
    MOVE = "move", "move to another list"


class BulkOutcome(Enum):
    DONE = "done"
    UNCHANGED = "unchanged"  # the todo was already as the item wants it
    GONE = "gone"  # there is no such todo, none to restore, or no list to move it to
    CONFLICT = "conflict"  # the todo is not as the item expects it, or the other list has one with its UID
    INVALID = "invalid"  # the todo cannot have that parent or rule, or it does not repeat
    FORBIDDEN = "forbidden"  # the user may only read the list that a move is to, or from


@dataclass(frozen=True)
class BulkItem:
    """One thing to do to one todo.

    ``changes`` are an update's, as for update_todo; ``changes_of`` returns them for the todo as it is once its list is
    locked, and none of those concerns sub-tasks. ``list_id`` is where a move goes. Nothing is done unless the todo's
    fields have the values in ``expected``; that of a move may name another list of the user that the todo is in. With
    ``expected_below``, nothing is done either unless it has each sub-task that would go along, with its sequence.

    What undoes a move or a restore may have in its ``changes`` what was before: the ``parent_id``, the ``deleted_at``,
    and the ``position`` in the manual order, which is otherwise the last. With ``is_alone``, an update leaves sub-tasks
    alone and only sets ``completed``, without advancing a series.
    """

    todo_id: int
    action: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    expected: Mapping[str, Any] = field(default_factory=dict)
    list_id: int | None = None
    changes_of: Callable[[Todo], Mapping[str, Any]] | None = None
    is_alone: bool = False
    expected_below: Mapping[int, int] | None = None

    def values(self, todo: Todo) -> Mapping[str, Any]:
        """Return what becomes of the todo's content."""
        match self.action:
            case Action.COMPLETE | Action.SKIP | Action.COMPLETE_SERIES:
                return {"completed": True}
            case Action.REOPEN:
                return {"completed": False}
            case Action.UPDATE:
                return self.changes_of(todo) if self.changes_of else self.changes
        return {}

    @property
    def parent_id(self) -> int | None:
        """The todo that this one is to become a sub-task of."""
        return self.changes.get("parent_id")

    @property
    def concerns_subtasks(self) -> bool:
        if self.action == Action.UPDATE:
            return bool(self.changes.get("completed") or self.parent_id)
        return self.action != Action.REOPEN

    @property
    def list_ids(self) -> set[int]:
        """The lists that a move is from and to, as far as the item names them."""
        return set() if self.list_id is None else {self.list_id, self.expected.get("list_id", self.list_id)}


@dataclass(frozen=True)
class BulkResult:
    """What happened to an item.

    ``todo`` is the todo after all items, if the list has or had it, deleted or not. ``changes`` are the values before
    and after of each field that this item changed: content fields, ``past_count``, ``deleted_at`` and ``list_id``, with
    that the ``position``; of a series that changed, all that its state consists of. Those of sub-tasks that changed
    with it are ``below``, by their ids. An ``error`` may be about a ``field`` of the API.
    """

    todo_id: int
    outcome: BulkOutcome
    todo: Todo | None = None
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    error: str = ""
    below: Mapping[int, Mapping[str, tuple[Any, Any]]] = field(default_factory=dict)
    field: str = ""  # the last, because it hides dataclasses.field

    @property
    def status(self) -> HTTPStatus:
        failures = {
            BulkOutcome.GONE: HTTPStatus.NOT_FOUND,
            BulkOutcome.CONFLICT: HTTPStatus.CONFLICT,
            BulkOutcome.INVALID: HTTPStatus.BAD_REQUEST,
            BulkOutcome.FORBIDDEN: HTTPStatus.FORBIDDEN,
        }
        return failures.get(self.outcome, HTTPStatus.OK)


class StaleSelection(Exception):
    """Some todos are found that whoever asked for the change has not seen, or not as they are now."""


def change_todos(
    *,
    todo_list: TodoList,
    items: Sequence[BulkItem],
    user: AbstractBaseUser | AnonymousUser | None = None,
    change_id: UUID | None = None,
) -> list[BulkResult]:
    """Do all items in the order given, each as the service for one todo would; return their results in that order.

    Completing a todo that repeats, or skipping this occurrence, moves it to the next one and reopens its sub-tasks.

    An item that fails changes nothing and does not stop the others. Sub-tasks are completed, deleted, restored and
    moved with the todo that they are below; one whose parent is not there when it is restored or moved is below none
    then. A todo that ends as it began is not touched. All todos that did change get the same revision, their list's,
    and a sequence one higher, however many items named them. Moves are between lists that the ``user`` may change.
    Raises TodoList.DoesNotExist, NotAllowed, and QuotaExceeded, with nothing changed, if a list would hold too many
    todos after the restores and moves; and AlreadyReceived (services/received.py).
    """
    named = {list_id for item in items for list_id in item.list_ids}
    return _change(todo_list, named, user, change_id, lambda: items)


def change_found(
    *,
    todo_list: TodoList,
    find: Callable[[], Sequence[int]],
    most: int,
    revision: int,
    item: BulkItem,
    user: AbstractBaseUser | AnonymousUser | None = None,
    change_id: UUID | None = None,
) -> list[BulkResult]:
    """Do to each todo whose id ``find`` returns what ``item`` says of one, as change_todos does.

    ``find`` is called once the list is locked. Raises StaleSelection, with nothing changed, if these are more than
    ``most`` or than MAX_ITEMS, or not all were found at this ``revision`` of the list, and as they are now.
    """

    def items() -> list[BulkItem]:
        found = find()
        if len(found) > min(most, MAX_ITEMS) or _have_changed(todo_list, found, revision):
            raise StaleSelection
        return [replace(item, todo_id=todo_id) for todo_id in found]

    return _change(todo_list, item.list_ids, user, change_id, items)


def _have_changed(todo_list: TodoList, todo_ids: Sequence[int], revision: int) -> bool:
    """Return whether one of these todos has changed since, or perhaps other todos are found without a change."""
    return (
        Todo.objects.filter(pk__in=todo_ids, revision__gt=revision).exists()
        or TodoList.objects.filter(pk=todo_list.pk, purged_revision__gt=revision).exists()
    )


@repeat_after_deadlock
def _change(
    todo_list: TodoList,
    named: set[int],
    user: AbstractBaseUser | AnonymousUser | None,
    change_id: UUID | None,
    items_now: Callable[[], Sequence[BulkItem]],
) -> list[BulkResult]:
    """Do the items that ``items_now`` returns once the list is locked, with the lists that they name."""
    require(todo_list, Role.EDITOR)
    actor_id = todo_list.actor_id
    if named:
        # Nobody keeps others waiting by naming lists that are not theirs.
        readable = TodoList.objects.readable_by(user) if user else TodoList.objects.none()
        named = set(readable.filter(pk__in={todo_list.pk, *named}).values_list("pk", flat=True))
        named = named if todo_list.pk in named else set()
        if named and actor_id is None:
            actor_id = user_id(user)
    with change_lists({todo_list.pk, *named}, actor_id) as changes:
        if todo_list.pk not in changes:
            raise TodoList.DoesNotExist
        require(changes[todo_list.pk].todo_list, Role.EDITOR)
        check_received(changes[todo_list.pk].todo_list, change_id)
        items = items_now()
        bulk = _Bulk(items, changes, todo_list.pk)
        results = [bulk.apply(item) for item in items]
        bulk.write()
        if any(result.outcome == BulkOutcome.DONE for result in results):
            remember_received(changes[todo_list.pk].todo_list, change_id)
    return results


def change_todo(*, todo_list: TodoList, item: BulkItem) -> Todo:
    """Do one item, and return the todo.

    Raises Todo.DoesNotExist, StaleTodo, InvalidParent, InvalidRule and QuotaExceeded.
    """
    [result] = change_todos(todo_list=todo_list, items=[item])
    match result.outcome:
        case BulkOutcome.GONE:
            raise Todo.DoesNotExist
        case BulkOutcome.CONFLICT:
            raise StaleTodo
        case BulkOutcome.INVALID if result.field == "parent_id":
            raise InvalidParent(result.error)
        case BulkOutcome.INVALID:
            raise InvalidRule(result.error, result.field)
    return result.todo


def overwrite_todos(todos: Sequence[Todo]) -> None:
    """Write every column that a change may touch, of todos that are locked with their list.

    The rows exist, so this insert updates them. Django's bulk_update makes a CASE of all rows for each column,
    whose cost grows with the square of their number.
    """
    Todo.objects.bulk_create(
        todos, BATCH, update_conflicts=True, unique_fields=["id"], update_fields=["list", *Todo.mutable_columns()]
    )


class _Bulk:
    """The todos of locked lists that the items name: changed here one item at a time, and written at the end."""

    def __init__(self, items: Sequence[BulkItem], changes: Mapping[int, ListChange], list_id: int) -> None:
        self.changes = changes
        self.list_id = list_id
        self.tree = self.load(items)
        self.todos = self.tree.todos
        for todo in self.todos.values():
            todo.list = changes[todo.list_id].todo_list
        self.before = {todo_id: _values(todo) for todo_id, todo in self.todos.items()}
        self.bytes_before = {todo_id: todo.byte_count for todo_id, todo in self.todos.items()}
        # Of the other lists, what has the UIDs of the todos that come.
        self.others: dict[tuple[int, UUID], Todo] = {}
        if len(changes) > 1:
            others = Todo.objects.filter(list__in=changes, uid__in=[todo.uid for todo in self.todos.values()])
            self.others = {(todo.list_id, todo.uid): self.todos.get(todo.pk, todo) for todo in others}
        self.moves = sum(item.action == Action.MOVE for item in items)
        self.ends: dict[int, Iterator[float]] = {}  # of lists that others are moved to
        self.replaced: list[Todo] = []
        self.past: list[PastOccurrence] = []  # what ended
        given = [item.changes.get("labels", ()) for item in items]
        owner_id = changes[list_id].todo_list.owner_id
        self.spellings = spellings(owner_id, {name for names in given for name in names})
        self.asked = {_aim(item, item.todo_id) for item in items}
        self.done: set[tuple] = set()  # the same of sub-tasks, to which it was done along with their parents
        self.to_settle: list[Todo] = []  # sub-tasks whose parents are still to come

    def load(self, items: Sequence[BulkItem]) -> TodoTree:
        """Load the todos that items name, and those above and below that these concern."""
        tree = TodoTree(self.changes)
        tree.load(item.todo_id for item in items)
        tree.load_below(item.todo_id for item in items if item.concerns_subtasks)
        restored = {item.todo_id for item in items if item.action == Action.RESTORE} & tree.todos.keys()
        parents = {item.parent_id for item in items} | {tree.todos[todo_id].parent_id for todo_id in restored}
        tree.load_above(parents - {None})
        return tree

    def apply(self, item: BulkItem) -> BulkResult:
        todo, is_restore = self.todos.get(item.todo_id), item.action == Action.RESTORE
        is_here = todo is not None and (todo.list_id == self.list_id or "list_id" in item.expected)
        if not is_here or (todo.deleted_at is None) == is_restore:
            if _aim(item, item.todo_id) in self.done:
                return BulkResult(item.todo_id, BulkOutcome.DONE, todo)
            error = NOT_DELETED if is_restore else NO_SUCH_TODO
            return BulkResult(item.todo_id, BulkOutcome.GONE, todo if is_here else None, error=error)
        if any(getattr(todo, name) != value for name, value in item.expected.items()):
            return BulkResult(item.todo_id, BulkOutcome.CONFLICT, todo, error=HAS_CHANGED)
        concerned = {todo.list_id, *item.list_ids} & self.changes.keys()
        if not all(self.changes[list_id].todo_list.takes_changes for list_id in concerned):
            return BulkResult(item.todo_id, BulkOutcome.FORBIDDEN, todo, error=str(READ_ONLY))
        try:
            values = settle(todo, self.with_spelled_labels(item.values(todo)))
        except InvalidRule as error:
            return BulkResult(item.todo_id, BulkOutcome.INVALID, todo, error=str(error), field=error.field)
        below = self.sub_tasks(item, todo, values)
        if item.expected_below is not None and any(
            item.expected_below.get(one.pk) != one.sequence for one in below
        ):
            return BulkResult(item.todo_id, BulkOutcome.CONFLICT, todo, error=HAS_CHANGED)
        before = {one.pk: _values(one) for one in (todo, *below)}
        position = todo.position
        if failure := self.do(item, todo, values, below):
            return failure
        changes = {one.pk: _differences(before[one.pk], one) for one in (todo, *below)}
        own = changes.pop(todo.pk)
        if "list_id" in own:
            own["position"] = (position, todo.position)
        changes = {pk: differences for pk, differences in changes.items() if differences}
        self.done |= {_aim(item, pk) for pk in changes}
        is_done = own or _aim(item, todo.pk) in self.done
        return BulkResult(
            item.todo_id, BulkOutcome.DONE if is_done else BulkOutcome.UNCHANGED, todo, own, below=changes
        )

    def sub_tasks(self, item: BulkItem, todo: Todo, values: Mapping[str, Any]) -> list[Todo]:
        """Return the sub-tasks that what is done to a todo may be done to as well."""
        match item.action:
            case Action.DELETE | Action.MOVE:
                return self.tree.below(todo, is_visible_beside(todo))
            case Action.RESTORE:  # those that were deleted with it
                return self.tree.below(
                    todo, lambda one: (one.deleted_at, one.list_id) == (todo.deleted_at, todo.list_id)
                )
        if item.is_alone or todo.completed or not values.get("completed"):
            return []
        return self.tree.below(todo, is_visible_beside(todo))

    def do(
        self, item: BulkItem, todo: Todo, values: Mapping[str, Any], below: Sequence[Todo]
    ) -> BulkResult | None:
        """Do it to the todo and these sub-tasks. Return a result only if nothing was done."""
        now = self.changes[todo.list_id].now
        match item.action:
            case Action.SKIP if todo.completed or not todo.is_repeating:
                return BulkResult(todo.pk, BulkOutcome.INVALID, todo, error=str(NOT_REPEATING))
            case Action.COMPLETE | Action.SKIP | Action.COMPLETE_SERIES | Action.REOPEN | Action.UPDATE:
                if "parent_id" in values and (parent_id := values["parent_id"]) != todo.parent_id:
                    if parent_id and (problem := self.tree.problem(todo, parent_id)):
                        return BulkResult(todo.pk, BulkOutcome.INVALID, todo, error=problem, field="parent_id")
                    self.tree.put_below(todo, parent_id)
                if item.is_alone or todo.completed or not values.get("completed"):
                    if not item.is_alone and todo.completed and not values.get("completed", True):
                        self.reopen(todo, now)
                    assign(todo, values, now=now)
                else:
                    assign(todo, {**values, "completed": False}, now=now)
                    self.complete(item.action, todo, below, now)
            case Action.DELETE:
                for one in (todo, *below):
                    one.deleted_at = item.changes.get("deleted_at", now)
                if "parent_id" in item.changes:
                    self.tree.put_below(todo, item.parent_id)
            case Action.RESTORE:
                for one in (todo, *below):
                    one.deleted_at = None
                self.settle(item, todo, todo.parent_id)
            case Action.MOVE:
                return self.move(item, todo, below)
            case _:
                raise ValueError(f"There is no action {item.action!r}.")
        return None

    def complete(self, action: str, todo: Todo, below: Sequence[Todo], now: datetime) -> None:
        """Complete a todo with its sub-tasks; of one that repeats, the current occurrence."""
        self.end(todo, now, action)
        for one in below:
            if todo.completed and not one.completed:
                self.end(one, now, Action.COMPLETE_SERIES)
            elif not todo.completed and one.completed and not one.rule:
                assign(one, {"completed": False}, now=now)  # to be done again for the next occurrence

    def reopen(self, todo: Todo, now: datetime) -> None:
        """Take back what the history says of the occurrence with which a series has ended."""
        if todo.rule and todo.past_count and todo.deadline:
            self.past.append(log_occurrence(todo, PastOccurrence.Outcome.REOPENED, now))

    def end(self, todo: Todo, now: datetime, action: str) -> None:
        if not todo.is_repeating:
            assign(todo, {"completed": True}, now=now)
            return
        is_skipped = action == Action.SKIP
        outcome = PastOccurrence.Outcome.SKIPPED if is_skipped else PastOccurrence.Outcome.COMPLETED
        ends_series = action == Action.COMPLETE_SERIES
        self.past.append(end_occurrence(todo, now=now, outcome=outcome, ends_series=ends_series))

    def with_spelled_labels(self, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        """Spell labels as they will be saved: undo expects to find them so."""
        if not changes.get("labels"):
            return changes
        return {**changes, "labels": tuple(self.spellings.setdefault(key_of(n), n) for n in changes["labels"])}

    def move(self, item: BulkItem, todo: Todo, below: Sequence[Todo]) -> BulkResult | None:
        """Move the todo, unless the target has one with a UID that comes. One in the target's trash is replaced."""
        if item.list_id not in self.changes:
            return BulkResult(todo.pk, BulkOutcome.GONE, todo, error=NO_SUCH_LIST)
        target = self.changes[item.list_id].todo_list
        if target.pk == todo.list_id:
            return None
        others = {one.pk: self.others.get((target.pk, one.uid), one) for one in (todo, *below)}
        if any(others[one.pk] is not one and others[one.pk].deleted_at is None for one in (todo, *below)):
            return BulkResult(todo.pk, BulkOutcome.CONFLICT, todo, error=HAS_UID)
        for one in (todo, *below):
            if (other := others[one.pk]) is not one:
                self.replaced.append(other)
                one.sequence = max(one.sequence, other.sequence)  # for calendars, it is the same todo
                self.todos.pop(other.pk, None)
            self.others.pop((one.list_id, one.uid), None)
            self.others[target.pk, one.uid] = one
            one.list = target
        # Sub-tasks keep theirs, since they come with all that are beside them.
        todo.position = item.changes["position"] if "position" in item.changes else self.place_at_end(target)
        self.settle(item, todo, item.parent_id or todo.parent_id)
        return None

    def place_at_end(self, target: TodoList) -> float:
        if target.pk not in self.ends:
            self.ends[target.pk] = places_at_end(target, self.moves)
        return next(self.ends[target.pk])

    def settle(self, item: BulkItem, todo: Todo, parent_id: int | None) -> None:
        """Put a todo that has come below its parent, if that is there too, or comes with a later item."""
        if parent_id and self.tree.problem(todo, parent_id):
            if _aim(item, parent_id) in self.asked:
                self.to_settle.append(todo)
            else:
                parent_id = None
        self.tree.put_below(todo, parent_id)

    def write(self) -> None:
        for todo in self.to_settle:
            if todo.parent_id and self.tree.problem(todo, todo.parent_id):
                self.tree.put_below(todo, None)
        changed = [todo for todo_id, todo in self.todos.items() if _values(todo) != self.before[todo_id]]
        # In one order of owners: labels are created under a lock of each.
        for list_id, change in sorted(self.changes.items(), key=lambda pair: pair[1].todo_list.owner_id or 0):
            save_labels(change.todo_list, [todo for todo in changed if self.has_new_labels_in(list_id, todo)])
        for change in self.changes.values():
            self.check_quota(change, changed)
        for todo in changed:
            self.changes[todo.list_id].stamp(todo)
        if self.replaced:
            delete_with_history(Todo.objects.filter(pk__in=[todo.pk for todo in self.replaced]))
        overwrite_todos(changed)
        if ended := [todo for todo in changed if todo.past_count != self.before[todo.pk]["past_count"]]:
            write_history(ended, self.past)
        for list_id, change in self.changes.items():
            left = [t for t in changed if self.before[t.pk]["list_id"] == list_id != t.list_id]
            if left:
                change.is_visible = True
                Todo.objects.bulk_update(left, ["position"], BATCH)
                move_history(left)
                leave_tombstones(change.todo_list, left, revision=change.revision, now=change.now)

    def check_quota(self, change: ListChange, changed: Sequence[Todo]) -> None:
        list_id = change.todo_list.pk
        had = {t.pk for t in changed if self.was_visible_in(list_id, t)}
        has = {t.pk: t for t in changed if t.list_id == list_id and t.deleted_at is None}
        if has.keys() - had:
            change.check_takes_todos()
        added = len(has) - len(had)
        more_bytes = sum(t.byte_count for t in has.values()) - sum(self.bytes_before[pk] for pk in had)
        if added > 0 or more_bytes > 0:
            change.check_quota(max(0, added), max(0, more_bytes))

    def has_new_labels_in(self, list_id: int, todo: Todo) -> bool:
        before = self.before[todo.pk]
        return todo.list_id == list_id and (before["labels"], before["list_id"]) != (todo.labels, list_id)

    def was_visible_in(self, list_id: int, todo: Todo) -> bool:
        before = self.before[todo.pk]
        return before["list_id"] == list_id and before["deleted_at"] is None


def _aim(item: BulkItem, todo_id: int) -> tuple:
    """Return what an item wants, if it is for this todo."""
    return todo_id, item.action, item.list_id


def _differences(before: Mapping[str, Any], todo: Todo) -> dict[str, tuple[Any, Any]]:
    after = _values(todo)
    changed = {name for name, value in after.items() if value != before[name]}
    if changed.intersection(SERIES_STATE) and (before["rule"] or after["rule"]):
        changed.update(SERIES_STATE)  # whoever undoes this takes the series back as a whole, or not at all
    return {name: (before[name], after[name]) for name in after if name in changed}


def _values(todo: Todo) -> dict[str, Any]:
    """Return the values that an item can change."""
    return {name: getattr(todo, name) for name in (*Todo.content_fields(), "past_count", "deleted_at", "list_id")}
