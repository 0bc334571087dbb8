"""The one actor. A message is a nudge: it may be lost, doubled, late or out of order."""

import dramatiq
from django.conf import settings

BUILD_TIME_LIMIT_MS = 10 * 60 * 1000
MESSAGE_MAX_AGE_MS = 60 * 60 * 1000


# No retries by the broker: what must be done again is said by the calendar's row, and the sweep sees to it.
@dramatiq.actor(
    queue_name=settings.CALENDAR_QUEUE,
    max_retries=0,
    time_limit=BUILD_TIME_LIMIT_MS,
    max_age=MESSAGE_MAX_AGE_MS,
)
def build_calendar(calendar_id: str) -> None:
    """Bring the calendar's file up to date. ``calendar_id`` is checked: anybody who reaches the queue can send."""
    from calendars.builds import build as builds

    builds.build_calendar(calendar_id)
