"""Time zones that a file defines itself, by a VTIMEZONE (RFC 5545, 3.6.5).

Programs call theirs "Customized Time Zone" or "Mitteleuropäische Zeit", so the rules count, and not the name. Only
the rules that programs write are read: one day of each year. No library does that at a known cost: most expand a
recurrence rule, and one of a file can recur every second since the year 1.
"""

import re
from bisect import bisect_left, bisect_right
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from todos.time_zones import find_time_zone

MAX_RULES = 100  # of a time zone; those with all of their history have about 30
MAX_RULES_OF_A_YEAR = 8  # others have two
LAST_YEAR = 9999
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
SEASON = timedelta(days=150)  # summer time and winter time take longer

_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z?)?", re.ASCII)
_OFFSET = re.compile(r"([+-]?)(\d\d)(\d\d)(\d\d)?", re.ASCII)
_WEEKDAY = re.compile(r"([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_READ_PARTS = {
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYDAY", "BYMONTHDAY", "BYSETPOS", "BYHOUR",
    "BYMINUTE", "BYSECOND",
}  # fmt: skip

Lines = list[tuple[str, str]]  # the properties of a STANDARD or DAYLIGHT, by name


class UnusableTimeZone(ValueError):
    """The definition says nothing about this time; the message is the end of a sentence about the time zone."""


class Onset(NamedTuple):
    """A change of the offset, in the terms of RFC 5545. In those of tzdata, which have it in UTC, it is a transition:
    calendars/ical/time_zones.py.
    """

    local: datetime  # by the clock that is being changed
    before: timedelta
    after: timedelta

    @property
    def counts_from(self) -> datetime:
        """The first time on a wall clock that has the new offset without a doubt.

        A time that the clock skips has the offset before, and so has the first of two that are the same (3.3.5).
        """
        return self.local + max(self.after - self.before, timedelta(0))


