"""Lists: finding a user's own, changing its name or settings, deleting it."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import IntegrityError, transaction

from database.errors import repeat_after_deadlock
from todos.access import user_id
from todos.followers import FOLLOWERS
from todos.models import TodoList
from todos.queries import FIND_LIST, LIST
from todos.services.changes import change_list


def get_list(user: AbstractBaseUser | AnonymousUser) -> TodoList:
    """Return the user's default list, or the open list for anonymous users. It is created on first use.

    Raises the user model's DoesNotExist if the user is deleted meanwhile.
    """
    for row in FIND_LIST(user=user_id(user)):
        return LIST.instance(row)
    try:
        return TodoList.objects.get_or_create(owner=user if user.is_authenticated else None)[0]
    except IntegrityError as error:
        raise get_user_model().DoesNotExist from error


def update_list(*, todo_list: TodoList, changes: Mapping[str, Any]) -> TodoList:
    """Change the list's ``name`` or ``time_zone``, which show in its calendars, or its ``week_start``."""
    with change_list(todo_list) as change:
        locked = change.todo_list
        changed = {name for name, value in changes.items() if getattr(locked, name) != value}
        for name in changed:
            setattr(locked, name, changes[name])
        if changed:
            locked.save(update_fields=changed)
            change.is_visible = changed != {"week_start"}
    return locked


@repeat_after_deadlock
def delete_list(*, todo_list: TodoList) -> None:
    """Delete the list for good, with everything that depends on it.

    The list is locked first and its followers next, in the order of every change. Django's own cascade would take
    them the other way round, and now and then the database would end one of the two as a deadlock.
    """
    with transaction.atomic():
        locked = TodoList.objects.select_for_update().get(pk=todo_list.pk)
        for follower in FOLLOWERS:
            follower.lock(locked.pk)
        locked.delete()
