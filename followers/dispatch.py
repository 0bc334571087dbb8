"""Making followers due, and telling a worker. The row is the truth; the message only saves waiting for the sweep."""

import logging
from functools import partial

from django.db import transaction

from background.sweep import BATCH, Work
from database.clock import NowMs
from database.statements import Call
from followers.models import Follower
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
    Follower.objects.filter(list=list_id, user=user_id).delete()


def dispatch(follower_id: int) -> bool:
    """Send the message that has a worker deliver; return whether it was sent. The sweep sends again."""
    try:
        deliver.send(str(follower_id))
    except Exception as error:  # every broker fails in its own way
        logger.warning("No message for follower %s: %s", follower_id, type(error).__name__)
        return False
    return True


def dispatch_on_commit(follower_id: int) -> None:
    transaction.on_commit(partial(dispatch, follower_id))


WORK = Work(Follower, dispatch, RESEND_AFTER_MS)


def wake_those_behind() -> dict[str, int]:
    """Make due who has missed a change, and delete who has lost its list or its user."""
    behind = list(Follower.objects.behind().values_list("pk", flat=True)[:BATCH])
    woken = Follower.objects.behind().filter(pk__in=behind).update(due_at_ms=NowMs()) if behind else 0
    lost = list(Follower.objects.without_list_or_user().values_list("pk", flat=True)[:BATCH])
    if lost:
        with transaction.atomic():
            Follower.objects.without_list_or_user().filter(pk__in=lost).delete()
    return {"followers_woken": woken, "followers_deleted": len(lost)}
