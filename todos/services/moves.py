"""Moving todos from one list of a user to another."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from todos.models import TodoList
from todos.services.bulk import Action, BulkItem, BulkResult, change_todos


def move_todos(
    *,
    user: AbstractBaseUser | AnonymousUser,
    source: TodoList,
    target: TodoList,
    todo_ids: Iterable[int],
) -> list[BulkResult]:
    """Move todos, each with its id and UID, in one change of both lists; return a result for each id.

    A todo whose UID the target has already stays; if that one is in the trash, it is replaced. Otherwise as
    change_todos.
    """
    items = [BulkItem(todo_id, Action.MOVE, list_id=target.pk) for todo_id in todo_ids]
    return change_todos(todo_list=source, items=items, user=user)
