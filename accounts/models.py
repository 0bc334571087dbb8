"""API tokens, and the counters of rate limits."""

from datetime import UTC, datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Scope(models.TextChoices):
    """What a token may do."""

    READ = "read", _("read")
    WRITE = "write", _("read and write")


class ApiTokenQuerySet(models.QuerySet):
    def unexpired(self) -> Self:
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=datetime.now(UTC)))

    def of_user(self, user: object) -> Self:
        return self.filter(user=user).order_by("id")


class ApiToken(models.Model):
    """A user's key to the API for one program. Only its hash is stored; revoking deletes the row."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100, help_text="Which program uses it.")
    # A token has 256 random bits, so a fast hash is as safe as a slow one.
    token_hash = models.CharField(
        max_length=64, unique=True, help_text="SHA-256 of the token, in hexadecimal; SHA3-256 if it is restricted."
    )
    # No rows of a table between: release 0.1.0, which may run beside, revokes a token without a look at them.
    list_ids = models.JSONField(
        null=True, blank=True, help_text="The lists that it is restricted to; null: all that its user may read."
    )
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.READ)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)

    @property
    def is_restricted(self) -> bool:
        return self.list_ids is not None

    @property
    def may(self) -> str:
        """What it may do, in words; of a restricted token, ``list_names`` says where."""
        if not self.is_restricted:
            return _("can read and write") if self.scope == Scope.WRITE else _("can read")
        sentence = (
            _("can read and write only %(lists)s") if self.scope == Scope.WRITE else _("can read only %(lists)s")
        )
        return sentence % {"lists": ", ".join(self.list_names) or _("deleted lists")}

    def allows(self, method: str) -> bool:
        return self.scope == Scope.WRITE or method in READING_METHODS


class RateCount(models.Model):
    """How often somebody did something in the current window; see rate_limit_storage.py."""

    key = models.CharField(max_length=255, primary_key=True)
    count = models.IntegerField()
    expires_at = models.FloatField(db_index=True, help_text="Seconds since 1970: the end of the window.")

    def __str__(self) -> str:
        return self.key
