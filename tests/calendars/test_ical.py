"""The files, line by line; what other parsers read in them is in test_round_trip."""

import uuid
from datetime import UTC, datetime

import pytest

from calendars.ical.components import UNTITLED, TodoRow, task_uid
from calendars.ical.renderer import NOT_RENDERED, render_calendar
from calendars.options import CalendarOptions
from tests.calendars.judges.lint import lint
from todos.deadlines import parse_deadline

CHANGED = datetime(2023, 3, 1, 9, 15, tzinfo=UTC)


def make_row(deadline: str | None = "2023-04-03T14:00:00", title: str = "Project Proposal", **values) -> TodoRow:
    due = deadline and parse_deadline(deadline)
    defaults = {
        "uid": uuid.UUID("5f4dd0e4-9d0e-4d6b-8d5a-0f8a3ee2a001"),
        "description": "CSSE6400 Project Proposal Due",
        "completed": False,
        "completed_at": None,
        "deadline": due.moment if due else None,
        "deadline_kind": due.kind if due else "",
        "priority": 0,
        "label_text": "",
        "sequence": 3,
        "updated_at": CHANGED,
        "deleted_at": None,
    }
    return TodoRow(title=title, **defaults | values)


def lines_of(*todos: TodoRow, name: str = "Todos", **options) -> list[str]:
    body = render_calendar(name, todos, CalendarOptions(**options)).body
    assert lint(body) == []
    return body.decode().replace("\r\n ", "").splitlines()


DONE = {"completed": True, "completed_at": datetime(2023, 3, 2, tzinfo=UTC)}


def test_file_of_one_todo_is_exactly_this():
    assert lines_of(make_row()) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Taskoverflow Calendar//mxm.dk//",
        "NAME:Todos",
        "X-WR-CALNAME:Todos",
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        "X-PUBLISHED-TTL:PT15M",
        "BEGIN:VEVENT",
        "UID:5f4dd0e4-9d0e-4d6b-8d5a-0f8a3ee2a001",
        "DTSTAMP:20230301T091500Z",
        "LAST-MODIFIED:20230301T091500Z",
        "SEQUENCE:3",
        "SUMMARY:Project Proposal",
        "DTSTART:20230403T140000",
        "DESCRIPTION:CSSE6400 Project Proposal Due",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


@pytest.mark.parametrize(
    ("deadline", "options", "expected"),
    [
        ("2026-02-27T18:00:00", {}, ["DTSTART:20260227T180000"]),
        ("2026-02-27T18:00:00+10:00", {}, ["DTSTART:20260227T080000Z"]),
        ("2026-03-29T02:30:00", {}, ["DTSTART:20260329T023000"]),
        ("2026-01-01T00:30:00+14:00", {}, ["DTSTART:20251231T103000Z"]),
        ("2026-12-31T23:30:00-11:00", {}, ["DTSTART:20270101T103000Z"]),
        ("2026-02-28", {}, ["DTSTART;VALUE=DATE:20260228", "DTEND;VALUE=DATE:20260301"]),
        ("2028-02-28", {}, ["DTSTART;VALUE=DATE:20280228", "DTEND;VALUE=DATE:20280229"]),
        (
            "2026-02-27T00:10:00",
            {"shape": "before", "block_minutes": 30},
            ["DTSTART:20260226T234000", "DTEND:20260227T001000"],
        ),
        (
            "2026-02-27T23:50:00Z",
            {"shape": "after", "block_minutes": 15},
            ["DTSTART:20260227T235000Z", "DTEND:20260228T000500Z"],
        ),
        (
            "2026-02-28",
            {"shape": "after"},
            ["DTSTART;VALUE=DATE:20260228", "DTEND;VALUE=DATE:20260301"],
        ),
    ],
)
def test_deadline_has_the_form_in_which_it_was_sent(deadline: str, options: dict, expected: list[str]):
    assert [
        line for line in lines_of(make_row(deadline), **options) if line.startswith(("DTSTART", "DTEND"))
    ] == expected


