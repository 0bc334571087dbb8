"""Deadlines and moments in words, labels, and the addresses of a list's pages."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import islice
from typing import Any

from django import template
from django.template import Context
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from todos import addresses, repeating
from todos.agenda import Clock
from todos.deadlines import Deadline
from todos.humanize import describe_moment, exact_deadline, format_day, time_of_day
from todos.models import Todo, TodoList
from todos.services import REMEMBERED_DAYS
from todos.web_links import addresses_in, first_site, link, linked
from web.time_format import write_time

register = template.Library()

# Of a row of a list: all of this has to fit into one line, and a hundred rows into a page that stays light.
NOTE_LENGTH, LEAST_OF_DESCRIPTION = 90, 10
LABELS_SHOWN, LABEL_LENGTH, LENGTH_OF_TAGS = 2, 14, 32
LINKS_SHOWN, LENGTH_OF_LINK = 10, 60
LENGTH_OF_RULE = 50  # of its icon and its words


@register.filter
def exactly(deadline: Deadline, clock: Clock) -> str:
    """The full deadline."""
    return exact_deadline(deadline, clock)


@register.filter
def moment(value: datetime, clock: Clock) -> str:
    """A past moment: "today 14:03"."""
    return describe_moment(value, clock)


@register.filter
def day(value: date, name: str) -> str:
    """A day in a format of todos/humanize.py: "Tuesday 1 December 2026" for exact."""
    return format_day(value, name)


@register.filter
def clock_time(deadline: Deadline, clock: Clock) -> str:
    """The time of a deadline; empty for a whole day."""
    return time_of_day(deadline, clock)


@register.filter
def time_of(value: datetime) -> str:
    """The time of day of a moment, in its own time zone."""
    return write_time(value)


@register.filter
def in_words(todo: Todo) -> str:
    """How often a todo repeats."""
    return repeating.in_words(todo)


@register.simple_tag(takes_context=True)
def list_url(context: Context, name: str, *args: Any) -> str:
    """The address of a page of the list in ``todo_list``."""
    return addresses.list_url(context.get("todo_list"), name, *args)


@register.simple_tag
def remembered_days() -> int:
    """For how long the server knows a change that is sent again."""
    return REMEMBERED_DAYS


@register.filter
def prefix(todo_list: TodoList | None) -> str:
    """What the addresses of the list's pages begin with. For rows: it takes less time than list_url."""
    return addresses.list_prefix(todo_list)


@register.simple_tag(takes_context=True)
def note(context: Context, todo: Todo) -> SafeString:
    """The first labels of a todo of ``todo_list``, in their colours, a link, and the beginning of its description."""
    shown = _labels(context, todo)
    room = (
        NOTE_LENGTH - (LENGTH_OF_RULE if todo.rule else 0) - sum(len(name) + LENGTH_OF_TAGS for _, name in shown)
    )
    has_description = todo.description and room >= LEAST_OF_DESCRIPTION
    description = Truncator(todo.description).chars(room) if has_description else ""
    if shown or todo.rule or "://" not in f"{todo.title}{description}":  # a row has room for these, or for a link
        return _tags(shown) + conditional_escape(description)
    if site := first_site(todo.title, max_length=LENGTH_OF_LINK):
        return format_html("{} {}", site, description)
    return linked(description, most=1)


@register.filter
def with_links(text: str) -> SafeString:
    """The text, with links to the web addresses in it."""
    return linked(text)


@register.filter
def links_of(todo: Todo) -> list[SafeString]:
    """Links to the web addresses in a todo."""
    text = f"{todo.title}\n{todo.description or ''}"
    addresses = dict.fromkeys(address for _, address in addresses_in(text)) if "://" in text else {}
    return [link(address, address) for address in islice(addresses, LINKS_SHOWN)]


@register.simple_tag(takes_context=True)
def label_tags(context: Context, todo: Todo) -> SafeString:
    """The first labels alone."""
    return _tags(_labels(context, todo))


@register.simple_tag(takes_context=True)
def label_dots(context: Context, todo: Todo) -> SafeString:
    """The colours of the first labels, where there is no room for names."""
    colors = [color for color, _ in _labels(context, todo) if color]
    return format_html_join("", '<span class="dot {}"></span>', ((color,) for color in colors))


def _labels(context: Context, todo: Todo) -> list[tuple[str, str]]:
    """Return the colours and the names of the first labels of a todo, and how many more it has."""
    if not todo.label_text:
        return []
    colors, names = context["labels"].of_owner(context["todo_list"].owner_id), todo.labels
    count = len(names) if len(names) <= LABELS_SHOWN else 1
    shown = [(colors.get(name, ""), Truncator(name).chars(LABEL_LENGTH)) for name in names[:count]]
    if more := len(names) - count:
        shown.append(("", f"+{more}"))
    return shown


def _tags(labels: Iterable[tuple[str, str]]) -> SafeString:
    return format_html_join("", "<b{}>{}</b>", ((_class(color), name) for color, name in labels))


def _class(name: str) -> SafeString:
    return format_html(' class="{}"', name) if name else SafeString()


@register.simple_tag(takes_context=True)
def offered_labels(context: Context) -> list[str]:
    """The labels that a form of the page offers."""
    todo_list = context.get("todo_list")
    labels = context["labels"]
    return labels.offered_in(todo_list) if todo_list else labels.offered_to(context["user"].pk)
