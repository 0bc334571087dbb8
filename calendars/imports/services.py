"""Importing a file into a list: first a plan, then all of it or nothing."""

import base64
import json
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.utils.translation import gettext, gettext_lazy, ngettext

from calendars.imports.files import Entry, Skipped
from calendars.imports.formats import read_file
from calendars.imports.not_kept import OF_SERIES, PAST_DATE, NotKept, describe, in_words, written
from todos.deadlines import parse_deadline
from todos.models import TodoList
from todos.services import (
    Imported,
    ImportedOccurrence,
    ImportedTodo,
    check_import,
    fit_history,
    import_todos,
    settle_parents,
)
from todos.undo import value_from_json, value_to_json
from web.admission import Slots
from web.translations import group_digits

# A large file takes a second, in which the thread holds the interpreter most of the time.
slots = Slots(
    2,
    wait_seconds=1,
    one_at_a_time=gettext_lazy("Another import of yours is running; try again when it has finished."),
)


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

    @property
    def losses_in_words(self) -> str:
        return in_words(self.not_kept)


def plan_import(*, todo_list: TodoList, body: bytes, media_type: str = "") -> ImportPlan:
    """Return what importing the file would do, without doing it. Raises UnreadableFile, and QuotaExceeded.

    Without a type, all formats are tried.
    """
    rows = list(todo_list.todos.values_list("uid", "deleted_at", "parent__uid"))
    is_deleted = {uid: at is not None for uid, at, _ in rows}
    file = read_file(body, todo_list, is_deleted.keys(), media_type)
    plan = ImportPlan(skipped=file.skipped, not_kept=file.not_kept, notes=file.notes)
    notes: Counter[tuple[str, str, int]] = Counter()  # each for one entry, and for several
    for entry in file.entries:
        todo = entry.todo
        if is_deleted.get(todo.uid) is False:
            plan.present.append(todo)
            continue
        (plan.restored if todo.uid in is_deleted else plan.added).append(todo)
        plan.not_kept.update(entry.not_kept)
        for note, count in entry.notes.items():
            notes[note.one, note.several, note.most] += count
        if remarks := _remarks(entry):
            plan.remarks[todo.uid] = remarks
    plan.added, lost = fit_history(todo_list, plan.added)
    if lost:
        plan.not_kept[PAST_DATE] += lost
    come = [*plan.added, *plan.restored]
    check_import(todo_list, come)
    tree = {uid: parent for uid, at, parent in rows if at is None} | {todo.uid: None for todo in come}
    _, refused = settle_parents({todo.uid: todo.parent_uid for todo in come if todo.parent_uid}, tree)
    plan.notes += [
        f"{group_digits(count)} {written(ngettext(one, several, count), most)}"
        for (one, several, most), count in notes.items()
    ]
    plan.notes += [_without_parent(count, reason) for reason, count in refused.items()]
    return plan


def _remarks(entry: Entry) -> list[str]:
    """Say what was made of an entry, and what is lost of its series."""
    lost = Counter({words: count for words, count in entry.not_kept.items() if words in OF_SERIES})
    remarks = [written(gettext(note.beside), note.most) for note in entry.notes]
    return [*remarks, in_words(lost)] if lost else remarks


def _without_parent(count: int, reason: str) -> str:
    text = ngettext(
        "%(count)s sub-task is imported without a parent. %(reason)s",
        "%(count)s sub-tasks are imported without a parent. %(reason)s",
        count,
    )
    return text % {"count": group_digits(count), "reason": reason}


def apply_import(*, todo_list: TodoList, plan: ImportPlan) -> Imported:
    """Do what was planned. A todo that was added to the list since the plan is not added again."""
    return import_todos(todo_list=todo_list, todos=[*plan.added, *plan.restored])


def pack(plan: ImportPlan, todo_list: TodoList) -> str:
    """Return what an import into the list would write, as compact text for a session."""
    todos = [_packed(todo) for todo in [*plan.added, *plan.restored]]
    return base64.b85encode(zlib.compress(json.dumps([todo_list.pk, todos]).encode())).decode()


def unpack(packed: str, todo_list: TodoList) -> ImportPlan | None:
    """Return the plan that was packed, or None if it is for another list."""
    list_id, todos = json.loads(zlib.decompress(base64.b85decode(packed)))
    if list_id != todo_list.pk:
        return None
    return ImportPlan(added=[_unpacked(*todo) for todo in todos])


def _packed(todo: ImportedTodo) -> list[Any]:
    more = {
        "created_at": todo.created_at and todo.created_at.isoformat(),
        "place": todo.place,
        "past": [[str(one.due), one.outcome, one.ended_at.isoformat()] for one in todo.past],
    }
    more = {name: value for name, value in more.items() if value not in (None, [])}
    return [
        base64.b85encode(todo.uid.bytes).decode(),
        {name: value_to_json(name, value) for name, value in todo.values.items()},
        todo.completed_at and todo.completed_at.isoformat(),
        # Only if there is one: a process of the release before knows no fourth.
        *([todo.parent_uid and str(todo.parent_uid)] if todo.parent_uid or more else []),
        *([more] if more else []),
    ]


def _unpacked(
    uid: str,
    values: dict[str, Any],
    completed_at: str | None,
    parent_uid: str | None = None,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> ImportedTodo:
    created_at = more.get("created_at")
    return ImportedTodo(
        UUID(bytes=base64.b85decode(uid)),
        {name: value_from_json(name, value) for name, value in values.items()},
        completed_at and datetime.fromisoformat(completed_at),
        UUID(parent_uid) if parent_uid else None,
        created_at=created_at and datetime.fromisoformat(created_at),
        place=more.get("place"),
        past=tuple(
            ImportedOccurrence(parse_deadline(due), outcome, datetime.fromisoformat(ended_at))
            for due, outcome, ended_at in more.get("past", ())
        ),
    )
