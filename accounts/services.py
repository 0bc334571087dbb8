"""Creating, revoking and finding API tokens."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q

from accounts.models import ApiToken, Scope

# Secret scanners recognise leaked tokens by their prefix.
TOKEN_PREFIX = "taskoverflow_"  # noqa: S105 - no password
TOKEN_BYTES = 32
# Not at each use: every request of a busy program would write.
LAST_USED_PRECISION = timedelta(minutes=1)
MAX_TOKENS = 100


class TooManyTokens(Exception):
    """The user has MAX_TOKENS tokens."""


def create_token(
    *, user: AbstractBaseUser, name: str, scope: str = Scope.READ, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Return a new token's row and the token itself, which is not stored. Raises TooManyTokens."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        # Whoever creates a token at the same time counts this one.
        get_user_model().objects.select_for_update(no_key=True).filter(pk=user.pk).first()
        if ApiToken.objects.of_user(user).count() >= MAX_TOKENS:
            raise TooManyTokens
        token = ApiToken.objects.create(
            user=user, name=name, scope=scope, expires_at=expires_at, token_hash=hash_token(secret)
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
        .filter(token_hash=hash_token(secret), user__is_active=True)
        .first()
    )
    if token is not None:
        _record_use(token)
    return token


def hash_token(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogateescape")).hexdigest()


def _record_use(token: ApiToken) -> None:
    now = datetime.now(UTC)
    before = now - LAST_USED_PRECISION
    if token.last_used_at is None or token.last_used_at < before:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=before)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
