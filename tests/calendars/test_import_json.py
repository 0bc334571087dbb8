"""Our own JSON: what comes back as it was, and files that nobody should have written."""

import json
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from uuid import UUID, uuid5

import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.user_data import export_data
from calendars.imports.files import MAX_ENTRIES, FileTooLarge, UnreadableFile
from calendars.imports.formats.own import DUPLICATE_UID, MAX_VALUES, NOT_OURS
from calendars.imports.services import ImportPlan, apply_import, pack, plan_import, unpack
from tests.calendars.strategies import deadlines, descriptions, label_lists, parsed, priorities, series, titles
from tests.factories import make_list, make_some_list, make_todo, make_user
from todos.models import PastOccurrence, Todo, TodoList
from todos.services import (
    ImportedOccurrence,
    ImportedTodo,
    delete_todo,
    import_todos,
    place_todo,
    skip_todo,
    update_list,
    update_todo,
)

pytestmark = pytest.mark.django_db

SAMPLE = (Path(__file__).parent / "samples" / "account.json").read_bytes()


def plan(data: Any, todo_list: TodoList | None = None) -> ImportPlan:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return plan_import(todo_list=todo_list or make_list(), body=body)


def import_data(data: Any, todo_list: TodoList) -> tuple[int, int]:
    """As the pages do, with a session between."""
    packed = pack(plan(data, todo_list), todo_list)
    return apply_import(todo_list=todo_list, plan=unpack(packed, todo_list))[:2]


def losses(plan: ImportPlan) -> dict[str, int]:
    return {loss["name"]: loss["count"] for loss in plan.losses}


def exported(user: User) -> list[dict[str, Any]]:
    """What an account has, as far as an import keeps it: not the ids, and not when it was changed."""
    todos = export_data(user)["todos"]
    titles = {todo["id"]: todo["uid"] for todo in todos}
    places = sorted(todos, key=lambda todo: todo["id"] if todo["position"] is None else todo["position"])
    return [
        todo
        | {
            "id": None,
            "updated_at": None,
            "position": places.index(todo),
            "parent_id": titles.get(todo["parent_id"]),
        }
        for todo in todos
    ]


def test_sample_becomes_todos():
    todo_list = make_list(make_user())
    assert import_data(SAMPLE, todo_list) == (4, 0)
    lecture, notes, rent, report = todo_list.todos.order_by("id")
    assert (str(lecture.due), lecture.priority, lecture.labels, lecture.description) == (
        "2096-02-27T18:00:00", 1, ("Uni", "Group work"), "",
    )  # fmt: skip
    assert lecture.created_at == datetime(2026, 2, 20, 14, tzinfo=UTC)
    assert (notes.parent_id, notes.completed_at) == (
        lecture.pk,
        datetime(2026, 2, 21, 14, 0, 0, 123456, tzinfo=UTC),
    )
    assert (str(rent.due), rent.occurrence) == ("2096-03-02T08:00:00Z", "2096-03-01T09:00:00 Europe/Berlin")
    past = rent.past_occurrences.order_by("number").values_list("number", "outcome", "ended_at__hour")
    assert list(past) == [(1, "completed", 15), (2, "skipped", 16)]
    assert rent.past_count == 2
    assert report.labels == ("Uni", "Work")
    assert str(lecture.uid) == "5f4dd0e4-9d0e-4d6b-8d5a-0f8a3ee2a001" != str(report.uid)
    assert [todo.title for todo in todo_list.todos.in_manual_order()] == [
        "Take notes", "Watch the lecture", "Pay rent", "Report",
    ]  # fmt: skip
    assert import_data(SAMPLE, todo_list) == (0, 0)
    assert PastOccurrence.objects.count() == 2


def test_plan_of_the_sample_names_what_is_not_imported():
    found = plan(SAMPLE)
    assert losses(found) == {
        "calendar link": 1,
        "filter": 1,
        "member": 1,
        "reminder": 1,
        "color of a label": 1,
        "deleted todo": 1,
    }
    assert found.notes == ["1 todo has the name of its list as a label."]


