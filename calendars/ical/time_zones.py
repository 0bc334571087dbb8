"""A time zone as a VTIMEZONE (RFC 5545, 3.6.5): small, without an end, and the same bytes on every machine.

All is read from the tzdata package, whose version requirements.txt pins, and nothing from the system's zones. Its files
list the changes up to the last new rule; the rule itself is their last line, a POSIX time zone (RFC 9636, 3.3).
"""

import re
import struct
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from importlib import resources
from io import BytesIO
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

import tzdata

from calendars.ical import content_lines as lines
from todos.time_zones import time_zone_names

DATA_VERSION = tzdata.__version__
WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")  # as POSIX counts them
LAST = 5  # the week of a POSIX rule that is the month's last
A_DAY = 24 * 60 * 60
EPOCH = datetime(1970, 1, 1)
# For a time of a year, by any clock, the change before that year decides at most.
MARGIN = timedelta(days=2)

_HEADER = struct.Struct(">4sc15x6l")
_OFFSET = r"([+-]?\d{1,3}(?::\d\d){0,2})"
_NAME, _DAY = r"(?:<[^>]+>|[A-Za-z]+)", rf"M(\d+)\.(\d)\.(\d)(?:/{_OFFSET})?"
_FOOTER = re.compile(rf"{_NAME}{_OFFSET}(?:{_NAME}{_OFFSET}?,{_DAY},{_DAY})?")


class UnknownTimeZone(ValueError):
    """The message is the end of a sentence."""


class Transition(NamedTuple):
    """A change of the offset from UTC; times are without a zone."""

    at: datetime  # in UTC
    before: timedelta
    after: timedelta
    is_daylight: bool

    @property
    def local(self) -> datetime:
        """The time by the clock that is being changed, as VTIMEZONE has it."""
        return self.at + self.before

    @property
    def kind(self) -> tuple[timedelta, timedelta, bool]:
        return self.before, self.after, self.is_daylight


@dataclass(frozen=True)
class PosixRule:
    """An transition of each year: a weekday of a week of a month, and a time that may be on another day."""

    before: timedelta
    after: timedelta
    month: int
    week: int
    weekday: int
    time: int  # seconds from midnight, by the clock that is being changed

    def transition(self, year: int) -> Transition:
        first, length = monthrange(year, self.month)
        day = 1 + (self.weekday - 1 - first) % 7 + 7 * (self.week - 1)
        local = datetime(year, self.month, day if day <= length else day - 7) + timedelta(seconds=self.time)
        return Transition(local - self.before, self.before, self.after, self.after > self.before)

    def recurrences(self) -> Iterator[tuple[int, str]]:
        """Yield an RRULE for each month that it can be in, and the month.

        A time before or after its day makes it another weekday, of seven days that may be those of two months.
        """
        days_later = self.time // A_DAY
        weekday = WEEKDAYS[(self.weekday + days_later) % 7]
        if not days_later:
            nth = -1 if self.week == LAST else self.week
            yield self.month, f"FREQ=YEARLY;BYMONTH={self.month};BYDAY={nth}{weekday}"
            return
        length = monthrange(1999, self.month)[1]
        end = datetime(1999, self.month, length if self.week == LAST else 7 * self.week)
        week = [end + timedelta(days=days_later - before) for before in range(6, -1, -1)]
        for month, dates in groupby(week, key=lambda day: day.month):
            days = ",".join(str(day.day) for day in dates)
            yield month, f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={days};BYDAY={weekday}"


@dataclass(frozen=True)
class ZoneData:
    """All of a zone: its offset at first, its changes, and the rules that go on after them for ever."""

    name: str
    first_offset: timedelta
    transitions: tuple[Transition, ...]
    rules: tuple[tuple[PosixRule, int], ...]  # each with its first year

    @property
    def rules_begin(self) -> datetime:
        return min((rule.transition(year).at for rule, year in self.rules), default=datetime.max)

    def transitions_from(self, year: int) -> list[Transition]:
        """Return the transitions, besides those of the rules, that decide about times of a year and all after it."""
        earliest = datetime(year, 1, 1) - MARGIN
        if self.rules_begin <= earliest:
            return []
        later = [transition for transition in self.transitions if transition.at > earliest]
        earlier = self.transitions[: len(self.transitions) - len(later)]
        first = Transition(min(earliest, EPOCH) - self.first_offset, self.first_offset, self.first_offset, False)
        return [earlier[-1] if earlier else first, *later]


def zone_info(name: str) -> ZoneInfo:
    """Return the zone as the pinned data has it. Raises UnknownTimeZone."""
    return _load(name)[0]


