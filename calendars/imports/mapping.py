"""What an entry of somebody's calendar file becomes as a todo, or why it cannot become one."""

import re
from datetime import UTC, datetime
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from calendars.ical import content_lines as lines
from calendars.ical.components import UNTITLED
from calendars.imports.parser import Entry, Property
from todos.deadlines import Deadline, DeadlineError, parse_deadline
from todos.models import DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH
from todos.services import ImportedTodo

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)


class CannotBecomeTodo(Exception):
    """The message is a sentence for whoever imports the file."""


def convert(entry: Entry, *, list_id: int) -> ImportedTodo:
    """Return the entry as a todo of the list, or raise CannotBecomeTodo."""
    if entry.fault:
        raise CannotBecomeTodo(entry.fault)
    if entry.properties.keys() & {"RRULE", "RDATE", "RECURRENCE-ID"}:
        raise CannotBecomeTodo("It repeats, and a todo does not.")
    if entry.text("STATUS").upper() == "CANCELLED":
        raise CannotBecomeTodo("It was cancelled.")
    title, description = title_of(entry), lines.cleaned(entry.text("DESCRIPTION"))
    if len(title) > TITLE_MAX_LENGTH:
        raise CannotBecomeTodo(f"Its title is over {TITLE_MAX_LENGTH} characters.")
    if len(description) > DESCRIPTION_MAX_LENGTH:
        raise CannotBecomeTodo(f"Its description is over {DESCRIPTION_MAX_LENGTH:,} characters.")
    completed = entry.text("STATUS").upper() == "COMPLETED" or "COMPLETED" in entry.properties
    return ImportedTodo(
        uid=_uid(entry, list_id),
        title=title,
        description=description or None,
        completed=completed,
        completed_at=_completed_at(entry) if completed else None,
        due=_deadline(entry),
    )


def title_of(entry: Entry) -> str:
    return lines.cleaned(entry.text("SUMMARY")) or UNTITLED


def _uid(entry: Entry, list_id: int) -> UUID:
    """A UUID is kept; any other UID becomes one that is the same at the next import into this list.

    Without a UID, which RFC 5545 forbids, what the entry says has to do.
    """
    text = entry.text("UID").strip()
    if _UUID.fullmatch(text):
        return UUID(text)
    text = text or "\n".join(entry.text(name) for name in ("SUMMARY", "DTSTART", "DUE"))
    return uuid5(UUID(int=list_id), text)


def _deadline(entry: Entry) -> Deadline | None:
    """A VTODO need not have one; a VEVENT's is its beginning."""
    name = "DUE" if entry.kind == "VTODO" else "DTSTART"
    if prop := entry.properties.get(name):
        return _parse(prop)
    if entry.kind == "VEVENT":
        raise CannotBecomeTodo("It does not say when it is.")
    return None


def _completed_at(entry: Entry) -> datetime | None:
    """The moment it was completed, if that is told in a form to go by."""
    try:
        return _parse(entry.properties["COMPLETED"]).moment
    except (KeyError, CannotBecomeTodo):
        return None


def _parse(prop: Property) -> Deadline:
    match = _MOMENT.fullmatch(prop.value.strip())
    if not match:
        raise CannotBecomeTodo(f"{prop.value[:40]!r} is no date or time.")
    year, month, day, hour, minute, second, utc = match.groups()
    text = f"{year}-{month}-{day}" if hour is None else f"{year}-{month}-{day}T{hour}:{minute}:{second}{utc}"
    try:
        if hour and not utc and (name := prop.parameters.get("TZID")):
            text = _in_utc(datetime.fromisoformat(text), name)
        return parse_deadline(text)
    except DeadlineError as error:
        raise CannotBecomeTodo(str(error)) from error
    except (ValueError, OverflowError) as error:
        raise CannotBecomeTodo(f"There is no such date or time: {text}.") from error


def _in_utc(wall_clock: datetime, zone_name: str) -> str:
    moment = wall_clock.replace(tzinfo=_zone(zone_name)).astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat() + "Z"


def _zone(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name, one that has it at its end, or one of Windows."""
    parts = name.strip("/").split("/")
    candidates = ["/".join(parts[start:]) for start in range(len(parts))]
    for candidate in [WINDOWS_TO_OLSON.get(name, name), *candidates]:
        try:
            return ZoneInfo(candidate)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    raise CannotBecomeTodo(f"Its time zone, {name[:60]!r}, is not known.")
