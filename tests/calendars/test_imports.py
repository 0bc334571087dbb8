"""Events and tasks of a file become todos, and importing the file twice adds nothing."""

from datetime import UTC, datetime
from uuid import UUID as UUIDType
from uuid import uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.builds.build import snapshot
from calendars.ical.components import TodoRow
from calendars.ical.renderer import render_calendar
from calendars.imports.formats.icalendar import DUPLICATE_UID, SERIES_NOT_IN_FILE
from calendars.imports.services import ImportPlan, apply_import, plan_import
from calendars.options import CalendarOptions
from tests.calendars.readings import as_written
from tests.calendars.strategies import todo_rows
from tests.factories import make_list, make_some_list, make_todo
from todos.deadlines import Deadline, parse_deadline
from todos.labels import key_of, split_labels
from todos.models import Label, Todo, TodoList
from todos.services import delete_todo

pytestmark = pytest.mark.django_db

UID = "5f4dd0e4-9d0e-4d6b-8d5a-0f8a3ee2a001"
ONCE = {"rule": "", "occurrence": "", "repeats_from_completion": False}


def file_of(*lines: str, kind: str = "VEVENT", uid: str = UID) -> bytes:
    entry = [f"BEGIN:{kind}", f"UID:{uid}", *lines, f"END:{kind}"]
    return "\r\n".join(["BEGIN:VCALENDAR", *entry, "END:VCALENDAR", ""]).encode()


def plan(body: bytes, todo_list: TodoList | None = None) -> ImportPlan:
    return plan_import(todo_list=todo_list or make_list(), body=body)


def import_file(body: bytes, todo_list: TodoList | None = None) -> tuple[int, int]:
    todo_list = todo_list or make_list()
    return apply_import(todo_list=todo_list, plan=plan_import(todo_list=todo_list, body=body))[:2]


def export(todo_list: TodoList, **options) -> bytes:
    taken = snapshot(todo_list.pk, since=0)
    return render_calendar(taken.name, taken.changed, CalendarOptions(**options)).body


@pytest.mark.parametrize(
    ("line", "deadline"),
    [
        ("DTSTART:20260227T180000", "2026-02-27T18:00:00"),
        ("DTSTART:20260227T180000Z", "2026-02-27T18:00:00Z"),
        ("DTSTART;VALUE=DATE:20260227", "2026-02-27"),
        ("DTSTART:20260227", "2026-02-27"),
        ("DTSTART;TZID=Australia/Brisbane:20260227T180000", "2026-02-27T08:00:00Z"),
        ('DTSTART;TZID="Europe/Berlin":20260727T180000', "2026-07-27T16:00:00Z"),
        ("DTSTART;TZID=W. Europe Standard Time:20260227T180000", "2026-02-27T17:00:00Z"),
        ("DTSTART;TZID=/mozilla.org/20050126_1/America/New_York:20260227T180000", "2026-02-27T23:00:00Z"),
        ("DTSTART;TZID=America/New_York:20260308T023000", "2026-03-08T07:30:00Z"),  # a wall clock that never was
        ("DTSTART;TZID=Pacific/Kiritimati:20260101T003000", "2025-12-31T10:30:00Z"),
        ("DTSTART;VALUE=DATE-TIME:20260227T180000", "2026-02-27T18:00:00"),
    ],
)
def test_event_becomes_todo_due_when_it_begins(line: str, deadline: str):
    [todo] = plan(file_of(line, "SUMMARY:Essay")).added
    assert (str(todo.uid), todo.completed_at) == (UID, None)
    assert (
        todo.values
        == {
            "title": "Essay",
            "description": None,
            "completed": False,
            "due": parse_deadline(deadline),
            "priority": 0,
            "labels": (),
        }
        | ONCE
    )


def test_task_becomes_todo_with_what_it_knows():
    body = file_of(
        "SUMMARY:Essay\\, part 1",
        "DESCRIPTION:two\\nlines",
        "DTSTART:20260201T000000",
        "DUE;VALUE=DATE:20260227",
        "STATUS:COMPLETED",
        "COMPLETED:20260226T120000Z",
        kind="VTODO",
    )
    [todo] = plan(body).added
    assert (
        todo.values
        == {
            "title": "Essay, part 1",
            "description": "two\nlines",
            "completed": True,
            "due": parse_deadline("2026-02-27"),
            "priority": 0,
            "labels": (),
        }
        | ONCE
    )
    assert todo.completed_at == datetime(2026, 2, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["VEVENT", "VTODO"])
