"""Jobs and options in words."""

from datetime import UTC, datetime

from django import template

from calendars.models import CalendarJob
from calendars.options import CalendarOptions, Completed, Components, Shape
from todos.agenda import Clock
from todos.humanize import describe_moment

register = template.Library()

TODOS = {Completed.ALL: "All todos", Completed.OPEN: "Open todos", Completed.DONE: "Completed todos"}


@register.filter
def elapsed(job: CalendarJob) -> str:
    """How long a job took, or has taken so far."""
    seconds = ((job.finished_at or datetime.now(UTC)) - job.created_at).total_seconds()
    if seconds < 10 and job.finished_at:
        return f"{max(seconds, 0.1):.1f} s"
    minutes, seconds = divmod(int(seconds), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


@register.filter
def summary(options: CalendarOptions) -> str:
    """What goes into a calendar, in one line."""
    parts = [f"{TODOS[options.completed]} with a deadline"]
    if options.components != Components.EVENT:
        parts.append(f"as {Components(options.components).label}")
    if options.shape != Shape.MOMENT:
        parts.append(f"{Shape(options.shape).label}, {options.block_minutes} minutes long")
    if options.alarm_minutes is not None:
        ahead = options.alarm_minutes
        parts.append(
            f"an alarm {ahead} minute{'' if ahead == 1 else 's'} before" if ahead else "an alarm at the deadline"
        )
    return ", ".join(parts)


@register.filter
def utc_moment(text: str, clock: Clock) -> str:
    """A moment that is told in UTC without saying so, on the reader's clock."""
    return describe_moment(datetime.fromisoformat(text).replace(tzinfo=UTC), clock)
