"""Calendar files (RFC 5545)."""

from collections.abc import Set
from dataclasses import replace
from uuid import UUID, uuid5

from django.utils.translation import gettext, gettext_noop

from calendars.ical.components import task_uid
from calendars.imports.files import Entry, Format, ReadFile, Skipped
from calendars.imports.mapping import PROPERTIES, NotImportable, not_kept, title_of, to_todo
from calendars.imports.parser import Component, parse_file
from calendars.imports.series import Effort, has_rule
from todos.agenda import Clock
from todos.models import TITLE_MAX_LENGTH, TodoList
from todos.services import ImportedTodo

# Makes the UID of a VTODO whose own is that of a VEVENT: this never changes.
SECOND_OF_UID = "VTODO beside VEVENT"
DUPLICATE_UID = gettext_noop("The file has its UID twice.")
SERIES_NOT_IN_FILE = gettext_noop("It is one date of a series that is not in the file.")


def recognizes(body: bytes) -> bool:
    return body.lstrip()[:100].upper().startswith(b"BEGIN:V")


def read(body: bytes, todo_list: TodoList, known: Set[UUID]) -> ReadFile:
    file = parse_file(body, properties=PROPERTIES)
    read = ReadFile(not_kept=file.not_kept, notes=file.notes)
    for todo, component in _todos(file.components, todo_list, known, read.skipped):
        read.entries.append(Entry(todo, not_kept(component), component.notes))
    return read


FORMAT = Format("iCalendar", "text/calendar", recognizes, read)


def _todos(
    components: list[Component], todo_list: TodoList, known: Set[UUID], skipped: list[Skipped]
) -> list[tuple[ImportedTodo, Component]]:
    """Return the todos, each with what it is made of; add to ``skipped`` what cannot be imported, and why."""
    todos: dict[str, dict[UUID, tuple[ImportedTodo, Component]]] = {"VEVENT": {}, "VTODO": {}}
    changed: dict[tuple[str, str], list[Component]] = {}
    for component in components:
        if "RECURRENCE-ID" in component.properties:
            changed.setdefault((component.kind, component.text("UID")), []).append(component)
    clock, effort = Clock.of(todo_list), Effort()
    for component in components:
        if "RECURRENCE-ID" in component.properties:
            continue
        of_dates = changed.pop((component.kind, component.text("UID")), ())
        try:
            todo = to_todo(component, list_id=todo_list.pk, clock=clock, effort=effort, changed=of_dates)
            other = todos[component.kind].get(todo.uid)
            if other and (has_rule(other[1]) or not has_rule(component)):
                raise NotImportable(gettext(DUPLICATE_UID))
            todos[component.kind][todo.uid] = todo, component
            if other:  # as eM Client completes one date of a series: in another task, which does not repeat
                skipped.append(Skipped(title_of(other[1])[:TITLE_MAX_LENGTH], gettext(DUPLICATE_UID)))
        except NotImportable as error:
            skipped.append(Skipped(title_of(component)[:TITLE_MAX_LENGTH], str(error)))
    for component in (one for of_dates in changed.values() for one in of_dates):
        skipped.append(Skipped(title_of(component)[:TITLE_MAX_LENGTH], gettext(SERIES_NOT_IN_FILE)))
    events, tasks = todos["VEVENT"], todos["VTODO"]
    # Our own files may have a todo both as a VEVENT and as a VTODO, whose UID is derived from the VEVENT's. Then the
    # VTODO counts, because it knows more.
    uids = {task_uid(uid): uid for uid in {*known, *events}}
    # In other files, a VEVENT and a VTODO with one UID are two things; a list has each UID once.
    uids |= {uid: uuid5(uid, SECOND_OF_UID) for uid in events.keys() & tasks.keys()}
    tasks = {
        uids.get(uid, uid): (replace(todo, parent_uid=uids.get(todo.parent_uid, todo.parent_uid)), component)
        for uid, (todo, component) in tasks.items()
    }
    return [(replace(todo, uid=uid), component) for uid, (todo, component) in (events | tasks).items()]
