"""TickTick's backup: some lines about the file, then a CSV of the tasks of all lists.

Ids count the tasks of one backup, so that a task is recognised by when it was created, and its title.
"""

import re
from collections import Counter
from collections.abc import Set
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, gettext_noop

from calendars.imports.files import MAX_ENTRIES, Entry, FileTooLarge, Format, ReadFile
from calendars.imports.fitting import (
    FLAT,
    LIST,
    MAX_SHOWN,
    NO_SERIES,
    SECTION,
    derived_uid,
    fit_labels,
    fit_rule,
    fit_texts,
    is_among,
    not_understood,
    read_moment,
    without_rule,
)
from calendars.imports.not_kept import WORDS, Note, NotKept, Words
from calendars.imports.tables import has_columns, read_table
from todos.agenda import Clock
from todos.deadlines import Deadline, DeadlineError, DeadlineKind, parse_deadline
from todos.models import TodoList
from todos.priorities import Priority
from todos.recurrence.occurrence import Occurrence
from todos.services import ImportedTodo
from todos.services.subtasks import MAX_DEPTH
from todos.time_zones import find_time_zone
from web.translations import group_digits, ngettext_noop

NEEDED = {"LIST NAME", "TITLE"}
# The last ones are how TickTick shows a list.
USED = NEEDED | {
    "FOLDER NAME", "KIND", "TAGS", "CONTENT", "IS CHECK LIST", "START DATE", "DUE DATE", "REMINDER", "REPEAT",
    "PRIORITY", "STATUS", "CREATED TIME", "COMPLETED TIME", "ORDER", "TIMEZONE", "IS ALL DAY", "IS FLOATING",
    "COLUMN NAME", "TASKID", "PARENTID", "COLUMN ORDER", "VIEW MODE", "PROJECTKIND",
}  # fmt: skip
PRIORITIES = {"5": Priority.HIGH, "3": Priority.MEDIUM, "1": Priority.LOW, "0": Priority.NONE, "": Priority.NONE}
OPEN, COMPLETED, ARCHIVED, WONT_DO = "0", "1", "2", "-1"
TRUE = {"true", "y", "yes", "1"}

KIND_NOTE = Note(
    *ngettext_noop("note is imported as a todo.", "notes are imported as todos."), gettext_noop("It was a note.")
)
GIVEN_UP = Note(
    *ngettext_noop(
        "todo that will not be done is imported as completed.",
        "todos that will not be done are imported as completed.",
    ),
    gettext_noop("It was marked as one that will not be done."),
)
CHECKLIST = Note(
    *ngettext_noop(
        "checklist is in the description.",
        "checklists are in the descriptions.",
    ),
    gettext_noop("Its checklist is in the description."),
)
# Dates by the names of their columns, as people call them.
DATES = {
    "DUE DATE": ngettext_noop("due date", "due dates"),
    "START DATE": ngettext_noop("start date", "start dates"),
}
COMPLETION_TIME = ngettext_noop("completion time", "completion times")
CREATION_TIME = ngettext_noop("creation time", "creation times")
DONE = gettext_noop("It is completed.")
MAX_LEVELS = 20  # TickTick has five

_NUMBER = re.compile(r"-?[0-9]{1,18}")
_ITEM = re.compile(r"^[^\S\n]*([▫▪])[^\S\n]*", re.MULTILINE)


def recognizes(body: bytes) -> bool:
    return has_columns(body, NEEDED)


