"""What a judge should read in the calendar of given todos: said a second time, not in the renderer's words."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from uuid import uuid5

from calendars.ical.components import TodoRow
from calendars.options import CalendarOptions
from tests.calendars.judges.events import Event


def expected_events(todos: Iterable[TodoRow], options: CalendarOptions) -> Iterator[Event]:
    wanted = {"all": [True, False], "open": [False], "done": [True]}[options.completed]
    for todo in todos:
        if todo.deadline is None or todo.deleted_at is not None or todo.completed not in wanted:
            continue
        title, description = as_written(todo.title) or "Untitled", as_written(todo.description or "")
        if options.components in ("event", "both"):
            mark = "✓ " if todo.completed and options.mark_completed else ""
            when = start(todo, options)
            yield Event("VEVENT", str(todo.uid), mark + title, description, when, todo.priority, labels(todo))
        if options.components in ("todo", "both"):
            uid = uuid5(todo.uid, "VTODO") if options.components == "both" else todo.uid
            when = in_its_form(todo, timedelta())
            yield Event("VTODO", str(uid), title, description, when, todo.priority, labels(todo))


def labels(todo: TodoRow) -> tuple[str, ...]:
    return tuple(filter(None, todo.label_text.split(",")))


def as_written(text: str) -> str:
    """But for control characters, which no calendar can hold, kinds of newline, and what shows nothing."""
    text = re.sub("[\x00-\x08\x0b-\x1f\x7f]", "", re.sub("\r\n|[\r\x85\u2028\u2029]", "\n", text))
    return text if text.strip() else ""


def start(todo: TodoRow, options: CalendarOptions) -> date:
    is_before = options.shape == "before" and todo.deadline_kind != "day"
    return in_its_form(todo, timedelta(minutes=options.block_minutes if is_before else 0))


def in_its_form(todo: TodoRow, earlier: timedelta) -> date:
    moment = todo.deadline - earlier
    return {"day": moment.date(), "floating": moment.replace(tzinfo=None), "instant": moment}[todo.deadline_kind]


def comparable(events: Iterable[Event], *, is_coarse: bool = False) -> set[tuple]:
    """Events to be compared: no text is as good as an empty one, and libical drops blanks at the ends.

    Coarsely they are compared by the wall clock, and without priority and categories.
    """
    return {
        (
            event.kind,
            event.uid,
            (event.summary or "").strip(),
            (event.description or "").strip(),
            *([event.wall_clock] if is_coarse else [event.when, event.priority, event.categories]),
        )
        for event in events
    }
