"""Two independent programs find the same next fifty occurrences of random rules in twenty time zones.

RULES=10000 asks about as many; SEED chooses others.
"""

import os

import icalendar
import pytest

from tests.system.judges.icaljs import occurrences_by_icaljs
from tests.todos.recurrence.judging import (
    OCCURRENCES,
    Case,
    agrees_with_recurring_ical_events,
    calendar,
    cases,
    event,
    fault_of_icaljs,
)
from tests.todos.recurrence.strategies import ZONES
from todos.recurrence.occurrence import parse_occurrence
from todos.recurrence.rule import parse_rule

NUMBER = int(os.environ.get("RULES", "1500"))
SEED = int(os.environ.get("SEED", "2"))


def test_recurring_ical_events_agrees() -> None:
    assert [str(case) for case in cases(SEED, NUMBER) if not agrees_with_recurring_ical_events(case)] == []


def test_icaljs_agrees_where_it_has_no_known_fault() -> None:
    judged = [case for case in cases(SEED, NUMBER) if not fault_of_icaljs(case.rule)]
    zones = [icalendar.Timezone.from_tzid(zone).to_ical().decode().strip() for zone in ZONES if zone != "UTC"]
    body = calendar([*zones, *(event(case, number) for number, case in enumerate(judged))])
    found = occurrences_by_icaljs(body.encode(), OCCURRENCES + 1)
    wrong, endless = [], []
    for case, starts in zip(judged, found, strict=True):
        ours = [str(occurrence).partition(" ")[0] for occurrence in case.found]
        if starts is None:
            endless.append(str(case))
        elif starts != ours and not has_given_up(starts, ours):
            wrong.append(str(case))
    assert wrong == []
    # It looks at each day or month in turn: some searches take longer than it is given (ical.js #1038).
    assert len(endless) <= len(judged) // 100, endless
    assert len(judged) > NUMBER // 2


def has_given_up(starts: list[str], ours: list[str]) -> bool:
    """Whether ical.js stopped after 28 years without a date (#906): 29 February is a Monday in 2072, then in 2112."""
    end = len(starts)
    is_beginning = 0 < end < len(ours) and starts == ours[:end]
    return is_beginning and int(ours[end][:4]) - int(ours[end - 1][:4]) > 28


@pytest.mark.parametrize(
    ("rule", "first", "ours", "theirs"),
    [
        (
            "FREQ=MONTHLY;INTERVAL=2;BYMONTH=1,2,3;BYMONTHDAY=15",
            "2026-01-15",
            ["2026-03-15", "2027-01-15", "2027-03-15"],
            ["2026-01-15", "2026-02-15", "2026-03-15", "2027-01-15"],
        ),
        (
            "FREQ=MONTHLY;BYMONTH=2,4;BYDAY=3SU,-1FR",
            "2025-04-20",
            ["2025-04-25", "2026-02-15", "2026-02-27"],
            ["2025-04-20", "2025-04-25", "2025-04-20", "2025-04-25"],
        ),
        (
            "FREQ=YEARLY;BYDAY=20MO",
            "1997-05-19",
            ["1998-05-18", "1999-05-17", "2000-05-15"],
            ["1997-05-19", "1997-05-26", "1997-06-02", "1997-06-09"],
        ),
        (
            "FREQ=MONTHLY;BYDAY=5TU,5SU",
            "2036-08-31",
            ["2036-09-30", "2036-11-30", "2036-12-30"],
            ["2036-09-30", "2036-11-30", "2036-12-30", "2037-03-29"],
        ),
        (
            "FREQ=YEARLY;COUNT=5;BYMONTH=1,2,3;BYDAY=4MO,-1MO",
            "2026-01-26",
            ["2026-02-23", "2026-03-23", "2026-03-30", "2027-01-25"],
            ["2026-01-26", "2026-02-23", "2026-03-23"],
        ),
    ],
)
def test_faults_of_icaljs_that_no_issue_is_about(
    rule: str, first: str, ours: list[str], theirs: list[str]
) -> None:
    """RFC 5545 and the other judge say that these are its own; ical.js 2.2.1 is what package.json pins.

    - 3.3.10: INTERVAL says "at which intervals the recurrence rule repeats", by the months of a MONTHLY rule, which
      BYMONTH limits: February is the month after January, not the second. What follows April is not in it again.
    - 3.8.5.3 has "Every 20th Monday of the year, forever", with the first three of these dates.
    - 3.8.5.3: DTSTART "defines the first instance in the recurrence set", though its month has no fifth Tuesday.
    - 3.8.5.3: "Duplicate instances are ignored". A fourth Monday that is the last one is one date of the five.
    """
    case = Case(parse_rule(rule), parse_occurrence(first))
    count = len(ours) + 1
    found = occurrences_by_icaljs(calendar([event(case, 1)]).encode(), count)
    assert found == [theirs]
    assert [str(occurrence) for occurrence in case.found[:count]] == [first, *ours]
    assert agrees_with_recurring_ical_events(case)
    assert fault_of_icaljs(case.rule)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;BYDAY=MO,FR",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24",
        "FREQ=YEARLY;BYMONTH=9;BYDAY=1MO",
    ],
)
def test_usual_rules_meet_no_known_fault(rule: str) -> None:
    assert fault_of_icaljs(parse_rule(rule)) == ""
