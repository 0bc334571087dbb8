"""A calendar made as in icalendar's documentation, with the same todos and properties."""

from collections.abc import Iterable

from icalendar import Calendar, Event

from calendars.ical.components import TodoRow
from calendars.ical.renderer import PRODID
from todos.deadlines import DeadlineKind


def render_with_icalendar(name: str, todos: Iterable[TodoRow]) -> bytes:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODID)
    calendar.add("name", name)
    for todo in todos:
        event = Event()
        event.add("uid", str(todo.uid))
        event.add("dtstamp", todo.updated_at)
        event.add("last-modified", todo.updated_at)
        event.add("sequence", todo.sequence)
        event.add("summary", todo.title)
        is_floating = todo.deadline_kind == DeadlineKind.FLOATING
        event.add("dtstart", todo.deadline.replace(tzinfo=None) if is_floating else todo.deadline)
        event.add("description", todo.description)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return calendar.to_ical()