def test_what_people_did_comes_back_in_another_account():
    ada, bob = make_user("ada"), make_user("bob")
    first = make_todo("First", "2026-02-27T18:00:00+10:00", user=ada, description="", labels=("Uni",))
    make_todo("Second", None, user=ada, parent_id=first.pk, completed=True)
    third = make_todo("Third", "2026-11-27", user=ada, rule="FREQ=WEEKLY;COUNT=5", priority=5)
    todo_list = make_list(ada)
    skip_todo(todo_list=todo_list, todo_id=third.pk)
    update_todo(todo_list=todo_list, todo_id=third.pk, changes={"completed": True})
    delete_todo(todo_list=todo_list, todo_id=make_todo("Deleted", user=ada).pk)
    place_todo(todo_list=todo_list, todo_id=third.pk, neighbour_id=None, is_after=True)
    before = [todo for todo in exported(ada) if not todo["deleted_at"]]
    import_data(export_data(ada), make_list(bob))
    assert exported(bob) == before
    assert import_data(export_data(ada), make_list(bob)) == (0, 0)
    assert import_data(export_data(ada), todo_list) == (0, 0)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))


@st.composite
def imported_todos(draw: st.DrawFn, number: int) -> ImportedTodo:
    due = draw(st.none() | deadlines.map(parsed))
    values = {
        "title": draw(titles),
        "description": draw(descriptions),
        "completed": draw(st.booleans()),
        "due": due,
        "priority": draw(priorities),
        "labels": draw(label_lists),
    }
    past = []
    if draw(st.booleans()):
        rule, occurrence = draw(series())
        moved = due if due and due.kind == occurrence.kind and draw(st.booleans()) else occurrence.deadline
        values |= {"rule": str(rule), "occurrence": str(occurrence), "due": moved}
        outcomes = st.sampled_from(["completed", "skipped"])
        past = draw(st.lists(st.builds(ImportedOccurrence, deadlines.map(parsed), outcomes, moments), max_size=3))
    return ImportedTodo(
        UUID(int=number),
        values,
        draw(st.none() | moments),
        draw(st.none() | st.integers(1, 5).map(lambda number: UUID(int=number))),
        created_at=draw(moments),
        place=draw(st.none() | st.integers(0, 10)),
        past=past,
    )


@settings(max_examples=40)  # each is three transactions
@given(
    todos=st.lists(st.integers(1, 5), max_size=5, unique=True).flatmap(
        lambda numbers: st.tuples(*(imported_todos(number) for number in numbers))
    )
)
def test_every_todo_comes_back(todos: tuple[ImportedTodo, ...]):
    source, target = make_some_list(), make_some_list()
    import_todos(todo_list=source, todos=todos)
    data = json.loads(json.dumps(export_data(source.default_owner)))
    found = plan(data, target)
    assert (found.skipped, found.notes, found.losses) == ([], [], [])
    import_data(data, target)
    assert exported(target.default_owner) == exported(source.default_owner)
    assert import_data(data, target) == (0, 0)
    assert exported(target.default_owner) == exported(source.default_owner)


def test_labels_without_a_color_lose_none():
    data = {"todos": [], "labels": [{"name": "a", "color": ""}, {"name": "b", "color": "red"}, {"name": "c"}, 5]}
    assert losses(plan(data)) == {"color of a label": 1}


def test_history_that_comes_leaves_that_of_other_todos(settings: Any):
    settings.MAX_TODOS = 5
    todo_list = make_list()
    there = make_todo("There", "2026-02-27", rule="FREQ=DAILY")
    for _ in range(3):
        skip_todo(todo_list=todo_list, todo_id=there.pk)
    past = [
        {"deadline_at": f"2026-01-0{day}", "outcome": "completed", "ended_at": "2026-01-09"} for day in (1, 2, 3)
    ]
    series = {"rule": "FREQ=DAILY", "deadline_at": "2026-01-04", "past_occurrences": past}
    data = [{"id": 7, "created_at": f"2026-01-0{n}T00:00:00", "title": f"t{n}"} | series for n in (1, 2)]
    assert losses(plan(data)) == {"past dates of series": 4}
    assert import_data(data, todo_list) == (2, 0)
    rows = PastOccurrence.objects.order_by("pk").values_list("todo__title", "number", "deadline__day")
    assert list(rows) == [("There", 1, 27), ("There", 2, 28), ("There", 3, 1), ("t1", 1, 2), ("t1", 2, 3)]
    assert list(Todo.objects.order_by("pk").values_list("past_count", flat=True)) == [3, 2, 0]


def test_history_that_others_made_since_the_plan_stays(settings: Any):
    settings.MAX_TODOS = 2
    there = make_todo("There", "2026-02-27", rule="FREQ=DAILY")
    past = [{"deadline_at": "2026-01-01", "outcome": "completed", "ended_at": "2026-01-09"}] * 2
    shown = plan([{"title": "x", "rule": "FREQ=DAILY", "deadline_at": "2026-01-04", "past_occurrences": past}])
    skip_todo(todo_list=make_list(), todo_id=there.pk)
    apply_import(todo_list=make_list(), plan=shown)
    assert list(PastOccurrence.objects.values_list("todo__title", flat=True).order_by("pk")) == ["There", "x"]


