"""The import mapping: which todo an event or task becomes, or why it cannot be imported."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.utils.translation import gettext

from calendars.ical import content_lines as lines
from calendars.ical.components import UNTITLED
from calendars.ical.series import FROM_COMPLETION
from calendars.imports.fitting import MAX_CATEGORIES, fit_labels
from calendars.imports.moments import NotImportable, parse_duration, parse_moment
from calendars.imports.not_kept import WORDS, NotKept
from calendars.imports.parser import PARENT, Component
from calendars.imports.series import Effort, count_dates, has_rule, read_from_completion, read_series
from todos.agenda import Clock
from todos.deadlines import Deadline
from todos.models import DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH
from todos.priorities import Priority
from todos.services import ImportedTodo
from web.translations import group_digits

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PRIORITY = re.compile(r"\+?0*([0-9])")


def to_todo(
    component: Component, *, list_id: int, clock: Clock, effort: Effort, changed: Sequence[Component] = ()
) -> ImportedTodo:
    """Return the component as a todo of the list, or raise NotImportable.

    ``changed`` are the components that differ from what it says of single dates, ``clock`` is the list's, and
    ``effort`` the file's.
    """
    if component.error:
        raise NotImportable(component.error)
    if component.text("STATUS").upper() == "CANCELLED":
        raise NotImportable(gettext("It was cancelled."))
    values = {name: field.read(component) for name, field in FIELDS.items()}
    if has_rule(component):
        values |= read_series(component, changed, _due, clock, effort)
    else:
        count_dates(component, changed)
        values |= read_from_completion(component, values["due"], clock)
    parent = component.text(PARENT)
    parent_uid = _uid_of(parent, list_id) if parent else None
    return ImportedTodo(_uid(component, list_id), values, _completed_at(component), parent_uid)


def title_of(component: Component) -> str:
    return lines.cleaned(component.text("SUMMARY")).strip() or UNTITLED


def _title(component: Component) -> str:
    title = title_of(component)
    if len(title) > TITLE_MAX_LENGTH:
        raise NotImportable(gettext("Its title is over %(most)s characters.") % {"most": TITLE_MAX_LENGTH})
    return title


def _description(component: Component) -> str | None:
    description = lines.cleaned(component.text("DESCRIPTION")).strip()
    if len(description) > DESCRIPTION_MAX_LENGTH:
        sentence = gettext("Its description is over %(most)s characters.")
        raise NotImportable(sentence % {"most": group_digits(DESCRIPTION_MAX_LENGTH)})
    return description or None


def _is_completed(component: Component) -> bool:
    return component.text("STATUS").upper() == "COMPLETED" or "COMPLETED" in component.properties


def _due(component: Component) -> Deadline | None:
    """Return when a VTODO is due, if it says so by DUE or by DTSTART and DURATION, or when a VEVENT begins."""
    properties = component.properties
    if component.kind == "VEVENT":
        if "DTSTART" not in properties:
            raise NotImportable(gettext("It does not say when it is."))
        return parse_moment(component, properties["DTSTART"])
    if "DUE" in properties:
        return parse_moment(component, properties["DUE"])
    if "DTSTART" in properties and "DURATION" in properties:
        return parse_moment(component, properties["DTSTART"], plus=parse_duration(properties["DURATION"]))
    return None


def _priority(component: Component) -> Priority:
    match = _PRIORITY.fullmatch(_value(component, "PRIORITY"))
    return Priority.of_number(int(match[1])) if match else Priority.NONE


def _labels(component: Component) -> tuple[str, ...]:
    return _sort_categories(component)[0]


def _sort_categories(component: Component) -> tuple[tuple[str, ...], int]:
    """Return the categories that become labels, and the number of those that cannot."""
    found = [(prop, item) for prop in component.repeated.get("CATEGORIES", ()) for item in prop.items]
    return fit_labels([prop.unescaped(item) for prop, item in found[:MAX_CATEGORIES]], len(found))


class Field(NamedTuple):
    """How a content field of a todo is read, and the properties that it is read from."""

    read: Callable[[Component], Any]
    properties: frozenset[str]


# A new field gets a line here; the parser keeps the properties that are named.
FIELDS = {
    "title": Field(_title, frozenset({"SUMMARY"})),
    "description": Field(_description, frozenset({"DESCRIPTION"})),
    "completed": Field(_is_completed, frozenset({"STATUS", "COMPLETED"})),
    "due": Field(_due, frozenset({"DTSTART", "DUE", "DURATION"})),
    "priority": Field(_priority, frozenset({"PRIORITY"})),
    "labels": Field(_labels, frozenset({"CATEGORIES"})),
    # Of an entry that does not repeat; otherwise calendars.imports.series reads them together.
    "rule": Field(lambda component: "", frozenset({"RRULE"})),
    "occurrence": Field(lambda component: "", frozenset({"RECURRENCE-ID", "EXDATE", "RDATE"})),
    "repeats_from_completion": Field(lambda component: False, frozenset({FROM_COMPLETION})),
}
# What the parser keeps: also what decides whether and as what an entry is imported, and DTEND, to be counted.
PROPERTIES = frozenset({"UID", "DTEND", PARENT}).union(*(field.properties for field in FIELDS.values()))


def not_kept(component: Component) -> NotKept:
    """Return what is lost of a component that becomes a todo."""
    counts, properties = component.not_kept.copy(), component.properties
    if component.kind == "VTODO":
        if "DTSTART" in properties and not _is_due_at_its_start(component):
            counts[WORDS["DTSTART"]] += 1
    elif "DURATION" in properties or ("DTEND" in properties and not _is_one_day(component)):
        counts[WORDS["DTEND"]] += 1
    if (priority := _value(component, "PRIORITY")) and not _PRIORITY.fullmatch(priority):
        counts[WORDS["PRIORITY"]] += 1
    if lost := _sort_categories(component)[1]:
        counts[WORDS["CATEGORIES"]] += lost
    return counts


def _is_due_at_its_start(component: Component) -> bool:
    """Whether a task has no start of its own; in our own files, what repeats has one only because it must."""
    if component.is_own or (has_rule(component) and "DUE" not in component.properties):
        return True
    return _value(component, "DTSTART") == _value(component, "DUE")


def _is_one_day(component: Component) -> bool:
    """Whether an event says of a day that it ends with it, or of a moment that it has no length."""
    start, end = _value(component, "DTSTART"), _value(component, "DTEND")
    try:
        return start == end or date.fromisoformat(end) - date.fromisoformat(start) == timedelta(days=1)
    except ValueError:
        return False


def _value(component: Component, name: str) -> str:
    return component.properties[name].value.strip() if name in component.properties else ""


def _completed_at(component: Component) -> datetime | None:
    """Return when it was completed, if the file says so in a form we can read."""
    try:
        return parse_moment(component, component.properties["COMPLETED"]).moment
    except (KeyError, NotImportable):
        return None


def _uid(component: Component, list_id: int) -> UUID:
    """Return a UUID as it is, or for any other UID a UUID that is the same at the next import into this list.

    A component without a UID, which RFC 5545 forbids, is recognised by its title and its time.
    """
    text = component.text("UID")
    if not text:
        found = (component.properties.get(name) for name in ("SUMMARY", "DTSTART", "DUE"))
        text = "\n".join(prop.text if prop else "" for prop in found)
    return _uid_of(text, list_id)


def _uid_of(text: str, list_id: int) -> UUID:
    return UUID(text) if _UUID.fullmatch(text) else uuid5(UUID(int=list_id), text)
