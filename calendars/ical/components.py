"""What one todo becomes in a calendar: its entry, a VEVENT, a VTODO or both (RFC 5545, 3.6.1 and 3.6.2)."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

from calendars.ical import content_lines as lines
from calendars.options import CalendarOptions, Completed, Components, Shape
from todos.deadlines import DeadlineKind
from todos.labels import split_labels

UNTITLED = "Untitled"  # a title that was nothing but control characters


class TodoRow(NamedTuple):
    """What a calendar must know of a todo, be it shown or not; deadlines as todos.deadlines stores them."""

    uid: UUID
    title: str
    description: str | None
    completed: bool
    completed_at: datetime | None
    deadline: datetime | None
    deadline_kind: str
    priority: int
    label_text: str
    sequence: int
    updated_at: datetime
    deleted_at: datetime | None
    parent: UUID | None = None


def render_todo(todo: TodoRow, options: CalendarOptions) -> bytes:
    """Return what the todo becomes in a calendar with these options: nothing, where they do not show it."""
    if not is_shown(todo, options):
        return b""
    content = []
    if options.components != Components.TODO:
        content += _event(todo, options)
    if options.components != Components.EVENT:
        content += _task(todo, options)
    return lines.stream(content)


def is_shown(todo: TodoRow, options: CalendarOptions) -> bool:
    if todo.deleted_at or not todo.deadline:
        return False
    return options.completed == Completed.ALL or todo.completed == (options.completed == Completed.DONE)


def task_uid(uid: UUID) -> UUID:
    """Return the UID of a todo's VTODO where a VEVENT in the same file has its own: each stands there once."""
    return uuid5(uid, "VTODO")


def mark_of(options: CalendarOptions) -> bytes:
    """Return what the entry of each todo begins with, up to its UID."""
    return b"BEGIN:VTODO\r\nUID:" if options.components == Components.TODO else b"BEGIN:VEVENT\r\nUID:"


def _event(todo: TodoRow, options: CalendarOptions) -> list[str]:
    is_marked = options.mark_completed and todo.completed
    title = f"✓ {_title(todo)}" if is_marked else _title(todo)
    return [
        "BEGIN:VEVENT",
        *_stamps(todo, todo.uid),
        *lines.text("SUMMARY", title),
        *_span(todo, options),
        *lines.text("DESCRIPTION", lines.cleaned(todo.description or "")),
        *_priority(todo),
        *lines.texts("CATEGORIES", split_labels(todo.label_text)),
        *_parent(todo.parent),
        "TRANSP:TRANSPARENT",  # a deadline does not make its owner busy
        *_alarm(todo, options, title, trigger="TRIGGER"),
        "END:VEVENT",
    ]


def _task(todo: TodoRow, options: CalendarOptions) -> list[str]:
    def uid_of(uid: UUID) -> UUID:
        return task_uid(uid) if options.components == Components.BOTH else uid

    status = ["STATUS:NEEDS-ACTION"]
    if todo.completed:
        status = ["STATUS:COMPLETED", lines.moment("COMPLETED", todo.completed_at or todo.updated_at)]
    return [
        "BEGIN:VTODO",
        *_stamps(todo, uid_of(todo.uid)),
        *lines.text("SUMMARY", _title(todo)),
        lines.moment("DUE", todo.deadline, todo.deadline_kind),
        *lines.text("DESCRIPTION", lines.cleaned(todo.description or "")),
        *_priority(todo),
        *lines.texts("CATEGORIES", split_labels(todo.label_text)),
        *_parent(todo.parent and uid_of(todo.parent)),
        *status,
        *_alarm(todo, options, _title(todo), trigger="TRIGGER;RELATED=END"),  # it has no start
        "END:VTODO",
    ]


def _title(todo: TodoRow) -> str:
    return lines.cleaned(todo.title) or UNTITLED


def _stamps(todo: TodoRow, uid: UUID) -> list[str]:
    """Who it is and which version. UID comes first: the entry is found by it."""
    return [
        f"UID:{uid}",
        lines.moment("DTSTAMP", todo.updated_at),
        lines.moment("LAST-MODIFIED", todo.updated_at),
        f"SEQUENCE:{todo.sequence}",
    ]


def _span(todo: TodoRow, options: CalendarOptions) -> list[str]:
    """A day, a moment without an end, or a block beside it, for apps that hide what has no length."""
    start = end = todo.deadline
    if todo.deadline_kind == DeadlineKind.DAY:
        end = start + timedelta(days=1)  # exclusive
    elif options.shape == Shape.BEFORE:
        start -= timedelta(minutes=options.block_minutes)
    elif options.shape == Shape.AFTER:
        end += timedelta(minutes=options.block_minutes)
    named = {"DTSTART": start} if start == end else {"DTSTART": start, "DTEND": end}
    return [lines.moment(name, moment, todo.deadline_kind) for name, moment in named.items()]


def _priority(todo: TodoRow) -> list[str]:
    return [f"PRIORITY:{todo.priority}"] if todo.priority else []


def _parent(uid: UUID | None) -> list[str]:
    """The todo that this one is a sub-task of. It need not be in the file: it may have no deadline."""
    return [f"RELATED-TO;RELTYPE=PARENT:{uid}"] if uid else []


def _alarm(todo: TodoRow, options: CalendarOptions, title: str, *, trigger: str) -> list[str]:
    """A reminder, where one is wanted and there is still something to do."""
    if options.alarm_minutes is None or todo.completed:
        return []
    before = f"-PT{options.alarm_minutes}M" if options.alarm_minutes else "PT0S"
    return [
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        *lines.text("DESCRIPTION", title),
        f"{trigger}:{before}",
        "END:VALARM",
    ]