@lru_cache(maxsize=1000)
def render_time_zone(name: str, year: int) -> bytes:
    """Return the VTIMEZONE of a zone that is right from a year on, and for ever. Raises UnknownTimeZone."""
    zone = _load(name)[1]
    content = ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    by_kind: dict[tuple, list[Transition]] = {}
    for transition in zone.transitions_from(year):
        by_kind.setdefault(transition.kind, []).append(transition)
    for transitions in by_kind.values():
        # Where there is an RDATE, ical.js (Thunderbird) ignores DTSTART, and of a line all dates but the first.
        dates = [f"RDATE:{lines.digits(transition.local)}" for transition in transitions]
        content += _observance(transitions[0], dates if len(dates) > 1 else [])
    for rule, since in zone.rules:
        for month, recurrence in rule.recurrences():
            years = (rule.transition(year) for year in range(since, since + 100))
            first = next(transition for transition in years if transition.local.month == month)
            content += _observance(first, [f"RRULE:{recurrence}"])
    return lines.stream([*content, "END:VTIMEZONE"])


def _observance(first: Transition, recurrences: list[str]) -> list[str]:
    kind = "DAYLIGHT" if first.is_daylight else "STANDARD"
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{lines.digits(first.local)}",
        *recurrences,
        f"TZOFFSETFROM:{_offset_text(first.before)}",
        f"TZOFFSETTO:{_offset_text(first.after)}",
        f"END:{kind}",
    ]


def _offset_text(offset: timedelta) -> str:
    seconds = abs(int(offset.total_seconds()))
    text = f"{'-' if offset < timedelta(0) else '+'}{seconds // 3600:02}{seconds // 60 % 60:02}"
    return text + (f"{seconds % 60:02}" if seconds % 60 else "")


# --- Reading the data ---


@lru_cache(maxsize=100)
def _load(name: str) -> tuple[ZoneInfo, ZoneData]:
    # Only names that are known: they are a path.
    if name not in time_zone_names():
        raise UnknownTimeZone(f"there is no time zone called {name[:60]}")
    data = resources.files(tzdata).joinpath("zoneinfo", *name.split("/")).read_bytes()
    return ZoneInfo.from_file(BytesIO(data), key=name), _read(name, data)


def _read(name: str, data: bytes) -> ZoneData:
    """Read a TZif file (RFC 9636, 3): a block with times of 32 bits, which nobody needs, one of 64, and the footer."""
    _, _, is_utc, is_std, leaps, times, types, chars = _HEADER.unpack_from(data)
    start = _HEADER.size + times * 5 + types * 6 + chars + leaps * 8 + is_std + is_utc
    *_, times, types, _ = _HEADER.unpack_from(data, start)
    start += _HEADER.size
    moments = struct.unpack_from(f">{times}q", data, start)
    type_of = data[start + 8 * times :][:times]
    kinds = [struct.unpack_from(">l?", data, start + 9 * times + 6 * number) for number in range(types)]
    transitions = []
    before, was_daylight = kinds[0]
    for moment, number in zip(moments, type_of, strict=True):
        after, is_daylight = kinds[number]
        if after != before:
            # Dublin's winter time is said to be daylight saving of an hour less. To programs that is the higher one.
            flag = after > before if is_daylight != was_daylight else is_daylight
            at = EPOCH + timedelta(seconds=moment)
            transitions.append(Transition(at, timedelta(seconds=before), timedelta(seconds=after), flag))
        before, was_daylight = after, is_daylight
    first_offset, end = timedelta(seconds=kinds[0][0]), EPOCH + timedelta(seconds=max(moments, default=0))
    rules = _rules(name, data.rstrip(b"\n").rpartition(b"\n")[2].decode(), end)
    while transitions and (rule := _rule_of(transitions[-1], rules)):
        rules[rule] = transitions.pop().at.year  # the last changes are as the rules say
    return ZoneData(name, first_offset, tuple(transitions), tuple(sorted(rules.items(), key=lambda item: item[1])))


def _rules(name: str, footer: str, end: datetime) -> dict[PosixRule, int]:
    """Return the rules that count after the last change that is listed, each with its first year."""
    if not (match := _FOOTER.fullmatch(footer)):
        raise UnknownTimeZone(f"the rules of the time zone {name} are not understood")
    standard, daylight, *days = match.groups()
    if not any(days):
        return {}
    winter = -_seconds(standard)
    summer = -_seconds(daylight) if daylight else winter + 3600
    offsets = (timedelta(seconds=winter), timedelta(seconds=summer))
    rules = {}
    for (before, after), day in ((offsets, days[:4]), (offsets[::-1], days[4:])):
        rule = PosixRule(before, after, *map(int, day[:3]), _seconds(day[3] or "2"))
        rules[rule] = end.year if rule.transition(end.year).at > end else end.year + 1
    return rules


def _rule_of(transition: Transition, rules: dict[PosixRule, int]) -> PosixRule | None:
    """Return the rule that gives the transition as the one of the year before its first."""
    year = transition.at.year
    return next(
        (rule for rule, first in rules.items() if first == year + 1 and rule.transition(year) == transition), None
    )


def _seconds(text: str) -> int:
    """Return the seconds of a POSIX time, whose sign is also that of its minutes."""
    hours, minutes, seconds = (*map(int, text.lstrip("+-").split(":")), 0, 0)[:3]
    total = hours * 3600 + minutes * 60 + seconds
    return -total if text.startswith("-") else total
