"""Rows that come due, and the lease of whoever works on one.

Times are integers, milliseconds since 1970 by the database's clock (`NowMs`): the same arithmetic on both databases,
whatever the clocks of workers say. Every transition is one conditional UPDATE, which does nothing to a row that is no
longer in the state that it starts from.
"""

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q

from database.clock import NowMs, NowOnce


class LeasedQuerySet(models.QuerySet):
    def due(self) -> Self:
        """Rows that must be worked on, or looked at again, and that nobody works on."""
        return self.filter(due_at_ms__lte=NowOnce()).unleased()

    def unleased(self) -> Self:
        return self.filter(Q(lease_until_ms__isnull=True) | Q(lease_until_ms__lte=NowOnce()))

    def leased(self, token: uuid.UUID) -> Self:
        """The row whose lease has this token. Whoever has lost the lease finds no row, and writes nothing."""
        return self.filter(lease_token=token)

    def claim(self, pk: int, *, token: uuid.UUID, lease_ms: int, **values: object) -> int:
        """Take the lease of a row that nobody holds, and count the attempt; set other ``values`` along.

        The row is due from now on, so that the sweep finds it if the worker dies.
        """
        return (
            self.filter(pk=pk)
            .unleased()
            .update(
                lease_token=token,
                lease_until_ms=NowMs() + lease_ms,
                attempts=F("attempts") + 1,
                due_at_ms=NowMs(),
                **values,
            )
        )

    def renew(self, token: uuid.UUID, *, lease_ms: int) -> int:
        return self.leased(token).update(lease_until_ms=NowMs() + lease_ms)

    def release(self, token: uuid.UUID) -> int:
        """Give the lease back unfinished, through no fault of the work: the attempt does not count."""
        return self.leased(token).update(
            lease_token=None, lease_until_ms=None, due_at_ms=NowMs(), attempts=F("attempts") - 1
        )

    def retry_later(self, token: uuid.UUID, *, delay_ms: int, **values: object) -> int:
        """Give the lease back after a failure; nobody tries again before the delay, whatever messages still arrive."""
        at = NowMs() + delay_ms
        return self.leased(token).update(lease_token=None, lease_until_ms=at, due_at_ms=at, **values)

    def give_up(self, token: uuid.UUID, **values: object) -> int:
        """Give the lease back for good: nothing is due until something new happens."""
        return self.leased(token).update(
            lease_token=None, lease_until_ms=None, due_at_ms=None, attempts=0, **values
        )

    def postpone(self, pk: int, *, seen_due_at_ms: int, delay_ms: int) -> int:
        """Move the due time on, unless another sweep has done so: only one of several sends the message."""
        return self.filter(pk=pk, due_at_ms=seen_due_at_ms).update(due_at_ms=NowMs() + delay_ms)


class LeasedModel(models.Model):
    """A row that comes due, and that one worker at a time works on."""

    due_at_ms = models.BigIntegerField(
        null=True, blank=True, help_text="When it must be worked on or looked at again."
    )
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until_ms = models.BigIntegerField(null=True, blank=True, help_text="No other worker starts before.")
    attempts = models.IntegerField(default=0, db_default=0, help_text="Attempts since the last that succeeded.")

    objects = LeasedQuerySet.as_manager()

    class Meta:
        abstract = True
        indexes = [
            models.Index(
                fields=["due_at_ms"], condition=Q(due_at_ms__isnull=False), name="%(class)s_due"
            ),  # the sweep
            models.Index(  # every statement under a lease
                fields=["lease_token"], condition=Q(lease_token__isnull=False), name="%(class)s_held"
            ),
        ]

    # The database's time when the row was read, where its reader says so.
    read_at_ms: int

    @property
    def is_leased(self) -> bool:
        """A worker works on it."""
        return self.lease_token is not None and self.lease_until_ms > self.read_at_ms

    @property
    def is_backing_off(self) -> bool:
        """An attempt failed, and it is too soon for the next."""
        return (
            self.lease_token is None and self.lease_until_ms is not None and self.lease_until_ms > self.read_at_ms
        )
