"""Judges by parsers that did not write the file: `ical`, `ics` and `vobject` with validate().

Each takes the bytes, returns the events that it read, in the file's order or in none, and raises Rejected
for a file that it refuses.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import ics
import vobject
from ical.calendar_stream import IcsCalendarStream

from .events import Event, Rejected


def judge_by_ical(body: bytes) -> list[Event]:
    """Home Assistant's parser: strict about the form of values, and tells all three kinds of deadline."""
    with _refusals():
        calendar = IcsCalendarStream.calendar_from_ics(body.decode())
    events = [("VEVENT", event, event.dtstart) for event in calendar.events]
    todos = [("VTODO", todo, todo.due) for todo in calendar.todos]
    return [
        Event(
            kind,
            item.uid,
            item.summary,
            item.description,
            _in_utc(when),
            item.priority or 0,
            tuple(item.categories),
        )
        for kind, item, when in events + todos
    ]


def judge_by_ics(body: bytes) -> list[Event]:
    """Parses by a formal grammar. To it all are moments in UTC, days too; events have no priority."""
    with _refusals():
        calendar = ics.Calendar(body.decode())
    events = [("VEVENT", event, event.begin) for event in calendar.events]
    todos = [("VTODO", todo, todo.due) for todo in calendar.todos]
    return [
        Event(kind, item.uid, item.name, item.description, when and when.to("utc").naive)
        for kind, item, when in events + todos
    ]


def judge_by_vobject(body: bytes) -> list[Event]:
    """Radicale's parser; validate() counts what must be there once."""
    with _refusals():
        [calendar] = vobject.readComponents(body.decode())
        calendar.validate(raiseException=True)
    return [_of_vobject(item) for item in calendar.components() if item.name != "VTIMEZONE"]


def _of_vobject(item: vobject.base.Component) -> Event:
    names = "uid", "summary", "description", "dtstart" if item.name == "VEVENT" else "due"
    *texts, when = (item.getChildValue(name) for name in names)
    categories = tuple(name for line in item.contents.get("categories", ()) for name in line.value)
    return Event(item.name, *texts, _in_utc(when), int(item.getChildValue("priority", "0")), categories)


def _in_utc(when: date | None) -> date | None:
    return when.astimezone(UTC) if isinstance(when, datetime) and when.tzinfo else when


@contextmanager
def _refusals() -> Iterator[None]:
    """Whatever a parser raises is a refusal: their own errors have no ancestor in common but Exception."""
    try:
        yield
    except Exception as error:
        raise Rejected(repr(error)) from error


PARSERS = {"ical": judge_by_ical, "ics": judge_by_ics, "vobject": judge_by_vobject}
