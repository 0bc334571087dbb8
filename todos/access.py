"""Whose lists are whose: the one place that decides which lists a user may read and change.

Todos, jobs, feeds, imports, the trash and undo are all found through their list, and the list through this.
"""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import BigIntegerField

# For hand-written statements that join the table of lists as ``list``: in the words of the one index on owners, where
# the open list, which everybody shares who is not signed in, has the owner 0.
IS_USERS_LIST = "COALESCE(list.owner_id, 0) = %(user)s"
USER = {"user": BigIntegerField()}


def user_id(user: AbstractBaseUser | AnonymousUser) -> int:
    """Return the value of the parameter ``user``."""
    return user.pk or 0
