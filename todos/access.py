"""Whose lists are whose: the one place that decides which lists a user may read and change.

Todos, jobs, feeds, imports, the trash and undo are all found through their list, and the list through this.
"""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import BigIntegerField, Q

# For hand-written statements that join the table of lists as ``list``. Everybody who is not signed in is user 0, the
# owner of the open list. How a list's owner is stored: todos/models.py.
OWNER_ID = "COALESCE(list.extra_owner_id, list.owner_id)"
# The same as fields of TodoList, of which one holds the owner.
OWNERS = ("default_owner", "extra_owner")
# In the words of the one index on owners of default lists.
IS_DEFAULT_LIST = "COALESCE(list.owner_id, 0) = %(user)s"
# No index has this: for a list that is found by something else.
IS_USERS_LIST = "COALESCE(list.extra_owner_id, list.owner_id, 0) = %(user)s"
# All lists of a user; each half has an index.
ARE_USERS_LISTS = f"({IS_DEFAULT_LIST} OR list.extra_owner_id = %(user)s)"
USER = {"user": BigIntegerField()}


def user_id(user: AbstractBaseUser | AnonymousUser) -> int:
    """Return the value of the parameter ``user``."""
    return user.pk or 0


def of_user(user: AbstractBaseUser | AnonymousUser) -> Q:
    """Return the condition for the ORM: any list of the user."""
    if not user.is_authenticated:
        return Q(default_owner__isnull=True)
    return Q(default_owner=user) | Q(extra_owner=user)


def owned_by(owner_id: int | None) -> Q:
    """Return the condition for the ORM: a list of this owner; without one, the open list."""
    if owner_id is None:
        return Q(default_owner__isnull=True)
    return Q(default_owner=owner_id) | Q(extra_owner=owner_id)
