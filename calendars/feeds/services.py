"""Feeds: creating, changing, rotating and deleting them, and finding one by its token.

Only ``find_feed`` is for anonymous clients; everything else looks up a feed of the caller in a list. Whoever may read a
list has feeds of their own, which nobody else sees, the owner included.
"""

import base64
import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext, ngettext

from calendars.models import Calendar, Feed
from calendars.options import FEED_DEFAULTS, CalendarOptions
from calendars.queries import FIND_FEED, feed_of
from database.errors import repeat_after_deadlock
from todos.models import TodoList
from todos.services import lock_list
from web.quotas import check_quota
from web.tokens import hash_token

MAX_MEMBERS_FEEDS = 10  # of one member, in one list: each may need a build of its own for each change
# Part of every address that people have subscribed to: this never changes.
TOKEN_SALT = "calendars.feed"  # noqa: S105 - not a password


def list_feeds(*, todo_list: TodoList) -> list[Feed]:
    """Return the feeds of whoever works on the list, oldest first, each with its calendar, list and file, but not the
    file's bytes.
    """
    return list(Feed.objects.of_list(todo_list).with_calendar().order_by("created_at", "pk"))


def get_feed(*, todo_list: TodoList, feed_id: uuid.UUID) -> Feed:
    """Return one of the list's feeds, loaded as by list_feeds. Raises Feed.DoesNotExist."""
    return Feed.objects.of_list(todo_list).with_calendar().get(pk=feed_id)


def describe_feeds(list_id: int) -> str:
    """Say how many feeds the list has, for who is about to delete it."""
    count = Feed.objects.filter(calendar__list=list_id).count()
    words = ngettext("%(count)s calendar link", "%(count)s calendar links", count)
    return words % {"count": count} if count else ""


@repeat_after_deadlock
def create_feed(*, todo_list: TodoList, name: str, options: Mapping[str, Any] | None = None) -> Feed:
    """Create a feed of the list; the other options have a feed's defaults.

    Raises OptionsError and QuotaExceeded.
    """
    chosen = FEED_DEFAULTS.changed(options or {})
    with transaction.atomic():
        locked = lock_list(todo_list)  # whoever creates a feed at the same time counts this one
        most = settings.MAX_FEEDS if locked.is_own else min(MAX_MEMBERS_FEEDS, settings.MAX_FEEDS)
        check_quota(Feed.objects.of_list(locked).count(), most, gettext("feeds"))
        feed = Feed(calendar=_calendar(todo_list, chosen), name=name, created_by_id=todo_list.actor_id or None)
        feed.token_hash = hash_token(feed_token(feed.pk, feed.token_version))
        feed.save(force_insert=True)
    return get_feed(todo_list=todo_list, feed_id=feed.pk)


@repeat_after_deadlock
def change_feed(
    *, todo_list: TodoList, feed_id: uuid.UUID, name: str | None = None, options: Mapping[str, Any] | None = None
) -> Feed:
    """Change the name and the options that are given; the address stays.

    Raises OptionsError and Feed.DoesNotExist.
    """
    with transaction.atomic():
        feed = _lock(todo_list, feed_id)
        chosen = feed.calendar.options.changed(options or {})
        if chosen != feed.calendar.options:
            feed.calendar = _calendar(todo_list, chosen)
        feed.name = feed.name if name is None else name
        feed.save(update_fields=["name", "calendar"])
    return get_feed(todo_list=todo_list, feed_id=feed_id)


@repeat_after_deadlock
def rotate_feed(*, todo_list: TodoList, feed_id: uuid.UUID) -> Feed:
    """Give the feed a new address; the old one is gone at once. Raises Feed.DoesNotExist."""
    with transaction.atomic():
        feed = _lock(todo_list, feed_id)
        feed.token_version += 1
        feed.token_hash = hash_token(feed_token(feed.pk, feed.token_version))
        # Nobody has fetched the new address yet.
        feed.clients, feed.last_fetched_at = {}, None
        feed.save(update_fields=["token_version", "token_hash", "clients", "last_fetched_at"])
    return get_feed(todo_list=todo_list, feed_id=feed_id)


@repeat_after_deadlock
def delete_feed(*, todo_list: TodoList, feed_id: uuid.UUID) -> None:
    """Delete the feed; its address is gone at once. Raises Feed.DoesNotExist."""
    with transaction.atomic():
        _lock(todo_list, feed_id).delete()


def delete_feeds_of(list_id: int, user_id: int) -> None:
    """Delete a user's feeds of a list, which is locked: they may not read it any more."""
    Feed.objects.filter(calendar__list=list_id, created_by=user_id).delete()


def keep_feeds_of(list_id: int, user_id: int) -> None:
    """Write down that feeds of a list's owner are theirs, before it gets another owner. The list is locked."""
    Feed.objects.filter(calendar__list=list_id, created_by__isnull=True).update(created_by=user_id)


def find_feed(token: str) -> Feed | None:
    """Return the feed that may be read with this token, loaded as by list_feeds. A disabled user's may not.

    One hash and one indexed query, whatever the token looks like.
    """
    feed = next((feed_of(row) for row in FIND_FEED(token_hash=hash_token(token))), None)
    if feed and settings.MODE == "private" and feed.calendar.list.owner_id is None:
        return None  # the open list is nobody's, and in private mode nobody reads it
    return feed


def shown_token(feed: Feed) -> str | None:
    """Return the token for the owner to see.

    None where the service's secret key has changed since: who has subscribed goes on, but only rotating
    makes an address that can be shown again.
    """
    token = feed_token(feed.pk, feed.token_version)
    return token if hash_token(token) == feed.token_hash else None


def feed_token(feed_id: uuid.UUID, token_version: int) -> str:
    """Return the secret in a feed's address: an HMAC under the secret key, derived each time and never stored."""
    digest = salted_hmac(TOKEN_SALT, f"{feed_id}:{token_version}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _calendar(todo_list: TodoList, options: CalendarOptions) -> Calendar:
    """Return the calendar, created if it is missing, and locked, so that no sweep deletes it as unused."""
    calendar, _ = Calendar.objects.select_for_update(no_key=True).get_or_create(
        list=todo_list, options_key=options.key
    )
    return calendar


def _lock(todo_list: TodoList, feed_id: uuid.UUID) -> Feed:
    """Lock the list and then the feed. Raises Feed.DoesNotExist."""
    try:
        lock_list(todo_list)
    except TodoList.DoesNotExist as error:
        raise Feed.DoesNotExist from error
    feeds = Feed.objects.of_list(todo_list).select_related("calendar")
    return feeds.select_for_update(of=("self",)).get(pk=feed_id)
