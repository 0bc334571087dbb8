"""The import mapping: which todo an event or task becomes, or why it cannot be imported."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from calendars.ical import content_lines as lines
from calendars.ical.components import UNTITLED
from calendars.imports.not_kept import WORDS, NotKept
from calendars.imports.parser import PARENT, Component, Property, time_zone_key
from calendars.imports.time_zones import UnusableTimeZone
from todos.deadlines import Deadline, DeadlineError, parse_deadline
from todos.labels import MAX_LABELS_OF_TODO, LabelError, key_of, parse_label
from todos.models import DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH
from todos.priorities import Priority
from todos.services import ImportedTodo
from todos.time_zones import find_time_zone

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)
_DURATION = re.compile(
    r"\+?P(?=[\dT])(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?",
    re.ASCII,
)
_PRIORITY = re.compile(r"\+?0*([0-9])")
MAX_ZONE_NAME_LENGTH = 255  # longer ones would fill the cache of known zones
MAX_CATEGORIES = 100  # of an entry: more are not looked at
REPETITION = {"RRULE", "RDATE", "RECURRENCE-ID"}


class Duration(NamedTuple):
    """Days of the calendar, which may have 23 or 25 hours, and a time besides (RFC 5545, 3.3.6)."""

    days: timedelta
    time: timedelta


NO_TIME = Duration(timedelta(0), timedelta(0))


class NotImportable(Exception):
    """The message is a sentence for the person who imports the file."""


def to_todo(component: Component, *, list_id: int) -> ImportedTodo:
    """Return the component as a todo of the list, or raise NotImportable."""
    if component.error:
        raise NotImportable(component.error)
    if component.properties.keys() & REPETITION:
        raise NotImportable("It repeats, and a todo does not.")
    if component.text("STATUS").upper() == "CANCELLED":
        raise NotImportable("It was cancelled.")
    values = {name: field.read(component) for name, field in FIELDS.items()}
    parent = component.text(PARENT)
    parent_uid = _uid_of(parent, list_id) if parent else None
    return ImportedTodo(_uid(component, list_id), values, _completed_at(component), parent_uid)


def title_of(component: Component) -> str:
    return lines.cleaned(component.text("SUMMARY")).strip() or UNTITLED


def _title(component: Component) -> str:
    title = title_of(component)
    if len(title) > TITLE_MAX_LENGTH:
        raise NotImportable(f"Its title is over {TITLE_MAX_LENGTH} characters.")
    return title


def _description(component: Component) -> str | None:
    description = lines.cleaned(component.text("DESCRIPTION")).strip()
    if len(description) > DESCRIPTION_MAX_LENGTH:
        raise NotImportable(f"Its description is over {DESCRIPTION_MAX_LENGTH:,} characters.")
    return description or None


def _is_completed(component: Component) -> bool:
    return component.text("STATUS").upper() == "COMPLETED" or "COMPLETED" in component.properties


def _due(component: Component) -> Deadline | None:
    """Return when a VTODO is due, if it says so by DUE or by DTSTART and DURATION, or when a VEVENT begins."""
    properties = component.properties
    if component.kind == "VEVENT":
        if "DTSTART" not in properties:
            raise NotImportable("It does not say when it is.")
        return _parse_deadline(component, "DTSTART")
    if "DUE" in properties:
        return _parse_deadline(component, "DUE")
    if "DTSTART" in properties and "DURATION" in properties:
        return _parse_deadline(component, "DTSTART", plus=_parse_duration(properties["DURATION"]))
    return None


def _priority(component: Component) -> Priority:
    match = _PRIORITY.fullmatch(_value(component, "PRIORITY"))
    return Priority.of_number(int(match[1])) if match else Priority.NONE


def _labels(component: Component) -> tuple[str, ...]:
    return _sort_categories(component)[0]


def _sort_categories(component: Component) -> tuple[tuple[str, ...], int]:
    """Return the categories that become labels, and the number of those that cannot. Labels have no commas."""
    found = [(prop, item) for prop in component.repeated.get("CATEGORIES", ()) for item in prop.items]
    names: dict[str, str] = {}
    lost = max(0, len(found) - MAX_CATEGORIES)
    for prop, item in found[:MAX_CATEGORIES]:
        if not (text := prop.unescaped(item).strip()):
            continue
        try:
            name = parse_label(text.replace(",", " "))
        except LabelError:
            lost += 1
            continue
        if len(names) < MAX_LABELS_OF_TODO:
            names.setdefault(key_of(name), name)
        elif key_of(name) not in names:
            lost += 1
    return tuple(names.values()), lost


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
}
# What the parser keeps: also what decides whether and as what an entry is imported, and DTEND, to be counted.
PROPERTIES = frozenset({"UID", "DTEND", PARENT} | REPETITION).union(
    *(field.properties for field in FIELDS.values())
)


def not_kept(component: Component) -> NotKept:
    """Return what is lost of a component that becomes a todo."""
    counts, properties = component.not_kept.copy(), component.properties
    if component.kind == "VTODO":
        if "DTSTART" in properties and _value(component, "DTSTART") != _value(component, "DUE"):
            counts[WORDS["DTSTART"]] += 1
    elif "DURATION" in properties or ("DTEND" in properties and not _is_one_day(component)):
        counts[WORDS["DTEND"]] += 1
    if (priority := _value(component, "PRIORITY")) and not _PRIORITY.fullmatch(priority):
        counts[WORDS["PRIORITY"]] += 1
    if lost := _sort_categories(component)[1]:
        counts[WORDS["CATEGORIES"]] += lost
    return counts


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
        return _parse_deadline(component, "COMPLETED").moment
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


def _parse_deadline(component: Component, name: str, *, plus: Duration = NO_TIME) -> Deadline:
    prop = component.properties[name]
    match = _MOMENT.fullmatch(prop.value.strip())
    if not match:
        raise NotImportable(f"{prop.value[:40]!r} is not a date or time.")
    year, month, day, hour, minute, second, utc = match.groups()
    text = f"{year}-{month}-{day}" if hour is None else f"{year}-{month}-{day}T{hour}:{minute}:{second}{utc}"
    try:
        wall = datetime(*(int(part or 0) for part in match.groups()[:6])) + plus.days
        zone_name = prop.parameters.get("TZID") if hour and not utc else None
        if zone_name:
            wall -= _offset(wall, zone_name, component)
        wall += plus.time
        if hour is None:
            return parse_deadline(wall.date().isoformat())
        return parse_deadline(wall.isoformat() + ("Z" if utc or zone_name else ""))
    except DeadlineError as error:
        raise NotImportable(str(error)) from error
    except (ValueError, OverflowError) as error:
        raise NotImportable(f"There is no such date or time: {text}.") from error


def _parse_duration(prop: Property) -> Duration:
    match = _DURATION.fullmatch(prop.value.strip().upper())
    if not match:
        raise NotImportable(f"{prop.value[:40]!r} is not a duration.")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    try:
        return Duration(
            timedelta(weeks=weeks, days=days), timedelta(hours=hours, minutes=minutes, seconds=seconds)
        )
    except OverflowError as error:
        raise NotImportable(f"{prop.value[:40]!r} is too long.") from error


def _offset(wall: datetime, zone_name: str, component: Component) -> timedelta:
    """Return the offset from UTC of a time in a zone that the component names.

    The full name of a known zone counts, since definitions of those are often out of date. Any other name is what its
    file says: EST may be New York's time there, and not the zone without summer time that is called so.
    """
    zone = _known_zone(zone_name) if len(zone_name) <= MAX_ZONE_NAME_LENGTH else None
    defined = component.time_zones.get(time_zone_key(zone_name))
    if defined and not (zone and "/" in zone.key):
        try:
            return defined.offset_at(wall)
        except UnusableTimeZone as error:
            if zone is None:
                raise NotImportable(f"Its time zone, {zone_name[:60]!r}, {error}.") from error
    if zone is None:
        raise NotImportable(f"Its time zone, {zone_name[:60]!r}, is not known.")
    return wall.replace(tzinfo=zone).utcoffset()


@lru_cache(maxsize=100)
def _known_zone(name: str) -> ZoneInfo | None:
    """Return the zone of an IANA name, of a path that ends with one, or of a Windows name."""
    return find_time_zone(WINDOWS_TO_OLSON.get(name, name))
