"""Lists: finding a user's own, and changing what it is called and where it lives."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import BigIntegerField

from database.prepared import PreparedQuery
from todos.models import TodoList, owner_or_nobody
from todos.services.changes import change_list
from todos.signals import list_deleting

# Every call to the API begins with this. It asks in the words of the one index on owners, where nobody is 0.
_LIST = PreparedQuery(
    lambda owner: TodoList.objects.alias(owner_or_nobody=owner_or_nobody()).filter(owner_or_nobody=owner),
    owner=BigIntegerField(),
)


def get_list(user: AbstractBaseUser | AnonymousUser) -> TodoList:
    """Return the list that ``user`` works on, made when it is first asked for."""
    for found in _LIST.instances(owner=user.pk or 0):
        return found
    return _make_list(user)


def _make_list(user: AbstractBaseUser | AnonymousUser) -> TodoList:
    return TodoList.objects.get_or_create(owner=user if user.is_authenticated else None)[0]


def update_list(*, todo_list: TodoList, changes: Mapping[str, Any]) -> TodoList:
    """Change the list's ``name`` or ``time_zone``, which its readers see too, or its ``week_start``."""
    with change_list(todo_list) as change:
        locked = change.todo_list
        changed = {name for name, value in changes.items() if getattr(locked, name) != value}
        for name in changed:
            setattr(locked, name, changes[name])
        if changed:
            locked.save(update_fields=changed)
            change.is_visible = changed != {"week_start"}
    return locked


def delete_list(*, todo_list: TodoList) -> None:
    """Delete the list for good, with all that depends on it.

    Deleting it without its locks would take what depends on it first and the list last, the other way round
    from every change: now and then, one of the two would be ended as a deadlock.
    """
    with transaction.atomic():
        locked = TodoList.objects.select_for_update().get(pk=todo_list.pk)
        list_deleting.send(sender=TodoList, todo_list=locked)
        locked.delete()
