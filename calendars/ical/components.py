"""What one todo becomes in a calendar: its entry, a VEVENT, a VTODO or both (RFC 5545, 3.6.1 and 3.6.2)."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

from calendars.ical import content_lines as lines
from calendars.ical.series import Series, completion_rule, series_of
from calendars.options import CalendarOptions, Completed, Components, Shape
from todos.deadlines import DeadlineKind
from todos.labels import split_labels

UNTITLED = "Untitled"  # a title that was nothing but control characters
LEAD = timedelta(minutes=1)  # from the start of a task that repeats to when it is due


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
    rule: str = ""
    repeats_from_completion: bool = False
    occurrence: str = ""

    @property
    def series(self) -> Series | None:
        """What it repeats by in files, or None: it is done, the last one, or due again when nobody knows yet."""
        if not self.rule or not self.occurrence or self.repeats_from_completion or self.completed:
            return None
        return series_of(self.rule, self.occurrence)

    def is_due_at(self, series: Series, moment: datetime) -> bool:
        """Whether it is due when its series says."""
        return (self.deadline, self.deadline_kind) == (moment, series.occurrence.kind)


def render_todo(todo: TodoRow, options: CalendarOptions) -> bytes:
    """Return what the todo becomes in a calendar with these options: nothing, where they do not show it."""
    if not is_shown(todo, options):
        return b""
    content = []
    if options.components != Components.TODO:
        content += _events(todo, options)
    if options.components != Components.EVENT:
        content += _tasks(todo, options)
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


# A todo that repeats has a component for its series and, where the series does not give its deadline, another one for
# this occurrence. That begins with RECURRENCE-ID, so that it does not look like an entry of its own.


def _events(todo: TodoRow, options: CalendarOptions) -> list[str]:
    if not (series := todo.series):
        return _event(todo, options, [*_span(todo, options), *_completion_rule(todo)])
    start = due = series.occurrence.wall
    length = timedelta(minutes=options.block_minutes) if options.shape != Shape.MOMENT else timedelta(0)
    if options.shape == Shape.BEFORE:
        start = series.begin_before(due, length)
        length = due - start
    content = _event(todo, options, [*series.span(start, length), series.rule_line])
    if not todo.is_due_at(series, series.moment(start) + (due - start)):
        content += _event(todo, options, _span(todo, options), series.line("RECURRENCE-ID", start))
    return content


def _event(todo: TodoRow, options: CalendarOptions, when: list[str], *recurrence_id: str) -> list[str]:
    is_marked = options.mark_completed and todo.completed
    title = f"✓ {_title(todo)}" if is_marked else _title(todo)
    return [
        "BEGIN:VEVENT",
        *recurrence_id,
        *_stamps(todo, todo.uid),
        *lines.text("SUMMARY", title),
        *when,
        *lines.text("DESCRIPTION", lines.cleaned(todo.description or "")),
        *_priority(todo),
        *lines.texts("CATEGORIES", split_labels(todo.label_text)),
        *_parent(todo.parent),
        "TRANSP:TRANSPARENT",  # a deadline does not make its owner busy
        *_alarm(todo, options, title, trigger="TRIGGER"),
        "END:VEVENT",
    ]


def _tasks(todo: TodoRow, options: CalendarOptions) -> list[str]:
    due = lines.moment("DUE", todo.deadline, todo.deadline_kind)
    if not (series := todo.series):
        return _task(todo, options, [due, *_completion_rule(todo)])
    wall = series.occurrence.wall
    # What repeats needs a DTSTART, and DUE is later (3.8.2.4, 3.8.2.3), by no more than it must be: deadlines would be
    # an hour off wherever clocks change in between. A day has nothing earlier; Apple writes the two alike as well.
    start = series.begin_before(wall, LEAD)
    if series.moment(wall) - series.moment(start) != wall - start:
        start = wall
    when = [series.line("DTSTART", start), series.line("DUE", wall), series.rule_line]
    content = _task(todo, options, when)
    if not todo.is_due_at(series, series.moment(wall)):
        content += _task(todo, options, [due], series.line("RECURRENCE-ID", start))
    return content


def _task(todo: TodoRow, options: CalendarOptions, when: list[str], *recurrence_id: str) -> list[str]:
    def uid_of(uid: UUID) -> UUID:
        return task_uid(uid) if options.components == Components.BOTH else uid

    status = ["STATUS:NEEDS-ACTION"]
    if todo.completed:
        status = ["STATUS:COMPLETED", lines.moment("COMPLETED", todo.completed_at or todo.updated_at)]
    return [
        "BEGIN:VTODO",
        *recurrence_id,
        *_stamps(todo, uid_of(todo.uid)),
        *lines.text("SUMMARY", _title(todo)),
        *when,
        *lines.text("DESCRIPTION", lines.cleaned(todo.description or "")),
        *_priority(todo),
        *lines.texts("CATEGORIES", split_labels(todo.label_text)),
        *_parent(todo.parent and uid_of(todo.parent)),
        *status,
        *_alarm(todo, options, _title(todo), trigger="TRIGGER;RELATED=END"),
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


def _completion_rule(todo: TodoRow) -> list[str]:
    if not (todo.repeats_from_completion and todo.occurrence) or todo.completed:
        return []
    return [completion_rule(todo.rule, todo.occurrence)]


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
