"""Saved filters: creating, changing and deleting them."""

from collections.abc import Mapping

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from todos.models import SavedFilter
from todos.search.language import parse
from todos.services.lists import lock_user
from web.quotas import check_quota

MAX_FILTERS = 100  # of a user


class InvalidFilter(Exception):
    """``name`` or ``query`` has no value that it may have. The message is a sentence; ``field`` is which of them."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def create_filter(*, user: AbstractBaseUser, name: str, query: str) -> SavedFilter:
    """Save a search. Raises QueryError, InvalidFilter and QuotaExceeded."""
    saved = SavedFilter(owner=user, name=name, query=_canonical(query))
    with transaction.atomic():
        lock_user(user)  # whoever saves another one at the same time counts this one, and sees its name
        check_quota(SavedFilter.objects.of_user(user).count(), MAX_FILTERS, _("filters"))
        _check_name(saved)
        saved.save(force_insert=True)
    return saved


def update_filter(*, user: AbstractBaseUser, filter_id: int, changes: Mapping[str, str]) -> SavedFilter:
    """Change a filter's ``name`` and ``query``. Raises as create_filter does, and SavedFilter.DoesNotExist."""
    changes = dict(changes)
    if "query" in changes:
        changes["query"] = _canonical(changes["query"])
    with transaction.atomic():
        lock_user(user)
        saved = SavedFilter.objects.of_user(user).get(pk=filter_id)
        for name, value in changes.items():
            setattr(saved, name, value)
        _check_name(saved)
        saved.save(update_fields=["name", "query"])
    return saved


def delete_filter(*, user: AbstractBaseUser, filter_id: int) -> None:
    """Delete a filter; no todo changes. Raises SavedFilter.DoesNotExist."""
    if not SavedFilter.objects.of_user(user).filter(pk=filter_id).delete()[0]:
        raise SavedFilter.DoesNotExist


def _canonical(query: str) -> str:
    if not (read := parse(query)):
        raise InvalidFilter("query", _("A filter needs something to search for."))
    return str(read)


def _check_name(saved: SavedFilter) -> None:
    if SavedFilter.objects.filter(owner=saved.owner_id, name=saved.name).exclude(pk=saved.pk).exists():
        raise InvalidFilter("name", _("You have a filter with this name already."))