def read(body: bytes, todo_list: TodoList, known: Set[UUID]) -> ReadFile:
    table = read_table(body, needed=NEEDED, used=USED)
    if len(table.rows) > MAX_ENTRIES:
        raise FileTooLarge(
            gettext("The file has over %(most)s tasks; split it.") % {"most": group_digits(MAX_ENTRIES)}
        )
    file = ReadFile(not_kept=table.not_kept, notes=table.notes)
    rows = _in_order(table.rows)
    uids = _uids(rows, todo_list)
    parents = _parents(rows, uids, todo_list)
    lists = {row["LIST NAME"] for row in rows} - {""}
    clock = Clock.of(todo_list)
    for row, uid in zip(rows, uids, strict=True):
        file.entries.append(entry := _entry(row, uid, clock, has_lists=len(lists) > 1))
        parent = _reachable(uid, parents, entry.notes)
        entry.todo = replace(entry.todo, parent_uid=parent)
    if len(lists) == 1:
        sentence = gettext("The name of the list in the file, “%(name)s”, is not kept.")
        file.notes.append(sentence % {"name": lists.pop()[:MAX_SHOWN]})
    if folders := {row["FOLDER NAME"] for row in rows} - {""}:
        file.not_kept[ngettext_noop("folder", "folders")] += len(folders)
    return file


FORMAT = Format("TickTick", "text/csv", recognizes, read)


