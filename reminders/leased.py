"""Rows that are work to be done at a time, by one worker at once, under a lease."""

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q

from database.clock import NowMs


class LeasedQuerySet(models.QuerySet):
    """Every change is one conditional UPDATE, which returns how many rows it changed."""

    def due(self) -> Self:
        """Rows that must be worked on, and that nobody works on."""
        return self.filter(due_at_ms__lte=NowMs()).unleased()

    def unleased(self) -> Self:
        return self.filter(Q(lease_until_ms__isnull=True) | Q(lease_until_ms__lte=NowMs()))

    def leased(self, token: uuid.UUID) -> Self:
        """The rows whose lease has this token. Who lost the lease finds none, and writes nothing."""
        return self.filter(lease_token=token)

    def claim(self, token: uuid.UUID, *, lease_ms: int) -> int:
        return self.unleased().update(
            lease_token=token,
            lease_until_ms=NowMs() + lease_ms,
            due_at_ms=NowMs() + lease_ms,
            attempts=F("attempts") + 1,
        )

    def release(self, token: uuid.UUID) -> int:
        """Give the lease back unfinished: the attempt does not count."""
        return self.leased(token).update(
            lease_token=None, lease_until_ms=None, due_at_ms=NowMs(), attempts=F("attempts") - 1
        )

    def retry_later(self, token: uuid.UUID, *, delay_ms: int) -> int:
        """Give the lease back after a failure; nobody works on it before the delay."""
        at = NowMs() + delay_ms
        return self.leased(token).update(lease_token=None, lease_until_ms=at, due_at_ms=at)

    def give_up(self, token: uuid.UUID) -> int:
        """Give the lease back for good."""
        return self.leased(token).update(lease_token=None, lease_until_ms=None, due_at_ms=None, attempts=0)


class LeasedModel(models.Model):
    due_at_ms = models.BigIntegerField(null=True, blank=True, help_text="When it must be worked on.")
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until_ms = models.BigIntegerField(null=True, blank=True, help_text="No other worker has it before.")
    attempts = models.IntegerField(default=0, db_default=0, help_text="Begun since the last that succeeded.")

    objects = LeasedQuerySet.as_manager()

    class Meta:
        abstract = True
