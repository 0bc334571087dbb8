"""Undoing a change by a token, which the page sends along with the message about the change.

The server keeps nothing. Of several changes, in one tab or in two, each can be undone by itself. A tab keeps the tokens
it was sent (static/js/undo.js), and so has a history.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.core import signing
from django.utils.translation import ngettext

from todos.deadlines import parse_deadline
from todos.models import Todo, TodoList
from todos.services import Action, BulkItem, BulkResult

MAX_AGE = timedelta(hours=1)
# What undoes a move in the manual order. It is no change of the todo, so the bulk call does not know it.
PLACE = "place"
SEQUENCE = "sequence"

# What undoes one item: a todo's id, an action, and for an update or a move each field's values before and after it.
Step = tuple[int, str, dict[str, tuple[Any, Any]]]


def offer(todo_list: TodoList, results: Iterable[BulkResult]) -> str:
    """Return a token that undoes what was done; an empty one if nothing was changed."""
    return _sign(todo_list, _backwards([step for result in results for step in _steps(result)]))


def offer_removal(todo_list: TodoList, *todos: Todo) -> str:
    """Return a token that deletes new todos."""
    return _sign(todo_list, [(todo.pk, Action.DELETE, {}) for todo in todos])


def offer_removal_of_unchanged(todo_list: TodoList, todos: Iterable[Todo]) -> str:
    """Return a token that deletes those of new todos that are as they were, with no other sub-tasks than these."""
    return _sign(todo_list, [(todo.pk, Action.DELETE, {SEQUENCE: (None, todo.sequence)}) for todo in todos])


def offer_place(todo_list: TodoList, todo: Todo) -> str:
    """Return a token that moves a todo back, as place_todo has returned it."""
    before, after = todo.position_before, todo.position
    return _sign(todo_list, [(todo.pk, PLACE, {"position": (before, after)})] if before != after else [])


def read_place(todo_list: TodoList, token: str) -> dict[str, Any] | None:
    """Return the arguments with which move_back undoes a move, if that is what the token is for."""
    match _read(todo_list, token):
        case [[todo_id, action, {"position": [before, after]}]] if action == PLACE:
            return {"todo_id": todo_id, "position": before, "expected": after}
    return None


def read(todo_list: TodoList, token: str) -> list[BulkItem]:
    """Return the items that undo a change of this list, each only if the todo is still as the change left it.

    Those that undo a move bring the todo back from the list that it is in.

    An expired or foreign token gives none.
    """
    steps = [step if len(step) == 3 else _from_previous_release(*step) for step in _read(todo_list, token)]
    sequences = {todo_id: values[SEQUENCE][1] for todo_id, _, values in steps if SEQUENCE in values}
    return [_item(*step, sequences) for step in steps if step[1] != PLACE]


def describe(items: Sequence[BulkItem], todos: str, count: int) -> str:
    """Say what undoing did to todos, so many."""
    match items[0]:
        case BulkItem(action=Action.DELETE):
            sentence = ngettext("%(todos)s is deleted.", "%(todos)s are deleted.", count)
        case BulkItem(action=Action.RESTORE):
            sentence = ngettext("%(todos)s is restored.", "%(todos)s are restored.", count)
        case BulkItem(action=Action.MOVE):
            sentence = ngettext("%(todos)s is back in its list.", "%(todos)s are back in their list.", count)
        case BulkItem(changes={"completed": True}):
            sentence = ngettext("%(todos)s is completed again.", "%(todos)s are completed again.", count)
        case BulkItem(changes={"completed": _completed}):
            sentence = ngettext("%(todos)s is open again.", "%(todos)s are open again.", count)
        case _:
            sentence = ngettext("%(todos)s is as before.", "%(todos)s are as before.", count)
    return sentence % {"todos": todos}


def _backwards(steps: Sequence[Step]) -> list[Step]:
    """Return the steps with those of each todo from the last to the first: it may have been changed more than once."""
    of_todo: dict[int, list[Step]] = defaultdict(list)
    for step in steps:
        of_todo[step[0]].append(step)
    return [of_todo[todo_id].pop() for todo_id, *_ in steps]


def _sign(todo_list: TodoList, steps: list[Step]) -> str:
    return _signer(todo_list).sign_object(steps, compress=True) if steps else ""


def _read(todo_list: TodoList, token: str) -> list[Any]:
    try:
        return _signer(todo_list).unsign_object(token, max_age=MAX_AGE)
    except signing.BadSignature:
        return []


def _signer(todo_list: TodoList) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"undo in list {todo_list.pk}")


def _steps(result: BulkResult) -> Iterator[Step]:
    """Yield what undoes an item: its sub-tasks go along again, but reopening a todo would not reopen them."""
    changed = {result.todo_id: result.changes}
    changed |= {todo_id: changes for todo_id, changes in result.below.items() if "completed" in changes}
    for todo_id, changes in changed.items():
        if changes:
            yield _reverse(todo_id, changes)


def _reverse(todo_id: int, changes: Mapping[str, tuple[Any, Any]]) -> Step:
    values = {
        name: (value_to_json(name, before), value_to_json(name, after))
        for name, (before, after) in changes.items()
    }
    if "deleted_at" in changes:
        # Back in the trash, it is as old as it was there.
        return (todo_id, Action.DELETE, values) if values["deleted_at"][0] else (todo_id, Action.RESTORE, {})
    return todo_id, Action.MOVE if "list_id" in changes else Action.UPDATE, values


def _item(
    todo_id: int, action: str, values: Mapping[str, tuple[Any, Any]], sequences: Mapping[int, int]
) -> BulkItem:
    before = {name: value_from_json(name, value) for name, (value, _) in values.items() if name != SEQUENCE}
    return BulkItem(
        todo_id,
        action,
        list_id=before.pop("list_id", None),
        changes=before,
        # Whoever has moved it in the manual order since has not changed the todo.
        expected={name: value_from_json(name, after) for name, (_, after) in values.items() if name != "position"},
        is_alone=action == Action.UPDATE,
        expected_below=sequences if SEQUENCE in values else None,
    )


def value_to_json(name: str, value: Any) -> Any:
    """Return the value of a todo's content field, or its list's id, as JSON can hold it."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if name == "due":
        return str(value)
    if name == "labels":
        return list(value)
    field = Todo._meta.get_field(name)
    return field.value_to_string(Todo(**{field.attname: value}))


def value_from_json(name: str, value: Any) -> Any:
    if name == "due":
        return parse_deadline(value) if value else None
    if name == "labels":
        return tuple(value)
    return Todo._meta.get_field(name).to_python(value)


def _from_previous_release(todo_id: int, action: str, before: str | None, after: str | None) -> Step:
    """Read a step as 0.1 wrote it, with a deadline before and after. Some still arrive just after an upgrade."""
    if action == Action.UPDATE:
        return todo_id, action, {"due": (before, after)}
    if action in {Action.COMPLETE, Action.REOPEN}:
        was_completed = action == Action.COMPLETE
        return todo_id, Action.UPDATE, {"completed": (was_completed, not was_completed)}
    return todo_id, action, {}