def test_answer_of_the_api_comes_back(client: Client):
    first = make_todo("First", "2026-02-27")
    make_todo("Second", "2026-02-27T18:00:00Z", parent_id=first.pk, labels=("Uni",), priority=9)
    make_todo("Third", "2026-02-27T18:00:00Z", rule="FREQ=WEEKLY", description="x")
    answer = client.get("/api/v1/todos").content
    assert [len(plan(answer).present), len(plan(answer).added)] == [3, 0]
    other = make_some_list()
    assert import_data(answer, other) == (3, 0)
    assert import_data(answer, other) == (0, 0)
    changed = {"id", "parent_id", "updated_at"}
    listed = json.loads(answer)
    client.force_login(other.default_owner)
    again = client.get("/api/v1/todos").json()
    assert [{k: v for k, v in todo.items() if k not in changed} for todo in again] == [
        {k: v for k, v in todo.items() if k not in changed} for todo in listed
    ]
    assert again[1]["parent_id"] == again[0]["id"]


def test_todo_that_the_api_would_refuse_is_named_and_the_others_come():
    found = plan(
        [
            {"title": "Good"},
            {"title": " "},
            {"title": "x" * 256},
            {"title": "NUL\0"},
            {"title": "Late", "deadline_at": "2026-02-30"},
            {"title": "Odd", "priority": "urgent"},
            {"title": "Labels", "labels": ["a,b"]},
            {"title": 5},
            {"description": "No title"},
            "text",
            {"title": "Good", "completed": "yes"},
        ]
    )
    assert [todo.values["title"] for todo in found.added] == ["Good"]
    assert [reason.partition(":")[0] for _, reason in found.skipped] == [
        "It is no object.", "title", "title", "title", "deadline_at", "priority", "labels", "title", "title",
        "completed",
    ]  # fmt: skip
    assert found.skipped[4] == ("Late", "deadline_at: There is no such date or time: 2026-02-30.")


def test_what_a_later_release_may_write_is_counted():
    found = plan([{"title": "x", "mood": "glad", "nothing": None}, {"title": "y", "mood": "sad", "place": 3}])
    assert losses(found) == {"other properties": 3}
    assert len(found.added) == 2


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ({"rule": "FREQ=DAILY"}, "1 todo is imported without its rule. A rule needs a deadline."),
        (
            {"rule": "FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20260228", "deadline_at": "2026-02-27"},
            "1 todo is imported without its rule. The rule has no date on or after the deadline.",
        ),
        (
            {"rule": "FREQ=WEEKLY;BYDAY=MO", "deadline_at": "2026-02-27"},
            "1 entry is not on a day of its own rule: its todo is due on the first one after it.",
        ),
    ],
)
def test_rule_that_cannot_be_is_named(values: dict[str, str], note: str):
    assert plan([{"title": "x"} | values]).notes == [note]


def test_broken_details_are_counted_and_the_todo_comes():
    past = [{"deadline_at": "2026-01-01", "outcome": "reopened", "ended_at": "2026-01-01"}, 5, {}]
    found = plan(
        [
            {
                "title": "x", "completed": True, "created_at": "yesterday", "completed_at": 5, "past_occurrences": past,
                "uid": "not one", "position": "first", "parent_id": [1], "occurrence": "never",
            }
        ]
    )  # fmt: skip
    assert len(found.added) == 1
    assert losses(found) == {"times of todos": 2, "past dates of series": 3}
    assert found.notes == ["1 sub-task is imported without a parent. There is no such todo in this list."]


def test_what_was_done_in_the_future_was_done_now(client: Client):
    """Pages show these times by the clock of the list, which must not be in the year 10000."""
    update_list(todo_list=make_list(), changes={"time_zone": "Australia/Brisbane"})
    times = ["9999-12-31T23:00:00Z", "9998-12-31T23:00:00Z", "0999-01-01"]
    past = [{"deadline_at": "2026-01-01", "outcome": "completed", "ended_at": text} for text in times]
    series = {"rule": "FREQ=DAILY", "deadline_at": "2026-01-04", "past_occurrences": past}
    done = [{"title": text, "completed": True, "completed_at": text, "created_at": text} for text in times]
    data = [{"title": "x"} | series, *done]
    assert losses(plan(data)) == {"past dates of series": 2, "times of todos": 4}
    import_data(data, make_list())
    now = datetime.now(UTC)
    assert all(todo.completed_at <= now and todo.created_at <= now for todo in Todo.objects.filter(completed=True))
    todo = Todo.objects.get(title="x")
    assert todo.past_occurrences.get().ended_at <= now
    assert client.get(f"/todos/{todo.pk}/history").status_code == 200


