"""When a reminder is due."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from reminders.times import QuietHours, Rule, RuleKind, next_at
from todos.deadlines import parse_deadline

BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("deadline", "rule", "moment"),
    [
        ("2026-12-01T18:00:00Z", Rule(RuleKind.BEFORE, 10), "2026-12-01 17:50"),
        ("2026-12-01T18:00:00", Rule(RuleKind.BEFORE, 0), "2026-12-01 17:00"),  # the list is in Berlin
        ("2026-12-01T18:00:00", Rule(RuleKind.DAY, 540), None),
        ("2026-12-01", Rule(RuleKind.DAY, 540), "2026-12-01 00:00"),  # the person is in Tokyo
        ("2026-12-01", Rule(RuleKind.DAY, 18 * 60, days=1), "2026-11-30 09:00"),
        ("2026-12-01", Rule(RuleKind.BEFORE, 10), None),
        (None, Rule(RuleKind.BEFORE, 10), None),
        (None, Rule(RuleKind.MOMENT, moment=utc("2026-12-01 12:00")), "2026-12-01 12:00"),
        ("2026-12-01", Rule(RuleKind.NONE), None),
    ],
)
def test_moment_of_a_rule(deadline: str | None, rule: Rule, moment: str | None) -> None:
    due = parse_deadline(deadline) if deadline else None
    assert rule.moment_for(due, list_zone=BERLIN, zone=TOKYO) == (utc(moment) if moment else None)


def test_day_before_a_change_of_clocks_keeps_its_time_of_day() -> None:
    rule = Rule(RuleKind.DAY, 9 * 60, days=1)
    moment = rule.moment_for(parse_deadline("2026-10-26"), list_zone=BERLIN, zone=BERLIN)
    assert moment == utc("2026-10-25 08:00")  # nine o'clock in winter; on the 24th it was seven in UTC


@pytest.mark.parametrize(
    ("start", "end", "moment", "after"),
    [
        (22 * 60, 7 * 60, "2026-12-01 20:59", "2026-12-01 20:59"),
        (22 * 60, 7 * 60, "2026-12-01 21:00", "2026-12-02 06:00"),
        (22 * 60, 7 * 60, "2026-12-02 05:59", "2026-12-02 06:00"),
        (22 * 60, 7 * 60, "2026-12-02 06:00", "2026-12-02 06:00"),
        (12 * 60, 13 * 60, "2026-12-02 11:30", "2026-12-02 12:00"),
        (12 * 60, 13 * 60, "2026-12-02 12:00", "2026-12-02 12:00"),
        # In the night in which 02:30 comes twice, and in the one in which it does not come.
        (22 * 60, 2 * 60 + 30, "2026-10-25 01:15", "2026-10-25 01:15"),
        (22 * 60, 2 * 60 + 30, "2026-03-29 00:15", "2026-03-29 01:30"),
    ],
)
def test_quiet_hours_put_off_what_falls_into_them(start: int, end: int, moment: str, after: str) -> None:
    assert QuietHours(start, end, BERLIN).after(utc(moment)) == utc(after)


def test_next_time_of_day_is_later_than_now() -> None:
    assert next_at(540, BERLIN, after=utc("2026-12-01 07:59")) == utc("2026-12-01 08:00")
    assert next_at(540, BERLIN, after=utc("2026-12-01 08:00")) == utc("2026-12-02 08:00")