@pytest.mark.parametrize(
    ("row", "is_in"),
    [
        (make_row(), {"all", "open"}),
        (make_row(**DONE), {"all", "done"}),
        (make_row(None), set()),
        (make_row(deleted_at=CHANGED), set()),
    ],
)
def test_options_say_which_todos_are_shown(row: TodoRow, is_in: set[str]):
    shown = {which for which in ["all", "open", "done"] if "BEGIN:VEVENT" in lines_of(row, completed=which)}
    assert shown == is_in


def test_completed_todo_is_marked_where_that_is_asked_for():
    assert "SUMMARY:✓ Project Proposal" in lines_of(make_row(**DONE), mark_completed=True)
    assert "SUMMARY:Project Proposal" in lines_of(make_row(**DONE))
    assert "SUMMARY:Project Proposal" in lines_of(make_row(), mark_completed=True)


@pytest.mark.parametrize(("priority", "lines"), [(0, []), (1, ["1"]), (5, ["5"]), (9, ["9"])])
def test_priority_stands_in_events_and_tasks(priority: int, lines: list[str]):
    written = [
        line for line in lines_of(make_row(priority=priority), components="both") if line.startswith("PRIORITY")
    ]
    assert written == [f"PRIORITY:{number}" for number in lines * 2]


@pytest.mark.parametrize(
    ("label_text", "value"),
    [(",Uni,", "Uni"), (",Uni,Group work,", "Uni,Group work"), (",a;b,c\\n,é,", r"a\;b,c\\n,é")],
)
def test_labels_stand_in_events_and_tasks(label_text: str, value: str):
    lines = lines_of(make_row(label_text=label_text), components="both")
    assert [line for line in lines if line.startswith("CATEGORIES")] == [f"CATEGORIES:{value}"] * 2


def test_todo_as_task():
    lines = lines_of(make_row("2026-02-28", **DONE), components="todo", shape="after", mark_completed=True)
    assert lines[7:-1] == [
        "BEGIN:VTODO",
        "UID:5f4dd0e4-9d0e-4d6b-8d5a-0f8a3ee2a001",
        "DTSTAMP:20230301T091500Z",
        "LAST-MODIFIED:20230301T091500Z",
        "SEQUENCE:3",
        "SUMMARY:Project Proposal",
        "DUE;VALUE=DATE:20260228",
        "DESCRIPTION:CSSE6400 Project Proposal Due",
        "STATUS:COMPLETED",
        "COMPLETED:20230302T000000Z",
        "END:VTODO",
    ]


def test_todo_as_both_has_a_uid_for_each():
    row = make_row()
    lines = lines_of(row, components="both")
    assert [line for line in lines if line.startswith(("UID:", "BEGIN:V"))] == [
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
        f"UID:{row.uid}",
        "BEGIN:VTODO",
        f"UID:{task_uid(row.uid)}",
    ]
    assert "STATUS:NEEDS-ACTION" in lines


@pytest.mark.parametrize(
    ("components", "minutes", "trigger"),
    [
        ("event", 15, "TRIGGER:-PT15M"),
        ("event", 0, "TRIGGER:PT0S"),
        ("todo", 15, "TRIGGER;RELATED=END:-PT15M"),
    ],
)
def test_reminder_comes_before_the_deadline(components: str, minutes: int, trigger: str):
    lines = lines_of(make_row(), components=components, alarm_minutes=minutes)
    start, end = lines.index("BEGIN:VALARM"), lines.index("END:VALARM")
    assert lines[start + 1 : end] == ["ACTION:DISPLAY", "DESCRIPTION:Project Proposal", trigger]


