"""A user's data as a whole: adopt the open list, export everything, delete the account."""

from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation

from accounts.models import ApiToken
from calendars.feeds.services import rotate_feed
from calendars.models import Feed
from followers.webhooks.services import list_webhooks, switch_off_webhooks
from reminders.export import export_reminders
from todos.access import enter_again
from todos.models import Membership, SavedFilter, TodoList
from todos.serializers.todos import represent_todo
from todos.services import (
    adopt_labels,
    erase_list,
    find_labels,
    find_lists,
    leave_list,
    list_members,
    lock_user,
)


class ListInUse(Exception):
    """The user's default list is not empty."""


def adopt_open_list(user: AbstractBaseUser) -> TodoList:
    """Give the open list to ``user`` as their default list, with its todos, labels, calendars and feeds.

    Raises ListInUse, and TodoList.DoesNotExist if there is no open list.
    """
    with transaction.atomic():
        lock_user(user)
        todo_list = TodoList.objects.select_for_update(no_key=True).get(default_owner__isnull=True)
        own = TodoList.objects.select_for_update().filter(default_owner=user).first()
        if own:
            if own.todos.exists() or Feed.objects.of_list(own).exists():
                raise ListInUse
            erase_list(todo_list=own)
        todo_list.default_owner = user
        todo_list.save(update_fields=["default_owner"])
        adopt_labels(todo_list=todo_list, owner_id=user.pk)
    return todo_list


def revoke_access(user: AbstractBaseUser, *, tokens: bool, feeds: bool, webhooks: bool) -> None:
    """End what opens the user's data without the password: API tokens, the addresses of feeds, and webhooks."""
    with transaction.atomic():
        if tokens:
            ApiToken.objects.of_user(user).delete()
        if feeds:
            own = Feed.objects.of_user(user).select_related("calendar__list").order_by("calendar__list_id", "pk")
            for feed in own:
                with suppress(Feed.DoesNotExist):
                    rotate_feed(todo_list=feed.calendar.list, feed_id=feed.pk)
        if webhooks:
            switch_off_webhooks(user=user)


def delete_account(user: AbstractBaseUser) -> None:
    """Delete the user and all their data for good. The lists go first, because that takes locks.

    Those that others share with them are left in the same order: nobody else locks lists in another.
    """
    with transaction.atomic():
        lock_user(user)  # no list is added meanwhile
        for todo_list in TodoList.objects.readable_by(user).order_by("pk"):
            with suppress(TodoList.DoesNotExist):  # its owner deletes it, or removes the user, at the same time
                if todo_list.owner_id == user.pk:
                    erase_list(todo_list=todo_list)
                elif enter_again(todo_list, user.pk):
                    leave_list(todo_list=todo_list)
        user.delete()


@translation.override(settings.LANGUAGE_CODE)  # programs read it, whoever asks
def export_data(user: AbstractBaseUser | AnonymousUser) -> dict[str, Any]:
    """Return everything stored for ``user``, except secrets, in a form that JSON can hold, in English."""
    lists = find_lists(user=user)
    names = {todo_list.pk: todo_list.name for todo_list in lists}
    default, *others = [todo_list for todo_list in lists if todo_list.is_own]
    shared = Membership.objects.of_user(user).select_related("list").order_by("pk")
    return {
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "user": {"name": user.get_username(), "email": user.email} if user.is_authenticated else None,
        **_export_list(default),
        "labels": [{"name": label.name, "color": label.color} for label in find_labels(user=user)],
        "other_lists": [_export_list(todo_list) for todo_list in others],
        "filters": [
            {"name": saved.name, "query": saved.query, "created_at": saved.created_at.isoformat()}
            for saved in SavedFilter.objects.of_user(user)
        ],
        "webhooks": [
            {
                "list": webhook.follower.list.name,
                "name": webhook.name,
                "url": webhook.url,
                "includes_changes": webhook.includes_changes,
                "is_active": webhook.follower.is_active,
                "created_at": webhook.created_at.isoformat(),
            }
            for webhook in list_webhooks(user=user)
        ],
        "api_tokens": [
            {
                "name": token.name,
                "scope": token.scope,
                "lists": [names[pk] for pk in token.list_ids if pk in names] if token.is_restricted else None,
                "expires_at": token.expires_at and token.expires_at.isoformat(),
                "last_used_at": token.last_used_at and token.last_used_at.isoformat(),
                "created_at": token.created_at.isoformat(),
            }
            for token in (ApiToken.objects.of_user(user) if user.is_authenticated else ())
        ],
        "reminders": export_reminders(user) if user.is_authenticated else None,
        # Their todos are their owners'.
        "shared_lists": [
            {
                "list": {"name": member.list.name},
                "role": member.role,
                "since": member.created_at.isoformat(),
                "feeds": _export_feeds(Feed.objects.filter(calendar__list=member.list, created_by=member.user_id)),
            }
            for member in shared
        ],
    }


def _export_list(todo_list: TodoList) -> dict[str, Any]:
    past = defaultdict(list)
    for one in todo_list.past_occurrences.not_reopened().order_by("todo_id", "number"):
        past[one.todo_id].append(
            {"deadline_at": str(one.due), "outcome": one.outcome, "ended_at": one.ended_at.isoformat()}
        )
    return {
        "list": {
            "name": todo_list.name,
            "color": todo_list.color,
            "time_zone": todo_list.time_zone,
            "week_start": todo_list.get_week_start_display(),
            "archived_at": todo_list.archived_at and todo_list.archived_at.isoformat(),
        },
        "todos": [
            represent_todo(todo)
            | {
                "uid": str(todo.uid),
                "position": todo.position,
                "occurrence": todo.occurrence,
                "past_occurrences": past[todo.pk],
                "completed_at": todo.completed_at and todo.completed_at.isoformat(),
                "deleted_at": todo.deleted_at and todo.deleted_at.isoformat(),
            }
            for todo in todo_list.todos.order_by("id")
        ],
        "feeds": _export_feeds(Feed.objects.of_list(todo_list)),
        "members": [
            {"name": member.user.get_username(), "role": member.role} for member in list_members(todo_list)
        ],
    }


def _export_feeds(feeds: QuerySet[Feed]) -> list[dict[str, Any]]:
    return [
        {"name": feed.name, "options": vars(feed.calendar.options)}
        for feed in feeds.select_related("calendar").order_by("created_at")
    ]
