"""The import mapping: which todo an event or task becomes, or why it cannot be imported."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from calendars.ical import content_lines as lines
from calendars.ical.components import UNTITLED
from calendars.imports.parser import Component, Property
from todos.deadlines import Deadline, DeadlineError, parse_deadline
from todos.models import DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH
from todos.services import ImportedTodo
from todos.time_zones import find_time_zone

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)


class NotImportable(Exception):
    """The message is a sentence for the person who imports the file."""


def to_todo(component: Component, *, list_id: int) -> ImportedTodo:
    """Return the component as a todo of the list, or raise NotImportable."""
    if component.error:
        raise NotImportable(component.error)
    if component.properties.keys() & {"RRULE", "RDATE", "RECURRENCE-ID"}:
        raise NotImportable("It repeats, and a todo does not.")
    if component.text("STATUS").upper() == "CANCELLED":
        raise NotImportable("It was cancelled.")
    values = {name: read(component) for name, read in FIELDS.items()}
    return ImportedTodo(_uid(component, list_id), values, _completed_at(component))


def title_of(component: Component) -> str:
    return lines.cleaned(component.text("SUMMARY")) or UNTITLED


def _title(component: Component) -> str:
    title = title_of(component)
    if len(title) > TITLE_MAX_LENGTH:
        raise NotImportable(f"Its title is over {TITLE_MAX_LENGTH} characters.")
    return title


def _description(component: Component) -> str | None:
    description = lines.cleaned(component.text("DESCRIPTION"))
    if len(description) > DESCRIPTION_MAX_LENGTH:
        raise NotImportable(f"Its description is over {DESCRIPTION_MAX_LENGTH:,} characters.")
    return description or None


def _is_completed(component: Component) -> bool:
    return component.text("STATUS").upper() == "COMPLETED" or "COMPLETED" in component.properties


def _due(component: Component) -> Deadline | None:
    """Return when a VTODO is due, if it says so, or when a VEVENT begins."""
    name = "DUE" if component.kind == "VTODO" else "DTSTART"
    if prop := component.properties.get(name):
        return _parse_deadline(prop)
    if component.kind == "VEVENT":
        raise NotImportable("It does not say when it is.")
    return None


# How each content field of a todo is read. A new field gets a line here, and its property one in the parser.
FIELDS: dict[str, Callable[[Component], Any]] = {
    "title": _title,
    "description": _description,
    "completed": _is_completed,
    "due": _due,
}


def _completed_at(component: Component) -> datetime | None:
    """Return when it was completed, if the file says so in a form we can read."""
    try:
        return _parse_deadline(component.properties["COMPLETED"]).moment
    except (KeyError, NotImportable):
        return None


def _uid(component: Component, list_id: int) -> UUID:
    """Return a UUID as it is, or for any other UID a UUID that is the same at the next import into this list.

    A component without a UID, which RFC 5545 forbids, is recognised by its title and its time.
    """
    text = component.text("UID").strip()
    if _UUID.fullmatch(text):
        return UUID(text)
    text = text or "\n".join(component.text(name) for name in ("SUMMARY", "DTSTART", "DUE"))
    return uuid5(UUID(int=list_id), text)


def _parse_deadline(prop: Property) -> Deadline:
    match = _MOMENT.fullmatch(prop.value.strip())
    if not match:
        raise NotImportable(f"{prop.value[:40]!r} is not a date or time.")
    year, month, day, hour, minute, second, utc = match.groups()
    text = f"{year}-{month}-{day}" if hour is None else f"{year}-{month}-{day}T{hour}:{minute}:{second}{utc}"
    try:
        if hour and not utc and (name := prop.parameters.get("TZID")):
            text = _in_utc(datetime.fromisoformat(text), name)
        return parse_deadline(text)
    except DeadlineError as error:
        raise NotImportable(str(error)) from error
    except (ValueError, OverflowError) as error:
        raise NotImportable(f"There is no such date or time: {text}.") from error


def _in_utc(wall_clock: datetime, zone_name: str) -> str:
    moment = wall_clock.replace(tzinfo=_zone(zone_name)).astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat() + "Z"


@lru_cache(maxsize=100)
def _zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name, of a path that ends with one, or of a Windows name."""
    if zone := find_time_zone(WINDOWS_TO_OLSON.get(name, name)):
        return zone
    raise NotImportable(f"Its time zone, {name[:60]!r}, is not known.")
