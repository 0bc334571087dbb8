"""The actor of followers, on a queue of its own. A message only saves time: it may be lost, doubled or late."""

import dramatiq
from django.conf import settings

DELIVERY_TIME_LIMIT_MS = 2 * 60 * 1000
# By the clocks of who sends and who receives, which may be hours apart.
MESSAGE_MAX_AGE_MS = 24 * 60 * 60 * 1000


# The broker does not retry: the follower's row says what is left to do, and the sweep sends again.
@dramatiq.actor(
    queue_name=settings.FOLLOWER_QUEUE,
    max_retries=0,
    time_limit=DELIVERY_TIME_LIMIT_MS,
    max_age=MESSAGE_MAX_AGE_MS,
)
def deliver(follower_id: str) -> None:
    """Tell a follower what has changed. The id is checked, since anybody who reaches the queue can send."""
    from followers.delivery import deliver_changes

    deliver_changes(follower_id)
