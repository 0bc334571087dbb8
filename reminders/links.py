"""Signed links in messages. They act for one user on one todo, whoever has them, and change nothing when opened."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from reminders.models import Notification

MAX_AGE = timedelta(days=7)
_ACTION, _UNSUBSCRIBE, _CONFIRM = "reminder action", "reminder unsubscribe", "reminder confirm"


class InvalidLink(Exception):
    """The link was not made here, or it has expired."""


@dataclass(frozen=True)
class ActionLink:
    """What an action's link says: whose todo it is about, as it was in one notification."""

    user_id: int
    list_id: int
    todo_id: int
    deadline: str
    source: UUID  # by whichever notification of a moment it is put off, that is done once


def origin() -> str:
    """Return what addresses in messages begin with. No request is at hand, and a client could forge its Host."""
    return settings.PUBLIC_URL or f"http://localhost:{settings.PORT}"


def action_url(name: str, notification: Notification, list_id: int) -> str:
    """Return the address of a page that asks for a click: ``done`` or ``later``."""
    values = [
        notification.user_id,
        list_id,
        notification.todo_id,
        notification.deadline,
        notification.source.hex,
    ]
    token = signing.TimestampSigner(salt=_ACTION).sign_object(values)
    return origin() + reverse(f"reminders:{name}", args=[token])


def read_action(token: str) -> ActionLink:
    """Raises InvalidLink."""
    user_id, list_id, todo_id, deadline, source = _read(token, _ACTION, MAX_AGE)
    return ActionLink(user_id, list_id, todo_id, deadline, UUID(source))


def confirm_url(user_id: int, address: str) -> str:
    """Return the address of a page on which whoever reads the mail agrees to get mails for this user."""
    token = signing.TimestampSigner(salt=_CONFIRM).sign_object([user_id, address])
    return origin() + reverse("reminders:confirm", args=[token])


def read_confirm(token: str) -> tuple[int, str]:
    """Return for whom, and which address. Raises InvalidLink."""
    user_id, address = _read(token, _CONFIRM, MAX_AGE)
    return user_id, address


def unsubscribe_url(user_id: int, kind: str) -> str:
    """Return the address that ends messages of a kind by email. It does not expire, as long as the mail is kept."""
    token = signing.Signer(salt=_UNSUBSCRIBE).sign_object([user_id, kind])
    return origin() + reverse("reminders:unsubscribe", args=[token])


def read_unsubscribe(token: str) -> tuple[int, str]:
    """Return whose messages, and which kind. Raises InvalidLink."""
    user_id, kind = _read(token, _UNSUBSCRIBE)
    return user_id, kind


def _read(token: str, salt: str, max_age: timedelta | None = None) -> Any:
    try:
        if max_age is None:
            return signing.Signer(salt=salt).unsign_object(token)
        return signing.TimestampSigner(salt=salt).unsign_object(token, max_age=max_age)
    except signing.BadSignature as error:
        raise InvalidLink from error