def test_nobody_is_reminded_of_what_is_done():
    assert "BEGIN:VALARM" not in lines_of(make_row(**DONE), alarm_minutes=15, components="both")


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("a;b,c\\d", "SUMMARY:a\\;b\\,c\\\\d"),
        ("one\r\ntwo\rthree\nfour", "SUMMARY:one\\ntwo\\nthree\\nfour"),
        ("one\x85two\u2028three\u2029four", "SUMMARY:one\\ntwo\\nthree\\nfour"),
        ("\x00\x01a\x0b\x1b\x1f\x7fb\tc", "SUMMARY:ab\tc"),
        ("C:\\New", "SUMMARY:C:\\\\New"),
        ("\\n", "SUMMARY:\\\\n"),
        ("END:VEVENT\r\nEND:VCALENDAR", "SUMMARY:END:VEVENT\\nEND:VCALENDAR"),
        ('"quoted": http://example.org/?a=1', 'SUMMARY:"quoted": http://example.org/?a=1'),
        ("\x01\x02 ", f"SUMMARY:{UNTITLED}"),
    ],
)
def test_text_is_escaped(written: str, line: str):
    assert line in lines_of(make_row(title=written))


@pytest.mark.parametrize("nothing", [None, "", "\x01", " \n"])
def test_description_of_nothing_is_left_out(nothing: str | None):
    assert not [line for line in lines_of(make_row(description=nothing)) if line.startswith("DESCRIPTION")]


def test_long_text_is_folded_between_characters():
    title = "🧑🏽‍🚀é" * 40
    body = render_calendar("Todos", [make_row(title=title)], CalendarOptions()).body
    assert lint(body) == []
    assert f"SUMMARY:{title}" in body.decode().replace("\r\n ", "")


def test_calendar_of_nothing_still_has_a_component():
    rendered = render_calendar("Todos", [make_row(None)], CalendarOptions())
    assert lint(rendered.body) == []
    assert b"BEGIN:VTIMEZONE" in rendered.body
    assert (rendered.events, rendered.first_deadline, rendered.last_deadline) == (0, None, None)


def test_events_stand_in_the_order_of_their_uids():
    rows = [make_row(uid=uuid.uuid4()) for _ in range(20)]
    uids = [line for line in lines_of(*rows) if line.startswith("UID:")]
    assert uids == sorted(f"UID:{row.uid}" for row in rows)


def test_todo_that_cannot_be_rendered_is_set_aside_and_the_rest_is_served():
    good = make_row("2026-01-01")
    bad = make_row(uid=uuid.uuid4(), title="The end", deadline="2026-01-01")
    bad = bad._replace(deadline=datetime(9999, 12, 31, tzinfo=UTC))  # a day with no day after it

    rendered = render_calendar("Todos", [bad, good], CalendarOptions())

    assert rendered.body == render_calendar("Todos", [good], CalendarOptions()).body
    assert rendered.events == 1
    [entry] = rendered.skipped
    assert (entry["uid"], entry["title"]) == (str(bad.uid), "The end")
    assert entry["reason"].startswith(NOT_RENDERED)


def test_set_aside_todo_comes_back_once_it_is_mended():
    bad = make_row("2026-01-01")._replace(deadline=datetime(9999, 12, 31, tzinfo=UTC))
    broken = render_calendar("Todos", [bad], CalendarOptions())

    mended = render_calendar(
        "Todos", [make_row("2026-01-01")], CalendarOptions(), previous=broken.body, skipped=broken.skipped
    )

    assert mended == render_calendar("Todos", [make_row("2026-01-01")], CalendarOptions())


def test_what_was_rendered_is_told_from_what_was_taken_from_the_file_before():
    rows = [make_row(uid=uuid.uuid4()) for _ in range(5)]
    first = render_calendar("Todos", rows, CalendarOptions())
    changed = [rows[0]._replace(title="changed"), rows[1]._replace(deleted_at=CHANGED)]
    second = render_calendar("Todos", changed, CalendarOptions(), previous=first.body)
    assert [(rendered.events, rendered.fresh) for rendered in (first, second)] == [(5, 5), (4, 1)]


def test_span_runs_from_the_first_beginning_to_the_last():
    rows = [
        make_row(deadline, uid=uuid.uuid4()) for deadline in ["2026-05-01", "2026-03-01T08:00:00Z", "2026-04-01"]
    ]
    rendered = render_calendar("Todos", rows, CalendarOptions())
    assert rendered.first_deadline == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert rendered.last_deadline == datetime(2026, 5, 1, tzinfo=UTC)
