"""Random rules with their next occurrences, and calendars in which judges find the same."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from random import Random
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from tests.todos.recurrence.strategies import random_occurrence, random_rule
from todos.deadlines import DeadlineKind
from todos.recurrence.occurrence import Occurrence, anchored, first_occurrence, following
from todos.recurrence.rule import Frequency, Rule

OCCURRENCES = 50
MOST_YEARS = 20  # of an interval, so that fifty occurrences are within the years of every judge


@dataclass(frozen=True)
class Case:
    """A rule with its first occurrence."""

    rule: Rule
    first: Occurrence

    @property
    def found(self) -> list[Occurrence]:
        """The first and the next fifty occurrences."""
        return [self.first, *following(self.rule, self.first, OCCURRENCES)]

    @property
    def dtstart(self) -> str:
        if self.first.kind == DeadlineKind.DAY:
            return f"DTSTART;VALUE=DATE:{self.first.wall:%Y%m%d}"
        zone = f";TZID={self.first.zone}" if self.first.zone else ""
        return f"DTSTART{zone}:{self.first.wall:%Y%m%dT%H%M%S}"

    @property
    def rrule(self) -> str:
        """The rule with an UNTIL of the same kind as DTSTART, in UTC if that has a zone."""
        text, until = str(self.rule), self.rule.until
        if until is None or self.first.kind == DeadlineKind.DAY:
            return text
        last = self.first.on(until)
        moment = f"{last.wall:%Y%m%dT%H%M%S}"
        if self.first.zone:
            moment = f"{last.deadline.moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        return text.replace(f"{until:%Y%m%d}", moment)

    def __str__(self) -> str:
        return f"{self.dtstart} RRULE:{self.rrule}"


def cases(seed: int, number: int) -> Iterator[Case]:
    random = Random(seed)
    while number:
        rule = random_rule(random, most_interval=MOST_YEARS)
        first = first_occurrence(rule, random_occurrence(random))
        if first and not (rule.freq == Frequency.YEARLY and rule.interval > MOST_YEARS):
            yield Case(anchored(rule, first), first)
            number -= 1


def event(case: Case, uid: int) -> str:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{uid}",
        "DTSTAMP:20260101T000000Z",
        case.dtstart,
        f"RRULE:{case.rrule}",
        "END:VEVENT",
    ]
    return "\r\n".join(lines)


def calendar(components: Iterable[str]) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests", *components, "END:VCALENDAR", ""])


def found_by_recurring_ical_events(case: Case) -> list[date]:
    """Return the occurrences up to the last that we found, or to ten years later if there are fewer than fifty."""
    found = case.found
    last = found[-1].wall if len(found) > OCCURRENCES else found[-1].wall + timedelta(days=3652)
    body = calendar([event(case, 1)])
    query = recurring_ical_events.of(icalendar.Calendar.from_ical(body))
    starts = [item["DTSTART"].dt for item in query.between(case.first.date, last + timedelta(days=1))]
    if case.first.kind == DeadlineKind.DAY:
        return sorted(start for start in starts if start <= last.date())
    # What exists only on its clock is compared as the moment that it is: 02:30 in a gap is 03:30.
    zone = ZoneInfo(case.first.zone or "UTC")
    moments = sorted(start.astimezone(UTC) if start.tzinfo else start.replace(tzinfo=UTC) for start in starts)
    return [moment for moment in moments if moment <= last.replace(tzinfo=zone)]


def agrees_with_recurring_ical_events(case: Case) -> bool:
    """Whether it finds the same, but for one fault.

    dateutil #1398: it applies BYSETPOS of a weekly rule to what is left of the first week. So it may find more or fewer
    days in that week, and COUNT ends it as many days earlier or later.
    """
    is_day = case.first.kind == DeadlineKind.DAY
    ours = [occurrence.date if is_day else occurrence.deadline.moment for occurrence in case.found]
    theirs = found_by_recurring_ical_events(case)
    if case.rule.freq == Frequency.WEEKLY and case.rule.by_set_pos:
        next_week = ours[0] + timedelta(days=7)
        ours, theirs = ([start for start in starts if start >= next_week] for starts in (ours, theirs))
        if case.rule.count:
            if abs(len(ours) - len(theirs)) > len(case.rule.by_set_pos):
                return False
            both = min(len(ours), len(theirs))
            ours, theirs = ours[:both], theirs[:both]
    return ours == theirs


def fault_of_icaljs(rule: Rule) -> str:
    """Return the fault of ical.js 2.2.1 that a rule may meet, or nothing.

    Those without a number are not among its issues of November 2026; test_recurrence.py has a case of each.
    """
    is_monthly, is_yearly = rule.freq == Frequency.MONTHLY, rule.freq == Frequency.YEARLY
    is_negative = any(day < 0 for day in rule.by_month_day)
    if rule.by_set_pos and not (
        is_monthly and rule.by_day and not (rule.has_nth_weekdays or rule.by_month or rule.by_month_day)
    ):
        return "#1039: BYSETPOS is ignored"
    if len(rule.by_set_pos) > 1 or any(abs(place) > len(rule.by_day) for place in rule.by_set_pos):
        return "#960: BYSETPOS"
    if is_negative and not (is_monthly and not rule.by_day and not rule.by_month):
        return "negative BYMONTHDAY is not found, which may take for ever: #1038"
    if is_monthly and rule.by_month:
        return "months of BYMONTH: INTERVAL is ignored, and the first comes again"
    if is_yearly and not rule.by_month and any(abs(day.nth) > 5 for day in rule.by_day):
        return "numbers of BYDAY within a year"
    if is_monthly and len(rule.by_day) > 1 and any(abs(day.nth) == 5 for day in rule.by_day):
        return "the first date is left out where its month lacks another fifth weekday"
    has_twice = len({day.weekday for day in rule.by_day}) < len(rule.by_day)
    if is_yearly and rule.count and rule.has_nth_weekdays and has_twice:
        return "a day that two numbers of BYDAY name counts twice"
    if is_yearly and any(day > 28 for day in rule.by_month_day):
        return "#1004: a day that a month lacks becomes one of the next month"
    return ""
