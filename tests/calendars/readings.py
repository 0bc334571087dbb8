"""What a judge should read in the calendar of given todos: said a second time, not in the renderer's words."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, timedelta
from uuid import uuid5

from calendars.ical.components import TodoRow
from calendars.ical.time_zones import zone_info
from calendars.options import CalendarOptions
from tests.calendars.judges.events import Event
from todos.recurrence.occurrence import next_occurrence, parse_occurrence
from todos.recurrence.rule import parse_rule


def expected_events(todos: Iterable[TodoRow], options: CalendarOptions) -> Iterator[Event]:
    wanted = {"all": [True, False], "open": [False], "done": [True]}[options.completed]
    for todo in todos:
        if todo.deadline is None or todo.deleted_at is not None or todo.completed not in wanted:
            continue
        title, description = as_written(todo.title) or "Untitled", as_written(todo.description or "")
        if options.components in ("event", "both"):
            mark = "✓ " if todo.completed and options.mark_completed else ""
            earlier = timedelta(minutes=options.block_minutes if options.shape == "before" else 0)
            for when in moments(todo, earlier):
                yield Event("VEVENT", str(todo.uid), mark + title, description, when, todo.priority, labels(todo))
        if options.components in ("todo", "both"):
            uid = uuid5(todo.uid, "VTODO") if options.components == "both" else todo.uid
            for when in moments(todo, timedelta()):
                yield Event("VTODO", str(uid), title, description, when, todo.priority, labels(todo))


def labels(todo: TodoRow) -> tuple[str, ...]:
    return tuple(filter(None, todo.label_text.split(",")))


def as_written(text: str) -> str:
    """But for control characters, which no calendar can hold, kinds of newline, and what shows nothing."""
    text = re.sub("[\x00-\x08\x0b-\x1f\x7f]", "", re.sub("\r\n|[\r\x85\u2028\u2029]", "\n", text))
    return text if text.strip() else ""


def moments(todo: TodoRow, earlier: timedelta) -> Iterator[date]:
    """When it is; of one that repeats, when its series begins, and this occurrence if that is at another time."""
    rule = todo.rule and not todo.completed and not todo.repeats_from_completion and parse_rule(todo.rule)
    current = rule and parse_occurrence(todo.occurrence)
    if not rule or next_occurrence(rule, current) is None:
        yield in_its_form(todo, earlier)
        return
    begins = current.wall - earlier
    if current.kind == "day" or begins.date() < current.wall.date():  # a rule names the days of both
        begins = current.wall.replace(hour=0, minute=0, second=0)
    length = current.wall - begins
    if current.kind == "instant":
        begins = begins.replace(tzinfo=zone_info(current.zone)).astimezone(UTC)
    yield begins.date() if current.kind == "day" else begins
    if (todo.deadline.replace(tzinfo=begins.tzinfo), todo.deadline_kind) != (begins + length, current.kind):
        yield in_its_form(todo, earlier)


def in_its_form(todo: TodoRow, earlier: timedelta) -> date:
    moment = todo.deadline - (earlier if todo.deadline_kind != "day" else timedelta())
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
