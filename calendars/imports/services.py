"""Importing a calendar file into a list: first a plan, then all of it or nothing."""

import base64
import json
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from calendars.ical.components import task_uid
from calendars.imports.mapping import PROPERTIES, NotImportable, not_kept, title_of, to_todo
from calendars.imports.not_kept import OF_SERIES, NotKept, describe
from calendars.imports.parser import Component, parse_file
from calendars.imports.series import Effort, has_rule
from todos.agenda import Clock
from todos.models import TITLE_MAX_LENGTH, TodoList
from todos.services import Imported, ImportedTodo, import_todos, settle_parents
from todos.undo import value_from_json, value_to_json
from web.admission import Slots

# Makes the UID of a VTODO whose own is that of a VEVENT: this never changes.
SECOND_OF_UID = "VTODO beside VEVENT"
DUPLICATE_UID = "The file has its UID twice."
SERIES_NOT_IN_FILE = "It is one date of a series that is not in the file."

# A large file takes a second, in which the thread holds the interpreter most of the time.
slots = Slots(
    2, wait_seconds=1, one_at_a_time="Another import of yours is running; try again when it has finished."
)


class Skipped(NamedTuple):
    title: str
    reason: str


@dataclass
class ImportPlan:
    """What an import would do: todos to add, to restore from the trash, to leave as they are, and to skip."""

    added: list[ImportedTodo] = field(default_factory=list)
    restored: list[ImportedTodo] = field(default_factory=list)
    present: list[ImportedTodo] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    # What is lost of the todos that are added or restored, and of the file.
    not_kept: NotKept = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    remarks: dict[UUID, list[str]] = field(default_factory=dict)  # sentences about single todos

    @property
    def losses(self) -> list[dict[str, str | int]]:
        return describe(self.not_kept)


def plan_import(*, todo_list: TodoList, body: bytes) -> ImportPlan:
    """Return what importing the file would do, without doing it. Raises UnreadableCalendar."""
    file = parse_file(body, properties=PROPERTIES)
    rows = list(todo_list.todos.values_list("uid", "deleted_at", "parent__uid"))
    is_deleted = {uid: at is not None for uid, at, _ in rows}
    plan, notes = ImportPlan(not_kept=file.not_kept, notes=file.notes), Counter()
    for todo, component in _todos(file.components, todo_list, is_deleted.keys(), plan.skipped):
        if is_deleted.get(todo.uid) is False:
            plan.present.append(todo)
            continue
        (plan.restored if todo.uid in is_deleted else plan.added).append(todo)
        plan.not_kept.update(not_kept(component))
        notes.update(component.notes)
        if remarks := _remarks(component):
            plan.remarks[todo.uid] = remarks
    come = [*plan.added, *plan.restored]
    tree = {uid: parent for uid, at, parent in rows if at is None} | {todo.uid: None for todo in come}
    _, refused = settle_parents({todo.uid: todo.parent_uid for todo in come if todo.parent_uid}, tree)
    plan.notes += [f"{count:,} {words[count != 1]}" for words, count in notes.items()]
    plan.notes += [_without_parent(count, reason) for reason, count in refused.items()]
    return plan


def _remarks(component: Component) -> list[str]:
    """Say what was made of an entry that repeats."""
    lost = Counter({words: count for words, count in component.not_kept.items() if words in OF_SERIES})
    counts = [f"{loss['count']:,} {loss['name']}" for loss in describe(lost)]
    remarks = [note.beside for note in component.notes]
    return [*remarks, f"Not kept: {', '.join(counts)}."] if counts else remarks


def _without_parent(count: int, reason: str) -> str:
    are = "1 sub-task is" if count == 1 else f"{count:,} sub-tasks are"
    return f"{are} imported without a parent. {reason}"


def apply_import(*, todo_list: TodoList, plan: ImportPlan) -> Imported:
    """Do what was planned. A todo that was added to the list since the plan is not added again."""
    return import_todos(todo_list=todo_list, todos=[*plan.added, *plan.restored])


def pack(plan: ImportPlan, todo_list: TodoList) -> str:
    """Return what an import into the list would write, as compact text for a session."""
    todos = [
        [
            base64.b85encode(todo.uid.bytes).decode(),
            {name: value_to_json(name, value) for name, value in todo.values.items()},
            todo.completed_at and todo.completed_at.isoformat(),
            # Only if there is one: a process of the release before knows no fourth.
            *([str(todo.parent_uid)] if todo.parent_uid else []),
        ]
        for todo in [*plan.added, *plan.restored]
    ]
    return base64.b85encode(zlib.compress(json.dumps([todo_list.pk, todos]).encode())).decode()


def unpack(packed: str, todo_list: TodoList) -> ImportPlan | None:
    """Return the plan that was packed, or None if it is for another list."""
    list_id, todos = json.loads(zlib.decompress(base64.b85decode(packed)))
    if list_id != todo_list.pk:
        return None
    return ImportPlan(
        added=[
            ImportedTodo(
                UUID(bytes=base64.b85decode(uid)),
                {name: value_from_json(name, value) for name, value in values.items()},
                completed_at and datetime.fromisoformat(completed_at),
                UUID(*parent_uid) if parent_uid else None,
            )
            for uid, values, completed_at, *parent_uid in todos
        ]
    )


def _todos(
    components: list[Component], todo_list: TodoList, known: Iterable[UUID], skipped: list[Skipped]
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
                raise NotImportable(DUPLICATE_UID)
            todos[component.kind][todo.uid] = todo, component
            if other:  # as eM Client completes one date of a series: in another task, which does not repeat
                skipped.append(Skipped(title_of(other[1])[:TITLE_MAX_LENGTH], DUPLICATE_UID))
        except NotImportable as error:
            skipped.append(Skipped(title_of(component)[:TITLE_MAX_LENGTH], str(error)))
    for component in (one for of_dates in changed.values() for one in of_dates):
        skipped.append(Skipped(title_of(component)[:TITLE_MAX_LENGTH], SERIES_NOT_IN_FILE))
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