def _in_order(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows list by list, each in the order that it has in TickTick."""
    places = {name: place for place, name in enumerate(dict.fromkeys(row["LIST NAME"] for row in rows))}

    def key(row: dict[str, str]) -> tuple[int, int]:
        return places[row["LIST NAME"]], int(row["ORDER"]) if _NUMBER.fullmatch(row["ORDER"]) else 0

    return sorted(rows, key=key)


def _uids(rows: list[dict[str, str]], todo_list: TodoList) -> list[UUID]:
    """Return the UID of each row.

    TickTick copies a task that repeats each time that it is completed. The open one is numbered first and its copies by
    when they were completed, so that all of them are the same ones in a later backup.
    """
    same: Counter[tuple[str, ...]] = Counter()
    uids: dict[int, UUID] = {}
    for place, row in sorted(
        enumerate(rows), key=lambda item: (_is_completed(item[1]), item[1]["COMPLETED TIME"])
    ):
        of_backup = {"TASKID", "PARENTID", "ORDER", "COLUMN ORDER"}
        names = ["CREATED TIME", "TITLE"] if row["CREATED TIME"] else sorted(USED - of_backup)
        key = "TickTick", *(row[name] for name in names)
        same[key] += 1
        uids[place] = derived_uid(todo_list.pk, *key, str(same[key]))
    return [uids[place] for place in range(len(rows))]


def _is_completed(row: dict[str, str]) -> bool:
    return row["STATUS"] in {COMPLETED, ARCHIVED, WONT_DO}


def _parents(rows: list[dict[str, str]], uids: list[UUID], todo_list: TodoList) -> dict[UUID, UUID]:
    by_id: dict[str, UUID] = {}
    for row, uid in zip(rows, uids, strict=True):
        by_id.setdefault(row["TASKID"], uid)
    # One that is not in the file gets a UID that no todo has, so that the plan says so.
    return {
        uid: by_id.get(row["PARENTID"]) or derived_uid(todo_list.pk, "TickTick", row["PARENTID"])
        for row, uid in zip(rows, uids, strict=True)
        if row["PARENTID"] not in {"", "0"}
    }


def _reachable(uid: UUID, parents: dict[UUID, UUID], notes: Counter[Note]) -> UUID | None:
    """Return the todo that another one is below: if that is too deep, one above it."""
    above: list[UUID] = []
    parent = parents.get(uid)
    while parent and parent not in above and len(above) < MAX_LEVELS:
        above.append(parent)
        parent = parents.get(parent)
    if parent or len(above) < MAX_DEPTH:  # a circle, or no task of TickTick: the plan says what becomes of it
        return above[0] if above else None
    notes[FLAT] += 1
    return above[-(MAX_DEPTH - 1)]


def _entry(row: dict[str, str], uid: UUID, clock: Clock, *, has_lists: bool) -> Entry:
    counts: NotKept = Counter()
    notes: Counter[Note] = Counter()
    status = row["STATUS"]
    is_completed = _is_completed(row)
    names = {LIST: row["LIST NAME"] if has_lists else "", SECTION: row["COLUMN NAME"]}
    labels, lost = fit_labels([*row["TAGS"].split(","), *filter(None, names.values())])
    notes.update(note for note, name in names.items() if is_among(labels, name))
    if lost:
        counts[ngettext_noop("label", "labels")] += lost
    if row["KIND"].upper() == "NOTE":
        notes[KIND_NOTE] += 1
    if status == WONT_DO:
        notes[GIVEN_UP] += 1
    when, unread = _when(row, clock, notes, counts, is_completed=is_completed)
    _count_lost(row, counts)
    texts = fit_texts(row["TITLE"], [_content(row, notes), *unread], notes)
    values = (
        texts
        | when
        | {
            "completed": is_completed,
            "priority": PRIORITIES.get(row["PRIORITY"], Priority.NONE),
            "labels": labels,
        }
    )
    completed_at = _moment(row["COMPLETED TIME"], COMPLETION_TIME, counts) if is_completed else None
    created_at = _moment(row["CREATED TIME"], CREATION_TIME, counts)
    return Entry(ImportedTodo(uid, values, completed_at, created_at=created_at), counts, notes)


def _content(row: dict[str, str], notes: Counter[Note]) -> str:
    if row["IS CHECK LIST"].casefold() not in TRUE:
        return row["CONTENT"]
    notes[CHECKLIST] += 1
    return _ITEM.sub(lambda match: "- [x] " if match[1] == "▪" else "- [ ] ", row["CONTENT"])


def _count_lost(row: dict[str, str], counts: NotKept) -> None:
    if row["REMINDER"]:
        counts[WORDS["VALARM"]] += 1 + row["REMINDER"].count(",")
    if row["PRIORITY"] not in PRIORITIES:
        counts[WORDS["PRIORITY"]] += 1
    if row["STATUS"] not in {"", OPEN, COMPLETED, ARCHIVED, WONT_DO}:
        counts[ngettext_noop("status", "statuses")] += 1


def _when(
    row: dict[str, str], clock: Clock, notes: Counter[Note], counts: NotKept, *, is_completed: bool
) -> tuple[dict[str, Any], list[str]]:
    """Return the deadline and how it repeats, and the dates that stand in the description."""
    zone, unread = clock.zone, []
    if row["TIMEZONE"]:
        known = find_time_zone(row["TIMEZONE"][:MAX_SHOWN])
        if known is None:
            counts[ngettext_noop("time zone", "time zones")] += 1
        zone = known or zone
    due = None
    for name, words in DATES.items():
        if not (text := row[name]):
            continue
        try:
            moment = _deadline(text, row, zone)
        except DeadlineError:
            unread.append(f"{name.capitalize()}: {text}")
            notes[not_understood(words, text)] += 1
            continue
        if due and moment != due:
            counts[WORDS["DTSTART"]] += 1
        due = due or moment
    if not (text := row["REPEAT"].removeprefix("RRULE:")):
        return NO_SERIES | {"due": due}, unread
    if is_completed:  # TickTick has another task for the next date
        notes[without_rule(gettext(DONE))] += 1
        return NO_SERIES | {"due": due}, unread
    return fit_rule(text, due, Occurrence.of(due, zone.key) if due else None, notes), unread


def _deadline(text: str, row: dict[str, str], zone: ZoneInfo) -> Deadline:
    """Return a deadline in the form of its task. Raises DeadlineError."""
    deadline = parse_deadline(text)
    if deadline.kind == DeadlineKind.INSTANT:
        wall = deadline.on_clock(zone)
        if row["IS ALL DAY"].casefold() in TRUE:
            return Deadline.of_day(wall.date())
        if row["IS FLOATING"].casefold() in TRUE:
            return Deadline.of_clock(wall)
    return deadline


def _moment(text: str, words: Words, counts: NotKept) -> datetime | None:
    moment = read_moment(text)
    if text and moment is None:
        counts[words] += 1
    return moment