class TimeZone:
    """A time zone by its definition. Read when it is first needed, since most are not."""

    def __init__(self, observances: list[Lines]) -> None:
        self._observances = observances
        # What cannot be read stays without any.
        self._fixed: list[Onset] = []
        self._rules: list[YearlyRule] = []
        self._years: dict[int, list[Onset]] = {}
        self._known: dict[int, ZoneInfo | None] = {}
        self._is_open = False

    def offset_at(self, wall: datetime) -> timedelta:
        """Return the offset from UTC at a time on a wall clock. Raises UnusableTimeZone."""
        try:
            if self._observances:
                self._read()
            onsets = self._onsets(wall.year)
        except (ValueError, OverflowError, KeyError) as error:
            raise UnusableTimeZone(
                gettext("Its time zone, %(zone)s, is defined in a form that cannot be read.")
            ) from error
        place = bisect_right(onsets, wall, key=lambda onset: onset.counts_from)
        if not place:
            return self._outside(self._fixed[:4], wall, otherwise=onsets[0].before)
        last = onsets[place - 1]
        if self._is_open or last != self._fixed[-1]:
            return last.after
        changes = [onset.local for onset in self._fixed[-2:] if onset.before != onset.after]
        is_seasonal = len(changes) == 2 and changes[1] - changes[0] < timedelta(days=300)
        is_over = is_seasonal and wall - last.local > SEASON
        return self._outside(self._fixed[-4:], wall, otherwise=None if is_over else last.after)

    def known_zone(self, year: int) -> ZoneInfo | None:
        """Return a known zone with the same offsets in a year and the next one. Raises UnusableTimeZone."""
        if year not in self._known:
            self._known[year] = self._find_known_zone(year)
        return self._known[year]

    def _find_known_zone(self, year: int) -> ZoneInfo | None:
        days = [datetime(year + month // 12, month % 12 + 1, day) for month in range(24) for day in (1, 15)]
        offsets = [self.offset_at(day) for day in days]
        for zone in _known_zones():
            if all(
                day.replace(tzinfo=zone).utcoffset() == offset for day, offset in zip(days, offsets, strict=True)
            ):
                return zone
        return None

    def _outside(self, onsets: list[Onset], wall: datetime, *, otherwise: timedelta | None) -> timedelta:
        """Return the offset where the definition says nothing: that of the known zones with the same changes."""
        zones = known_zones_with(tuple(onset for onset in onsets if onset.before != onset.after))
        offsets = {wall.replace(tzinfo=zone).utcoffset() for zone in zones}
        if len(offsets) == 1:
            return offsets.pop()
        if otherwise is None:
            sentence = gettext("Its time zone, %(zone)s, has no rules for %(year)s in this file.")
            raise UnusableTimeZone(sentence % {"zone": "%(zone)s", "year": wall.year})
        return otherwise

    def _read(self) -> None:
        observances, self._observances = self._observances, []
        fixed, rules = set(), []
        for observance in observances:
            self._add(observance, fixed, rules)
        self._fixed = sorted(fixed, key=lambda onset: onset.counts_from)
        self._rules = rules
        self._is_open = any(rule.last_year == LAST_YEAR for rule in rules)

    @staticmethod
    def _add(observance: Lines, fixed: set[Onset], rules: list["YearlyRule"]) -> None:
        """Add the onsets of a STANDARD or DAYLIGHT. Its start is one, whether its rule has it or not."""
        values = dict(reversed(observance))
        after = _offset(values["TZOFFSETTO"])
        before = _offset(values.get("TZOFFSETFROM", values["TZOFFSETTO"]))
        start = _moment(values["DTSTART"])
        dates = [value for name, text in observance if name == "RDATE" for value in text.split(",")]
        fixed |= {Onset(local, before, after) for local in (start, *map(_moment, dates))}
        recurrence = [text for name, text in observance if name == "RRULE"]
        if recurrence:
            [text] = recurrence
            rule = YearlyRule(text, start, before, after)
            rules.append(rule)
            if len(rules) > MAX_RULES:
                raise ValueError
            # What counts when a rule has ended is its last onset.
            years = range(rule.last_year, max(start.year, rule.last_year - 8) - 1, -1)
            ended = (rule.onset(year) for year in years) if rule.last_year < LAST_YEAR else ()
            fixed |= {onset for onset in [next(filter(None, ended), None)] if onset}

    def _onsets(self, year: int) -> list[Onset]:
        """Return the onsets that decide about a year: those of it and the year before, and the last one before."""
        if not self._fixed:
            raise ValueError
        if year not in self._years:
            active = [rule for rule in self._rules if rule.start.year <= year and rule.last_year >= year - 1]
            if len(active) > MAX_RULES_OF_A_YEAR:
                raise ValueError
            recurring = [rule.onset(when) for rule in active for when in (year - 1, year)]

            def place(year: int) -> int:
                return bisect_left(self._fixed, year, key=lambda onset: onset.counts_from.year)

            fixed = self._fixed[max(place(year - 1) - 1, 0) : place(year + 1)]
            onsets = [onset for onset in recurring if onset] + (fixed or self._fixed[:1])
            self._years[year] = sorted(onsets, key=lambda onset: onset.counts_from)
        return self._years[year]


class YearlyRule:
    """A recurrence rule that names one day of each year."""

    def __init__(self, text: str, start: datetime, before: timedelta, after: timedelta) -> None:
        parts = dict(part.upper().split("=", 1) for part in text.strip().strip(";").split(";"))
        if parts.keys() - _READ_PARTS or parts["FREQ"] != "YEARLY" or parts.get("INTERVAL", "1") != "1":
            raise ValueError
        if "BYMONTH" not in parts and parts.keys() & {"BYDAY", "BYMONTHDAY", "BYSETPOS"}:
            raise ValueError  # they count through the year
        self.start, self.before, self.after = start, before, after
        self.month = int(parts.get("BYMONTH", start.month))
        self.weekday, self.ordinal = None, 0
        if "BYDAY" in parts:
            if not (match := _WEEKDAY.fullmatch(parts["BYDAY"])):
                raise ValueError
            ordinal, weekday = match.groups()
            self.weekday, self.ordinal = WEEKDAYS.index(weekday), int(ordinal or 0)
        self.days = _numbers(parts.get("BYMONTHDAY", "" if "BYDAY" in parts else str(start.day)))
        self.position = int(parts.get("BYSETPOS", 0))
        self.time = start.time().replace(
            hour=int(parts.get("BYHOUR", start.hour)),
            minute=int(parts.get("BYMINUTE", start.minute)),
            second=int(parts.get("BYSECOND", start.second)),
        )
        self.until, self.last_year = None, LAST_YEAR
        if "UNTIL" in parts and not parts["UNTIL"].startswith(str(LAST_YEAR)):  # which is for ever
            self.until = _moment(parts["UNTIL"]) + (before if parts["UNTIL"].endswith("Z") else timedelta(0))
            if "T" not in parts["UNTIL"]:
                self.until += timedelta(days=1)
            self.last_year = self.until.year
        if "COUNT" in parts:
            [count] = _numbers(parts["COUNT"])
            self.last_year = min(self.last_year, start.year + count - 1)
        self._day(2000)  # raises ValueError now if it does not name one day

    def onset(self, year: int) -> Onset | None:
        if not self.start.year <= year <= self.last_year or (day := self._day(year)) is None:
            return None
        local = datetime.combine(datetime(year, self.month, day), self.time)
        if local < self.start or (self.until and local > self.until):
            return None
        return Onset(local, self.before, self.after)

    def _day(self, year: int) -> int | None:
        """Return the day of the month, or None in a year that has none, as for a 29 February."""
        first_weekday, length = monthrange(year, self.month)
        days = range(1, length + 1)
        if self.weekday is not None:
            days = days[(self.weekday - first_weekday) % 7 :: 7]
        if self.days:
            days = [day for day in days if day in self.days or day - length - 1 in self.days]
        if place := self.ordinal or self.position:
            index = place - 1 if place > 0 else len(days) + place
            days = days[index : index + 1] if index >= 0 else []
        if len(days) > 1:
            raise ValueError
        return days[0] if days else None


@cache
def _known_zones() -> list[ZoneInfo]:
    """The zones that Windows has too: their rules are all that are in use."""
    zones = (find_time_zone(name) for name in sorted(set(WINDOWS_TO_OLSON.values())))
    return [zone for zone in zones if zone]


@lru_cache(maxsize=1000)
def known_zones_with(onsets: tuple[Onset, ...]) -> list[ZoneInfo]:
    """Return the known zones that have all of these changes."""
    try:
        offsets = [
            (moment.replace(tzinfo=UTC), offset)
            for onset in onsets
            for moment, offset in (
                (onset.local - onset.before - timedelta(seconds=1), onset.before),
                (onset.local - onset.before, onset.after),
            )
        ]
        return [
            zone
            for zone in (_known_zones() if offsets else ())
            if all(moment.astimezone(zone).utcoffset() == offset for moment, offset in offsets)
        ]
    except OverflowError:
        return []


def _moment(text: str) -> datetime:
    match = _MOMENT.fullmatch(text.strip())
    if not match:
        raise ValueError
    return datetime(*(int(part or 0) for part in match.groups()))


def _offset(text: str) -> timedelta:
    match = _OFFSET.fullmatch(text.strip())
    if not match:
        raise ValueError
    sign, hours, minutes, seconds = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    if offset >= timedelta(days=1):
        raise ValueError
    return -offset if sign == "-" else offset


def _numbers(text: str) -> list[int]:
    parts = text.split(",", 31) if text else []
    if not all(_NUMBER.fullmatch(part) for part in parts):
        raise ValueError
    return [int(part) for part in parts]
