"""Deadlines and moments in words."""

from datetime import datetime

from django import template

from todos.agenda import Clock
from todos.deadlines import Deadline
from todos.humanize import describe_moment, exact_deadline, time_of_day

register = template.Library()


@register.filter
def exactly(deadline: Deadline, clock: Clock) -> str:
    """The full deadline."""
    return exact_deadline(deadline, clock)


@register.filter
def moment(value: datetime, clock: Clock) -> str:
    """A past moment: "today 14:03"."""
    return describe_moment(value, clock)


@register.filter
def clock_time(deadline: Deadline, clock: Clock) -> str:
    """The time of a deadline; empty for a whole day."""
    return time_of_day(deadline, clock)
