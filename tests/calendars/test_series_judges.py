"""recurring-ical-events finds in our files when a todo is due next, by our rules, time zones and dates that differ."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import recurring_ical_events

from calendars.ical.components import TodoRow
from calendars.ical.renderer import render_calendar
from calendars.ical.time_zones import zone_info
from calendars.options import CalendarOptions
from tests.calendars.test_ical import make_row
from tests.todos.recurrence.judging import Case, cases
from todos.deadlines import Deadline, DeadlineKind
from todos.recurrence.occurrence import following
from todos.recurrence.rule import Frequency

NUMBER, NEXT = 150, 10


def usual_cases(seed: int) -> Iterator[Case]:
    """Yield cases without rules that dateutil misreads (#1398), and without zones that the system has other data of."""
    for case in cases(seed, NUMBER):
        occurrences, zone = [case.first, *following(case.rule, case.first, NEXT)], case.first.zone
        is_misread = case.rule.freq == Frequency.WEEKLY and case.rule.by_set_pos
        if not is_misread and all(
            not zone or one.wall.replace(tzinfo=zone_info(zone)).astimezone(UTC) == one.deadline.moment
            for one in occurrences
        ):
            yield case


def repeating(case: Case, due: Deadline) -> TodoRow:
    row = make_row(rule=str(case.rule), occurrence=str(case.first))
    return row._replace(deadline=due.moment, deadline_kind=due.kind)


def shown(start: date) -> datetime:
    """Return a moment as deadlines are stored."""
    if not isinstance(start, datetime):
        start = datetime(start.year, start.month, start.day)
    return start.astimezone(UTC) if start.tzinfo else start.replace(tzinfo=UTC)


def read(body: bytes, kind: str, last: datetime) -> list[datetime]:
    name = "DTSTART" if kind == "VEVENT" else "DUE"
    found = recurring_ical_events.of(icalendar.Calendar.from_ical(body), components=[kind])
    items = found.between(datetime(2019, 12, 1, tzinfo=UTC), last + timedelta(days=2))
    return sorted(moment for item in items if (moment := shown(item[name].dt)) <= last)


@pytest.mark.parametrize("kind", ["VEVENT", "VTODO"])
@pytest.mark.parametrize("is_moved", [False, True])
def test_next_deadlines_are_those_of_the_file(kind: str, is_moved: bool):
    options = CalendarOptions(components="event" if kind == "VEVENT" else "todo")
    judged = 0
    for case in usual_cases(5):
        due = case.first.deadline
        if is_moved:
            due = Deadline(due.moment - timedelta(minutes=90), due.kind)
            due = due if due.kind != DeadlineKind.DAY else Deadline.of_day(case.first.date - timedelta(days=1))
        coming = [due, *(occurrence.deadline for occurrence in following(case.rule, case.first, NEXT))]
        moments = sorted(deadline.moment for deadline in coming)

        body = render_calendar("Todos", [repeating(case, due)], options).body

        assert read(body, kind, moments[-1]) == moments, str(case)
        judged += 1
    assert judged > NUMBER // 2


@pytest.mark.parametrize("shape", ["before", "after"])
def test_each_block_touches_its_deadline(shape: str):
    """But where clocks change within it, and where it would begin a day earlier."""
    options = CalendarOptions(shape=shape, block_minutes=30)
    for case in usual_cases(6):
        if case.first.kind == DeadlineKind.DAY:
            continue
        found = [case.first, *following(case.rule, case.first, NEXT)]
        row = repeating(case, case.first.deadline)
        query = recurring_ical_events.of(
            icalendar.Calendar.from_ical(render_calendar("Todos", [row], options).body)
        )
        last = found[-1].deadline.moment
        items = query.between(datetime(2019, 12, 1, tzinfo=UTC), last + timedelta(days=2))
        name = "DTEND" if shape == "before" else "DTSTART"
        ends = sorted(moment for item in items if (moment := shown(item[name].dt)) <= last + timedelta(hours=1))
        expected = [occurrence.deadline.moment for occurrence in found]
        wrong = [moment for moment in expected if moment not in ends]
        zone = case.first.zone
        assert not wrong or (zone and len(wrong) <= 1), f"{case} {wrong}"
        assert ends[0] == expected[0], str(case)
