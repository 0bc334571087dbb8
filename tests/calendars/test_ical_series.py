"""Todos that repeat, in files line by line; what other parsers read in them is in test_round_trip."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from calendars.ical import renderer, time_zones
from calendars.ical.components import TodoRow
from calendars.ical.renderer import NOT_RENDERED, is_current, rename, render_calendar, version
from calendars.options import CalendarOptions
from tests.calendars.test_ical import DONE, lines_of, make_row
from todos.deadlines import parse_deadline
from todos.recurrence.occurrence import parse_occurrence

FRIDAYS = "FREQ=WEEKLY;BYDAY=FR"
SHOWN = ("BEGIN:V", "RECURRENCE-ID", "DTSTART", "DTEND", "DURATION", "DUE", "RRULE")


def repeating(occurrence: str, rule: str = FRIDAYS, deadline: str | None = None, **values: Any) -> TodoRow:
    due = parse_deadline(deadline) if deadline else parse_occurrence(occurrence).deadline
    return make_row(rule=rule, occurrence=occurrence, **values)._replace(
        deadline=due.moment, deadline_kind=due.kind
    )


def when(*rows: TodoRow, **options: Any) -> list[str]:
    """Return the lines of when entries are, without those of time zones."""
    lines = lines_of(*rows, **options)
    entries = next(place for place, line in enumerate(lines) if line in ("BEGIN:VEVENT", "BEGIN:VTODO"))
    return [line for line in lines[entries:] if line.startswith(SHOWN)]


def test_file_of_one_todo_that_repeats_is_exactly_this():
    assert lines_of(repeating("2026-03-27T18:00:00 Australia/Brisbane")) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Taskoverflow Calendar//mxm.dk//",
        "NAME:Todos",
        "X-WR-CALNAME:Todos",
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        "X-PUBLISHED-TTL:PT15M",
        "BEGIN:VTIMEZONE",
        "TZID:Australia/Brisbane",
        "BEGIN:STANDARD",
        "DTSTART:19920301T030000",
        "TZOFFSETFROM:+1100",
        "TZOFFSETTO:+1000",
        "END:STANDARD",
        "END:VTIMEZONE",
        "BEGIN:VEVENT",
        "UID:5f4dd0e4-9d0e-4d6b-8d5a-0f8a3ee2a001",
        "DTSTAMP:20230301T091500Z",
        "LAST-MODIFIED:20230301T091500Z",
        "SEQUENCE:3",
        "SUMMARY:Project Proposal",
        "DTSTART;TZID=Australia/Brisbane:20260327T180000",
        "RRULE:FREQ=WEEKLY;BYDAY=FR",
        "DESCRIPTION:CSSE6400 Project Proposal Due",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


@pytest.mark.parametrize(
    ("occurrence", "rule", "expected"),
    [
        ("2026-03-27", "", ["DTSTART;VALUE=DATE:20260327", "DTEND;VALUE=DATE:20260328"]),
        ("2026-03-27", ";UNTIL=20261231", ["DTSTART;VALUE=DATE:20260327", "DTEND;VALUE=DATE:20260328"]),
        ("2026-03-27T18:00:00", "", ["DTSTART:20260327T180000"]),
        ("2026-03-27T18:00:00 UTC", ";COUNT=2", ["DTSTART:20260327T180000Z"]),
        ("2026-03-27T18:00:00 Europe/Berlin", "", ["DTSTART;TZID=Europe/Berlin:20260327T180000"]),
    ],
)
def test_start_is_by_the_clock_of_the_series(occurrence: str, rule: str, expected: list[str]):
    rule = f"FREQ=WEEKLY{rule};BYDAY=FR"
    assert when(repeating(occurrence, rule)) == ["BEGIN:VEVENT", *expected, f"RRULE:{rule}"]


@pytest.mark.parametrize(
    ("occurrence", "until"),
    [
        ("2026-03-27", "20261231"),
        ("2026-03-27T18:00:00", "20261231T235959"),
        ("2026-03-27T18:00:00 UTC", "20261231T235959Z"),
        ("2026-03-27T18:00:00 Europe/Berlin", "20261231T225959Z"),
        ("2026-03-27T18:00:00 America/New_York", "20270101T045959Z"),
        ("2026-03-27T18:00:00 Pacific/Kiritimati", "20261231T095959Z"),
    ],
)
def test_until_is_the_end_of_its_day_in_the_form_of_the_start(occurrence: str, until: str):
    [rule] = [
        line for line in when(repeating(occurrence, "FREQ=WEEKLY;UNTIL=20261231;BYDAY=FR")) if "UNTIL" in line
    ]
    assert rule == f"RRULE:FREQ=WEEKLY;UNTIL={until};BYDAY=FR"


@pytest.mark.parametrize(
    ("occurrence", "clock"),
    [
        ("2026-03-27", ""),
        ("2026-03-27T18:00:00", ""),
        ("2026-03-27T18:00:00 UTC", ";X-OCCURRENCE=20260327T180000 UTC"),
        # A time that this day does not have.
        ("2026-03-29T02:30:00 Europe/Berlin", ";X-OCCURRENCE=20260329T023000 Europe/Berlin"),
    ],
)
@pytest.mark.parametrize("rule", ["FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;COUNT=1", "FREQ=MONTHLY;UNTIL=20260401"])
@pytest.mark.parametrize("components", ["event", "todo", "both"])
def test_rule_that_counts_from_completion_is_for_our_own_imports_alone(
    occurrence: str, clock: str, rule: str, components: str
):
    row = repeating(occurrence, rule, repeats_from_completion=True)
    line = f"X-TASKOVERFLOW-REPEAT-FROM-COMPLETION;VALUE=RECUR{clock}:{rule}"
    lines = lines_of(row, components=components)
    assert lines.count(line) == (2 if components == "both" else 1)
    plain = row._replace(rule="", occurrence="", repeats_from_completion=False)
    assert [other for other in lines if other != line] == lines_of(plain, components=components)


@pytest.mark.parametrize(
    "row",
    [
        repeating("2026-03-27T18:00:00 Europe/Berlin", **DONE),
        repeating("2026-03-27T18:00:00 Europe/Berlin", "FREQ=DAILY", repeats_from_completion=True, **DONE),
        repeating("2026-03-27T18:00:00 Europe/Berlin", "FREQ=WEEKLY;COUNT=1;BYDAY=FR"),
        repeating("2026-03-27T18:00:00 Europe/Berlin", "FREQ=WEEKLY;UNTIL=20260402;BYDAY=FR"),
        repeating("2026-03-27T18:00:00 Europe/Berlin", "FREQ=WEEKLY;UNTIL=20260327;BYDAY=FR"),
    ],
    ids=["done", "from completion and done", "count", "until", "until this day"],
)
@pytest.mark.parametrize("components", ["event", "todo", "both"])
def test_todo_that_has_no_next_date_is_as_if_it_did_not_repeat(row: TodoRow, components: str):
    plain = row._replace(rule="", occurrence="", repeats_from_completion=False)
    options = CalendarOptions(components=components)
    assert render_calendar("Todos", [row], options) == render_calendar("Todos", [plain], options)


@pytest.mark.parametrize(
    ("occurrence", "deadline", "expected"),
    [
        ("2026-03-27", "2026-03-28", ["RECURRENCE-ID;VALUE=DATE:20260327", "DTSTART;VALUE=DATE:20260328"]),
        (
            "2026-03-27T18:00:00",
            "2026-03-27T19:00:00",
            ["RECURRENCE-ID:20260327T180000", "DTSTART:20260327T190000"],
        ),
        (
            "2026-03-27T18:00:00 Europe/Berlin",
            "2026-03-27T18:00:00Z",
            ["RECURRENCE-ID;TZID=Europe/Berlin:20260327T180000", "DTSTART:20260327T180000Z"],
        ),
        (
            "2026-03-27T18:00:00 UTC",
            "2026-03-26",
            ["RECURRENCE-ID:20260327T180000Z", "DTSTART;VALUE=DATE:20260326"],
        ),
    ],
)
def test_deadline_that_was_moved_is_a_date_that_differs(occurrence: str, deadline: str, expected: list[str]):
    row = repeating(occurrence, deadline=deadline)
    lines = when(row)
    assert lines[lines.index("BEGIN:VEVENT", 1) + 1 :][:2] == expected
    assert lines_of(row).count(f"UID:{row.uid}") == 2


def test_date_that_differs_does_not_look_like_an_entry():
    row = repeating("2026-03-27", deadline="2026-03-28")
    rendered = render_calendar("Todos", [row], CalendarOptions(components="both"))
    assert (rendered.events, rendered.body.count(b"BEGIN:VEVENT"), rendered.body.count(b"BEGIN:VTODO")) == (
        1,
        2,
        2,
    )
    assert rendered.body.count(b"BEGIN:VEVENT\r\nUID:") == rendered.body.count(b"BEGIN:VTODO\r\nUID:") == 1


def test_time_that_clocks_skip_stays_that_of_the_series():
    # 29 March 2026 is a Sunday on which Berlin has no 02:30.
    row = repeating("2026-03-29T02:30:00 Europe/Berlin", "FREQ=DAILY")
    assert row.deadline == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert when(row) == ["BEGIN:VEVENT", "DTSTART;TZID=Europe/Berlin:20260329T023000", "RRULE:FREQ=DAILY"]


@pytest.mark.parametrize(
    ("occurrence", "options", "expected"),
    [
        ("2026-03-27T18:00:00", {"shape": "before"}, ["DTSTART:20260327T173000", "DURATION:PT30M"]),
        ("2026-03-27T18:00:00", {"shape": "after"}, ["DTSTART:20260327T180000", "DURATION:PT30M"]),
        ("2026-03-27", {"shape": "before"}, ["DTSTART;VALUE=DATE:20260327", "DTEND;VALUE=DATE:20260328"]),
        # The rule names Fridays, so the block cannot begin on Thursday.
        ("2026-03-27T00:10:00", {"shape": "before"}, ["DTSTART:20260327T000000", "DURATION:PT10M"]),
        ("2026-03-27T00:00:30", {"shape": "before"}, ["DTSTART:20260327T000000", "DURATION:PT30S"]),
        ("2026-03-27T00:00:00", {"shape": "before"}, ["DTSTART:20260327T000000"]),
        ("2026-03-27T23:50:00", {"shape": "after"}, ["DTSTART:20260327T235000", "DURATION:PT30M"]),
    ],
)
def test_block_has_a_duration_and_begins_on_a_day_of_the_rule(occurrence: str, options: dict, expected: list[str]):
    assert when(repeating(occurrence), **options)[1:-1] == expected


def test_block_across_a_change_of_clocks_ends_at_this_deadline_and_at_the_others():
    # At 02:00 clocks go on to 03:00. By the clock of the series the block begins at 02:45, which this day has not.
    row = repeating("2026-03-29T03:15:00 Europe/Berlin", "FREQ=DAILY")
    assert when(row, shape="before") == [
        "BEGIN:VEVENT",
        "DTSTART;TZID=Europe/Berlin:20260329T024500",
        "DURATION:PT30M",
        "RRULE:FREQ=DAILY",
        "BEGIN:VEVENT",
        "RECURRENCE-ID;TZID=Europe/Berlin:20260329T024500",
        "DTSTART:20260329T004500Z",
        "DTEND:20260329T011500Z",
    ]
    assert when(row, shape="after") == [
        "BEGIN:VEVENT", "DTSTART;TZID=Europe/Berlin:20260329T031500", "DURATION:PT30M", "RRULE:FREQ=DAILY",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("occurrence", "expected"),
    [
        ("2026-03-27T18:00:00", ["DTSTART:20260327T175900", "DUE:20260327T180000"]),
        ("2026-03-27T18:00:00 UTC", ["DTSTART:20260327T175900Z", "DUE:20260327T180000Z"]),
        (
            "2026-03-27T18:00:00 Europe/Berlin",
            ["DTSTART;TZID=Europe/Berlin:20260327T175900", "DUE;TZID=Europe/Berlin:20260327T180000"],
        ),
        ("2026-03-27", ["DTSTART;VALUE=DATE:20260327", "DUE;VALUE=DATE:20260327"]),
        ("2026-03-27T00:00:00", ["DTSTART:20260327T000000", "DUE:20260327T000000"]),
    ],
)
def test_task_begins_just_before_it_is_due(occurrence: str, expected: list[str]):
    assert when(repeating(occurrence), components="todo") == ["BEGIN:VTODO", *expected, f"RRULE:{FRIDAYS}"]


def test_task_does_not_begin_in_an_hour_that_is_skipped():
    # 02:59 would be 03:59, which is later than when it is due.
    row = repeating("2026-03-29T03:00:00 Europe/Berlin", "FREQ=DAILY")
    assert when(row, components="todo")[1:3] == [
        "DTSTART;TZID=Europe/Berlin:20260329T030000", "DUE;TZID=Europe/Berlin:20260329T030000",
    ]  # fmt: skip


def test_task_that_was_moved_names_the_start_of_its_date():
    row = repeating("2026-03-27T18:00:00", deadline="2026-03-28T09:00:00")
    assert when(row, components="todo")[4:] == [
        "BEGIN:VTODO",
        "RECURRENCE-ID:20260327T175900",
        "DUE:20260328T090000",
    ]


@pytest.mark.parametrize("components", ["event", "todo", "both"])
def test_each_component_has_its_reminder(components: str):
    lines = lines_of(repeating("2026-03-27", deadline="2026-03-28"), components=components, alarm_minutes=15)
    assert lines.count("BEGIN:VALARM") == (4 if components == "both" else 2)


def test_each_time_zone_is_defined_once_from_the_first_year_that_needs_it():
    rows = [
        repeating("2026-03-27T18:00:00 Europe/Berlin"),
        repeating("1994-03-25T18:00:00 Europe/Berlin", uid=UUID(int=2)),
        repeating("2026-03-27T18:00:00 Asia/Tokyo", uid=UUID(int=3)),
        make_row("2026-03-27T18:00:00Z", uid=UUID(int=4)),
    ]
    body = render_calendar("Todos", rows, CalendarOptions()).body
    assert [line for line in body.split(b"\r\n") if line[:5] == b"TZID:"] == [
        b"TZID:Asia/Tokyo",
        b"TZID:Europe/Berlin",
    ]
    assert b"DTSTART:19930926T030000\r\n" in body  # the change before


@pytest.mark.parametrize(
    "text", [";TZID=Europe/Berlin:20260327", "\r\nDTSTART;TZID=Europe/Berlin:20260327T000000"]
)
def test_text_that_looks_like_a_time_zone_is_none(text: str):
    assert "BEGIN:VTIMEZONE" not in lines_of(make_row(title=text, description=text))


def test_time_zone_that_the_data_does_not_have_skips_the_todo_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(time_zones, "time_zone_names", lambda: {"Europe/Berlin"})  # older than that of the system
    row = repeating("2026-03-27T18:00:00 Antarctica/Vostok")
    other = make_row(uid=UUID(int=2))
    rendered = render_calendar("Todos", [row, other], CalendarOptions())
    assert rendered.events == 1
    assert [one["reason"] for one in rendered.skipped] == [
        f"{NOT_RENDERED} there is no time zone called Antarctica/Vostok."
    ]


@pytest.mark.parametrize("components", ["event", "todo", "both"])
def test_first_and_last_deadline_are_those_of_entries(components: str):
    rows = [
        repeating("2026-03-27T18:00:00 Europe/Berlin"),
        repeating("2026-04-03T18:00:00", uid=UUID(int=2)),
    ]
    rendered = render_calendar("Todos", rows, CalendarOptions(components=components))
    assert rendered.first_deadline == datetime(2026, 3, 27, 18, tzinfo=UTC)
    assert rendered.last_deadline == datetime(2026, 4, 3, 18, tzinfo=UTC)


def test_time_zones_come_and_go_with_what_needs_them():
    zoned, plain = repeating("2026-03-27T18:00:00 Europe/Berlin"), make_row()
    options = CalendarOptions(components="both")
    files = [render_calendar("Todos", [row], options) for row in (plain, zoned)]
    for before in files:
        for row, after in ((plain, files[0]), (zoned, files[1])):
            again = render_calendar("Todos", [row], options, previous=before.body)
            assert again == after
    gone = render_calendar("Todos", [plain._replace(deadline=None)], options, previous=files[1].body)
    assert gone == render_calendar("Todos", [], options)


def test_file_with_time_zones_is_renamed_like_any_other():
    row = repeating("2026-03-27T18:00:00 Europe/Berlin")
    named = render_calendar("One", [row], CalendarOptions()).body
    assert rename(named, "Two") == render_calendar("Two", [row], CalendarOptions()).body


def test_new_time_zones_make_only_files_with_some_anew(monkeypatch: pytest.MonkeyPatch):
    plain, zoned = (
        render_calendar("Todos", [row], CalendarOptions()).version
        for row in (repeating("2026-03-27"), repeating("2026-03-27T18:00:00 Europe/Berlin"))
    )
    assert is_current(plain) and is_current(zoned)
    assert plain == renderer.RENDERER_VERSION

    monkeypatch.setattr(renderer, "DATA_VERSION", "2031.12")

    assert version(has_time_zones=True) == 203112000 + renderer.RENDERER_VERSION
    assert is_current(plain)
    assert not is_current(zoned)


def test_todo_that_repeats_and_is_due_when_it_says_has_no_second_component():
    start = parse_occurrence("2026-01-02T02:30:00 Europe/Berlin")
    for week in range(60):
        occurrence = start.on(start.date + timedelta(weeks=week))
        assert when(repeating(str(occurrence))).count("BEGIN:VEVENT") == 1
