"""Deadlines and moments in words, labels, and the addresses of a list's pages."""

from datetime import datetime
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from todos import addresses
from todos.agenda import Clock
from todos.deadlines import Deadline
from todos.humanize import describe_moment, exact_deadline, time_of_day
from todos.models import Todo, TodoList

register = template.Library()

# Of a todo, in a row of a list. Pages must stay light, whatever the labels are.
LABELS_SHOWN = 3
LABEL_LENGTH_SHOWN = 24


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


@register.simple_tag(takes_context=True)
def labels_of(context: Context, todo: Todo) -> SafeString:
    """The first labels of a todo of ``todo_list``, in their colours."""
    colors, names = context["labels"].of_owner(context["todo_list"].owner_id), todo.labels
    shown = (
        (f"label {colors.get(name, '')}".rstrip(), Truncator(name).chars(LABEL_LENGTH_SHOWN))
        for name in names[:LABELS_SHOWN]
    )
    chips = format_html_join("", '<span class="{}">{}</span>', shown)
    more = len(names) - LABELS_SHOWN
    return chips + format_html('<span class="label">+{}</span>', more) if more > 0 else chips


@register.simple_tag(takes_context=True)
def offered_labels(context: Context) -> list[str]:
    """The labels that a form of the page offers."""
    todo_list = context.get("todo_list")
    return context["labels"].offered(todo_list.owner_id if todo_list else context["user"].pk)
