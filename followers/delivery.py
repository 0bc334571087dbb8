"""Delivering: claim a follower's lease, see what has changed, tell its target, move its cursor.

Whatever dies on the way, the follower's row says what is left to do. If it dies after the target has been told, it is
told again, under the same id while the list stays as it is.
"""

import logging
import random
import uuid
from enum import Enum, auto
from functools import cache

from django.conf import settings
from django.utils.translation import gettext_noop
from dramatiq.middleware import Interrupt

from background import lease
from database import clock
from database.statements import OutOfRange
from followers.kinds import KINDS, Changes, DeliveryFailed, Kind, TargetGone
from followers.metrics import DELIVERIES
from followers.models import RESULT_MAX_LENGTH, Follower
from observability import tracing
from web.admission import Slots

logger = logging.getLogger("taskoverflow.deliveries")

MAX_RETRY_AFTER_MS = 24 * 3_600_000
# A kind that this release does not know is of a later one, which runs beside.
UNKNOWN_KIND_MS = 60_000
WENT_WRONG = gettext_noop("Something went wrong on our side.")
# How long a thread waits for another that delivers to the same user's targets, which mostly answer soon; and when the
# follower's turn comes again if they do not.
WAIT_SECONDS = 0.02
BUSY_MS = 1_000
# So many workers may die of it before it counts as a failure.
MAX_ABANDONED = 2
DEFAULT_SHARE = 4  # of a kind that this release does not know


class Outcome(Enum):
    """What a call of deliver_changes did. True if the follower has now seen what it should."""

    DELIVERED = auto()
    NOTHING_NEW = auto()
    SKIPPED = auto()  # another worker delivers, or the follower is gone
    BUSY = auto()  # its user's other targets of the kind hold as many threads as they may
    FAILED = auto()  # the next attempt is scheduled
    SWITCHED_OFF = auto()

    def __bool__(self) -> bool:
        return self in {Outcome.DELIVERED, Outcome.NOTHING_NEW}


def deliver_changes(follower_id: int | str) -> Outcome:
    """Tell a follower's target what has changed since its cursor."""
    kind, outcome = "", Outcome.SKIPPED
    if found := _find(follower_id):
        pk, kind, user_id, token = found
        try:
            with _slots(KINDS[kind].share if kind in KINDS else DEFAULT_SHARE).taken((kind, user_id)):
                follower = claim(pk)
                if follower is not None:
                    outcome = _deliver(follower, was_abandoned=token is not None)
        except _Busy:
            Follower.objects.put_off(pk, delay_ms=BUSY_MS)
            outcome = Outcome.BUSY
    name = outcome.name.lower()
    DELIVERIES.labels(kind, name).inc()
    tracing.annotate(follower=str(follower_id), kind=kind, outcome=name)
    logger.info("delivery", extra={"follower": str(follower_id), "kind": kind, "outcome": name})
    return outcome


class _Busy(Exception):
    pass


@cache
def _slots(share: int) -> Slots:
    return Slots(max(1, settings.DELIVERY_THREADS // share), wait_seconds=WAIT_SECONDS, refusal=_Busy)


def _find(follower_id: int | str) -> tuple[int, str, int | None, uuid.UUID | None] | None:
    """Return the id, the kind, the user's id and the token of a follower."""
    if not str(follower_id).isdecimal():
        return None
    try:
        found = Follower.objects.filter(pk=int(follower_id))
        return found.values_list("pk", "kind", "user_id", "lease_token").first()
    except (OutOfRange, OverflowError):
        return None


def _deliver(follower: Follower, *, was_abandoned: bool) -> Outcome:
    """``was_abandoned``: the attempt before lost its lease, since its worker died or was stopped."""
    kind = KINDS.get(follower.kind)
    if kind is None:
        Follower.objects.retry_later(follower.lease_token, delay_ms=UNKNOWN_KIND_MS)
        return Outcome.SKIPPED
    if was_abandoned and follower.attempts > MAX_ABANDONED:
        # Perhaps it is what kills them: rest first.
        return _fail(follower, kind, DeliveryFailed(WENT_WRONG))
    try:
        with lease.renewing(Follower, follower.lease_token):
            kind.send_requested(follower)
            return _tell(follower, kind)
    except Interrupt:
        logger.error("Delivery to follower %s took too long", follower.pk)
        _fail(follower, kind, DeliveryFailed(gettext_noop("It took too long.")))
        raise
    except DeliveryFailed as error:
        return _fail(follower, kind, error)
    except Exception:
        logger.exception("Delivery to follower %s failed", follower.pk)
        return _fail(follower, kind, DeliveryFailed(WENT_WRONG))


def claim(follower_id: int) -> Follower | None:
    """Take the lease; return the follower with its list. None if another worker has it, or the follower is gone."""
    token = uuid.uuid4()
    if not Follower.objects.claim(follower_id, token=token, lease_ms=lease.LEASE_MS):
        return None
    return Follower.objects.select_related("list", "user").filter(lease_token=token).first()


def is_still_there(follower: Follower) -> bool:
    """Return whether its user may still read the list. Call this after reading what is to be told.

    Whoever loses a list loses their followers of it in the same transaction. So nothing is told that was written after
    that. A disabled user is told nothing either.
    """
    held = Follower.objects.leased(follower.lease_token).filter(Follower.objects.all().has_list())
    user = held.values_list("user_id", "user__is_active").first()
    return user is not None and (user[0] is None or bool(user[1]))


def _tell(follower: Follower, kind: Kind) -> Outcome:
    revision, cursor = follower.list.revision, follower.cursor
    if revision < cursor:  # the list was restored from a backup: what has changed since then nobody knows
        cursor = 0
    if not follower.is_active or cursor == revision:
        Follower.objects.finish(follower.lease_token, cursor=cursor)
        return Outcome.NOTHING_NEW
    if not is_still_there(follower):
        Follower.objects.give_up(follower.lease_token)
        return Outcome.SKIPPED
    result = kind.deliver(follower, Changes(follower.list, since=cursor, revision=revision))
    is_held = Follower.objects.finish(
        follower.lease_token, cursor=revision, failing_since=None, last_result=result[:RESULT_MAX_LENGTH]
    )
    return Outcome.DELIVERED if is_held else Outcome.SKIPPED


def _fail(follower: Follower, kind: Kind, error: DeliveryFailed) -> Outcome:
    now = clock.now()
    since = follower.failing_since or now
    values = {"failing_since": since, "last_result": str(error)[:RESULT_MAX_LENGTH]}
    is_hopeless = kind.patience is not None and now - since >= kind.patience
    if isinstance(error, TargetGone) or is_hopeless:
        follower.last_result = values["last_result"]
        if Follower.objects.give_up(follower.lease_token, is_active=False, **values):
            logger.warning("Follower %s was switched off: %s", follower.pk, error)
            kind.switched_off(follower)
        return Outcome.SWITCHED_OFF
    Follower.objects.retry_later(follower.lease_token, delay_ms=_delay_ms(follower, kind, error), **values)
    return Outcome.FAILED


def _delay_ms(follower: Follower, kind: Kind, error: DeliveryFailed) -> int:
    at = min(follower.attempts, len(kind.backoff_ms)) - 1
    # Not all targets of one outage at the same moment.
    delay_ms = int(kind.backoff_ms[at] * random.uniform(0.9, 1.1))  # noqa: S311
    asked_ms = int((error.retry_after_seconds or 0) * 1_000)
    return max(delay_ms, min(asked_ms, MAX_RETRY_AFTER_MS))
