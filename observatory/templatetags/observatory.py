"""Template filters of the pages of the observatory."""

from datetime import UTC, datetime, timedelta

from django import template
from django.utils.formats import number_format

from observatory import durations
from todos.agenda import Clock
from todos.humanize import format_day

register = template.Library()


@register.filter
def seconds(count: float) -> str:
    """Return a duration in words, without its sign: ``0.4 s``, ``12 s``, ``3 min``, ``2 h``."""
    count = abs(count)
    if count < 10:
        return f"{number_format(f'{count:.1f}')} s"
    if count < 120:
        return f"{count:.0f} s"
    return f"{count / 60:.0f} min" if count < 7200 else f"{count / 3600:.0f} h"


@register.filter
def at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


@register.filter
def time_on(moment: datetime, clock: Clock) -> str:
    """The time to the millisecond on the reader's clock, with the day unless it is today."""
    wall = moment.astimezone(clock.zone)
    day = "" if wall.date() == clock.today else f"{format_day(wall.date(), 'day')} "
    return f"{day}{wall:%H:%M:%S}.{wall.microsecond // 1000:03}"


@register.filter
def span(duration: timedelta) -> str:
    """A duration: "0.4 s"."""
    return durations.in_words(duration)
