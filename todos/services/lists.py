"""Lists: finding a user's, creating, changing, ordering, archiving and deleting them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from database.errors import repeat_after_deadlock
from todos.access import Role, enter, is_restricted, may_reach, user_id
from todos.hooks import HOOKS
from todos.models import Color, TodoList
from todos.queries import FIND_DEFAULT_LIST, FIND_LIST, FIND_LISTS, LIST, list_of
from todos.services.changes import change_list, lock_list
from web.quotas import check_quota

# No list's id, negated: what a new list has as its default owner until its id is known.
_NOT_YET = -(2**31)


class DefaultList(Exception):
    """A default list can be neither archived nor deleted. The message is a sentence for its owner."""


class NotSignedIn(Exception):
    """Only users have several lists."""


class StaleList(Exception):
    """The list has changed since the caller read it."""


def lock_user(user: AbstractBaseUser) -> None:
    """Lock the user until the transaction ends; this comes before all other locks (docs/architecture.md).

    Whoever gives a user a list, or deletes the user, does this first: no foreign key notices a default list that is
    left behind. Raises the user model's DoesNotExist.
    """
    get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)


def get_list(user: AbstractBaseUser | AnonymousUser) -> TodoList:
    """Return the user's default list, or the open list for anonymous users. It is created on first use.

    Raises TodoList.DoesNotExist if the user is restricted to others, and the user model's DoesNotExist if the user is
    deleted meanwhile.
    """
    for row in FIND_DEFAULT_LIST(user=user_id(user)):
        todo_list = enter(LIST.instance(row), user_id(user), None)
        if not may_reach(user, todo_list.pk):
            raise TodoList.DoesNotExist
        return todo_list
    if is_restricted(user):
        raise TodoList.DoesNotExist
    with transaction.atomic():
        if user.is_authenticated:
            lock_user(user)
        owner = user if user.is_authenticated else None
        return enter(TodoList.objects.get_or_create(default_owner=owner)[0], user_id(user), None)


def find_lists(*, user: AbstractBaseUser | AnonymousUser) -> list[TodoList]:
    """Return all lists that the user may read, the default list first and those of others last.

    Each has its number of ``open_todos``, the ``owner_name`` if it is not the user's own, and whether it ``is_shared``.
    """
    while True:
        lists = []
        for row in FIND_LISTS(user=user_id(user)):
            open_todos, role, owner_name, is_shared = row[len(LIST) :]
            todo_list = enter(LIST.instance(row), user_id(user), role)
            todo_list.open_todos, todo_list.owner_name, todo_list.is_shared = (
                open_todos,
                owner_name,
                bool(is_shared),
            )
            lists.append(todo_list)
        if is_restricted(user) or (lists and lists[0].is_own_default):
            return [todo_list for todo_list in lists if may_reach(user, todo_list.pk)]
        get_list(user)  # creates it


def find_list(*, user: AbstractBaseUser | AnonymousUser, list_id: int) -> TodoList:
    """Return a list that the user may read. Raises TodoList.DoesNotExist."""
    for row in FIND_LIST(user=user_id(user), list=list_id):
        if may_reach(user, list_id):
            return list_of(row, user_id(user))
    raise TodoList.DoesNotExist


@repeat_after_deadlock
def create_list(
    *,
    user: AbstractBaseUser | AnonymousUser,
    name: str,
    color: str = Color.NONE,
    time_zone: str | None = None,
    is_archived: bool = False,
) -> TodoList:
    """Create a list, after the user's others. Its time zone, unless given, and its week are the default list's.

    Raises NotSignedIn and QuotaExceeded.
    """
    if not user.is_authenticated:
        raise NotSignedIn
    default = get_list(user)
    with transaction.atomic():
        lock_user(user)  # whoever creates a list of theirs at the same time counts this one
        own = TodoList.objects.owned_by(user).order_by()
        check_quota(own.count(), settings.MAX_LISTS, _("lists"))
        todo_list = TodoList.objects.create(
            default_owner_id=_NOT_YET,
            extra_owner=user,
            name=name,
            color=color,
            is_archived=is_archived,
            position=(own.aggregate(last=Max("position"))["last"] or 0) + 1,
            time_zone=time_zone or default.time_zone,
            week_start=default.week_start,
        )
        todo_list.default_owner_id = -todo_list.pk
        todo_list.save(update_fields=["default_owner"])
    return enter(todo_list, user.pk, None)


def update_list(
    *, todo_list: TodoList, changes: Mapping[str, Any], expected_revision: int | None = None
) -> TodoList:
    """Change the list's ``name`` or ``time_zone``, which show in its calendars, ``color``, ``week_start`` or
    ``is_archived``.

    Raises NotAllowed, DefaultList, and StaleList if the list is no longer at ``expected_revision``.
    """
    with change_list(todo_list, role=Role.OWNER) as change:
        locked = change.todo_list
        _expect(locked, expected_revision)
        if changes.get("is_archived") and locked.is_default:
            raise DefaultList("The default list cannot be archived.")
        changed = {name for name, value in changes.items() if getattr(locked, name) != value}
        for name in changed:
            setattr(locked, name, changes[name])
        if changed:
            columns = {"archived_at" if name == "is_archived" else name for name in changed}
            if "time_zone" in changed:
                # Filters of calendars name days: todos come and go that have not changed. So no file is built upon.
                locked.purged_revision = change.revision
                columns.add("purged_revision")
            locked.save(update_fields=columns)
            change.is_visible = changed != {"week_start"}
    return locked


def archive_list(*, todo_list: TodoList) -> TodoList:
    """Archive the list: it and its feeds stay readable and its todos can change, but it takes no more of them.

    Raises DefaultList.
    """
    return update_list(todo_list=todo_list, changes={"is_archived": True})


def unarchive_list(*, todo_list: TodoList) -> TodoList:
    return update_list(todo_list=todo_list, changes={"is_archived": False})


@repeat_after_deadlock
def order_lists(*, user: AbstractBaseUser | AnonymousUser, list_ids: Sequence[int]) -> None:
    """Put these own lists of the user in this order, before those that are not named; the default list is always first.

    Raises TodoList.DoesNotExist.
    """
    with transaction.atomic():
        own = TodoList.objects.owned_by(user)
        lists = {todo_list.pk: todo_list for todo_list in own.order_by("pk").select_for_update(no_key=True)}
        named = list(dict.fromkeys(list_ids))
        if not lists.keys() >= set(named):
            raise TodoList.DoesNotExist
        rest = sorted(lists.keys() - set(named), key=lambda pk: (lists[pk].position, pk))
        moved = []
        for position, pk in enumerate([*named, *rest], 1):
            if lists[pk].position != position:
                lists[pk].position = position
                moved.append(lists[pk])
        TodoList.objects.bulk_update(moved, ["position"])


@repeat_after_deadlock
def delete_list(*, todo_list: TodoList, expected_revision: int | None = None) -> None:
    """Delete a list for good, with its todos, calendars and feeds.

    Raises NotAllowed, DefaultList, StaleList as update_list, and TodoList.DoesNotExist.
    """
    with transaction.atomic():
        locked = lock_list(todo_list, role=Role.OWNER, no_key=False)
        _expect(locked, expected_revision)
        if locked.is_default:
            raise DefaultList("The default list cannot be deleted.")
        erase_list(todo_list=locked)


@repeat_after_deadlock
def erase_list(*, todo_list: TodoList) -> None:
    """Delete any list for good, with everything that depends on it.

    The list is locked first and what hooks wake next, in the order of every change. Django's own cascade would take
    them the other way round, and now and then the database would end one of the two as a deadlock.
    """
    with transaction.atomic():
        locked = TodoList.objects.select_for_update().get(pk=todo_list.pk)
        for hooks in HOOKS:
            hooks.before_delete(locked.pk)
        locked.delete()


def _expect(locked: TodoList, revision: int | None) -> None:
    if revision not in {None, locked.revision}:
        raise StaleList
