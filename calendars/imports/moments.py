"""When an entry of a file says that something is: days, times, durations and time zones (RFC 5545, 3.3)."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from calendars.imports.parser import Component, Property, time_zone_key
from calendars.imports.time_zones import TimeZone, UnusableTimeZone
from todos.deadlines import Deadline, DeadlineError, DeadlineKind, parse_deadline
from todos.recurrence.occurrence import Occurrence
from todos.time_zones import find_time_zone

_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)
_DURATION = re.compile(
    r"\+?P(?=[\dT])(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?",
    re.ASCII,
)
MAX_ZONE_NAME_LENGTH = 255  # longer ones would fill the cache of known zones


class Duration(NamedTuple):
    """Days of the calendar, which may have 23 or 25 hours, and a time besides (RFC 5545, 3.3.6)."""

    days: timedelta
    time: timedelta


NO_TIME = Duration(timedelta(0), timedelta(0))


class NotImportable(Exception):
    """The message is a sentence for the person who imports the file."""


def parse_moment(component: Component, prop: Property, *, plus: Duration = NO_TIME) -> Deadline:
    match = _MOMENT.fullmatch(prop.value.strip())
    if not match:
        raise NotImportable(gettext("%(text)s is not a date or time.") % {"text": repr(prop.value[:40])})
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
        raise NotImportable(gettext("There is no such date or time: %(text)s.") % {"text": text}) from error


def parse_occurrence(component: Component, prop: Property) -> Occurrence:
    """Return what the clock shows at the moment of a property; that of an instant is the clock of its time zone."""
    deadline, zone = parse_moment(component, prop), ""
    if deadline.kind != DeadlineKind.INSTANT:
        return Occurrence.of(deadline, zone)
    digits = prop.value.strip()
    if digits.endswith("Z"):
        return Occurrence.of(deadline, "UTC")
    wall = datetime.fromisoformat(digits)
    return Occurrence(wall, DeadlineKind.INSTANT, _series_zone(component, prop.parameters["TZID"], wall.year))


def parse_duration(prop: Property) -> Duration:
    match = _DURATION.fullmatch(prop.value.strip().upper())
    if not match:
        raise NotImportable(gettext("%(text)s is not a duration.") % {"text": repr(prop.value[:40])})
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    try:
        return Duration(
            timedelta(weeks=weeks, days=days), timedelta(hours=hours, minutes=minutes, seconds=seconds)
        )
    except OverflowError as error:
        raise NotImportable(gettext("%(text)s is too long.") % {"text": repr(prop.value[:40])}) from error


def _offset(wall: datetime, zone_name: str, component: Component) -> timedelta:
    """Return the offset from UTC of a time in a zone that the component names.

    The full name of a known zone counts, since definitions of those are often out of date. Any other name is what its
    file says: EST may be New York's time there, and not the zone without summer time that is called so.
    """
    zone, defined = _find_zone(component, zone_name)
    if defined:
        try:
            return defined.offset_at(wall)
        except UnusableTimeZone as error:
            if zone is None:
                raise NotImportable(str(error) % _named(zone_name)) from error
    if zone is None:
        raise NotImportable(gettext("Its time zone, %(zone)s, is not known.") % _named(zone_name))
    return wall.replace(tzinfo=zone).utcoffset()


def _series_zone(component: Component, zone_name: str, year: int) -> str:
    """Return the name of the known zone of a series: its own, or one that is as its file defines it."""
    zone, defined = _find_zone(component, zone_name)
    if defined:
        try:
            zone = defined.known_zone(year) or zone
        except UnusableTimeZone as error:
            raise NotImportable(str(error) % _named(zone_name)) from error
    if zone is None:
        sentence = gettext("Its time zone, %(zone)s, matches no known one, so it cannot repeat.")
        raise NotImportable(sentence % _named(zone_name))
    return zone.key


def _named(zone_name: str) -> dict[str, str]:
    return {"zone": repr(zone_name[:60])}


def _find_zone(component: Component, name: str) -> tuple[ZoneInfo | None, TimeZone | None]:
    """Return the known zone of a name, and the definition in the file if that counts."""
    zone = _known_zone(name) if len(name) <= MAX_ZONE_NAME_LENGTH else None
    defined = component.time_zones.get(time_zone_key(name))
    return zone, None if zone and "/" in zone.key else defined


@lru_cache(maxsize=100)
def _known_zone(name: str) -> ZoneInfo | None:
    """Return the zone of an IANA name, of a path that ends with one, or of a Windows name."""
    return find_time_zone(WINDOWS_TO_OLSON.get(name, name))