@pytest.mark.parametrize(
    ("lines", "priority"),
    [
        ([], 0), (["PRIORITY:0"], 0), (["PRIORITY:"], 0), (["PRIORITY: "], 0),
        (["PRIORITY:1"], 1), (["PRIORITY:2"], 1), (["PRIORITY:3"], 1), (["PRIORITY:4"], 1),
        (["PRIORITY:5"], 5),
        (["PRIORITY:6"], 9), (["PRIORITY:7"], 9), (["PRIORITY:8"], 9), (["PRIORITY:9"], 9),
        (["priority;X-LEVEL=top: 5 "], 5), (["PRIORITY:+5"], 5), (["PRIORITY:05"], 5), (["PRIORITY:00"], 0),
        (["PRIORITY:1", "PRIORITY:9"], 1),
    ],
)  # fmt: skip
def test_priority_is_one_of_three(kind: str, lines: list[str], priority: int):
    planned = plan(file_of("DTSTART:20260227", "DUE:20260227", "SUMMARY:Essay", *lines, kind=kind))
    assert [todo.values["priority"] for todo in planned.added] == [priority]
    assert planned.losses == []


@pytest.mark.parametrize(
    "value",
    [
        "10",
        "-1",
        "1.0",
        "5.5",
        "1e0",
        "high",
        "HIGH",
        "A1",
        "1 2",
        "1\\,2",
        "\u0661",
        "0x1",
        "9" * 5_000,
        "x" * 100_000,
    ],
)
def test_priority_of_another_form_is_said_and_not_kept(value: str):
    planned = plan(file_of("DTSTART:20260227", "SUMMARY:Essay", f"PRIORITY:{value}"))
    assert [todo.values["priority"] for todo in planned.added] == [0]
    assert planned.losses == [{"name": "priority", "count": 1}]


def test_task_needs_no_deadline():
    [todo] = plan(file_of("SUMMARY:Some day", kind="VTODO")).added
    assert todo.values["due"] is None


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["DTSTART:20260227", "RECURRENCE-ID:20260227"], SERIES_NOT_IN_FILE),
        (["DTSTART:20260227", "STATUS:CANCELLED"], "It was cancelled."),
        ([], "It does not say when it is."),
        (["DTSTART:tomorrow"], "'tomorrow' is not a date or time."),
        (["DTSTART:20260230"], "There is no such date or time: 2026-02-30."),
        (["DTSTART:20260227T250000"], "There is no such date or time: 2026-02-27T25:00:00."),
        (["DTSTART;TZID=UTC:20260227T250000"], "There is no such date or time: 2026-02-27T25:00:00."),
        (["DTSTART:09990101"], "A deadline must be between the years 1000 and 9998."),
        (["DTSTART;TZID=Asia/Tokyo:00010101T000000"], "There is no such date or time: 0001-01-01T00:00:00."),
        (["DTSTART;TZID=Mars/Olympus:20260227T180000"], "Its time zone, 'Mars/Olympus', is not known."),
        (["DTSTART;TZID=../../etc/passwd:20260227T180000"], "Its time zone, '../../etc/passwd', is not known."),
        # zoneinfo takes a name for a path: so many slashes would cost gigabytes
        ([f"DTSTART;TZID=x{'/' * 80_000}y:20260227T180000"], f"Its time zone, 'x{'/' * 59}', is not known."),
        (["DTSTART:20260227", "DESCRIPTION:" + "x" * 10_001], "Its description is over 10,000 characters."),
    ],
)
def test_what_cannot_become_a_todo_is_named_with_the_reason(lines: list[str], reason: str):
    planned = plan(file_of("SUMMARY:Essay", *lines))
    assert planned == ImportPlan(skipped=[("Essay", reason)])


def test_title_is_neither_cut_nor_left_empty():
    [skipped] = plan(file_of("DTSTART:20260227", "SUMMARY:" + "x" * 100_000)).skipped
    assert skipped == ("x" * 255, "Its title is over 255 characters.")
    assert plan(file_of("DTSTART:20260227", "SUMMARY: \x01")).added[0].values["title"] == "Untitled"


def test_one_bad_entry_does_not_hold_up_the_others():
    good = file_of("DTSTART:20260227", "SUMMARY:good")
    bad = file_of("DTSTART:2026", "SUMMARY:bad", uid="another")
    assert import_file(good + bad) == (1, 0)
    assert Todo.objects.get().title == "good"


