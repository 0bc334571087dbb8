"""Each kind of deadline read by a clock somewhere, and put on another day."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from todos.deadlines import Deadline, DeadlineError, parse_deadline

BRISBANE = ZoneInfo("Australia/Brisbane")  # ten hours ahead, all year
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("sent", "on_clock", "begins_at", "ends_at"),
    [
        ("2026-02-27T18:00:00", "2026-02-27T18:00:00", "2026-02-27T08:00:00Z", "2026-02-27T08:00:00Z"),
        ("2026-02-27T18:00:00Z", "2026-02-28T04:00:00", "2026-02-27T18:00:00Z", "2026-02-27T18:00:00Z"),
        ("2026-02-27", "2026-02-27T00:00:00", "2026-02-26T14:00:00Z", "2026-02-27T14:00:00Z"),
    ],
)
def test_deadline_is_read_by_the_readers_clock(sent: str, on_clock: str, begins_at: str, ends_at: str) -> None:
    deadline = parse_deadline(sent)
    assert deadline.on_clock(BRISBANE) == datetime.fromisoformat(on_clock)
    assert deadline.begins_at(BRISBANE) == datetime.fromisoformat(begins_at)
    assert deadline.ends_at(BRISBANE) == datetime.fromisoformat(ends_at)


@pytest.mark.parametrize(
    ("sent", "moved"),
    [
        ("2026-02-27T18:00:00", "2026-07-01T18:00:00"),
        ("2026-02-27T18:00:00Z", "2026-07-01T17:00:00Z"),  # in both, clocks in New York say 13:00
        ("2026-02-27", "2026-07-01"),
    ],
)
def test_deadline_on_another_day_is_at_the_same_time_by_the_clock(sent: str, moved: str) -> None:
    deadline = parse_deadline(sent).on_day(date(2026, 7, 1), NEW_YORK)
    assert deadline == parse_deadline(moved)
    assert deadline.on_clock(NEW_YORK).time() == parse_deadline(sent).on_clock(NEW_YORK).time()


def test_deadline_is_made_of_a_day_or_a_clock() -> None:
    assert Deadline.of_day(date(2026, 2, 27)) == parse_deadline("2026-02-27")
    assert Deadline.of_clock(datetime(2026, 2, 27, 18, 5, 9)) == parse_deadline("2026-02-27T18:05:09")
    assert Deadline.of_day(date(2026, 2, 27)).moment == datetime.combine(date(2026, 2, 27), time.min, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "moment"),
    [
        ("2026-02-27T18:00:00+09:59", "2026-02-27T08:01:00Z"),
        ("2026-02-27T18:00:00-00:30", "2026-02-27T18:30:00Z"),
        ("2026-02-27T18:00:00+0530", "2026-02-27T12:30:00Z"),
        ("2026-02-27t18:00:07z", "2026-02-27T18:00:07Z"),
        ("1000-01-01T00:00:00Z", "1000-01-01T00:00:00Z"),
        ("9998-12-31T23:59:59Z", "9998-12-31T23:59:59Z"),
        ("9999-01-01T01:00:00+02:00", "9998-12-31T23:00:00Z"),
        ("0999-12-31T23:00:00-02:00", "1000-01-01T01:00:00Z"),
    ],
)
def test_offset_is_taken_off_to_the_minute_and_the_year_is_that_of_the_moment(sent: str, moment: str) -> None:
    assert str(parse_deadline(sent)) == moment


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ("2026-02-27T18:00:00+10:60", "The minutes of an offset go up to 59."),
        ("2026-02-30", "There is no such date or time: 2026-02-30."),
        ("0999-12-31", "A deadline must be between the years 1000 and 9998."),
    ],
)
def test_refusal_says_what_is_wrong(sent: str, refusal: str) -> None:
    with pytest.raises(DeadlineError) as refused:
        parse_deadline(sent)
    assert str(refused.value) == refusal
