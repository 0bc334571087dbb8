"""The actor of builds. A message only saves time: it may be lost, doubled, late or out of order."""

import dramatiq
from django.conf import settings

BUILD_TIME_LIMIT_MS = 10 * 60 * 1000
# By the clocks of who sends and who receives, which may be hours apart.
MESSAGE_MAX_AGE_MS = 24 * 60 * 60 * 1000


# The broker does not retry: the calendar's row says what is left to do, and the sweeper sends again.
@dramatiq.actor(
    queue_name=settings.CALENDAR_QUEUE,
    max_retries=0,
    time_limit=BUILD_TIME_LIMIT_MS,
    max_age=MESSAGE_MAX_AGE_MS,
    recorded_as="calendar_id",
)
def build_calendar(calendar_id: str) -> None:
    """Bring the calendar's file up to date. The id is checked, since anybody who reaches the queue can send."""
    from calendars.builds import build as builds

    builds.build_calendar(calendar_id, delay_seconds=settings.CALENDAR_BUILD_DELAY_SECONDS)
