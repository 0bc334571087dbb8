"""What undoes a change, as a token that travels with the message about it.

Nothing is kept on the server: of two changes made at once, or in two tabs, each can be undone by itself.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.core import signing

from todos.deadlines import Deadline, parse_deadline
from todos.models import Todo, TodoList
from todos.services import Action, BulkItem

MAX_AGE = timedelta(hours=1)
ADD = "add"  # an action that the services know only by its reverse

Step = tuple[int, str, str | None, str | None]  # the todo, what undoes it, and its deadline before and after


def offer(todo_list: TodoList, changed: Iterable[tuple[Todo, BulkItem]]) -> str:
    """Return what undoes the items, given their todos as they were before; nothing where nothing changed."""
    steps = [step for todo, item in changed if (step := _reverse(todo, item))]
    return _signer(todo_list).sign_object(steps, compress=True) if steps else ""


def read(todo_list: TodoList, token: str) -> list[BulkItem]:
    """Return what undoes a change of this list, each where the todo is still as the change left it.

    Of a token that is too old, or not ours, that is nothing.
    """
    try:
        steps: list[Step] = _signer(todo_list).unsign_object(token, max_age=MAX_AGE)
    except signing.BadSignature:
        return []
    return [_item(*step) for step in steps]


def _signer(todo_list: TodoList) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"undo in list {todo_list.pk}")


def _reverse(todo: Todo, item: BulkItem) -> Step | None:
    if item.action in {ADD, Action.RESTORE}:
        return todo.pk, Action.DELETE, None, None
    if item.action == Action.DELETE:
        return todo.pk, Action.RESTORE, None, None
    if item.action == Action.UPDATE:
        before, after = todo.due, item.changes["due"]
        return (todo.pk, Action.UPDATE, _text(before), _text(after)) if before != after else None
    was = Action.COMPLETE if todo.completed else Action.REOPEN
    return (todo.pk, was, None, None) if was != item.action else None


def _item(todo_id: int, action: str, before: str | None, after: str | None) -> BulkItem:
    if action == Action.UPDATE:
        return BulkItem(todo_id, action, {"due": _deadline(before)}, expected={"due": _deadline(after)})
    if action in {Action.COMPLETE, Action.REOPEN}:
        return BulkItem(todo_id, action, expected={"completed": action == Action.REOPEN})
    return BulkItem(todo_id, action)


def _text(deadline: Deadline | None) -> str | None:
    return str(deadline) if deadline else None


def _deadline(text: str | None) -> Deadline | None:
    return parse_deadline(text) if text else None
