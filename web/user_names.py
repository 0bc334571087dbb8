"""Whom a typed user name means: the one place that decides it."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser


def find_user(name: str) -> AbstractBaseUser | None:
    """Return the user with this name, in whatever case it is typed, as long as only one can be meant.

    No two names that differ by case alone can be registered, but some may be older than this rule: they are found only
    as they are spelled. It takes the same one query whether there is such a user or not.
    """
    users = get_user_model()
    if len(name) > users._meta.get_field(users.USERNAME_FIELD).max_length:
        return None
    name = users.normalize_username(name)
    found = users.objects.filter(**{f"{users.USERNAME_FIELD}__iexact": name})
    # Databases have their own upper case, such as I for a dotless i.
    similar = [user for user in found if user.get_username().casefold() == name.casefold()]
    if len(similar) == 1:
        return similar[0]
    return next((user for user in similar if user.get_username() == name), None)
