"""The rule of a todo that repeats: the part of RFC 5545's RRULE that people use, read strictly.

A rule may come from anybody. So nothing in it repeats within a day, each number has a limit, and a rule that has no
date at all is refused.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Self

from django.utils.translation import gettext as _

from todos.deadlines import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from todos.recurrence.occurrence import Occurrence

MAX_LENGTH = 255  # of the text, which never gets longer in canonical form
MAX_INTERVAL = 999
MAX_COUNT = 9999
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WORKDAYS = (0, 1, 2, 3, 4)
MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,5}", re.ASCII)
_UNTIL = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)
_NAME = re.compile(r"[A-Z-]{1,30}", re.ASCII)


class Frequency(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


class RuleError(ValueError):
    """The text is no rule; the message is a sentence for the person who sent it, and names the part."""


class WeekdayNumber(NamedTuple):
    """A weekday, 0 for Monday; ``nth`` is 0 for every one, 2 for the second, -1 for the last of its month or year."""

    weekday: int
    nth: int = 0

    def __str__(self) -> str:
        return f"{self.nth or ''}{WEEKDAYS[self.weekday]}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in canonical form: its numbers are sorted, and parts that say nothing are left out."""

    freq: Frequency
    interval: int = 1
    count: int | None = None  # the current occurrence is one of them
    until: date | None = None  # the last day, by the series' clock
    by_month: tuple[int, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_day: tuple[WeekdayNumber, ...] = ()
    by_set_pos: tuple[int, ...] = ()
    week_start: int = 0

    def __str__(self) -> str:
        """Return the value of an RRULE."""
        parts = [f"FREQ={self.freq}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.count:
            parts.append(f"COUNT={self.count}")
        if self.until:
            parts.append(f"UNTIL={self.until.isoformat().replace('-', '')}")
        for name, values in (
            ("BYMONTH", self.by_month),
            ("BYMONTHDAY", self.by_month_day),
            ("BYDAY", self.by_day),
            ("BYSETPOS", self.by_set_pos),
        ):
            if values:
                parts.append(f"{name}={','.join(map(str, values))}")
        if self.week_start:
            parts.append(f"WKST={WEEKDAYS[self.week_start]}")
        return ";".join(parts)

    @property
    def has_nth_weekdays(self) -> bool:
        return bool(self.by_day and self.by_day[0].nth)

    @property
    def has_by_parts(self) -> bool:
        return bool(self.by_month or self.by_month_day or self.by_day)

    @property
    def names_days(self) -> bool:
        """Whether nothing has to be taken from the first occurrence (see ``anchored``)."""
        if self.freq == Frequency.DAILY:
            return True
        if self.freq == Frequency.WEEKLY:
            return bool(self.by_day)
        if self.freq == Frequency.YEARLY and self.by_month_day:
            return bool(self.by_month)
        return bool(self.by_day or self.by_month_day)

    def after_one(self) -> Self:
        """Return the rule for the next occurrence, if there is one."""
        return replace(self, count=self.count - 1) if self.count and self.count > 1 else self

    def days_of_month(self, length: int, first_weekday: int) -> list[int]:
        """Return the days of a month in ``by_month`` that has this length and begins with this weekday."""
        return self.choose(self._days(length, first_weekday))

    def days_of_year(self, is_leap: bool, first_weekday: int) -> list[int]:
        """Return days as numbers from 1 to 366."""
        if self.has_nth_weekdays and not self.by_month:
            return self.choose(self._days(365 + is_leap, first_weekday))
        days: list[int] = []
        before = 0
        for month, length in enumerate(month_lengths(is_leap), 1):
            if not self.by_month or month in self.by_month:
                days += [before + day for day in self._days(length, (first_weekday + before) % 7)]
            before += length
        return self.choose(days)

    def choose(self, days: Sequence[int]) -> list[int]:
        """Return the days of a period that BYSETPOS chooses."""
        if not self.by_set_pos:
            return list(days)
        places = (place - 1 if place > 0 else place for place in self.by_set_pos if abs(place) <= len(days))
        return sorted({days[place] for place in places})

    def _days(self, length: int, first_weekday: int) -> list[int]:
        if self.by_month_day:
            weekdays = {day.weekday for day in self.by_day} or range(7)
            days = {day if day > 0 else length + 1 + day for day in self.by_month_day if abs(day) <= length}
            return sorted(day for day in days if (first_weekday + day - 1) % 7 in weekdays)
        if not self.by_day:
            return list(range(1, length + 1))
        days = set()
        for weekday, nth in self.by_day:
            all_days = range((weekday - first_weekday) % 7 + 1, length + 1, 7)
            if not nth:
                days.update(all_days)
            elif abs(nth) <= len(all_days):
                days.add(all_days[nth - 1 if nth > 0 else nth])
        return sorted(days)


def month_lengths(is_leap: bool) -> Iterable[int]:
    return (length + (is_leap and length == 28) for length in MONTH_LENGTHS)


def parse_rule(text: str, occurrence: "Occurrence | None" = None) -> Rule:
    """Return the rule that ``text`` means, with or without ``RRULE:`` and in any case.

    An UNTIL with a time becomes the day of the last occurrence by the series' clock, which ``occurrence`` shows;
    without it, the day that is written. Raises RuleError for anything that is outside the grammar.
    """
    if len(text) > MAX_LENGTH:
        raise RuleError(_("A rule can have up to %(count)d characters.") % {"count": MAX_LENGTH})
    if not text.isascii():
        raise RuleError(_("A rule has ASCII characters only."))
    parts = _split(text.strip().upper().removeprefix("RRULE:"))
    if "COUNT" in parts and "UNTIL" in parts:
        raise RuleError(_("A rule can have COUNT or UNTIL, not both."))
    freq = _freq(parts.pop("FREQ", ""))
    fields = {_FIELDS[name][0]: _FIELDS[name][1](name, value) for name, value in parts.items() if name != "UNTIL"}
    until = _until(parts["UNTIL"], occurrence) if "UNTIL" in parts else None
    rule = Rule(freq, until=until, **fields)
    _check(rule)
    if freq != Frequency.WEEKLY or (rule.interval == 1 and not rule.by_set_pos):
        rule = replace(rule, week_start=0)  # it makes no difference
    return rule


def _split(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, _equals, value = part.partition("=")
        if not value or not _NAME.fullmatch(name):
            raise RuleError(_("A rule looks like FREQ=WEEKLY;BYDAY=FR."))
        if name in parts:
            raise RuleError(_("%(name)s can occur only once.") % {"name": name})
        if name not in _NAMES:
            raise RuleError(
                _("%(name)s is not supported; use %(names)s.") % {"name": name, "names": ", ".join(_NAMES)}
            )
        parts[name] = value
    return parts


def _freq(value: str) -> Frequency:
    try:
        return Frequency(value)
    except ValueError:
        raise RuleError(_("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY.")) from None


def _number(name: str, value: str) -> int:
    highest = MAX_INTERVAL if name == "INTERVAL" else MAX_COUNT
    number = int(value) if value.isdigit() else 0
    if not 1 <= number <= highest:
        raise RuleError(_("%(name)s must be 1 to %(highest)d.") % {"name": name, "highest": highest})
    return number


def _numbers(name: str, value: str) -> tuple[int, ...]:
    highest = 12 if name == "BYMONTH" else 31
    numbers = set()
    for item in value.split(","):
        number = int(item) if _NUMBER.fullmatch(item) else 0
        if not 1 <= abs(number) <= highest or (number < 0 and name == "BYMONTH"):
            if name == "BYMONTH":
                sentence = _("%(name)s must be 1 to %(highest)d, separated by commas.")
            else:
                sentence = _("%(name)s must be 1 to %(highest)d or -%(highest)d to -1, separated by commas.")
            raise RuleError(sentence % {"name": name, "highest": highest})
        numbers.add(number)
    return tuple(sorted(numbers, key=_from_the_end_last))


def _weekdays(name: str, value: str) -> tuple[WeekdayNumber, ...]:
    days = set()
    for item in value.split(","):
        match = _DAY.fullmatch(item)
        nth = int(match[1]) if match and match[1] else 0
        if not match or (match[1] and not 1 <= abs(nth) <= 53):
            raise RuleError(_("%(name)s must be days like MO, 2TU or -1FR, separated by commas.") % {"name": name})
        days.add(WeekdayNumber(WEEKDAYS.index(match[2]), nth))
    if len({bool(day.nth) for day in days}) > 1:
        raise RuleError(_("Either all days of %(name)s have a number, or none.") % {"name": name})
    return tuple(sorted(days, key=lambda day: (_from_the_end_last(day.nth), day.weekday)))


def _week_start(name: str, value: str) -> int:
    if value not in WEEKDAYS:
        raise RuleError(_("%(name)s must be a day like MO.") % {"name": name})
    return WEEKDAYS.index(value)


def _from_the_end_last(number: int) -> tuple[bool, int]:
    return number < 0, number


_FIELDS: dict[str, tuple[str, Callable]] = {
    "INTERVAL": ("interval", _number),
    "COUNT": ("count", _number),
    "BYMONTH": ("by_month", _numbers),
    "BYMONTHDAY": ("by_month_day", _numbers),
    "BYDAY": ("by_day", _weekdays),
    "BYSETPOS": ("by_set_pos", _numbers),
    "WKST": ("week_start", _week_start),
}
_NAMES = ("FREQ", "UNTIL", *_FIELDS)


def _until(value: str, occurrence: "Occurrence | None") -> date:
    """Return the last day on which an occurrence can be."""
    match = _UNTIL.fullmatch(value)
    if not match:
        raise RuleError(_("UNTIL looks like 20261224 or 20261224T120000Z."))
    year, month, day, hour, minute, second = (int(digits or 0) for digits in match.groups()[:6])
    if not FIRST_YEAR < year <= LAST_YEAR:
        raise RuleError(
            _("UNTIL must be between the years %(first)d and %(last)d.")
            % {"first": FIRST_YEAR + 1, "last": LAST_YEAR}
        )
    try:
        wall = datetime.combine(date(year, month, day), time(hour, minute, second))
    except ValueError:
        raise RuleError(_("UNTIL is no date or time that exists: %(value)s.") % {"value": value}) from None
    if not match[4] or occurrence is None:
        return wall.date()
    return occurrence.last_day_until(wall, is_utc=bool(match[7]))


def _check(rule: Rule) -> None:
    """Refuse parts that do not go together, and rules without a date."""
    freq = rule.freq
    if rule.has_nth_weekdays:
        if freq not in (Frequency.MONTHLY, Frequency.YEARLY):
            raise RuleError(_("BYDAY can have numbers only if FREQ is MONTHLY or YEARLY."))
        if rule.by_month_day:
            raise RuleError(_("BYDAY can have no numbers beside BYMONTHDAY."))
        if (freq == Frequency.MONTHLY or rule.by_month) and any(abs(day.nth) > 5 for day in rule.by_day):
            raise RuleError(_("BYDAY can have numbers up to 5 within a month."))
    if rule.by_month_day and freq == Frequency.WEEKLY:
        raise RuleError(_("BYMONTHDAY cannot be used with FREQ=WEEKLY."))
    if rule.by_set_pos and freq == Frequency.DAILY:
        raise RuleError(_("BYSETPOS cannot be used with FREQ=DAILY."))
    if rule.by_set_pos and not (rule.by_day or rule.by_month_day):
        raise RuleError(_("BYSETPOS needs BYDAY or BYMONTHDAY."))
    if not _has_dates(rule):
        parts = {"BYMONTH": rule.by_month, "BYMONTHDAY": rule.by_month_day, "BYDAY": rule.by_day}
        named = [*(name for name, values in parts.items() if values), *(["BYSETPOS"] if rule.by_set_pos else [])]
        both = " {} ".format(_("and")).join(named)
        raise RuleError(_("No date matches this %(parts)s.") % {"parts": both})


def _has_dates(rule: Rule) -> bool:
    """Whether there is a date in any year: there are fourteen kinds of years, and 28 of months."""
    if rule.freq == Frequency.WEEKLY:
        return not rule.by_set_pos or min(map(abs, rule.by_set_pos)) <= len(rule.by_day)
    if rule.freq == Frequency.YEARLY:
        return any(rule.days_of_year(is_leap, weekday) for is_leap in (True, False) for weekday in range(7))
    months = rule.by_month or range(1, 13)
    lengths = {
        length for year in (True, False) for month, length in enumerate(month_lengths(year), 1) if month in months
    }
    return any(rule.days_of_month(length, weekday) for length in lengths for weekday in range(7))
