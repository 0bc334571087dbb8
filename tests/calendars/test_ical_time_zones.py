"""VTIMEZONE, made from the pinned data: what it says of every zone is what zoneinfo knows."""

import random
import zoneinfo
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest
import tzdata
from dateutil.rrule import rruleset, rrulestr
from hypothesis import given
from hypothesis import strategies as st

from calendars.ical import time_zones
from calendars.ical.time_zones import UnknownTimeZone, render_time_zone, zone_info
from calendars.imports.time_zones import TimeZone

NAMES = sorted(resources.files(tzdata).joinpath("zones").read_text().split())
# Without summer time; with odd hours, days and signs; with changes in a list to 2087; with a new rule or none since.
HARD = [
    "UTC", "Asia/Tokyo", "Asia/Kolkata", "Etc/GMT+5", "Africa/Casablanca", "Europe/Dublin", "America/Nuuk",
    "America/Scoresbysund", "Africa/Cairo", "Asia/Gaza", "Asia/Jerusalem", "America/Santiago", "Pacific/Easter",
    "Australia/Lord_Howe", "Antarctica/Troll", "Pacific/Apia", "Pacific/Kwajalein", "America/Sao_Paulo", "Asia/Tehran",
    "Europe/Lisbon", "Africa/Windhoek", "America/St_Johns", "Pacific/Chatham", "America/Havana", "Africa/Monrovia",
    "Europe/Berlin", "Europe/London", "America/New_York", "Asia/Pyongyang", "Europe/Chisinau", "Pacific/Norfolk",
]  # fmt: skip


def lines_of(name: str, year: int) -> list[str]:
    return render_time_zone(name, year).decode().replace("\r\n ", "").splitlines()


def observances(name: str, year: int) -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for line in lines_of(name, year)[2:-1]:
        key, _, value = line.partition(":")
        if key == "BEGIN":
            found.append([])
        elif key != "END":
            found[-1].append((key, value))
    return found


def offset(text: str) -> timedelta:
    digits = text[1:].ljust(6, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:]))
    return -size if text[0] == "-" else size


class Definition:
    """A VTIMEZONE as RFC 5545 reads it: the observance with the last onset that is not later counts."""

    def __init__(self, name: str, year: int, last_year: int) -> None:
        onsets = []
        for lines in observances(name, year):
            values = dict(lines)
            before, after = offset(values["TZOFFSETFROM"]), offset(values["TZOFFSETTO"])
            start = datetime.strptime(values["DTSTART"], "%Y%m%dT%H%M%S")
            dates = rruleset()
            dates.rdate(start)
            others = [text for key, text in lines if key == "RDATE"]  # ical.js ignores all but the first of a line
            assert not others or others[0] == values["DTSTART"], "ical.js would ignore the first onset"
            for text in others:
                dates.rdate(datetime.strptime(text, "%Y%m%dT%H%M%S"))
            if "RRULE" in values:
                rule = rrulestr(values["RRULE"], dtstart=start)
                assert rule[0] == start, "the first onset is one of its rule"
                dates.rrule(rule)
            for local in dates:
                if local.year > last_year + 1:
                    break
                onsets.append((local - before, after))
        self.onsets = sorted(onsets)

    def offset_at(self, moment: datetime) -> timedelta:
        naive = moment.replace(tzinfo=None)
        return [after for at, after in self.onsets if at <= naive][-1]


def moments(name: str, first_year: int, last_year: int, count: int) -> list[datetime]:
    """A random sample, the year's first and last moments, and those around each change of the offset."""
    zone, pick = zone_info(name), random.Random(f"{name} {first_year}")
    start, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year, 12, 31, 23, 59, 59, tzinfo=UTC)
    span = int((end - start).total_seconds())
    sample = [start + timedelta(seconds=pick.randrange(span)) for _ in range(count)]
    day = start
    while day < end:
        step = day + timedelta(days=6)
        if day.astimezone(zone).utcoffset() != step.astimezone(zone).utcoffset():
            low, high = day, step
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                same = middle.astimezone(zone).utcoffset() == day.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            sample += [low, high]
        day = step
    return [*sample, start, end]


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize(("first_year", "last_year"), [(2026, 2100), (1995, 2030), (1890, 1990)])
def test_offsets_are_those_of_the_zone(name: str, first_year: int, last_year: int):
    zone, definition = zone_info(name), Definition(name, first_year, last_year)
    for moment in moments(name, first_year, last_year, 300):
        assert definition.offset_at(moment) == moment.astimezone(zone).utcoffset(), moment