def test_circle_of_parents_and_one_uid_twice():
    uid = str(UUID(int=7))
    found = plan(
        [
            {"id": 1, "title": "a", "parent_id": 2},
            {"id": 2, "title": "b", "parent_id": 1},
            {"id": 3, "title": "c", "uid": uid},
            {"id": 4, "title": "d", "uid": uid},
        ]
    )
    assert found.notes == ["1 sub-task is imported without a parent. A todo cannot be below itself."]
    assert found.skipped == [("d", DUPLICATE_UID)]


def test_one_uid_in_many_lists_is_many_todos():
    uid = str(UUID(int=7))
    lists = [{"list": {"name": "Same"}, "todos": [{"title": f"t{n}", "uid": uid}]} for n in range(3)]
    data = {"todos": [{"title": "own", "uid": uid}], "other_lists": lists}
    todo_list = make_some_list()
    assert import_data(data, todo_list) == (4, 0)
    assert import_data(data, todo_list) == (0, 0)


def test_long_name_of_a_list_is_not_read_for_each_of_its_todos():
    """That takes minutes of a processor."""
    uid = str(UUID(int=7))
    todos = [{"title": f"t{n}", "id": n, "created_at": "2026-01-01"} for n in range(2_000)]
    other = {"list": {"name": "a " * 4_000_000}, "todos": [*todos, {"title": "x", "uid": uid}]}
    start = time.thread_time()
    found = plan({"todos": [{"title": "x", "uid": uid}], "other_lists": [other]})
    assert time.thread_time() - start < 20
    assert losses(found) == {"labels": 2_001}


def test_one_uid_in_thousands_of_lists_is_found_in_as_many_steps(monkeypatch: pytest.MonkeyPatch):
    steps = Mock(wraps=uuid5)
    monkeypatch.setattr("calendars.imports.formats.own.uuid5", steps)
    uid = UUID(int=7)
    others = [{"title": f"t{n}", "uid": str(uuid5(uid, f"Same {n}"))} for n in range(1, 300)]
    lists = [{"list": {"name": "Same"}, "todos": [{"title": f"l{n}", "uid": str(uid)}]} for n in range(1_000)]
    data = {"todos": [{"title": "own", "uid": str(uid)}, *others], "other_lists": lists}
    assert len({todo.uid for todo in plan(data).added}) == 1_300
    assert steps.call_count < 1_500


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"[", "The file is not valid JSON: "),
        (b'{"todos": [NaN], "other_lists": []}', "The file is not valid JSON: "),
        (rb'[{"title": "\ud800"}]', "The file is not valid JSON: "),
        (b'[{"title": "\xff"}]', "The file is not valid JSON: "),
        (b"[" * 400_000, "The file is not valid JSON"),
        (b'[{"title": "a", "title": "b"}]', "The file gives a key twice in one object."),
        (b"{}", NOT_OURS),
        (b'{"todos": {}}', NOT_OURS),
        (b'{"todos": [], "other_lists": [1]}', NOT_OURS),
        (b'{"todos": [], "other_lists": [{"list": {}, "todos": 5}]}', NOT_OURS),
        (b"[" + b"{}," * MAX_ENTRIES + b"{}]", f"The file has over {MAX_ENTRIES:,} todos; split it."),
        (b"[" + b"[]," * MAX_VALUES + b"[]]", f"The file has over {MAX_VALUES:,} brackets; split it."),
        (b'[{"title": "x", "position": ' + b"1" * 10_000 + b"}]", "The file is not valid JSON"),
    ],
    ids=["cut off", "NaN", "half a character", "Latin-1", "deep", "key twice", "object", "todos", "other list",
         "todos of another", "too many", "brackets", "long number"],
)  # fmt: skip
def test_file_that_cannot_be_read_is_refused_with_a_sentence(body: bytes, sentence: str):
    make_list()
    with pytest.raises(UnreadableFile) as refusal:
        plan(body)
    assert str(refusal.value).startswith(sentence)
    assert isinstance(refusal.value, FileTooLarge) == ("split it" in sentence)


@given(data=st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from([*Todo.content_fields(), "todos", "id", "uid", "labels", "list", "parent_id", "other_lists",
                         "position", "deadline_at", "past_occurrences", "created_at", "occurrence", "deleted_at"]),
        inner,
        max_size=6,
    ),
    max_leaves=20,
))  # fmt: skip
def test_any_json_is_planned_or_refused(data: Any):
    with suppress(UnreadableFile):
        import_data(data, make_list())