def test_importing_twice_adds_nothing_whatever_the_uid_is():
    for uid in [UID, UID.upper(), "040000008200E00074C5B7101A82E008", "1@example.org", "", "é" * 300]:
        body = file_of("DTSTART:20260227", "SUMMARY:Essay", uid=uid)
        import_file(body)
        before = Todo.objects.count(), make_list().revision
        assert import_file(body) == (0, 0)
        assert (Todo.objects.count(), make_list().revision) == before
    assert Todo.objects.count() == 5  # the UUID in capitals is the same


def test_entry_without_a_uid_is_still_recognised_by_what_stands_in_the_file():
    body = file_of("DTSTART:20260227", "SUMMARY: Essay ", uid="")
    [todo] = plan(body).added
    assert todo.uid == uuid5(UUIDType(int=make_list().pk), " Essay \n20260227\n")


def test_uid_that_is_none_differs_from_list_to_list():
    body = file_of("DTSTART:20260227", "SUMMARY:Essay", uid="1@example.org")
    for _ in range(2):
        assert import_file(body, make_some_list()) == (1, 0)
    assert len(set(Todo.objects.values_list("uid", flat=True))) == 2


def test_uid_that_stands_twice_is_taken_once():
    planned = plan(file_of("DTSTART:20260227", "SUMMARY:one") + file_of("DTSTART:20260228", "SUMMARY:two"))
    assert [todo.values["title"] for todo in planned.added] == ["one"]
    assert planned.skipped == [("two", DUPLICATE_UID)]


def test_todo_that_is_there_stays_as_it_is():
    todo = make_todo("mine")
    planned = plan(file_of("DTSTART:20260227", "SUMMARY:theirs", uid=str(todo.uid)))
    assert [todo.values["title"] for todo in planned.present] == ["theirs"]
    apply_import(todo_list=make_list(), plan=planned)
    todo.refresh_from_db()
    assert (todo.title, make_list().revision) == ("mine", 1)


def test_deleted_todo_comes_back_as_the_file_has_it():
    todo = make_todo("Essay", "2026-12-01")
    body = export(make_list())
    delete_todo(todo_list=make_list(), todo_id=todo.pk)

    assert import_file(body) == (0, 1)

    restored = Todo.objects.get()
    assert (restored.pk, restored.uid, restored.deleted_at, restored.due) == (todo.pk, todo.uid, None, todo.due)
    assert restored.sequence > todo.sequence
    assert restored.revision == make_list().revision == 3


def test_plan_changes_nothing():
    plan(file_of("DTSTART:20260227"))
    assert not Todo.objects.exists()
    assert make_list().revision == 0


def test_same_plan_applied_twice_adds_nothing():
    planned = plan(file_of("DTSTART:20260227"))
    assert apply_import(todo_list=make_list(), plan=planned)[:2] == (1, 0)
    assert apply_import(todo_list=make_list(), plan=planned)[:2] == (0, 0)
    assert make_list().revision == 1


def test_import_takes_no_query_for_each_todo(django_assert_max_num_queries):
    body = b"".join(file_of("DTSTART:20260227", f"SUMMARY:{number}", uid=str(number)) for number in range(2000))
    make_list()
    with django_assert_max_num_queries(60):  # SQLite takes 999 values in one statement
        assert import_file(body) == (2000, 0)
    Todo.objects.update(deleted_at=datetime.now(UTC))
    with django_assert_max_num_queries(60):
        assert import_file(body) == (0, 2000)


def test_event_and_task_of_one_uid_are_two_todos():
    task = file_of("DUE:20260301", "SUMMARY:Prepare", kind="VTODO")
    body = file_of("DTSTART:20260227", "SUMMARY:Meeting") + task
    for _ in range(2):
        import_file(body)

    assert dict(Todo.objects.values_list("title", "deadline__day")) == {"Meeting": 27, "Prepare": 1}
    assert str(Todo.objects.get(title="Meeting").uid) == UID
    # Our own export of both is still one file of two todos.
    for components in ("event", "todo", "both"):
        assert len(plan(export(make_list(), components=components)).present) == 2


def test_task_alone_has_its_own_uid_though_an_event_with_it_was_skipped():
    event = file_of("DTSTART:20260227", "RRULE:FREQ=HOURLY", "SUMMARY:Meeting")
    [todo] = plan(event + file_of("DUE:20260301", "SUMMARY:Prepare", kind="VTODO")).added
    assert str(todo.uid) == UID


def test_both_forms_of_a_todo_are_one_todo():
    make_todo("Essay", "2026-12-01T10:00:00Z", completed=True)
    body = export(make_list(), components="both", shape="before")
    assert plan(body).present and not plan(body).added

    elsewhere = make_some_list()
    assert import_file(body, elsewhere) == (1, 0)
    todo = elsewhere.todos.get()
    assert (todo.uid, todo.completed, str(todo.due)) == (Todo.objects.first().uid, True, "2026-12-01T10:00:00Z")


