"""Our own JSON: todos as the API lists them, or the data of an account, which says all that a todo says.

The API shows neither UIDs nor where in their series todos stand. A todo that is still in the list is recognised by its
id and the time of its creation; others get UIDs that are the same at the next import.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import orjson
from django.utils.translation import gettext, gettext_noop
from rest_framework.exceptions import ValidationError

from calendars.ical.components import UNTITLED
from calendars.imports.files import (
    MAX_COMMON_NAME,
    MAX_ENTRIES,
    Entry,
    FileTooLarge,
    Format,
    ReadFile,
    Skipped,
    UnreadableFile,
)
from calendars.imports.fitting import LIST, NO_SERIES, derived_uid, fit_labels, fit_rule, read_moment
from calendars.imports.not_kept import OTHER_PROPERTY, PAST_DATE, WORDS, Note, NotKept
from todos.deadlines import parse_deadline
from todos.models import TITLE_MAX_LENGTH, PastOccurrence, TodoList
from todos.priorities import Priority
from todos.recurrence.occurrence import Occurrence, parse_occurrence
from todos.serializers.todos import TodoSerializer
from todos.services import ImportedOccurrence, ImportedTodo
from todos.services.history import MAX_PAST_OCCURRENCES
from web.translations import group_digits, ngettext_noop

# Lists and objects of a file. Each takes memory, if it is empty too.
MAX_VALUES = 500_000
NOT_OURS = gettext_noop(
    "This JSON is neither a list of todos nor the data of an account, as they can be downloaded here."
)
DUPLICATE_UID = gettext_noop("The file has its UID twice in one list.")
# What a todo may have beside the fields of the API: in the data of an account, and where lists are shared.
MORE = {
    "uid", "occurrence", "past_occurrences", "completed_at", "deleted_at", "position", "list_id", "changed_by",
}  # fmt: skip
DEFAULTS = {"description": None, "completed": False, "priority": Priority.NONE, "labels": ()}
MAX_PLACE = 2.0**62
# What the data of an account has beside todos, and what people call it. Nobody needs the date of the file.
NOT_TODOS = {
    "filters": ngettext_noop("filter", "filters"),
    "feeds": ngettext_noop("calendar link", "calendar links"),
    "webhooks": ngettext_noop("webhook", "webhooks"),
    "members": ngettext_noop("member", "members"),
    "api_tokens": ngettext_noop("API token", "API tokens"),
    "shared_lists": ngettext_noop("list of somebody else", "lists of others"),
}
OUTCOMES = {PastOccurrence.Outcome.COMPLETED, PastOccurrence.Outcome.SKIPPED}


class _List(NamedTuple):
    """A list of the file; its name becomes a label, unless it is the first."""

    name: str
    todos: Sequence[Any]


def recognizes(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"{", b"[")


def read(body: bytes, todo_list: TodoList, known: Set[UUID]) -> ReadFile:
    file = ReadFile()
    lists = list(_lists(_parse(body), file.not_kept))
    if sum(len(one.todos) for one in lists) > MAX_ENTRIES:
        raise FileTooLarge(
            gettext("The file has over %(most)s todos; split it.") % {"most": group_digits(MAX_ENTRIES)}
        )
    uids = _Uids(todo_list)
    for one in lists:
        _add_list(one, uids, todo_list, file)
    return file


FORMAT = Format("TaskOverflow", "application/json", recognizes, read)


def _parse(body: bytes) -> Any:
    """Return what JSON says, each key of an object once. Raises UnreadableFile."""
    if body.count(b"{") + body.count(b"[") > MAX_VALUES:
        raise FileTooLarge(
            gettext("The file has over %(most)s brackets; split it.") % {"most": group_digits(MAX_VALUES)}
        )
    try:
        orjson.loads(body)  # refuses what json takes: NaN, half characters, any depth
        return json.loads(body, object_pairs_hook=_object)
    except (json.JSONDecodeError, RecursionError) as error:  # orjson's is one of json's
        if not isinstance(error, json.JSONDecodeError):
            raise UnreadableFile(gettext("The file is not valid JSON.")) from error
        raise UnreadableFile(gettext("The file is not valid JSON: %(error)s.") % {"error": error}) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise UnreadableFile(gettext("The file gives a key twice in one object."))
    return data


def _lists(data: Any, lost: NotKept) -> Iterator[_List]:
    """Yield the lists of a file; count what it has beside todos."""
    if isinstance(data, list):
        yield _List("", data)
        return
    todos = data.get("todos") if isinstance(data, dict) else None
    others = data.get("other_lists", []) if isinstance(data, dict) else None
    if not isinstance(todos, list) or not isinstance(others, list):
        raise UnreadableFile(gettext(NOT_OURS))
    yield _List("", todos)
    _count_others(data, lost)
    for other in others:
        of_list = other.get("list") if isinstance(other, dict) else None
        if not isinstance(of_list, dict) or not isinstance(other.get("todos"), list):
            raise UnreadableFile(gettext(NOT_OURS))
        yield _List(str(of_list.get("name", ""))[:MAX_COMMON_NAME], other["todos"])
        _count_others(other, lost)


def _count_others(data: Mapping[str, Any], lost: NotKept) -> None:
    for name, words in NOT_TODOS.items():
        if isinstance(values := data.get(name), list) and values:
            lost[words] += len(values)
    reminders = data.get("reminders")
    if isinstance(reminders, dict):
        rules = [reminders.get("of_lists"), reminders.get("of_todos")]
        if count := sum(len(one) for one in rules if isinstance(one, list)):
            lost[WORDS["VALARM"]] += count
    labels = data.get("labels")
    if isinstance(labels, list) and (
        count := sum(1 for one in labels if isinstance(one, dict) and one.get("color"))
    ):
        lost[ngettext_noop("color of a label", "colors of labels")] += count


class _Uids:
    """The UIDs of the todos of a file, each of which a list can have once."""

    def __init__(self, todo_list: TodoList) -> None:
        self.list_id = todo_list.pk
        rows = todo_list.todos.values_list("pk", "uid", "created_at")
        self.present = {pk: (uid, created_at.isoformat()[:19]) for pk, uid, created_at in rows}
        self.taken: set[UUID] = set()
        self.same: Counter[tuple[UUID, str]] = Counter()

    def find(self, raw: Mapping[str, Any]) -> UUID:
        """Return the UID that a todo says, that it has in the list, or that it gets each time."""
        with suppress(ValueError):
            return UUID(str(raw.get("uid")))
        todo_id, created_at = raw.get("id"), raw.get("created_at")
        uid, is_from = self.present.get(todo_id, (None, "")) if isinstance(todo_id, int) else (None, "")
        if uid and created_at == is_from:
            return uid
        if todo_id is None or created_at is None:
            return derived_uid(self.list_id, "TaskOverflow", json.dumps(raw, sort_keys=True))
        return derived_uid(self.list_id, "TaskOverflow", str(todo_id), str(created_at))

    def take(self, uid: UUID, list_name: str) -> UUID:
        """Return the UID of a todo of a list, or another one: a todo that two lists of the file have is two here."""
        found = uid
        while found in self.taken:
            self.same[uid, list_name] += 1
            found = uuid5(uid, f"{list_name} {self.same[uid, list_name]}")
        self.taken.add(found)
        return found


def _add_list(one: _List, uids: _Uids, todo_list: TodoList, file: ReadFile) -> None:
    """Add the todos of a list of the file, and why there are none."""
    raws: dict[UUID, Mapping[str, Any]] = {}
    by_id: dict[Any, UUID] = {}
    deleted = 0
    for raw in one.todos:
        if not isinstance(raw, dict):
            file.skipped.append(Skipped(UNTITLED, gettext("It is no object.")))
        elif raw.get("deleted_at"):
            deleted += 1
        else:
            uid = uids.find(raw)
            if uid in raws:
                file.skipped.append(Skipped(_title(raw), gettext(DUPLICATE_UID)))
                continue
            raws[uid] = raw
            if isinstance(raw.get("id"), int):
                by_id.setdefault(raw["id"], uid)
    if deleted:
        file.not_kept[ngettext_noop("deleted todo", "deleted todos")] += deleted
    own = {uid: uids.take(uid, one.name) for uid in raws}
    start = len(file.entries)
    in_order = sorted(raws.values(), key=_place)
    places = {id(raw): start + place for place, raw in enumerate(in_order)}
    for uid, raw in raws.items():
        try:
            entry = _entry(own[uid], raw, todo_list)
        except ValidationError as error:
            file.skipped.append(Skipped(_title(raw), _sentence(error.detail)))
            continue
        if (parent_id := raw.get("parent_id")) is not None:
            parent = own.get(by_id.get(parent_id) if isinstance(parent_id, int) else None)
            # One that does not come gets a UID that no todo has, so that the plan says so.
            parent = parent or derived_uid(todo_list.pk, "TaskOverflow", str(parent_id))
            entry.todo = replace(entry.todo, parent_uid=parent)
        if "position" in raw:
            entry.todo = replace(entry.todo, place=places[id(raw)])
        if one.name:
            _add_label(entry, one.name)
        file.entries.append(entry)


def _place(raw: Mapping[str, Any]) -> float:
    place = raw.get("position")
    place = raw.get("id") if place is None else place
    return float(place) if isinstance(place, int | float) and abs(place) < MAX_PLACE else MAX_PLACE


def _title(raw: Mapping[str, Any]) -> str:
    title = raw.get("title")
    return title[:TITLE_MAX_LENGTH] if isinstance(title, str) and title.strip() else UNTITLED


def _sentence(detail: Any, name: str = "") -> str:
    """Return the first sentence about a field, after its name."""
    if isinstance(detail, dict):
        name, detail = next(iter(detail.items()))
    while isinstance(detail, list | dict):
        detail = next(iter(detail.values() if isinstance(detail, dict) else detail))
    return f"{name}: {detail}" if name else str(detail)


def _entry(uid: UUID, raw: Mapping[str, Any], todo_list: TodoList) -> Entry:
    """Raises ValidationError, as the API does of the same values."""
    serializer = TodoSerializer.shared()
    writable = {name for name, field in serializer.fields.items() if not field.read_only} - {"parent_id"}
    counts: NotKept = Counter()
    notes: Counter[Note] = Counter()
    values = serializer.run_validation({name: raw[name] for name in writable & raw.keys()})
    values = DEFAULTS | values | _series(raw, values, todo_list, notes)
    values.pop("rule_zone", None)
    for name in raw.keys() - serializer.fields.keys() - MORE:
        if raw[name] not in (None, "", [], {}, False):
            counts[OTHER_PROPERTY] += 1
    todo = ImportedTodo(
        uid,
        values,
        _moment(raw, "completed_at", counts) if values["completed"] else None,
        created_at=_moment(raw, "created_at", counts),
        past=_past(raw.get("past_occurrences"), counts),
    )
    return Entry(todo, counts, notes)


def _series(
    raw: Mapping[str, Any], values: Mapping[str, Any], todo_list: TodoList, notes: Counter[Note]
) -> dict[str, Any]:
    """Return when a todo is due and how it repeats."""
    due, rule = values.get("due"), values.get("rule", "")
    if not rule:
        return NO_SERIES | {"due": due}
    start = Occurrence.of(due, values.get("rule_zone") or todo_list.zone.key) if due else None
    if due and isinstance(text := raw.get("occurrence"), str):  # from which an occurrence may have been moved
        with suppress(ValueError):
            start = parse_occurrence(text)
    return fit_rule(rule, due, start, notes, from_completion=values.get("repeats_from_completion", False))


def _moment(raw: Mapping[str, Any], name: str, counts: NotKept) -> datetime | None:
    if (text := raw.get(name)) is None:
        return None
    moment = read_moment(text) if isinstance(text, str) else None
    if moment is None:
        counts[ngettext_noop("time of a todo", "times of todos")] += 1
    return moment


def _past(raws: Any, counts: NotKept) -> tuple[ImportedOccurrence, ...]:
    past = []
    for raw in raws if isinstance(raws, list) else ():
        try:
            ended_at = read_moment(raw["ended_at"])
            if raw["outcome"] not in OUTCOMES or ended_at is None:
                raise ValueError
            past.append(ImportedOccurrence(parse_deadline(raw["deadline_at"]), raw["outcome"], ended_at))
        except (ValueError, KeyError, TypeError):
            counts[PAST_DATE] += 1
    if len(past) > MAX_PAST_OCCURRENCES:
        counts[PAST_DATE] += len(past) - MAX_PAST_OCCURRENCES
    return tuple(past[-MAX_PAST_OCCURRENCES:])


def _add_label(entry: Entry, name: str) -> None:
    """Give a todo of another list than the first the name of that list as a label, if it can have one more."""
    labels, lost = fit_labels([*entry.todo.values["labels"], name])
    entry.todo = replace(entry.todo, values={**entry.todo.values, "labels": labels})
    if lost:
        entry.not_kept[ngettext_noop("label", "labels")] += lost
    else:
        entry.notes[LIST] += 1
