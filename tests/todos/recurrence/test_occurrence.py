"""Which occurrences a rule has, on which days and at which time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.todos.recurrence.counting import counted_calls
from tests.todos.recurrence.strategies import ZONES, occurrences, rules
from todos.deadlines import Deadline, DeadlineKind, parse_deadline
from todos.recurrence import dates
from todos.recurrence.dates import MAX_PERIODS, dates_from
from todos.recurrence.occurrence import (
    Occurrence,
    anchored,
    check_from_completion,
    first_occurrence,
    following,
    is_occurrence,
    next_after_completion,
    next_occurrence,
    parse_occurrence,
    parse_series,
)
from todos.recurrence.rule import RuleError, parse_rule


def days_after(rule: str, current: str, limit: int = 4) -> str:
    return " ".join(map(str, following(parse_rule(rule), parse_occurrence(current), limit)))


@pytest.mark.parametrize(
    ("rule", "current", "expected"),
    [
        # 2026-11-27 is a Friday.
        ("FREQ=DAILY", "2026-11-29", "2026-11-30 2026-12-01 2026-12-02 2026-12-03"),
        ("FREQ=DAILY;INTERVAL=3", "2026-02-27", "2026-03-02 2026-03-05 2026-03-08 2026-03-11"),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "2026-11-27", "2026-11-30 2026-12-01 2026-12-02 2026-12-03"),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO,FR", "2026-11-27", "2026-12-07 2026-12-11 2026-12-21 2026-12-25"),
        ("FREQ=DAILY;BYMONTH=1,11", "2026-11-29", "2026-11-30 2027-01-01 2027-01-02 2027-01-03"),
        ("FREQ=WEEKLY", "2026-11-27", "2026-12-04 2026-12-11 2026-12-18 2026-12-25"),
        ("FREQ=WEEKLY;BYDAY=MO,FR", "2026-11-27", "2026-11-30 2026-12-04 2026-12-07 2026-12-11"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO", "2026-11-30", "2026-12-06 2026-12-14 2026-12-20 2026-12-28"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU", "2026-11-29", "2026-11-30 2026-12-13 2026-12-14 2026-12-27"),
        ("FREQ=WEEKLY;BYDAY=FR;BYMONTH=1,11", "2026-11-27", "2027-01-01 2027-01-08 2027-01-15 2027-01-22"),
        ("FREQ=MONTHLY", "2026-01-31", "2026-03-31 2026-05-31 2026-07-31 2026-08-31"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2027-12-31", "2028-01-31 2028-02-29 2028-03-31 2028-04-30"),
        ("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1,15", "2026-11-15", "2027-02-01 2027-02-15 2027-05-01 2027-05-15"),
        ("FREQ=MONTHLY;BYDAY=1MO", "2026-11-02", "2026-12-07 2027-01-04 2027-02-01 2027-03-01"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-11-27", "2026-12-25 2027-01-29 2027-02-26 2027-03-26"),
        ("FREQ=MONTHLY;BYDAY=5FR", "2026-10-30", "2027-01-29 2027-04-30 2027-07-30 2027-10-29"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-10-30", "2026-11-30 2026-12-31 2027-01-29 2027-02-26"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "2026-11-13", "2027-08-13 2028-10-13 2029-04-13 2029-07-13"),
        ("FREQ=YEARLY", "2026-12-24", "2027-12-24 2028-12-24 2029-12-24 2030-12-24"),
        ("FREQ=YEARLY", "2096-02-29", "2104-02-29 2108-02-29 2112-02-29 2116-02-29"),
        ("FREQ=YEARLY;BYMONTH=1,7", "2026-07-15", "2027-01-15 2027-07-15 2028-01-15 2028-07-15"),
        ("FREQ=YEARLY;BYMONTH=9;BYDAY=1MO", "2026-09-07", "2027-09-06 2028-09-04 2029-09-03 2030-09-02"),
        ("FREQ=YEARLY;BYDAY=53FR", "2026-11-27", "2027-12-31 2032-12-31 2038-12-31 2044-12-30"),
        ("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1", "2026-01-01", "2026-12-31 2027-01-01 2027-12-31 2028-01-03"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "2024-02-29", "2044-02-29 2072-02-29 2112-02-29 2140-02-29"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "2024-02-29", "2044-02-29 2072-02-29 2112-02-29 2140-02-29"),
        # The ends: COUNT counts the current one, UNTIL is a day that still belongs to it.
        ("FREQ=DAILY;COUNT=3", "2026-11-27", "2026-11-28 2026-11-29"),
        ("FREQ=DAILY;COUNT=1", "2026-11-27", ""),
        ("FREQ=DAILY;UNTIL=20261129", "2026-11-27", "2026-11-28 2026-11-29"),
        ("FREQ=DAILY;UNTIL=20261127", "2026-11-27", ""),
        ("FREQ=DAILY", "9998-12-28", "9998-12-29 9998-12-30"),
        ("FREQ=YEARLY;INTERVAL=999", "8000-01-01", "8999-01-01 9998-01-01"),
        ("FREQ=DAILY;INTERVAL=30;BYMONTH=11,12", "9998-11-30", "9998-12-30"),
        ("FREQ=MONTHLY;BYMONTHDAY=1", "9998-11-01", "9998-12-01"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "9998-12-01", ""),
        # What never comes again.
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-11-24", ""),
        ("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", "2027-03-01", ""),
        ("FREQ=YEARLY;INTERVAL=100;BYMONTH=2;BYMONTHDAY=29", "9200-02-29", "9600-02-29"),
    ],
)  # fmt: skip
def test_following_days(rule: str, current: str, expected: str) -> None:
    assert days_after(rule, current) == expected


@pytest.mark.parametrize(
    ("rule", "not_before", "first"),
    [
        ("FREQ=DAILY", "2026-11-27", "2026-11-27"),
        ("FREQ=WEEKLY;BYDAY=FR", "2026-11-27", "2026-11-27"),
        ("FREQ=WEEKLY;BYDAY=MO", "2026-11-27T14:00:00", "2026-11-30T14:00:00"),
        ("FREQ=WEEKLY;INTERVAL=5;BYDAY=MO", "2026-11-27", "2026-11-30"),
        ("FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=1", "2026-11-27", "2026-12-01"),
        ("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", "2026-11-27", "2028-02-29"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-11-24", "2026-11-30"),
        ("FREQ=MONTHLY;BYMONTHDAY=1;UNTIL=20261130", "2026-11-27", "None"),
        ("FREQ=YEARLY;BYMONTH=2", "2026-11-30", "None"),
    ],
)
def test_series_begins_on_the_first_day_of_the_rule(rule: str, not_before: str, first: str) -> None:
    assert str(first_occurrence(parse_rule(rule), parse_occurrence(not_before))) == first
    assert is_occurrence(parse_rule(rule), parse_occurrence(not_before)) == (first == not_before)


@pytest.mark.parametrize(
    ("rule", "anchor"),
    [
        ("FREQ=DAILY", "FREQ=DAILY"),
        ("FREQ=DAILY;BYMONTH=11", "FREQ=DAILY;BYMONTH=11"),
        ("FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=FR"),
        ("FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=MO"),
        ("FREQ=MONTHLY;COUNT=5", "FREQ=MONTHLY;COUNT=5;BYMONTHDAY=27"),
        ("FREQ=MONTHLY;BYDAY=1MO", "FREQ=MONTHLY;BYDAY=1MO"),
        ("FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=27"),
        ("FREQ=YEARLY;BYMONTH=1", "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=27"),
        ("FREQ=YEARLY;BYMONTHDAY=1", "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=1"),
        ("FREQ=YEARLY;BYMONTHDAY=13;BYDAY=FR", "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=13;BYDAY=FR"),
        ("FREQ=YEARLY;BYDAY=20MO", "FREQ=YEARLY;BYDAY=20MO"),
    ],
)
def test_anchored_rule_names_its_days(rule: str, anchor: str) -> None:
    assert str(anchored(parse_rule(rule), parse_occurrence("2026-11-27"))) == anchor


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("2026-03-29", "2026-03-29"),
        ("2026-03-29T02:30:00", "2026-03-29T02:30:00"),
        ("2026-03-28T02:30:00 Europe/Berlin", "2026-03-28T01:30:00Z"),
        ("2026-03-29T02:30:00 Europe/Berlin", "2026-03-29T01:30:00Z"),  # skipped: 03:30 there
        ("2026-03-30T02:30:00 Europe/Berlin", "2026-03-30T00:30:00Z"),
        ("2026-10-25T02:30:00 Europe/Berlin", "2026-10-25T00:30:00Z"),  # comes twice: the first
        ("2011-12-30T09:00:00 Pacific/Apia", "2011-12-30T19:00:00Z"),  # a day that is skipped there: the next
    ],
)
def test_deadline_of_an_occurrence(text: str, deadline: str) -> None:
    assert str(parse_occurrence(text).deadline) == deadline
    assert str(parse_occurrence(text)) == text


def test_time_of_day_stays_after_a_day_on_which_it_does_not_exist() -> None:
    found = following(parse_rule("FREQ=DAILY"), parse_occurrence("2026-03-28T02:30:00 Europe/Berlin"), 2)
    assert [str(occurrence.deadline) for occurrence in found] == ["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]
    assert [occurrence.wall.hour for occurrence in found] == [2, 2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-02-30",
        "2026-02-03T25:00:00",
        "2026-02-03 Europe/Berlin",
        "2026-02-03T10:00:00 ",
        "2026-02-03T10:00:00 A/B",
    ],
)
def test_other_text_is_no_occurrence(text: str) -> None:
    with pytest.raises(ValueError):
        parse_occurrence(text)


@given(occurrences())
def test_text_form_is_read_as_the_same_occurrence(occurrence: Occurrence) -> None:
    assert parse_occurrence(str(occurrence)) == occurrence
    assert len(str(occurrence)) <= 100


@given(rules(), occurrences())
def test_series_is_read_as_it_was_written(rule, occurrence: Occurrence) -> None:
    assert parse_series(str(rule), str(occurrence)) == (rule, occurrence)


@pytest.mark.parametrize(
    ("rule", "occurrence"), [("FREQ=HOURLY", "2026-11-27"), ("FREQ=DAILY", "2026-W48-5"), ("", "2026-11-27")]
)
def test_series_of_a_later_release_is_none(rule: str, occurrence: str) -> None:
    assert parse_series(rule, occurrence) is None


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)), st.sampled_from(ZONES))
def test_occurrence_of_a_moment_is_that_moment_unless_its_time_comes_twice(moment: datetime, zone: str) -> None:
    deadline = Deadline(moment.replace(microsecond=0), DeadlineKind.INSTANT)
    again = Occurrence.of(deadline, zone).deadline
    is_second = deadline.moment.astimezone(ZoneInfo(zone)).fold
    assert (again.moment < deadline.moment) if is_second else again == deadline


def test_second_of_a_time_that_comes_twice_is_taken_for_the_first() -> None:
    occurrence = Occurrence.of(parse_deadline("2026-10-25T01:30:00Z"), "Europe/Berlin")
    assert str(occurrence) == "2026-10-25T02:30:00 Europe/Berlin"
    assert str(occurrence.deadline) == "2026-10-25T00:30:00Z"


@pytest.mark.parametrize("text", ["2026-03-29", "2026-03-29T02:30:00"])
def test_zone_is_left_out_where_it_does_not_matter(text: str) -> None:
    assert str(Occurrence.of(parse_deadline(text), "Europe/Berlin")) == text


@pytest.mark.parametrize(
    ("rule", "done", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=3", "2026-12-05", "2026-12-08T14:00:00"),
        ("FREQ=WEEKLY;INTERVAL=2", "2026-12-05", "2026-12-19T14:00:00"),
        ("FREQ=MONTHLY", "2026-12-05", "2027-01-05T14:00:00"),
        ("FREQ=MONTHLY", "2027-01-31", "2027-02-28T14:00:00"),
        ("FREQ=MONTHLY;INTERVAL=13", "2026-12-31", "2028-01-31T14:00:00"),
        ("FREQ=YEARLY", "2028-02-29", "2029-02-28T14:00:00"),
        ("FREQ=DAILY;COUNT=2", "2026-12-05", "2026-12-06T14:00:00"),
        ("FREQ=DAILY;COUNT=1", "2026-12-05", "None"),
        ("FREQ=DAILY;UNTIL=20261206", "2026-12-05", "2026-12-06T14:00:00"),
        ("FREQ=DAILY;UNTIL=20261205", "2026-12-05", "None"),
        ("FREQ=DAILY;INTERVAL=999", "9998-01-01", "None"),
        ("FREQ=YEARLY;INTERVAL=999", "9998-01-01", "None"),
        ("FREQ=YEARLY", "9997-06-01", "9998-06-01T14:00:00"),
        ("FREQ=WEEKLY;INTERVAL=999", "9998-12-01", "None"),
    ],
)
def test_next_after_completion(rule: str, done: str, expected: str) -> None:
    current = parse_occurrence("2026-11-27T14:00:00")
    check_from_completion(parse_rule(rule))
    assert str(next_after_completion(parse_rule(rule), current, date.fromisoformat(done))) == expected


@pytest.mark.parametrize("part", ["BYDAY=MO", "BYMONTHDAY=1", "BYMONTH=1"])
def test_rule_with_days_cannot_repeat_from_completion(part: str) -> None:
    with pytest.raises(RuleError, match="INTERVAL"):
        check_from_completion(parse_rule(f"FREQ=DAILY;{part}"))


# Properties


@given(rules(), occurrences())
def test_occurrences_come_one_after_another_and_obey_the_end(rule, not_before: Occurrence) -> None:
    first = first_occurrence(rule, not_before)
    if first is None:
        return
    assert first.wall >= not_before.wall
    rule = anchored(rule, first)
    coming = following(rule, first, 20)
    assert is_occurrence(rule, first)
    assert next_occurrence(rule, first) == (coming[0] if coming else None)
    walls = [first.wall, *(occurrence.wall for occurrence in coming)]
    assert walls == sorted(set(walls))
    assert {wall.time() for wall in walls} == {not_before.wall.time()}
    assert rule.until is None or all(wall.date() <= rule.until for wall in walls)
    assert rule.count is None or len(walls) <= rule.count
    assert all(is_occurrence(rule, occurrence) for occurrence in coming)


@given(rules(), occurrences())
def test_following_one_by_one_is_the_same_as_at_once(rule, not_before: Occurrence) -> None:
    """Each next one is computed from the current one alone: so intervals must survive that."""
    current = first_occurrence(rule, not_before)
    if current is None:
        return
    rule = anchored(rule, current)
    at_once, one_by_one = following(rule, current, 10), []
    while len(one_by_one) < 10 and (following_one := next_occurrence(rule, current)):
        one_by_one.append(following_one)
        rule, current = rule.after_one(), following_one
    assert one_by_one == at_once


def test_caller_can_end_a_search_before_each_period() -> None:
    left = [None] * 3
    days = dates_from(parse_rule("FREQ=DAILY"), date(2026, 11, 27), look=left.pop)
    assert [next(days).day for _ in range(3)] == [27, 28, 29]
    with pytest.raises(IndexError):
        next(days)


def calls_to_find(rule, start: date, number: int) -> int:
    """Return how often Python code is entered to find so many dates, generators for each of their values."""
    with counted_calls() as counter:
        for _, _day in zip(range(number), dates_from(rule, start), strict=False):
            pass
    return counter.total()


@given(rules(), occurrences())
def test_finding_a_date_takes_bounded_work(rule, start: Occurrence) -> None:
    assert calls_to_find(anchored(rule, start), start.date, 1) <= 8 * MAX_PERIODS


NEVER = [
    "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
    "FREQ=DAILY;INTERVAL=999;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=MONTHLY;INTERVAL=12;BYDAY=MO,TU,WE;BYSETPOS=15",
    "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
    "FREQ=WEEKLY;INTERVAL=773;BYDAY=MO;BYMONTH=2",
]


@pytest.mark.parametrize("rule", NEVER)
@pytest.mark.parametrize("start", ["1000-03-03", "2027-03-02", "9990-03-02"])
def test_search_for_a_date_that_never_comes_ends(rule: str, start: str) -> None:
    assert calls_to_find(parse_rule(rule), date.fromisoformat(start), 1) <= 8 * MAX_PERIODS


@pytest.mark.parametrize("start", ["2024-02-29", "2025-01-01"])
@pytest.mark.parametrize(("most", "found"), [(3, False), (4, True)])
def test_search_gives_up_after_so_many_periods_without_a_date(
    monkeypatch, start: str, most: int, found: bool
) -> None:
    monkeypatch.setattr(dates, "MAX_PERIODS", most)
    leap_days = dates_from(parse_rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"), date.fromisoformat(start))
    assert (date(2028, 2, 29) in leap_days) == found


@given(rules(ends=False), st.dates(date(2020, 1, 1), date(2060, 1, 1)))
def test_days_are_those_that_a_look_at_each_day_finds(rule, start: date) -> None:
    """Where intervals play no part, a day of a rule has one of its weekdays, months and numbers."""
    if rule.interval > 1 or rule.by_set_pos or rule.has_nth_weekdays:
        return
    rule = anchored(rule, Occurrence(datetime(start.year, start.month, start.day), DeadlineKind.DAY))
    found = [day for _, day in zip(range(20), dates_from(rule, start), strict=False)]

    def is_named(day: date) -> bool:
        length = (date(day.year + day.month // 12, day.month % 12 + 1, 1) - timedelta(days=1)).day
        return (
            (not rule.by_month or day.month in rule.by_month)
            and (not rule.by_month_day or bool({day.day, day.day - length - 1} & {*rule.by_month_day}))
            and (not rule.by_day or day.weekday() in {named.weekday for named in rule.by_day})
        )

    last = min(found[-1], start + timedelta(days=3000)) if found else start + timedelta(days=3000)
    every_day = (start + timedelta(days=ahead) for ahead in range((last - start).days + 1))
    assert [day for day in found if day <= last] == [day for day in every_day if is_named(day)]