@pytest.mark.parametrize("name", NAMES)
def test_every_zone_can_be_written_and_is_right(name: str):
    zone, definition = zone_info(name), Definition(name, 2026, 2040)
    for moment in moments(name, 2026, 2040, 20):
        assert definition.offset_at(moment) == moment.astimezone(zone).utcoffset(), moment


# What our import makes of a list of changes that has ended is a guess; it asks for this zone by its name.
@pytest.mark.parametrize("name", [name for name in HARD if name != "Africa/Casablanca"])
@given(wall=st.datetimes(datetime(2026, 1, 1), datetime(2120, 1, 1)).map(lambda wall: wall.replace(fold=0)))
def test_import_reads_it_as_the_same_zone(name: str, wall: datetime):
    assert TimeZone(observances(name, 2026)).offset_at(wall) == wall.replace(tzinfo=zone_info(name)).utcoffset()


def test_zone_with_a_rule_is_short_and_has_no_end():
    assert lines_of("Europe/Berlin", 2026) == [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Berlin",
        "BEGIN:DAYLIGHT",
        "DTSTART:19960331T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:19961027T030000",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]


def test_zone_without_summer_time_has_one_offset():
    assert lines_of("Asia/Tokyo", 2026)[2:-1] == [
        "BEGIN:STANDARD", "DTSTART:19510909T010000", "TZOFFSETFROM:+1000", "TZOFFSETTO:+0900", "END:STANDARD",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        # A time before midnight, after it, and after it in two months: the weekday and its seven days are others.
        ("America/Nuuk", ["BYMONTH=10;BYDAY=-1SU", "BYMONTH=3;BYMONTHDAY=24,25,26,27,28,29,30;BYDAY=SA"]),
        (
            "America/Santiago",
            [f"BYMONTH={month};BYMONTHDAY=2,3,4,5,6,7,8;BYDAY=SU" for month in (4, 9)],
        ),
        (
            "Africa/Cairo",
            [
                "BYMONTH=10;BYMONTHDAY=26,27,28,29,30,31;BYDAY=FR",
                "BYMONTH=11;BYMONTHDAY=1;BYDAY=FR",
                "BYMONTH=4;BYDAY=-1FR",
            ],
        ),
        # Winter time is said to be daylight saving there.
        ("Europe/Dublin", ["BYMONTH=10;BYDAY=-1SU", "BYMONTH=3;BYDAY=-1SU"]),
    ],
)
def test_rule_whose_time_is_on_another_day_names_that_day(name: str, rules: list[str]):
    found = sorted(value for lines in observances(name, 2026) for key, value in lines if key == "RRULE")
    assert found == [f"FREQ=YEARLY;{rule}" for rule in rules]


def test_daylight_is_the_higher_offset_also_where_the_data_says_the_reverse():
    lines = lines_of("Europe/Dublin", 2026)
    assert lines[lines.index("BEGIN:DAYLIGHT") :][3:5] == ["TZOFFSETFROM:+0000", "TZOFFSETTO:+0100"]


@pytest.mark.parametrize("name", NAMES)
def test_zone_is_small(name: str):
    # Gaza and Hebron change clocks with Ramadan, which is listed until 2086.
    assert len(render_time_zone(name, 2026)) < (5_000 if name in ("Asia/Gaza", "Asia/Hebron") else 600)


@pytest.mark.parametrize(
    "name", ["Europe/Nowhere", "", "../../../etc/passwd", "/etc/passwd", "Europe", "x" * 10_000]
)
def test_unknown_zone_is_refused(name: str):
    with pytest.raises(UnknownTimeZone):
        render_time_zone(name, 2026)


def test_system_time_zones_do_not_count(tmp_path: Path):
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Berlin").write_bytes(
        resources.files(tzdata).joinpath("zoneinfo", "Asia", "Tokyo").read_bytes()
    )
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(tmp_path)])
    try:
        assert zoneinfo.ZoneInfo.no_cache("Europe/Berlin").utcoffset(datetime(2026, 7, 1)) == timedelta(hours=9)
        time_zones._load.cache_clear()
        assert zone_info("Europe/Berlin").utcoffset(datetime(2026, 7, 1)) == timedelta(hours=2)
    finally:
        zoneinfo.reset_tzpath(before)
