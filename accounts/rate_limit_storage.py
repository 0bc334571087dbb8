"""Rate limit counts in the database, for several processes without Redis. RATE_LIMIT_STORAGE names this class."""

import itertools
import time
from contextlib import AbstractContextManager, nullcontext

from django.db import DatabaseError, connection, transaction
from django.db.models import Case, F, Q, Value, When
from limits.storage import Storage

from accounts.models import RateCount
from web.rate_limit_storage import MAX_KEYS


class DatabaseStorage(Storage):
    """Count in rows, by one conditional UPDATE each: processes do not lose each other's counts.

    There are about ``max_keys`` rows at most. The lowest counts are dropped.
    """

    STORAGE_SCHEME = ["database"]
    TRIM_EVERY = 100  # new keys, in each process
    base_exceptions = DatabaseError

    def __init__(self, uri: str | None = None, *, wrap_exceptions: bool = False, max_keys: int = MAX_KEYS) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._max_keys = max_keys
        self._new_keys = itertools.count(1)

    def __len__(self) -> int:
        return RateCount.objects.count()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        with _savepoint():
            return self._incr(key, expiry, amount)

    def _incr(self, key: str, expiry: int, amount: int) -> int:
        now = time.time()
        rows = RateCount.objects.filter(pk=key)
        has_ended = Q(expires_at__lte=now)
        if not rows.update(
            count=Case(When(has_ended, then=Value(amount)), default=F("count") + amount),
            expires_at=Case(When(has_ended, then=Value(now + expiry)), default=F("expires_at")),
        ):
            RateCount.objects.filter(expires_at__lte=now).delete()
            if next(self._new_keys) % self.TRIM_EVERY == 0:
                self._trim()
            RateCount.objects.bulk_create(
                [RateCount(pk=key, count=0, expires_at=now + expiry)], ignore_conflicts=True
            )
            rows.update(count=F("count") + amount)
        return self.get(key)

    def _trim(self) -> None:
        surplus = RateCount.objects.order_by("-count", "-expires_at")[self._max_keys :]
        RateCount.objects.filter(pk__in=list(surplus.values_list("pk", flat=True))).delete()

    def get(self, key: str) -> int:
        live = RateCount.objects.filter(pk=key, expires_at__gt=time.time())
        return live.values_list("count", flat=True).first() or 0

    def get_expiry(self, key: str) -> float:
        return RateCount.objects.filter(pk=key).values_list("expires_at", flat=True).first() or time.time()

    def check(self) -> bool:
        return RateCount.objects.exists() in {True, False}

    def reset(self) -> int:
        return RateCount.objects.all().delete()[0]

    def clear(self, key: str) -> None:
        RateCount.objects.filter(pk=key).delete()


def _savepoint() -> AbstractContextManager:
    """Within a transaction, an error is undone: who counts goes on without, and would commit nothing otherwise."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()
