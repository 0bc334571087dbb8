"""Creating, revoking and finding API tokens."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q

from accounts.models import ApiToken, Scope
from todos.models import TodoList
from web.tokens import hash_token

# Secret scanners recognise leaked tokens by their prefix.
TOKEN_PREFIX = "taskoverflow_"  # noqa: S105 - no password
# No other token has a dot.
RESTRICTED_PREFIX = f"{TOKEN_PREFIX}lists."
TOKEN_BYTES = 32
# Not at each use: every request of a busy program would write.
LAST_USED_PRECISION = timedelta(minutes=1)
MAX_TOKENS = 100


class TooManyTokens(Exception):
    """The user has MAX_TOKENS tokens."""


def create_token(
    *,
    user: AbstractBaseUser,
    name: str,
    scope: str = Scope.READ,
    expires_at: datetime | None = None,
    list_ids: Collection[int] | None = None,
) -> tuple[ApiToken, str]:
    """Return a new token's row and the token itself, which is not stored.

    With ``list_ids``, it opens these lists alone, as far as the user may read them at that time. Raises TooManyTokens,
    and TodoList.DoesNotExist if the user may not read one of them now.
    """
    if list_ids is not None:
        list_ids = sorted(set(list_ids))
        if TodoList.objects.readable_by(user).filter(pk__in=list_ids).count() < len(list_ids):
            raise TodoList.DoesNotExist
    secret = (TOKEN_PREFIX if list_ids is None else RESTRICTED_PREFIX) + secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        # Whoever creates a token at the same time counts this one.
        get_user_model().objects.select_for_update(no_key=True).filter(pk=user.pk).first()
        if ApiToken.objects.of_user(user).count() >= MAX_TOKENS:
            raise TooManyTokens
        token = ApiToken.objects.create(
            user=user,
            name=name,
            scope=scope,
            expires_at=expires_at,
            list_ids=list_ids,
            token_hash=_stored_hash(secret),
        )
    return token, secret


def revoke_token(*, user: AbstractBaseUser, token_id: int) -> ApiToken:
    """Delete one of the user's tokens. Raises ApiToken.DoesNotExist."""
    token = ApiToken.objects.of_user(user).get(pk=token_id)
    ApiToken.objects.filter(pk=token.pk).delete()
    return token


def find_token(secret: str) -> ApiToken | None:
    """Return the token and its user, or None if it is unknown or expired, or its user is inactive."""
    token = (
        ApiToken.objects.unexpired()
        .select_related("user")
        .filter(token_hash=_stored_hash(secret), user__is_active=True)
        .first()
    )
    if token is not None:
        _record_use(token)
    return token


def _stored_hash(secret: str) -> str:
    """Return what a token is looked up by.

    Release 0.1.0, which may run beside, would take a restricted token for a full one, so it must not find it, whatever
    is sent to it: there is no text of which this is the hash that it makes.
    """
    if secret.startswith(RESTRICTED_PREFIX):
        return hashlib.sha3_256(secret.encode(errors="replace")).hexdigest()
    return hash_token(secret)


def _record_use(token: ApiToken) -> None:
    now = datetime.now(UTC)
    before = now - LAST_USED_PRECISION
    if token.last_used_at is None or token.last_used_at < before:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=before)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
