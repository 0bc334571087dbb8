"""Time zones that a file defines: their rules, and what rules may cost."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.imports.mapping import PROPERTIES, NotImportable, to_todo
from calendars.imports.parser import MAX_TIME_ZONES, ParsedFile, parse_file
from calendars.imports.series import Effort
from calendars.imports.time_zones import MAX_RULES, MAX_RULES_OF_A_YEAR, TimeZone, UnusableTimeZone
from todos.agenda import Clock

CLOCK = Clock(datetime(2026, 2, 27, tzinfo=UTC), ZoneInfo("UTC"))


def part(start: str, before: str, after: str, *rules: str) -> list[tuple[str, str]]:
    lines = [("DTSTART", start), ("TZOFFSETFROM", before), ("TZOFFSETTO", after)]
    return lines + [tuple(rule.split(":", 1)) for rule in rules]


def ruled(rule: str, start: str = "20200101T000000") -> list[list[tuple[str, str]]]:
    return [part(start, "+0000", "+0100", f"RRULE:{rule}")]


def yearly(month: int, day: str) -> str:
    return f"RRULE:FREQ=YEARLY;BYMONTH={month};BYDAY={day}"


# The rules in force since at least 2008, as programs write them.
RULES = {
    "Europe/Berlin": [
        part("19961027T030000", "+0200", "+0100", yearly(10, "-1SU")),
        part("19810329T020000", "+0100", "+0200", yearly(3, "-1SU")),
    ],
    "America/New_York": [
        part("20071104T020000", "-0400", "-0500", yearly(11, "1SU")),
        part("20070311T020000", "-0500", "-0400", yearly(3, "2SU")),
    ],
    "Australia/Lord_Howe": [
        part("20080406T020000", "+1100", "+1030", yearly(4, "1SU")),
        part("20081005T020000", "+1030", "+1100", yearly(10, "1SU")),
    ],
    "Europe/London": [
        part("16010101T020000", "+0100", "+0000", yearly(10, "-1SU") + ";INTERVAL=1;WKST=MO"),
        part("16010101T010000", "+0000", "+0100", yearly(3, "-1SU") + ";INTERVAL=1;WKST=MO"),
    ],
    "Asia/Kolkata": [part("19700101T000000", "+0530", "+0530")],
}


@pytest.mark.parametrize("name", RULES)
@given(wall=st.datetimes(datetime(2009, 1, 1), datetime(2036, 12, 31)))
def test_rules_give_the_offsets_of_the_known_zone(name: str, wall: datetime):
    assert TimeZone(RULES[name]).offset_at(wall) == wall.replace(tzinfo=ZoneInfo(name)).utcoffset()


@pytest.mark.parametrize("name", RULES)
def test_every_hour_around_a_change_has_the_offset_of_the_known_zone(name: str):
    zone, wall = TimeZone(RULES[name]), datetime(2026, 1, 1)
    while wall.year == 2026:
        assert zone.offset_at(wall) == wall.replace(tzinfo=ZoneInfo(name)).utcoffset(), wall
        wall += timedelta(minutes=30)


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Europe/Moscow", "Africa/Cairo"]
)
@pytest.mark.parametrize("last", [2012, 2026])
def test_list_of_changes_gives_the_offsets_of_the_known_zone(name: str, last: int):
    known, changes = ZoneInfo(name), []
    moment, end = datetime(1995, 1, 1, tzinfo=ZoneInfo("UTC")), datetime(last, 12, 31, tzinfo=ZoneInfo("UTC"))
    offset = start = moment.astimezone(known).utcoffset()
    while moment < end:
        moment += timedelta(hours=1)
        if (after := moment.astimezone(known).utcoffset()) != offset:
            changes.append((moment.replace(tzinfo=None) + offset, offset, after))
            offset = after

    def written(offset: timedelta) -> str:
        minutes = int(offset.total_seconds()) // 60
        return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"

    parts = [part(f"{at:%Y%m%dT%H%M%S}", written(before), written(after)) for at, before, after in changes]
    zone = TimeZone([part("19700101T000000", written(start), written(start)), *parts])
    for wall in (datetime(year, month, 15, 9) for year in range(1995, last + 1) for month in range(1, 13)):
        assert zone.offset_at(wall) == wall.replace(tzinfo=known).utcoffset(), wall


def test_list_that_ends_goes_on_as_the_known_zone_with_its_changes():
    zone = TimeZone([part("20231029T030000", "+0200", "+0100"), part("20240331T020000", "+0100", "+0200")])
    hours = [zone.offset_at(datetime(2026, month, 1)) // timedelta(hours=1) for month in (1, 7)]
    assert hours == [1, 2]
    assert zone.offset_at(datetime(2023, 7, 1)) == timedelta(hours=2)


def test_list_that_ends_within_the_year_and_is_nobodys_has_no_rules_later():
    zone = TimeZone([part("20231029T030000", "+0220", "+0120"), part("20240331T020000", "+0120", "+0220")])
    assert zone.offset_at(datetime(2024, 7, 1)) == timedelta(hours=2, minutes=20)
    with pytest.raises(UnusableTimeZone, match="has no rules for 2026 in this file"):
        zone.offset_at(datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("BYMONTH=10;BYDAY=-1SU", "20261025"),
        ("BYMONTH=10;BYDAY=+2SU", "20261011"),
        ("BYMONTH=10;BYMONTHDAY=8,9,10,11,12,13,14;BYDAY=SU", "20261011"),
        ("BYMONTH=10;BYDAY=SU;BYSETPOS=-1", "20261025"),
        ("BYMONTH=10;BYMONTHDAY=-1", "20261031"),
        ("BYMONTH=10;BYMONTHDAY=5", "20261005"),
        ("BYMONTH=9", "20260904"),
        ("", "20261004"),
        ("COUNT=50;BYMONTH=10;BYDAY=-1SU", "20261025"),
        ("UNTIL=20300101T000000Z;BYMONTH=10;BYDAY=-1SU", "20261025"),
        ("UNTIL=20261025;BYMONTH=10;BYDAY=-1SU", "20261025"),
        ("UNTIL=99991231;BYMONTH=10;BYDAY=-1SU", "20261025"),
        ("UNTIL=99991231T235959Z;BYMONTH=10;BYDAY=-1SU", "20261025"),
    ],
)
def test_rule_names_its_day(rule: str, day: str):
    zone = TimeZone(
        [
            part("20201004T020000", "+0000", "+0200", f"RRULE:FREQ=YEARLY;{rule}"),
            part("20200301T000000", "+0200", "+0000", "RRULE:FREQ=YEARLY"),
        ]
    )
    change = datetime.strptime(day, "%Y%m%d") + timedelta(hours=4)
    assert zone.offset_at(change - timedelta(minutes=1)) == timedelta(0)
    assert zone.offset_at(change) == timedelta(hours=2)


def test_hours_of_a_rule_count_for_those_of_its_start():
    zone = TimeZone([part("20201004T000000", "+0200", "+0100", f"{yearly(10, '-1SU')};BYHOUR=3;BYMINUTE=30")])
    assert zone.offset_at(datetime(2026, 10, 25, 3, 29)) == timedelta(hours=1), "it has no other season"
    assert zone._fixed[0].local == datetime(2020, 10, 4)
    assert zone._onsets(2026)[-1].local == datetime(2026, 10, 25, 3, 30)


HOSTILE = {
    "every second": ruled("FREQ=SECONDLY", "00010101T000000"),
    "every second since the year 1": ruled("FREQ=SECONDLY;COUNT=999999999", "00010101T000000"),
    "no interval": ruled("FREQ=YEARLY;INTERVAL=0"),
    "daily": ruled("FREQ=DAILY", "00010101T000000"),
    "many numbers": ruled(f"FREQ=YEARLY;BYMONTH=1;BYMONTHDAY={'1,' * 50_000}1"),
    "long number": ruled(f"FREQ=YEARLY;BYMONTH={'9' * 100_000}"),
    "month 13": ruled("FREQ=YEARLY;BYMONTH=13"),
    "two rules": [part("20200101T000000", "+0000", "+0100", "RRULE:FREQ=YEARLY", "RRULE:FREQ=YEARLY;COUNT=1")],
    "every day of a month": ruled("FREQ=YEARLY;BYMONTH=1;BYDAY=SU"),
    "of the year": ruled("FREQ=YEARLY;BYDAY=-1SU"),
    "by week": ruled("FREQ=YEARLY;BYWEEKNO=20"),
    "no rule": ruled(""),
    "no start": [[("TZOFFSETTO", "+0100")]],
    "no offset": [[("DTSTART", "20200101T000000")]],
    "large offset": [part("20200101T000000", "+0000", "+9900")],
    "odd offset": [part("20200101T000000", "+0000", "one")],
    "end of time": [part("99991231T235959", "-2300", "+2300")],
    "odd date": [part("20200101T000000", "+0000", "+0100", "RDATE:20200101T000000,,x")],
    "nothing": [],
    "very many rules": ruled("FREQ=YEARLY;UNTIL=2021") * 5 * MAX_RULES,
}


@pytest.mark.parametrize("observances", HOSTILE.values(), ids=HOSTILE)
def test_hostile_definition_is_unusable(observances: list):
    zone = TimeZone(observances)
    for year in (1, 1970, 2026, 9999):
        with pytest.raises(UnusableTimeZone, match="form that cannot be read"):
            zone.offset_at(datetime(year, 12, 31, 23, 59))


def test_more_rules_than_a_year_has_are_unusable_in_that_year():
    zone = TimeZone(ruled("FREQ=YEARLY", "20300101T000000") * (MAX_RULES_OF_A_YEAR + 1))
    assert zone.offset_at(datetime(2026, 1, 1)) == timedelta(0)
    with pytest.raises(UnusableTimeZone, match="form that cannot be read"):
        zone.offset_at(datetime(2031, 1, 1))


def test_count_and_year_1_are_nothing_special():
    winter = f"{yearly(10, '-1SU')};COUNT=999999999"
    summer = f"{yearly(3, '-1SU')};COUNT=999999999"
    start = "00010101T000000"
    zone = TimeZone([part(start, "+0200", "+0100", winter), part(start, "+0100", "+0200", summer)])
    offsets = [zone.offset_at(datetime(year, 7, 1)) for year in (1000, 2026, 9998)]
    assert offsets == [timedelta(hours=2)] * 3


# --- In a file ---


def calendar(*parts: str) -> ParsedFile:
    body = "\r\n".join(["BEGIN:VCALENDAR", *parts, "END:VCALENDAR", ""])
    return parse_file(body.encode(), properties=PROPERTIES)


def zone_lines(name: str, *more: str, offset: str = "+0345") -> list[str]:
    observance = ["BEGIN:STANDARD", "DTSTART:19700101T000000", f"TZOFFSETFROM:{offset}", f"TZOFFSETTO:{offset}"]
    return ["BEGIN:VTIMEZONE", f"TZID:{name}", *observance, *more, "END:STANDARD", "END:VTIMEZONE"]


def event_lines(name: str) -> list[str]:
    return ["BEGIN:VEVENT", f'DTSTART;TZID="{name}":20260227T180000', "END:VEVENT"]


def due(file: ParsedFile) -> list[str]:
    todos = [to_todo(component, list_id=1, clock=CLOCK, effort=Effort()) for component in file.components]
    return [str(todo.values["due"]) for todo in todos]


def test_known_name_counts_before_its_definition_and_any_other_after():
    names = ["Europe/Berlin", "W. Europe Standard Time", "/x/Europe/Berlin", "CET", "Customized"]
    file = calendar(
        *(line for name in names for line in zone_lines(name)),
        *(line for name in names for line in event_lines(name)),
    )
    assert due(file) == ["2026-02-27T17:00:00Z"] * 3 + ["2026-02-27T14:15:00Z"] * 2


def test_known_name_counts_where_its_definition_cannot_be_read():
    assert due(calendar(*zone_lines("CET", "RRULE:FREQ=SECONDLY"), *event_lines("CET"))) == [
        "2026-02-27T17:00:00Z"
    ]


def test_definition_without_all_of_its_lines_is_none():
    for broken in (["TZOFFSETTO"], ["RDATE:" + ",".join(["20200101T000000"] * 40_000)] * 2):
        with pytest.raises(NotImportable, match="is not known"):
            due(calendar(*zone_lines("X", *broken), *event_lines("X")))


def test_time_zones_of_a_file_are_limited():
    zones = [line for number in range(MAX_TIME_ZONES + 1) for line in zone_lines(f"Z{number}")]
    assert due(calendar(*zones, *event_lines(f"Z{MAX_TIME_ZONES - 1}"))) == ["2026-02-27T14:15:00Z"]
    with pytest.raises(NotImportable, match="is not known"):
        due(calendar(*zones, *event_lines(f"Z{MAX_TIME_ZONES}")))


@pytest.mark.parametrize("inner", ["DAYLIGHT", "X", "VTIMEZONE"])
def test_nesting_within_a_time_zone_is_no_matter(inner: str):
    lines = [
        "BEGIN:VTIMEZONE",
        f"BEGIN:{inner}",
        "BEGIN:X",
        "DTSTART:x",
        "END:X",
        f"END:{inner}",
        "DTSTART:y",
        "END:VTIMEZONE",
    ]
    assert due(calendar(*lines, *event_lines("UTC"))) == ["2026-02-27T18:00:00Z"]
