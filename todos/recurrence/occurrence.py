"""Occurrences of a rule: a day, or a day and a time by a clock, which stays the same whatever the time zone does."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Self
from zoneinfo import ZoneInfo

from todos.deadlines import Deadline, DeadlineKind
from todos.recurrence.dates import LAST_DAY, add_months, dates_from
from todos.recurrence.rule import Frequency, Rule, RuleError, WeekdayNumber, parse_rule
from todos.time_zones import time_zone_names

_FORM = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(?: ([A-Za-z0-9_+/-]+))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What the clock of a series shows: 02:30 also on the day on which clocks skip it."""

    wall: datetime  # without a zone; midnight for a day
    kind: str
    zone: str = ""  # the name of an instant's

    def __str__(self) -> str:
        if self.kind == DeadlineKind.DAY:
            return self.wall.isoformat()[:10]
        text = self.wall.isoformat(timespec="seconds")
        return f"{text} {self.zone}" if self.kind == DeadlineKind.INSTANT else text

    @classmethod
    def of(cls, deadline: Deadline, zone: str) -> Self:
        """Return what the clock shows at a deadline; ``zone`` matters for an instant."""
        if deadline.kind == DeadlineKind.INSTANT:
            return cls(deadline.on_clock(ZoneInfo(zone)).replace(fold=0), deadline.kind, zone)
        return cls(deadline.moment.replace(tzinfo=None), deadline.kind)

    @property
    def date(self) -> date:
        return self.wall.date()

    @property
    def deadline(self) -> Deadline:
        """Return the deadline; in an instant's zone, a time that is skipped is as much later, one that comes twice is
        the first (RFC 5545, 3.3.5)."""
        if self.kind == DeadlineKind.DAY:
            return Deadline.of_day(self.date)
        if self.kind == DeadlineKind.INSTANT:
            moment = self.wall.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
            return Deadline(moment, DeadlineKind.INSTANT)
        return Deadline.of_clock(self.wall)

    def on(self, day: date) -> Self:
        """Return the same on another day."""
        return replace(self, wall=datetime.combine(day, self.wall.time()))

    def last_day_until(self, until: datetime, *, is_utc: bool) -> date:
        """Return the last day on which an occurrence at this time of day is not after ``until``."""
        if self.kind == DeadlineKind.DAY:
            return until.date()
        if self.kind == DeadlineKind.INSTANT:
            zone = ZoneInfo(self.zone)
            end = until.replace(tzinfo=UTC if is_utc else zone)
            day = end.astimezone(zone).date()
            is_over = self.on(day).deadline.moment > end
        else:
            day = until.date()
            is_over = self.on(day).wall > until
        return day - timedelta(days=1) if is_over else day


def parse_occurrence(text: str) -> Occurrence:
    """Return the occurrence whose text form this is. Raises ValueError for any other text, and for an unknown zone."""
    match = _FORM.fullmatch(text)
    if not match or (match[2] and match[2] not in time_zone_names()):
        raise ValueError(f"No occurrence: {text}")
    clock, zone = match.groups()
    if zone:
        return Occurrence(datetime.fromisoformat(text[:19]), DeadlineKind.INSTANT, zone)
    kind = DeadlineKind.FLOATING if clock else DeadlineKind.DAY
    return Occurrence(datetime.fromisoformat(text), kind)


def parse_series(rule: str, occurrence: str) -> tuple[Rule, Occurrence] | None:
    """Return the rule and the occurrence of a todo; None if a later release wrote what this one cannot read."""
    try:
        return parse_rule(rule), parse_occurrence(occurrence)
    except ValueError:
        return None


def anchored(rule: Rule, first: Occurrence) -> Rule:
    """Return the rule with the days that its first occurrence implies, so that it names its days by itself.

    A yearly rule with BYMONTHDAY alone means the month of the first: so do those who write it, Google's and Windows's
    calendars, while libraries disagree (dateutil #1452, rrule.js #275).
    """
    if rule.names_days:
        return rule
    if rule.freq == Frequency.WEEKLY:
        return replace(rule, by_day=(WeekdayNumber(first.date.weekday()),))
    if rule.freq == Frequency.YEARLY and not rule.by_month:
        rule = replace(rule, by_month=(first.date.month,))
    return rule if rule.by_month_day else replace(rule, by_month_day=(first.date.day,))


def is_occurrence(rule: Rule, occurrence: Occurrence) -> bool:
    """Whether the rule names the day, wherever its intervals begin."""
    return first_occurrence(rule, occurrence) == occurrence


def first_occurrence(rule: Rule, not_before: Occurrence) -> Occurrence | None:
    """Return the first day of the rule on which a series can begin, at the time of day of ``not_before``."""
    every = replace(anchored(rule, not_before), interval=1)  # the series' intervals begin with it
    return next((not_before.on(day) for day in dates_from(every, not_before.date)), None)


def following(rule: Rule, current: Occurrence, limit: int) -> list[Occurrence]:
    """Return up to ``limit`` occurrences after the current one, which is the first that COUNT counts."""
    if rule.count:
        limit = min(limit, rule.count - 1)
    days = (day for day in dates_from(anchored(rule, current), current.date) if day > current.date)
    return [current.on(day) for day in islice(days, limit)]


def next_occurrence(rule: Rule, current: Occurrence) -> Occurrence | None:
    return next(iter(following(rule, current, 1)), None)


def check_from_completion(rule: Rule) -> None:
    """Refuse a rule that names days, and so cannot begin anew on any day. Raises RuleError."""
    if rule.has_by_parts:
        raise RuleError("A rule that repeats from completion can have only FREQ, INTERVAL, COUNT and UNTIL.")


def next_after_completion(rule: Rule, current: Occurrence, day: date) -> Occurrence | None:
    """Return the occurrence one interval after the ``day`` of completion, at the same time of day.

    A month after 31 January is the last of February: nothing of a series that begins anew should be skipped.
    """
    if rule.count == 1:
        return None
    if rule.freq in (Frequency.DAILY, Frequency.WEEKLY):
        ordinal = day.toordinal() + rule.interval * (7 if rule.freq == Frequency.WEEKLY else 1)
    else:
        months = rule.interval * (12 if rule.freq == Frequency.YEARLY else 1)
        try:
            ordinal = add_months(day, months).toordinal()
        except OverflowError:
            return None
    last = min(rule.until or LAST_DAY, LAST_DAY)
    return current.on(date.fromordinal(ordinal)) if ordinal <= last.toordinal() else None
