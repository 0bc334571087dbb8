"""Jobs and options in words."""

from datetime import UTC, datetime

from django import template
from django.utils.formats import number_format

from calendars.models import CalendarJob
from calendars.options import CalendarOptions
from todos.agenda import Clock
from todos.humanize import describe_moment

register = template.Library()


@register.filter
def elapsed(job: CalendarJob) -> str:
    """How long a job took, or has taken so far."""
    seconds = ((job.finished_at or datetime.now(UTC)) - job.created_at).total_seconds()
    if seconds < 10 and job.finished_at:
        return f"{number_format(f'{max(seconds, 0.1):.1f}')} s"
    minutes, seconds = divmod(int(seconds), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


@register.filter
def summary(options: CalendarOptions) -> str:
    """What goes into a calendar, in one line."""
    return options.summary


@register.filter
def utc_moment(text: str, clock: Clock) -> str:
    """A moment that is told in UTC without saying so, on the reader's clock."""
    return describe_moment(datetime.fromisoformat(text).replace(tzinfo=UTC), clock)
