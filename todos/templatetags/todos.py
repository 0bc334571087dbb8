"""Deadlines and moments in words, and the addresses of a list's pages."""

from datetime import datetime
from typing import Any

from django import template
from django.template import Context

from todos import addresses
from todos.agenda import Clock
from todos.deadlines import Deadline
from todos.humanize import describe_moment, exact_deadline, time_of_day
from todos.models import TodoList

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


@register.simple_tag(takes_context=True)
def list_url(context: Context, name: str, *args: Any) -> str:
    """The address of a page of the list in ``todo_list``."""
    return addresses.list_url(context.get("todo_list"), name, *args)


@register.filter
def prefix(todo_list: TodoList | None) -> str:
    """What the addresses of the list's pages begin with. For rows: it takes less time than list_url."""
    return addresses.list_prefix(todo_list)