def keys(todo: Todo | TodoRow) -> tuple[str, ...]:
    """The labels, but for upper and lower case: all todos of an owner have the same spelling."""
    return tuple(key_of(name) for name in split_labels(todo.label_text))


@pytest.mark.parametrize("kind", ["VEVENT", "VTODO"])
@pytest.mark.parametrize(
    ("lines", "labels", "lost"),
    [
        ([], [], 0),
        (["CATEGORIES:Uni"], ["Uni"], 0),
        (["CATEGORIES:Uni,Group work"], ["Uni", "Group work"], 0),
        (["CATEGORIES:Uni", "CATEGORIES:Work,UNI,Home"], ["Uni", "Work", "Home"], 0),
        (["categories;LANGUAGE=en: Uni ,, Work "], ["Uni", "Work"], 0),
        (["CATEGORIES:"], [], 0),
        (["CATEGORIES:APPOINTMENT;EDUCATION"], ["APPOINTMENT", "EDUCATION"], 0),  # vCalendar 1.0
        (["CATEGORIES;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Caf=C3=A9;Uni"], ["Café", "Uni"], 0),
        ([r"CATEGORIES:Home\, garden,a\;b,c\\,d\nd"], ["Home garden", "a;b", "c\\", "d d"], 0),
        (["CATEGORIES:Uni\x07,Work"], ["Work"], 1),
        ([f"CATEGORIES:{'x' * 51},{'y' * 50}"], ["y" * 50], 1),
        ([f"CATEGORIES:{','.join(f'c{n}' for n in range(23))},c1"], [f"c{n}" for n in range(20)], 3),
        (["CATEGORIES:Uni", 'CATEGORIES;X="'], ["Uni"], 1),
        (["CATEGORIES:Uni"] * 200, ["Uni"], 100),
        ([f"CATEGORIES:{'a,' * 30_000}b"], ["a"], 29_901),
    ],
)
def test_categories_become_labels(kind: str, lines: list[str], labels: list[str], lost: int):
    planned = plan(file_of("DTSTART:20260227", "DUE:20260227", "SUMMARY:Essay", *lines, kind=kind))
    assert [list(todo.values["labels"]) for todo in planned.added] == [labels]
    assert sum(loss["count"] for loss in planned.losses) == lost
    assert {loss["name"] for loss in planned.losses} <= {"category", "categories"}


def test_labels_of_an_import_are_created_in_the_spelling_of_their_owner():
    make_todo(labels=["Uni"])
    import_file(file_of("DTSTART:20260227", "SUMMARY:Essay", "CATEGORIES:work,UNI"))
    assert Todo.objects.get(uid=UID).labels == ("work", "Uni")
    assert list(Label.objects.of_owner(None).values_list("name", flat=True)) == ["Uni", "work"]


@given(
    todos=st.lists(todo_rows(), max_size=5, unique_by=lambda todo: todo.uid),
    components=st.sampled_from(["event", "todo", "both"]),
)
@settings(max_examples=50)
def test_our_own_export_comes_back_as_itself(todos: list[TodoRow], components: str):
    options = CalendarOptions(components=components)
    todo_list = make_some_list()

    body = render_calendar("Todos", todos, options).body
    planned = plan(body, todo_list)
    apply_import(todo_list=todo_list, plan=planned)

    shown = [todo for todo in todos if todo.deadline and not todo.deleted_at]
    assert planned.skipped == []
    assert {
        (
            *(todo.uid, todo.title, todo.description, todo.due, todo.priority, keys(todo), todo.completed),
            *(todo.rule, todo.occurrence, todo.repeats_from_completion),
        )
        for todo in todo_list.todos.all()
    } == {
        (
            todo.uid,
            as_written(todo.title).strip() or "Untitled",
            as_written(todo.description or "").strip() or None,
            Deadline(todo.deadline, todo.deadline_kind),
            todo.priority,
            keys(todo),
            todo.completed and components != "event",  # an event does not say whether it is done
            *how_it_repeats(todo),
        )
        for todo in shown
    }


def how_it_repeats(todo: TodoRow) -> tuple[str, str, bool]:
    """Return what its file says of that."""
    if todo.series or (todo.repeats_from_completion and not todo.completed):
        return todo.rule, todo.occurrence, todo.repeats_from_completion
    return "", "", False
