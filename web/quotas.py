"""Quotas: how many rows a list may have."""

from django.utils.translation import gettext as _

from web.translations import group_digits


class QuotaExceeded(Exception):
    """The list is full. The message is a sentence for the person who asked for more."""


def check_quota(count: int, most: int, what: str, *, more: int = 1) -> None:
    """Raise QuotaExceeded if ``count`` rows and ``more`` are over ``most``."""
    if count + more <= most:
        return
    if more == 1:
        sentence = _("There are %(count)s %(what)s already, and %(most)s is the limit.")
    else:
        sentence = _("There are %(count)s %(what)s already, and %(more)s more would be over the most, %(most)s.")
    numbers = {"count": group_digits(count), "more": group_digits(more), "most": group_digits(most)}
    raise QuotaExceeded(sentence % {"what": what, **numbers})
