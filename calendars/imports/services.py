"""Bringing somebody's calendar file into a list: look first, then add, all or nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from uuid import UUID

from calendars.ical.components import task_uid
from calendars.imports.mapping import CannotBecomeTodo, convert, title_of
from calendars.imports.parser import Entry, read_entries
from todos.models import TITLE_MAX_LENGTH, TodoList
from todos.services import Imported, ImportedTodo, import_todos

TWICE = "Its UID stands in the file twice."


class Skipped(NamedTuple):
    title: str
    reason: str


@dataclass
class ImportPlan:
    """What an import would do: todos to add, to bring back from the trash, there already, and left out."""

    added: list[ImportedTodo] = field(default_factory=list)
    restored: list[ImportedTodo] = field(default_factory=list)
    present: list[ImportedTodo] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def plan_import(*, todo_list: TodoList, body: bytes) -> ImportPlan:
    """Say what importing the file would do, without doing it. Raises UnreadableCalendar."""
    entries = read_entries(body)
    is_deleted = {uid: at is not None for uid, at in todo_list.todos.values_list("uid", "deleted_at")}
    plan = ImportPlan()
    for uid, todo in _todos(entries, todo_list.pk, is_deleted.keys(), plan.skipped).items():
        if uid not in is_deleted:
            plan.added.append(todo)
        else:
            (plan.restored if is_deleted[uid] else plan.present).append(todo)
    return plan


def apply_import(*, todo_list: TodoList, plan: ImportPlan) -> Imported:
    """Do what was planned; what somebody added to the list meanwhile is not added again."""
    return import_todos(todo_list=todo_list, todos=[*plan.added, *plan.restored])


def _todos(
    entries: list[Entry], list_id: int, known: Iterable[UUID], skipped: list[Skipped]
) -> dict[UUID, ImportedTodo]:
    """Return the entries as todos by their UIDs; note in ``skipped`` what cannot become one, and why.

    A file of ours may hold a todo as both, its VTODO under a UID derived from the VEVENT's; then the VTODO
    counts, which knows more.
    """
    todos: dict[str, dict[UUID, ImportedTodo]] = {"VEVENT": {}, "VTODO": {}}
    for entry in entries:
        try:
            todo = convert(entry, list_id=list_id)
            if todo.uid in todos[entry.kind]:
                raise CannotBecomeTodo(TWICE)
            todos[entry.kind][todo.uid] = todo
        except CannotBecomeTodo as error:
            skipped.append(Skipped(title_of(entry)[:TITLE_MAX_LENGTH], str(error)))
    of_task = {task_uid(uid): uid for uid in {*known, *todos["VEVENT"]}}
    tasks = [replace(todo, uid=of_task.get(uid, uid)) for uid, todo in todos["VTODO"].items()]
    return todos["VEVENT"] | {todo.uid: todo for todo in tasks}
