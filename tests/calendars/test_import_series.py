"""What repeats in other programs' files: our grammar's rules are kept, and the plan says what became of others."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calendars.imports import series as imported_series
from calendars.imports.formats.icalendar import DUPLICATE_UID, SERIES_NOT_IN_FILE
from calendars.imports.parser import MAX_DATES
from calendars.imports.series import ALL_LEFT_OUT, EFFORT_OF_DATE, OVER, TOO_MUCH_EFFORT, TOO_OLD
from calendars.imports.services import (
    ImportPlan,
    apply_import,
    pack,
    unpack,
)
from calendars.imports.time_zones import TimeZone
from tests.calendars.test_imports import UID, file_of, plan
from tests.factories import make_list
from todos.models import Todo
from todos.services import update_list
from todos.services.series import TOO_LONG

pytestmark = pytest.mark.django_db
# Far in the future, so that nothing is over. 2 March 2096 is a Friday.
FRIDAY, NEXT, AFTER = "20960302", "20960309", "20960316"


def series(planned: ImportPlan) -> list[tuple[str, str, str]]:
    return [(str(todo.values["due"]), todo.values["rule"], todo.values["occurrence"]) for todo in planned.added]


def losses(planned: ImportPlan) -> dict[str, int]:
    return {loss["name"]: loss["count"] for loss in planned.losses}


def entries(*entries: tuple[str, ...], kind: str = "VTODO") -> bytes:
    """Return a file of entries with one UID."""
    lines = [line for entry in entries for line in (f"BEGIN:{kind}", f"UID:{UID}", *entry, f"END:{kind}")]
    return "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""]).encode()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["DTSTART:20960302", "RRULE:FREQ=WEEKLY"], ("2096-03-02", "FREQ=WEEKLY;BYDAY=FR", "2096-03-02")),
        (
            ["DTSTART:20960302T180000", "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;COUNT=5"],
            ("2096-03-02T18:00:00", "FREQ=WEEKLY;INTERVAL=2;COUNT=5;BYDAY=FR", "2096-03-02T18:00:00"),
        ),
        (
            ["DTSTART;TZID=Europe/Berlin:20960302T180000", "RRULE:FREQ=DAILY;UNTIL=20960401T160000Z"],
            ("2096-03-02T17:00:00Z", "FREQ=DAILY;UNTIL=20960401", "2096-03-02T18:00:00 Europe/Berlin"),
        ),
        (
            ["DTSTART;TZID=Europe/Berlin:20960302T180000", "RRULE:FREQ=DAILY;UNTIL=20960401T155959Z"],
            ("2096-03-02T17:00:00Z", "FREQ=DAILY;UNTIL=20960331", "2096-03-02T18:00:00 Europe/Berlin"),
        ),
        (
            ["DTSTART;TZID=W. Europe Standard Time:20960302T180000", "RRULE:FREQ=DAILY"],
            ("2096-03-02T17:00:00Z", "FREQ=DAILY", "2096-03-02T18:00:00 Europe/Berlin"),
        ),
        (
            ["DTSTART:20960302T180000Z", "RRULE:FREQ=MONTHLY;BYDAY=1FR"],
            ("2096-03-02T18:00:00Z", "FREQ=MONTHLY;BYDAY=1FR", "2096-03-02T18:00:00 UTC"),
        ),
        # Apple sends a day as UNTIL of a time, and means it as the last one.
        (
            ["DTSTART;TZID=Europe/Berlin:20960302T180000", "RRULE:FREQ=WEEKLY;UNTIL=20960330;BYDAY=FR"],
            ("2096-03-02T17:00:00Z", "FREQ=WEEKLY;UNTIL=20960330;BYDAY=FR", "2096-03-02T18:00:00 Europe/Berlin"),
        ),
        # A time that clocks skip stays what it is.
        (
            ["DTSTART;TZID=Europe/Berlin:20960325T023000", "RRULE:FREQ=DAILY"],
            ("2096-03-25T01:30:00Z", "FREQ=DAILY", "2096-03-25T02:30:00 Europe/Berlin"),
        ),
    ],
)
def test_rule_is_kept_with_its_clock(lines: list[str], expected: tuple[str, str, str]):
    planned = plan(file_of(*lines))
    assert series(planned) == [expected]
    assert (planned.losses, planned.notes, planned.skipped) == ([], [], [])

    apply_import(todo_list=make_list(), plan=planned)
    todo = Todo.objects.get()
    assert (str(todo.due), todo.rule, todo.occurrence) == expected


FROM_COMPLETION = "X-TASKOVERFLOW-REPEAT-FROM-COMPLETION"
BERLIN = "X-OCCURRENCE=20960325T023000 Europe/Berlin"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # As we write it.
        (
            ["DUE:20960325T013000Z", f"{FROM_COMPLETION};VALUE=RECUR;{BERLIN}:FREQ=DAILY"],
            ("2096-03-25T01:30:00Z", "FREQ=DAILY", "2096-03-25T02:30:00 Europe/Berlin"),
        ),
        # Another program has moved the deadline.
        (
            ["DUE:20960402T160000Z", f"{FROM_COMPLETION};VALUE=RECUR;{BERLIN}:FREQ=DAILY"],
            ("2096-04-02T16:00:00Z", "FREQ=DAILY", "2096-04-02T18:00:00 Europe/Berlin"),
        ),
        (
            ["DUE;VALUE=DATE:20960402", f"{FROM_COMPLETION};VALUE=RECUR;{BERLIN}:FREQ=DAILY"],
            ("2096-04-02", "FREQ=DAILY", "2096-04-02"),
        ),
        # It has lost or spoiled the parameters.
        (
            ["DUE:20960402T160000Z", f"{FROM_COMPLETION}:freq=daily"],
            ("2096-04-02T16:00:00Z", "FREQ=DAILY", "2096-04-02T16:00:00 UTC"),
        ),
        *[
            (
                ["DUE:20960402T160000Z", f"{FROM_COMPLETION};X-OCCURRENCE={text}:FREQ=DAILY"],
                ("2096-04-02T16:00:00Z", "FREQ=DAILY", "2096-04-02T16:00:00 UTC"),
            )
            for text in (
                "",
                "x",
                "20960402",
                "20960402T160000",
                "20960230T000000 Asia/Tokyo",
                "20960402T160000 Mars",
            )
        ],
        # Years that are none in UTC.
        (
            ["DUE:20960402T160000Z", f"{FROM_COMPLETION};X-OCCURRENCE=00010101T000000 Asia/Tokyo:FREQ=DAILY"],
            ("2096-04-02T16:00:00Z", "FREQ=DAILY", "2096-04-03T01:00:00 Asia/Tokyo"),
        ),
    ],
)
def test_rule_that_counts_from_completion_is_read(lines: list[str], expected: tuple[str, str, str]):
    planned = plan(file_of(*lines, kind="VTODO"))
    assert series(planned) == [expected]
    assert planned.added[0].values["repeats_from_completion"]
    assert (planned.losses, planned.notes, planned.skipped) == ([], [], [])

    again = unpack(pack(planned, make_list()), make_list())
    apply_import(todo_list=make_list(), plan=again)
    todo = Todo.objects.get()
    assert (str(todo.due), todo.rule, todo.occurrence, todo.repeats_from_completion) == (*expected, True)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([f"{FROM_COMPLETION}:FREQ=DAILY"], "A rule needs a deadline."),
        (["DUE:20960402", f"{FROM_COMPLETION}:FREQ=HOURLY"], "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY."),
        (
            ["DUE:20960402", f"{FROM_COMPLETION}:FREQ=WEEKLY;BYDAY=MO"],
            "A rule that repeats from completion can have only FREQ, INTERVAL, COUNT and UNTIL.",
        ),
        (
            ["DUE:20960402", f"{FROM_COMPLETION}:FREQ=DAILY;UNTIL=20960401"],
            "The rule has no date on or after the deadline.",
        ),
    ],
)
def test_rule_that_cannot_count_from_completion_is_named(lines: list[str], reason: str):
    planned = plan(file_of(*lines, kind="VTODO"))
    assert planned.notes == [f"1 task is imported without its rule. {reason}"]
    assert (planned.added[0].values["rule"], planned.added[0].values["repeats_from_completion"]) == ("", False)


def test_rule_of_another_program_comes_before_ours():
    lines = ["DUE:20960402", "RRULE:FREQ=WEEKLY", f"{FROM_COMPLETION}:FREQ=DAILY"]
    planned = plan(file_of(*lines, kind="VTODO"))
    assert series(planned) == [("2096-04-02", "FREQ=WEEKLY;BYDAY=MO", "2096-04-02")]
    assert not planned.added[0].values["repeats_from_completion"]


def test_time_zone_that_the_file_defines_is_the_known_one_that_is_like_it():
    zone = [
        "BEGIN:VTIMEZONE", "TZID:Customized Time Zone",
        "BEGIN:STANDARD", "DTSTART:16010101T020000", "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11",
        "TZOFFSETFROM:-0400", "TZOFFSETTO:-0500", "END:STANDARD",
        "BEGIN:DAYLIGHT", "DTSTART:16010101T020000", "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3",
        "TZOFFSETFROM:-0500", "TZOFFSETTO:-0400", "END:DAYLIGHT",
        "END:VTIMEZONE",
    ]  # fmt: skip
    body = file_of("DTSTART;TZID=Customized Time Zone:20960601T180000", "RRULE:FREQ=DAILY")
    body = body.replace(b"BEGIN:VEVENT", "\r\n".join([*zone, "BEGIN:VEVENT"]).encode())
    [(due, _, occurrence)] = series(plan(body))
    assert due == "2096-06-01T22:00:00Z"
    name = occurrence.split()[1]
    for month in range(1, 13):
        moment = datetime(2096, month, 2, 12)
        offsets = {moment.replace(tzinfo=ZoneInfo(key)).utcoffset() for key in (name, "America/New_York")}
        assert len(offsets) == 1


def test_time_zone_that_is_like_no_known_one_skips_a_series():
    observance = "DTSTART:19700101T000000\r\nTZOFFSETFROM:+0017\r\nTZOFFSETTO:+0017\r\n"
    zone = f"BEGIN:VTIMEZONE\r\nTZID:Mars\r\nBEGIN:STANDARD\r\n{observance}"
    body = file_of("DTSTART;TZID=Mars:20960601T180000", "RRULE:FREQ=DAILY", "SUMMARY:x")
    body = body.replace(b"BEGIN:VEVENT", f"{zone}END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT".encode())
    assert plan(body).skipped == [("x", "Its time zone, 'Mars', matches no known one, so it cannot repeat.")]


# --- What is due now ---


def day(date: date) -> str:
    return f"{date:%Y%m%d}"


@pytest.mark.parametrize(("rule", "step"), [("FREQ=DAILY", 1), ("FREQ=DAILY;INTERVAL=7", 7), ("FREQ=WEEKLY", 7)])
@pytest.mark.parametrize("begun", [date(1000, 1, 3), date(2020, 1, 3), None])
def test_event_that_began_long_ago_is_due_on_its_next_date(rule: str, step: int, begun: date | None):
    update_list(todo_list=make_list(), changes={"time_zone": "UTC"})
    today = datetime.now(UTC).date()
    start = begun or today - timedelta(days=1)

    planned = plan(file_of(f"DTSTART;VALUE=DATE:{day(start)}", f"RRULE:{rule}"))

    [(due, _, occurrence)] = series(planned)
    due = date.fromisoformat(due)
    assert occurrence == due.isoformat()
    assert timedelta(0) <= due - today < timedelta(days=step)
    assert (due - start).days % step == 0
    assert planned.notes == ["1 event began in the past and repeats: its todo is due on the next date."]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=3",
        "FREQ=YEARLY;INTERVAL=3;BYMONTH=1;BYMONTHDAY=3",
        "FREQ=MONTHLY;BYDAY=-1SU",
    ],
)
def test_intervals_go_on_from_where_the_event_began(rule: str):
    start = date(1980, 1, 3) if "SU" not in rule else date(1980, 1, 27)
    [(due, kept, _)] = series(plan(file_of(f"DTSTART;VALUE=DATE:{day(start)}", f"RRULE:{rule}")))
    due = date.fromisoformat(due)
    months = due.year * 12 + due.month - start.year * 12 - start.month
    assert months % {"FREQ=MONTHLY;I": 5, "FREQ=YEARLY;IN": 36}.get(rule[:14], 1) == 0
    assert kept == rule
    assert due >= datetime.now(UTC).date() - timedelta(days=1)


def test_count_is_that_of_the_dates_that_are_left():
    start = datetime.now(UTC) - timedelta(days=10, minutes=-5)
    planned = plan(file_of(f"DTSTART:{start:%Y%m%dT%H%M%S}Z", "RRULE:FREQ=DAILY;COUNT=12"))
    [(due, rule, _)] = series(planned)
    assert due == f"{start + timedelta(days=10):%Y-%m-%dT%H:%M:%S}Z"
    assert rule == "FREQ=DAILY;COUNT=2"


@pytest.mark.parametrize(
    "rule",
    ["FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;UNTIL=20210101", "FREQ=DAILY;COUNT=999", "FREQ=YEARLY;UNTIL=20200301"],
)
def test_event_whose_dates_are_all_over_is_said_to_be(rule: str):
    assert plan(file_of("DTSTART;VALUE=DATE:20200303", f"RRULE:{rule}", "SUMMARY:x")).skipped == [("x", OVER)]


def test_event_with_more_dates_than_are_counted_is_skipped():
    [skipped] = plan(file_of("DTSTART:20000101", "RRULE:FREQ=DAILY;COUNT=9999", "SUMMARY:x")).skipped
    assert skipped == ("x", "It repeats, and has had over 1,000 dates.")


def test_task_stays_due_when_it_is():
    planned = plan(file_of("DTSTART:20200103T090000", "DUE:20200103T100000", "RRULE:FREQ=WEEKLY", kind="VTODO"))
    assert series(planned) == [("2020-01-03T10:00:00", "FREQ=WEEKLY;BYDAY=FR", "2020-01-03T10:00:00")]
    assert losses(planned) == {"start time": 1}


@pytest.mark.parametrize(
    ("lines", "due"),
    [
        (["DTSTART:20960302"], "2096-03-02"),
        (["DTSTART:20960302", "DURATION:P7D"], "2096-03-09"),
        (["DUE:20960302"], "2096-03-02"),
        (["DTSTART:20960302T100000", "DUE:20960302"], "2096-03-02"),
    ],
)
def test_task_may_lack_a_start_or_a_due_date(lines: list[str], due: str):
    assert series(plan(file_of(*lines, "RRULE:FREQ=WEEKLY", kind="VTODO"))) == [(due, "FREQ=WEEKLY;BYDAY=FR", due)]


def test_completed_series_is_a_completed_todo_with_its_rule():
    [todo] = plan(file_of("DUE:20260227", "RRULE:FREQ=WEEKLY", "STATUS:COMPLETED", kind="VTODO")).added
    assert (todo.values["completed"], todo.values["rule"]) == (True, "FREQ=WEEKLY;BYDAY=FR")


def test_rule_of_days_on_which_a_task_begins_becomes_one_of_days_on_which_it_is_due():
    lines = ["DTSTART:20960302", "DUE:20960304", "RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20960330;BYDAY=FR;WKST=SU"]
    assert series(plan(file_of(*lines, kind="VTODO"))) == [
        ("2096-03-04", "FREQ=WEEKLY;INTERVAL=2;UNTIL=20960401;BYDAY=SU;WKST=TU", "2096-03-04")
    ]
    # Tasks.org names the days on which it is due.
    lines = ["DTSTART:20960301", "DUE:20960302", "RRULE:FREQ=WEEKLY;BYDAY=FR"]
    assert series(plan(file_of(*lines, kind="VTODO"))) == [("2096-03-02", "FREQ=WEEKLY;BYDAY=FR", "2096-03-02")]


def test_entry_that_is_not_on_a_day_of_its_rule_moves_to_the_first_one():
    planned = plan(file_of("DTSTART:20960228", "RRULE:FREQ=WEEKLY;BYDAY=FR"))
    assert series(planned) == [("2096-03-02", "FREQ=WEEKLY;BYDAY=FR", "2096-03-02")]
    assert planned.notes == ["1 entry is not on a day of its own rule: its todo is due on the first one after it."]


# --- Dates that differ ---

WEEKLY = ("DTSTART:20960302T100000", "DUE:20960302T120000", "RRULE:FREQ=WEEKLY;COUNT=5")


@pytest.mark.parametrize(
    ("extra", "others", "due", "count", "lost"),
    [
        ((), (), "2096-03-02T12:00:00", 5, {}),
        (("EXDATE:20960302T100000",), (), "2096-03-09T12:00:00", 4, {}),
        (("EXDATE:20960302T100000,20960309T100000",), (), "2096-03-16T12:00:00", 3, {}),
        (("EXDATE;VALUE=DATE:20960302", "EXDATE:20960309T100000"), (), "2096-03-16T12:00:00", 3, {}),
        (("EXDATE:20960309T100000",), (), "2096-03-02T12:00:00", 5, {"cancelled date of a series": 1}),
        (("EXDATE:20000101T100000",), (), "2096-03-02T12:00:00", 5, {}),
        (("EXDATE:tomorrow",), (), "2096-03-02T12:00:00", 5, {"cancelled date of a series": 1}),
        (("RDATE:20960305T100000",), (), "2096-03-02T12:00:00", 5, {"extra date of a series": 1}),
        (("RDATE;VALUE=PERIOD:20960305T100000/PT1H",), (), "2096-03-02T12:00:00", 5, {"extra date of a series": 1}),
        (("EXRULE:FREQ=WEEKLY;INTERVAL=2",), (), "2096-03-02T12:00:00", 5, {"rule of exceptions": 1}),
        # As Thunderbird and eM Client complete one.
        (
            (),
            (("RECURRENCE-ID:20960302T100000", "STATUS:COMPLETED", "COMPLETED:20960301T000000Z"),),
            "2096-03-09T12:00:00",
            4,
            {"completed date of a series": 1},
        ),
        ((), (("RECURRENCE-ID:20960302T100000", "STATUS:CANCELLED"),), "2096-03-09T12:00:00", 4, {}),
        ((), (("RECURRENCE-ID:20960302T100000", "DUE:20960303T090000"),), "2096-03-03T09:00:00", 5, {}),
        (
            (),
            (("RECURRENCE-ID:20960309T100000", "DUE:20960310T090000"),),
            "2096-03-02T12:00:00",
            5,
            {"changed date of a series": 1},
        ),
        (
            (),
            (
                ("RECURRENCE-ID:20960302T100000", "STATUS:COMPLETED"),
                ("RECURRENCE-ID:20960309T100000", "DUE:20960310T090000"),
            ),
            "2096-03-10T09:00:00",
            4,
            {"completed date of a series": 1},
        ),
        ((), (("RECURRENCE-ID:never", "DUE:20960310"),), "2096-03-02T12:00:00", 5, {"changed date of a series": 1}),
    ],
)  # fmt: skip
def test_dates_that_differ(extra: tuple, others: tuple, due: str, count: int, lost: dict[str, int]):
    for order in (1, -1):  # a date may come before its series
        planned = plan(entries(*[(*WEEKLY, *extra), *others][::order]))
        assert [(due, rule.partition(";COUNT=")[2]) for due, rule, _ in series(planned)] == [
            (due, f"{count};BYDAY=FR")
        ]
        assert losses(planned) == {"start time": 1} | lost
        assert planned.skipped == []


def test_occurrence_is_what_the_rule_says_of_a_date_that_was_moved():
    lines = ("DTSTART;TZID=Europe/Berlin:20960302T180000", "RRULE:FREQ=WEEKLY")
    moved = ("RECURRENCE-ID:20960302T170000Z", "DTSTART;TZID=Europe/Berlin:20960303T090000")
    assert series(plan(entries(lines, moved, kind="VEVENT"))) == [
        ("2096-03-03T08:00:00Z", "FREQ=WEEKLY;BYDAY=FR", "2096-03-02T18:00:00 Europe/Berlin")
    ]


def test_date_without_its_series_is_named():
    planned = plan(file_of("RECURRENCE-ID:20960302", "DTSTART:20960303", "SUMMARY:x"))
    assert (planned.added, planned.skipped) == ([], [("x", SERIES_NOT_IN_FILE)])


def test_of_entries_with_one_uid_the_one_that_repeats_counts():
    # As eM Client completes one of a series: tasks/tasks#1600.
    done = ("DUE:20960302", "STATUS:COMPLETED", "SUMMARY:done")
    for order in (1, -1):
        planned = plan(entries(*[("DUE:20960309", "RRULE:FREQ=WEEKLY", "SUMMARY:next"), done][::order]))
        assert series(planned) == [("2096-03-09", "FREQ=WEEKLY;BYDAY=FR", "2096-03-09")]
        assert planned.skipped == [("done", DUPLICATE_UID)]


def test_dates_of_an_entry_without_a_rule_are_counted():
    planned = plan(file_of("DTSTART:20960302", "RDATE:20960305,20960307", "RDATE:20970101"))
    assert series(planned) == [("2096-03-02", "", "")]
    assert losses(planned) == {"extra dates of series": 3}


def test_series_whose_dates_are_all_done_is_over():
    done = [("RECURRENCE-ID:20960302", "STATUS:COMPLETED"), ("RECURRENCE-ID:20960309", "STATUS:COMPLETED")]
    planned = plan(entries(("DUE:20960302", "RRULE:FREQ=WEEKLY;COUNT=2", "SUMMARY:x"), *done))
    assert (planned.added, planned.skipped) == ([], [("x", OVER)])


# --- What our grammar does not have, and what costs too much ---

ALL_DAYS = ",".join(str(day) for day in range(-31, 32) if day)
FORBIDDEN = {
    "FREQ=MINUTELY": "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY.",
    "FREQ=SECONDLY;COUNT=999999999": "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY.",
    "FREQ=DAILY;INTERVAL=0": "INTERVAL must be 1 to 999.",
    "FREQ=DAILY;COUNT=999999999": "COUNT must be 1 to 9999.",
    "": "A rule looks like FREQ=WEEKLY;BYDAY=FR.",
    # With the month of its first date.
    f"FREQ=YEARLY;INTERVAL=999;COUNT=9999;BYMONTHDAY={ALL_DAYS};BYDAY=WE": TOO_LONG,
}


@pytest.mark.parametrize(("rule", "reason"), FORBIDDEN.items())
def test_event_whose_rule_is_not_supported_is_skipped_and_a_task_is_due_once(rule: str, reason: str):
    [skipped] = plan(file_of("DTSTART:20200101", f"RRULE:{rule}", "SUMMARY:x")).skipped
    assert skipped == ("x", f"Its rule is not supported. {reason}")

    planned = plan(file_of("DUE:20200101", f"RRULE:{rule}", kind="VTODO"))
    assert series(planned) == [("2020-01-01", "", "")]
    assert planned.notes == [f"1 task is imported without its rule. {reason}"]


def test_rule_that_cannot_be_read_is_not_supported():
    [skipped] = plan(file_of("DTSTART:20960302", "RRULE;=:FREQ=DAILY", "SUMMARY:x")).skipped
    assert skipped == ("x", "Its rule is not supported. It cannot be read.")
    planned = plan(file_of("DUE:20960302", "RRULE;=:FREQ=DAILY", kind="VTODO"))
    assert series(planned) == [("2096-03-02", "", "")]
    assert planned.notes == ["1 task is imported without its rule. It cannot be read."]


def test_notes_count_tasks_with_one_reason():
    body = b"".join(
        file_of("DUE:20200101", "RRULE:FREQ=HOURLY", kind="VTODO", uid=str(number)) for number in range(3)
    )
    assert plan(body).notes == [
        "3 tasks are imported without their rules. FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY."
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ["DTSTART:20960302", "RRULE:FREQ=DAILY", f"EXDATE:{','.join(['20960303'] * 10_000)}"],
        ["DTSTART:20960302", "RRULE:FREQ=DAILY", *["EXDATE:20960303"] * 10_000],
        ["DTSTART:20960302", *["RDATE:20960303,20960304"] * 5_000],
    ],
    ids=["one line", "lines", "extra dates"],
)
def test_too_many_dates_are_refused_whole(lines: list[str]):
    [skipped] = plan(file_of(*lines, "SUMMARY:x")).skipped
    assert skipped == ("x", f"It has over {MAX_DATES:,} dates besides its rule.")


@pytest.mark.parametrize("kind", ["VEVENT", "VTODO"])
@pytest.mark.parametrize(
    "lines",
    [
        ["DTSTART:20200101T000000Z", "RRULE:FREQ=MINUTELY"],
        ["DTSTART:20200101T000000Z", "RRULE:FREQ=SECONDLY"],
        ["DTSTART:20200101", "RRULE:FREQ=DAILY;INTERVAL=0"],
        ["DTSTART:20200101", "RRULE:FREQ=DAILY;COUNT=999999999"],
        ["DTSTART:10000101", "RRULE:FREQ=DAILY"],
        ["DTSTART:10000101", "RRULE:FREQ=DAILY;COUNT=9999"],
        ["DTSTART:10000101", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;COUNT=9999"],
        ["DTSTART:10040229", "RRULE:FREQ=YEARLY;INTERVAL=999;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO"],
        ["DTSTART:20960101", "RRULE:FREQ=DAILY", *["EXDATE:20960101"] * 1_000],
        ["DTSTART:20960101", "RRULE:FREQ=DAILY", f"EXDATE:{','.join(str(20960101 + day) for day in range(28))}"],
        ["DTSTART:20960101", f"RRULE:{'FREQ=DAILY;' * 1_000}"],
    ],
)
def test_nothing_takes_long(kind: str, lines: list[str]):
    """A rule that is expanded from its beginning would take minutes, or for ever."""
    body = b"".join(file_of(*lines, kind=kind, uid=str(number)) for number in range(100))
    planned = plan(body)
    assert len(planned.added) + len(planned.skipped) == 100


# A rule whose dates are rare, so that a search looks at many months for each.
LEAP_DAYS = "RRULE:FREQ=DAILY;INTERVAL=14;BYMONTH=2;BYMONTHDAY=29"


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """The periods of rules that an import looked at."""
    looked = []
    spend = imported_series.Effort.spend
    monkeypatch.setattr(
        imported_series.Effort, "spend", lambda self, cost=1: (looked.extend([None] * cost), spend(self, cost))
    )
    return looked


def test_search_ends_with_the_first_date_that_is_not_left_out(looked: list[None]):
    lines = ["DUE:20960229", LEAP_DAYS, "EXDATE:20960229", f"EXDATE:{','.join(['20960301'] * 100)}"]
    planned = plan(file_of(*lines, kind="VTODO"))
    [(due, _, _)] = series(planned)
    assert "2096" < due[:4] < "2180"
    years = int(due[:4]) - 2096
    assert len(looked) <= years * 12 + 2


def test_search_ends_a_century_after_dates_that_are_all_left_out(looked: list[None]):
    left_out = [f"EXDATE:{year}0229" for year in range(2096, 2496, 4) if year % 100 or year % 400 == 0]
    lines = ["DUE:20960229", "RRULE:FREQ=YEARLY", *left_out, "SUMMARY:x"]
    assert plan(file_of(*lines, kind="VTODO")).skipped == [("x", ALL_LEFT_OUT)]
    assert len(looked) <= 110


def test_dates_are_not_counted_from_long_ago(looked: list[None]):
    lines = ["DTSTART:10040229", f"{LEAP_DAYS};COUNT=9999", "SUMMARY:x"]
    assert plan(file_of(*lines)).skipped == [("x", TOO_OLD)]
    assert len(looked) <= 1


def test_effort_of_a_file_is_limited(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(imported_series, "MAX_EFFORT", 1_000)
    start = datetime.now(UTC) - timedelta(days=300)
    body = b"".join(
        file_of(f"DTSTART:{start:%Y%m%d}", "RRULE:FREQ=DAILY;COUNT=400", "SUMMARY:x", uid=str(number))
        for number in range(10)
    )
    planned = plan(body)
    assert len(planned.added) == 3
    assert planned.skipped == [("x", TOO_MUCH_EFFORT)] * 7


def test_dates_by_other_clocks_are_limited(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(imported_series, "MAX_EFFORT", 10 * EFFORT_OF_DATE)
    lines = ["DTSTART:20960302T100000", "RRULE:FREQ=WEEKLY", "SUMMARY:x"]
    dates = [f"EXDATE;TZID=Europe/Berlin:209603{number:02}T090000" for number in range(11, 22)]
    assert plan(file_of(*lines, *dates)).skipped == [("x", TOO_MUCH_EFFORT)]
    assert plan(file_of(*lines, *dates[:9])).skipped == []


def test_date_by_the_clock_of_no_known_zone_is_left_out(monkeypatch: pytest.MonkeyPatch):
    """To find a known zone that is like one of a file takes long, and a date needs none."""
    monkeypatch.setattr(TimeZone, "known_zone", lambda *_: pytest.fail("Not for a date."))
    zone = "BEGIN:VTIMEZONE\r\nTZID:Mars\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETTO:+1511\r\n"
    lines = ["DTSTART;TZID=Europe/Berlin:20960302T180000", "RRULE:FREQ=WEEKLY"]
    body = file_of(*lines, "EXDATE;TZID=Mars:20960303T081100")  # the same moment, a day later there
    body = body.replace(b"BEGIN:VEVENT", f"{zone}END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT".encode())
    planned = plan(body)
    assert [occurrence for _, _, occurrence in series(planned)] == ["2096-03-09T18:00:00 Europe/Berlin"]
    assert losses(planned) == {}


def test_known_zone_of_a_definition_is_looked_for_once_a_year(monkeypatch: pytest.MonkeyPatch):
    searches = []
    find = TimeZone._find_known_zone
    monkeypatch.setattr(TimeZone, "_find_known_zone", lambda self, year: searches.append(year) or find(self, year))
    observance = [("DTSTART", "19700101T000000"), ("TZOFFSETTO", "+0100")]
    zone = TimeZone([observance])
    assert [zone.known_zone(year) for year in (2096, 2096, 2097)] == [zone.known_zone(2096)] * 3
    assert searches == [2096, 2097]
