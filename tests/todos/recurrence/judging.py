"""Random rules with their next occurrences, and calendars in which judges find the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

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
    stamp = f"{datetime(2026, 1, 1):%Y%m%dT%H%M%SZ}"
    lines = ["BEGIN:VEVENT", f"UID:{uid}", f"DTSTAMP:{stamp}", case.dtstart, f"RRULE:{case.rrule}", "END:VEVENT"]
    return "\r\n".join(lines)


def calendar(events: Iterator[str]) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests", *events, "END:VCALENDAR", ""])
