"""Todoist's CSV, one project a file: https://todoist.com/help/articles/format-a-csv-file-to-import-into-todoist-UVUXTmm6

A task has neither an id nor a time of creation, so that it is recognised by all that its line says.
"""

import re
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.utils.translation import gettext, gettext_noop

from calendars.imports.files import MAX_COMMON_NAME, MAX_ENTRIES, Entry, FileTooLarge, Format, ReadFile, Skipped
from calendars.imports.fitting import (
    FLAT,
    NO_SERIES,
    SECTION,
    derived_uid,
    fit_labels,
    fit_texts,
    is_among,
    not_understood,
)
from calendars.imports.not_kept import WORDS, Note
from calendars.imports.tables import has_columns, read_table
from todos.agenda import Clock
from todos.deadlines import DeadlineError, parse_deadline
from todos.models import TITLE_MAX_LENGTH, TodoList
from todos.priorities import Priority
from todos.quick_add import DEADLINE_MAX_LENGTH, read_deadline
from todos.services import ImportedTodo
from todos.services.subtasks import MAX_DEPTH
from web.translations import group_digits, ngettext_noop

NEEDED = {"TYPE", "CONTENT"}
# The last two are how Todoist shows a task, and a part of DURATION.
USED = NEEDED | {
    "DESCRIPTION", "PRIORITY", "INDENT", "AUTHOR", "DATE", "DATE_LANG", "TIMEZONE", "DEADLINE", "DEADLINE_LANG",
    "RESPONSIBLE", "DURATION", "IS_COLLAPSED", "DURATION_UNIT",
}  # fmt: skip
PRIORITIES = {"1": Priority.HIGH, "2": Priority.MEDIUM, "3": Priority.LOW, "4": Priority.NONE, "": Priority.NONE}
MAX_DATES = 1_000  # different ones in words, of a file
# Columns with dates, and what people call these.
DATES = {"DATE": ngettext_noop("date", "dates"), "DEADLINE": ngettext_noop("deadline", "deadlines")}

SECOND_DATE = Note(
    *ngettext_noop(
        "deadline beside another date is in the description.",
        "deadlines beside other dates are in the descriptions.",
    ),
    gettext_noop("Its deadline beside its date is in the description."),
)
COMMENTS = Note(
    *ngettext_noop(
        "todo has its comments in the description.",
        "todos have their comments in the descriptions.",
    ),
    gettext_noop("Its comments are in the description."),
)

_LABEL = re.compile(r"(?<!\S)@(\S+)")
_FROM_COMPLETION = re.compile(r"every\s*!\s*", re.IGNORECASE)
_USER_ID = re.compile(r"\(\d+\)$")


@dataclass
class _Task:
    row: dict[str, str]
    section: str
    parent: UUID | None
    comments: list[str] = field(default_factory=list)
    notes: Counter[Note] = field(default_factory=Counter)


def recognizes(body: bytes) -> bool:
    return has_columns(body, NEEDED)


def read(body: bytes, todo_list: TodoList, known: Set[UUID]) -> ReadFile:
    table = read_table(body, needed=NEEDED, used=USED)
    file = ReadFile(not_kept=table.not_kept, notes=table.notes)
    dates = Dates(Clock.of(todo_list))
    for uid, task in _tasks(table.rows, todo_list, file).items():
        file.entries.append(_entry(uid, task, dates))
    if dates.is_used_up:
        sentence = gettext("The file has over %(most)s different dates in words; later ones were not read.")
        file.notes.append(sentence % {"most": group_digits(MAX_DATES)})
    return file


FORMAT = Format("Todoist", "text/csv", recognizes, read)


def _tasks(rows: list[dict[str, str]], todo_list: TodoList, file: ReadFile) -> dict[UUID, _Task]:
    """Return the tasks by their UIDs, with what lines above and below say of them."""
    tasks: dict[UUID, _Task] = {}
    above: list[UUID] = []  # the task before, and those above it
    commented: _Task | None = None  # which the next comment is on
    section, same = "", Counter()
    for row in rows:
        kind, content = row["TYPE"].casefold(), row["CONTENT"]
        if kind == "task":
            depth = _depth(row["INDENT"])
            del above[min(depth, MAX_DEPTH) - 1 :]
        if kind == "task" and content:
            task = _Task(row, section, above[-1] if above else None)
            if depth > MAX_DEPTH:
                task.notes[FLAT] += 1
            key = ["Todoist", section, str(task.parent), *(row[name] for name in sorted(USED))]
            same[*key] += 1
            uid = derived_uid(todo_list.pk, *key, str(same[*key]))
            tasks[uid] = commented = task
            above.append(uid)
            if len(tasks) > MAX_ENTRIES:
                sentence = gettext("The file has over %(most)s tasks; split it.")
                raise FileTooLarge(sentence % {"most": group_digits(MAX_ENTRIES)})
        elif kind == "section":
            section, above, commented = content[:MAX_COMMON_NAME], [], None
        elif kind == "note" and commented:
            commented.comments.append(_comment(row))
        elif kind != "meta":
            commented = None
            file.skipped.append(Skipped(content[:TITLE_MAX_LENGTH], _reason(kind, content)))
    return tasks


