"""Making followers due, and telling a worker. The row is the truth; the message only saves waiting for the sweep."""

import logging
from collections.abc import Callable
from functools import partial

from django.db import transaction

from background.sweep import BATCH, Work
from brokers.messages import sending
from database.clock import NowMs
from database.statements import Call
from followers.models import Follower, FollowerQuerySet
from followers.queries import WAKE_FOLLOWERS
from followers.tasks import deliver

logger = logging.getLogger(__name__)

# Changes that follow each other are gathered for so many times the delay.
PATIENCE = 5
# When the sweep sends a message again. Without this a long queue would fill with copies.
RESEND_AFTER_MS = 10_000
LOOK_BEHIND_SECONDS = 60.0


def wake_followers(list_id: int) -> Call:
    """Return the statement that makes the followers of a changing list due.

    It runs in the change's own transaction, so that no crash loses it. No message is sent: the sweep sends one for all
    changes of a burst, when they have come to rest.
    """
    return WAKE_FOLLOWERS.bind(list=list_id, patience=PATIENCE)


def lock_followers(list_id: int) -> None:
    """Lock the list's followers, as whoever records a delivery does."""
    list(Follower.objects.filter(list=list_id).order_by("pk").select_for_update())


def end_followers_of(list_id: int, user_id: int) -> None:
    """Delete a user's followers of a list, which is locked: they may not read it any more."""
    ended = Follower.objects.filter(list=list_id, user=user_id)
    list(ended.order_by("pk").select_for_update())  # before their deliveries, as whoever records one does
    ended.delete()


def dispatch(follower_id: int) -> bool:
    """Send the message that has a worker deliver; return whether it was sent. The sweep sends again."""
    try:
        with sending(deliver.queue_name) as options:
            deliver.send_with_options(args=(str(follower_id),), **options)
    except Exception as error:  # every broker fails in its own way
        logger.warning("No message for follower %s: %s", follower_id, type(error).__name__)
        return False
    return True


def dispatch_on_commit(follower_id: int) -> None:
    transaction.on_commit(partial(dispatch, follower_id))


WORK = Work(Follower, dispatch, RESEND_AFTER_MS)


def wake_those_behind() -> dict[str, int]:
    """Make due who has missed a change, and delete who has lost its list or its user."""
    return {
        "followers_woken": _change_batch(Follower.objects.behind(), lambda found: found.update(due_at_ms=NowMs())),
        "followers_deleted": sum(
            _change_batch(lost, lambda found: found.delete())
            for lost in (Follower.objects.without_list(), Follower.objects.without_user())
        ),
    }


def _change_batch(followers: FollowerQuerySet, change: Callable[[FollowerQuerySet], object]) -> int:
    """Change some of the followers; return how many. Those that somebody has locked come in the next round: who
    changes several lists has some, and waits for others.
    """
    found = list(followers.values_list("pk", flat=True)[:BATCH])
    if not found:
        return 0
    with transaction.atomic():
        free = (
            followers.filter(pk__in=found)
            .order_by("pk")
            .select_for_update(skip_locked=True, of=("self",))
            .only("pk")
        )
        locked = [follower.pk for follower in free]
        change(Follower.objects.filter(pk__in=locked))
    return len(locked)
