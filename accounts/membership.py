"""What becomes of an account's list: taken over from the open one, exported, deleted with the account."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction

from calendars.models import Feed
from todos.models import TodoList
from todos.serializers import represent_todo
from todos.services import delete_list, get_list


class ListInUse(Exception):
    """The user has a list of their own already, with something in it."""


def adopt_open_list(user: AbstractBaseUser) -> TodoList:
    """Hand the open list over to ``user``, with its todos, calendars and feeds.

    Raises ListInUse, and TodoList.DoesNotExist where there is no open list.
    """
    with transaction.atomic():
        todo_list = TodoList.objects.select_for_update().get(owner__isnull=True)
        own = TodoList.objects.select_for_update().filter(owner=user).first()
        if own:
            if own.todos.exists() or Feed.objects.of_list(own).exists():
                raise ListInUse
            delete_list(todo_list=own)
        todo_list.owner = user
        todo_list.save(update_fields=["owner"])
    return todo_list


def delete_account(user: AbstractBaseUser) -> None:
    """Delete the user and everything of theirs, for good; first the list, which has locks to be taken."""
    with transaction.atomic():
        for todo_list in TodoList.objects.filter(owner=user):
            delete_list(todo_list=todo_list)
        user.delete()


def export_data(user: AbstractBaseUser | AnonymousUser) -> dict[str, Any]:
    """Return everything that is kept for ``user``, as JSON can hold it; secrets are left out."""
    todo_list = get_list(user)
    return {
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "user": {"name": user.get_username(), "email": user.email} if user.is_authenticated else None,
        "list": {
            "name": todo_list.name,
            "time_zone": todo_list.time_zone,
            "week_start": todo_list.get_week_start_display(),
        },
        "todos": [
            represent_todo(todo)
            | {
                "uid": str(todo.uid),
                "completed_at": todo.completed_at and todo.completed_at.isoformat(),
                "deleted_at": todo.deleted_at and todo.deleted_at.isoformat(),
            }
            for todo in todo_list.todos.order_by("id")
        ],
        "feeds": [
            {"name": feed.name, "options": vars(feed.calendar.options)}
            for feed in Feed.objects.of_list(todo_list).select_related("calendar").order_by("created_at")
        ],
    }
