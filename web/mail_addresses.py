"""Whether mails are sent at all, which address of a user may get mails that hold what the user has written, and in
which language.

Anybody can enter somebody else's address. The app that asks readers whether they agree registers here as it gets ready;
without one, no address is confirmed.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser

#: Each returns the address of a user whose reader has agreed, or "".
CONFIRMED: list[Callable[[AbstractBaseUser], str]] = []
#: Each returns the language that a user has chosen for mails that no request asked for, or "".
LANGUAGE_SOURCES: list[Callable[[AbstractBaseUser], str]] = []


def confirmed_address(user: AbstractBaseUser) -> str:
    """Return the user's address if its reader has agreed to get mails for this user; otherwise ""."""
    return next(filter(None, (confirmed(user) for confirmed in CONFIRMED)), "")


def mail_language(user: AbstractBaseUser) -> str:
    """Return the language of mails to the user that no request asked for."""
    return next(filter(None, (chosen(user) for chosen in LANGUAGE_SOURCES)), settings.LANGUAGE_CODE)


def sends_mail() -> bool:
    """Return whether this installation has a mail server."""
    return settings.EMAIL_BACKEND != "django.core.mail.backends.dummy.EmailBackend"