def _depth(indent: str) -> int:
    return max(1, int(indent)) if re.fullmatch(r"[0-9]{1,3}", indent) else 1


def _comment(row: dict[str, str]) -> str:
    """Return a comment, after who wrote it when."""
    author, day = _USER_ID.sub("", row["AUTHOR"]).rstrip(), row["DATE"][:10]
    by = ", ".join(part for part in (author, day) if part)
    return f"{by}: {row['CONTENT']}" if by else row["CONTENT"]


def _reason(kind: str, content: str) -> str:
    if kind == "task" or not content:
        return gettext("It has no content.")
    if kind == "note":
        return gettext("It is a comment without a task above it.")
    if not kind:
        return gettext("It has no type.")
    return gettext("Its type is %(type)s, which is none that Todoist has.") % {"type": repr(kind[:20])}


def _entry(uid: UUID, task: _Task, dates: "Dates") -> Entry:
    row, entry = task.row, Entry(ImportedTodo(uid, {}, parent_uid=task.parent), notes=task.notes)
    names = _LABEL.findall(row["CONTENT"])
    title = " ".join(_LABEL.sub("", row["CONTENT"]).split()) or row["CONTENT"]
    if task.section:
        names.append(task.section)
    labels, lost = fit_labels(names)
    if is_among(labels, task.section):
        entry.notes[SECTION] += 1
    if task.comments:
        entry.notes[COMMENTS] += 1
    when, unread = _when(row, dates, entry.notes)
    paragraphs = [row["DESCRIPTION"], *unread, *task.comments]
    _count_lost(row, lost, entry)
    values = fit_texts(title, paragraphs, entry.notes) | when
    values |= {
        "completed": False,
        "priority": PRIORITIES.get(row["PRIORITY"], Priority.NONE),
        "labels": labels,
    }
    entry.todo = replace(entry.todo, values=values)
    return entry


def _count_lost(row: dict[str, str], lost_labels: int, entry: Entry) -> None:
    counts = entry.not_kept
    if row["RESPONSIBLE"]:
        counts[ngettext_noop("assignee", "assignees")] += 1
    if row["AUTHOR"]:
        counts[ngettext_noop("author", "authors")] += 1
    if row["DURATION"]:
        counts[ngettext_noop("duration", "durations")] += 1
    if row["PRIORITY"] not in PRIORITIES:
        counts[WORDS["PRIORITY"]] += 1
    if lost_labels:
        counts[ngettext_noop("label", "labels")] += lost_labels


def _when(row: dict[str, str], dates: "Dates", notes: Counter[Note]) -> tuple[dict[str, Any], list[str]]:
    """Return the deadline and how it repeats, and what stands of other dates in the description."""
    found: dict[str, Any] | None = None
    others: list[str] = []
    for column, words in DATES.items():
        if not (text := row[column]):
            continue
        if not found and (found := dates.read(text, row[f"{column}_LANG"])):
            continue
        others.append(f"{column.capitalize()}: {text}")
        notes[SECOND_DATE if found else not_understood(words, text)] += 1
    return found or NO_SERIES | {"due": None}, others


class Dates:
    """Dates in words, as quick add reads them: only if nothing of them is left over."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.known: dict[tuple[str, str], dict[str, Any] | None] = {}
        self.is_used_up = False

    def read(self, text: str, language: str) -> dict[str, Any] | None:
        """Return the deadline and how it repeats by the names that services take, or None."""
        try:
            return NO_SERIES | {"due": parse_deadline(text)}
        except DeadlineError:
            pass
        key = text, language[:10]
        if len(text) > DEADLINE_MAX_LENGTH:
            return None
        if key not in self.known:
            if len(self.known) == MAX_DATES:
                self.is_used_up = True
                return None
            self.known[key] = self._read(*key)
        return self.known[key]

    def _read(self, text: str, language: str) -> dict[str, Any] | None:
        if match := _FROM_COMPLETION.match(text):
            text = f"every {text[match.end() :]} after done"
        if not (reading := read_deadline(text, self.clock, language or "en")):
            return None
        return {
            "due": reading.deadline,
            "rule": reading.rule,
            "occurrence": "",
            "repeats_from_completion": reading.repeats_from_completion,
        }
