"""The operator's topic, where the events of all lists go: it follows every list."""

import logging

from django.conf import settings
from django.db import transaction

from database.clock import NowMs, now_ms
from database.statements import Call
from followers import events, topics
from followers.kinds import MINUTE, SECOND, Changes, DeliveryFailed, Kind
from followers.models import Follower, FollowerKind, FollowerQuerySet
from followers.queries import FOLLOW_BY_TOPIC
from followers.topics.guard import Guard
from followers.topics.metrics import EVENTS
from todos.hooks import ListHooks
from todos.models import TodoList

logger = logging.getLogger(__name__)

DELAY_MS = 1_000
# How many rows one statement writes at most.
BATCH = 5_000
LOOK_SECONDS = 60.0

guard = Guard()


def deliver(follower: Follower, changes: Changes) -> str:
    """Send the event of these changes."""
    if not settings.EVENT_TOPIC:
        raise DeliveryFailed("EVENT_TOPIC is not set.")
    event = events.list_changed(events.event_id(follower, changes), changes, includes_todos=False)
    try:
        guard.enter()
    except topics.SendFailed as error:
        raise DeliveryFailed(str(error)) from error
    try:
        topics.topic(settings.EVENT_TOPIC).send(event, str(follower.list_id))
    except topics.SendFailed as error:
        EVENTS.labels("failed").inc()
        guard.failed(str(error))
        logger.warning("%s", error)
        raise DeliveryFailed(str(error)) from error
    EVENTS.labels("sent").inc()
    if guard.succeeded():
        logger.info("The topic takes events again")
        retry_now()
    return "It was sent."


def retry_now() -> None:
    """Make due at once what rests after a failure. If there is more of it than one batch, that comes in its time."""
    resting = of_topic().filter(lease_token=None, lease_until_ms__gt=NowMs())
    _change_batch(resting, lease_until_ms=None, due_at_ms=NowMs())


def _change_batch(followers: FollowerQuerySet, **values: object) -> int:
    """Change some of the followers that nobody has locked; return how many. Who changes several lists has locked some,
    and waits for others.
    """
    with transaction.atomic():
        free = followers.order_by("pk").select_for_update(skip_locked=True)
        found = list(free.values_list("pk", flat=True)[:BATCH])
        return of_topic().filter(pk__in=found).update(**values)


def _change_all(followers: FollowerQuerySet, **values: object) -> int:
    """Change all followers that nobody has locked, so that none of them is left; return how many."""
    changed = 0
    while followers.exists() and (count := _change_batch(followers, **values)):
        changed += count
    return changed


def follow(list_id: int) -> Call:
    """Return the statement that has the topic follow a list that changes, if it does not yet.

    The list is locked, and is woken by the statement that comes next.
    """
    return FOLLOW_BY_TOPIC.bind(list=list_id, delay=DELAY_MS)


def follow_all() -> dict[str, int]:
    """Have the topic follow all lists that ever changed, or none if there is no topic; return how many it was.

    0.1.0, which may run beside, changes lists that nobody follows yet. A topic that is named again continues where it
    was.
    """
    if not settings.EVENT_TOPIC:
        active = of_topic().filter(is_active=True).unleased()
        return {"topic_ended": _change_all(active, is_active=False, due_at_ms=None, first_change_at_ms=None)}
    ended = of_topic().filter(is_active=False)
    followed = _change_all(ended, is_active=True, due_at_ms=NowMs(), first_change_at_ms=NowMs())
    changed = TodoList.objects.filter(revision__gt=0).exclude(followers__kind=FollowerKind.TOPIC)
    missing = list(changed.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if missing:
        now = now_ms()
        Follower.objects.bulk_create(
            [
                Follower(
                    list_id=pk,
                    kind=FollowerKind.TOPIC,
                    cursor=0,
                    delay_ms=DELAY_MS,
                    due_at_ms=now,
                    first_change_at_ms=now,
                )
                for pk in missing
            ],
            ignore_conflicts=True,  # a change has been faster, or another sweep
        )
    return {"topic_followed": followed + len(missing)}


def start_again() -> None:
    """Tell the topic of all lists as if it knew nothing: a restore has taken revisions back."""
    last = 0
    while ids := list(of_topic().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        of_topic().filter(pk__in=ids).update(cursor=0, due_at_ms=NowMs(), first_change_at_ms=NowMs())
        last = ids[-1]


def of_topic() -> FollowerQuerySet:
    return Follower.objects.filter(kind=FollowerKind.TOPIC)


HOOKS = ListHooks(wake=follow)

# It belongs to the operator, who has no page to switch it on again: it is never given up.
TOPIC = Kind(
    deliver=deliver,
    backoff_ms=(SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE),
    patience=None,
    share=2,
)
