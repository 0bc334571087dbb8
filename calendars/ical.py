"""Todos as an iCalendar stream (RFC 5545): a pure function of todos, options and this renderer.

It knows no request and no database. The same todos under the same options give the same bytes, on every
worker and after every restart: no time of rendering, no random identifier, one order.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from icalendar import Event, vDate, vDatetime

from calendars.options import CalendarOptions
from todos.deadlines import DeadlineKind

RENDERER_VERSION = 1  # to be raised with every change of the bytes: all files are then made anew
PRODID = "-//Taskoverflow Calendar//mxm.dk//"

# icalendar writes control characters through, and one such title makes clients refuse the whole file.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_NEWLINES = re.compile("\r\n?|[\x85\u2028\u2029]")


class TodoRow(NamedTuple):
    """What a calendar shows of a todo; deadlines as todos.deadlines stores them."""

    uid: UUID
    title: str
    description: str | None
    completed: bool
    completed_at: datetime | None
    deadline: datetime
    deadline_kind: str
    sequence: int
    updated_at: datetime


@dataclass(frozen=True)
class RenderedCalendar:
    """A calendar's bytes, how many events they hold, and the todos that could not be rendered."""

    body: bytes
    events: int
    set_aside: list[dict]
    first_deadline: datetime | None
    last_deadline: datetime | None


def render_calendar(name: str, todos: Iterable[TodoRow], options: CalendarOptions) -> RenderedCalendar:
    """Render the todos, in the order of their UIDs. One that cannot be rendered is set aside with its reason."""
    events, set_aside, deadlines = [], [], []
    for todo in sorted(todos, key=lambda todo: todo.uid):
        try:
            events.append(render_event(todo, options))
            deadlines.append(todo.deadline)
        except Exception as error:  # whatever is wrong with one todo, the others are served
            set_aside.append(
                {"uid": str(todo.uid), "title": todo.title, "reason": f"{type(error).__name__}: {error}"}
            )
    return RenderedCalendar(
        body=b"".join([_head(name), *events, b"END:VCALENDAR\r\n"]),
        events=len(events),
        set_aside=set_aside,
        first_deadline=min(deadlines, default=None),
        last_deadline=max(deadlines, default=None),
    )


def render_event(todo: TodoRow, options: CalendarOptions) -> bytes:
    """Return the todo's VEVENT, from its BEGIN to its END line."""
    event = Event()
    event.add("uid", str(todo.uid))
    event.add("sequence", todo.sequence)
    event.add("dtstamp", todo.updated_at.replace(microsecond=0))
    event.add("last-modified", todo.updated_at.replace(microsecond=0))
    event.add("summary", clean_text(todo.title))
    if todo.deadline_kind == DeadlineKind.DAY:
        event.add("dtstart", vDate(todo.deadline.date()))
        event.add("dtend", vDate(todo.deadline.date().fromordinal(todo.deadline.date().toordinal() + 1)))
    elif todo.deadline_kind == DeadlineKind.INSTANT:
        event.add("dtstart", vDatetime(todo.deadline))
    else:
        event.add("dtstart", vDatetime(todo.deadline.replace(tzinfo=None)))
    if todo.description:
        event.add("description", clean_text(todo.description))
    event.add("transp", "TRANSPARENT")  # a deadline does not make its owner busy
    return event.to_ical(sorted=False)


def clean_text(text: str) -> str:
    """Return the text without what an iCalendar stream cannot hold (RFC 5545, 3.1 CONTROL)."""
    return _CONTROLS.sub("", _NEWLINES.sub("\n", text))


def _head(name: str) -> bytes:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{PRODID}\r\n".encode()
