"""Files in the manner of other programs are imported as the person who has them expects."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.imports.files import UnreadableFile
from calendars.imports.services import apply_import, plan_import
from tests.calendars.judges.corpus import EXPECTED, OTHERS
from tests.factories import make_feed, make_list
from todos.models import TodoList

pytestmark = pytest.mark.django_db


def planned(name: str):
    return plan_import(todo_list=make_list(), body=OTHERS[name])


def test_every_file_has_an_expectation():
    assert OTHERS.keys() == EXPECTED.keys()


@pytest.mark.parametrize("name", OTHERS)
def test_file_of_another_program_is_imported_as_expected(name: str):
    plan = planned(name)

    read = [[todo.values["title"], str(todo.values["due"] or ""), todo.values["rule"]] for todo in plan.added]
    added = [todo if todo[-1] else todo[:-1] for todo in read]
    assert {"added": added, "skipped": [one.reason for one in plan.skipped]} == EXPECTED[name]


@pytest.mark.parametrize("name", OTHERS)
def test_importing_it_twice_adds_nothing(name: str):
    count = len(EXPECTED[name]["added"])
    assert apply_import(todo_list=make_list(), plan=planned(name))[:2] == (count, 0)

    again = planned(name)

    assert (again.added, again.restored, len(again.present)) == ([], [], count)


EDITS = st.tuples(
    st.integers(0, 3000),
    st.integers(0, 12),
    st.sampled_from(
        [
            b"=",
            b";",
            b":",
            b'"',
            b"\\",
            b"\0",
            b"\xff",
            b"\r\n",
            b"00010101T000000",
            b"UNTIL=",
            b"COUNT=0;",
            b"P9999999D",
        ]
    )
    | st.binary(max_size=4),
)


@given(name=st.sampled_from(sorted(OTHERS)), edits=st.lists(EDITS, min_size=1, max_size=6))
@settings(max_examples=300)
def test_damaged_file_is_read_or_refused_with_a_sentence(name: str, edits: list[tuple[int, int, bytes]]):
    body = bytearray(OTHERS[name])
    for start, length, octets in edits:
        body[start : start + length] = octets
    try:
        plan = plan_import(todo_list=make_list(), body=bytes(body))
    except UnreadableFile as error:
        assert str(error).endswith(".")
    else:
        assert all(sentence.endswith(".") for sentence in [*plan.notes, *(one.reason for one in plan.skipped)])


@pytest.mark.parametrize(
    ("name", "priority"), [("apple-reminders", 5), ("not-kept", 1), ("palm-vcalendar", 1), ("google-calendar", 0)]
)
def test_priority_of_another_program_is_kept(name: str, priority: int):
    assert max(todo.values["priority"] for todo in planned(name).added) == priority


def kept(todo_list: TodoList) -> dict[str, tuple]:
    """What PRIORITY, CATEGORIES and RELATED-TO say of each todo that stands in every file."""
    todos = todo_list.todos.visible().filter(deadline__isnull=False).select_related("parent")
    return {
        f"{todo.uid}": (todo.title, todo.priority, todo.labels, todo.parent and todo.parent.title)
        for todo in todos
    }


@pytest.mark.parametrize("components", ["todo", "both", "event"])
@pytest.mark.parametrize("name", OTHERS)
def test_priority_labels_and_parents_come_back_from_our_file(name: str, components: str):
    """Another program's file, our feed of it, and what is imported from that."""
    ada, bob = User.objects.create(username="ada"), User.objects.create(username="bob")
    apply_import(todo_list=make_list(ada), plan=plan_import(todo_list=make_list(ada), body=OTHERS[name]))
    body = Client().get(make_feed(ada, components=components, completed="all").url).content

    apply_import(todo_list=make_list(bob), plan=plan_import(todo_list=make_list(bob), body=body))

    assert kept(make_list(bob)) == kept(make_list(ada))


def test_sub_tasks_of_other_programs_are_kept():
    trees = {}
    for name in ("nextcloud-tasks-subtasks", "tasks-org-subtasks"):
        apply_import(todo_list=make_list(), plan=planned(name))
        trees |= {
            title: (priority, labels, parent) for title, priority, labels, parent in kept(make_list()).values()
        }
    assert trees == {
        "Thesis": (1, ("Uni", "Writing"), None),
        "Bibliography": (5, ("Uni",), "Thesis"),
        "Ask the library": (9, (), "Bibliography"),
        "Wohnung": (9, ("Zuhause", "Geld Miete"), "Umzug"),
        "Umzug": (5, ("Zuhause",), None),
    }


def test_quoted_printable_is_read_over_several_lines():
    [event, _] = planned("palm-vcalendar").added
    assert event.values["description"] == "erste Zeile\nzweite Zeile; C:\\new\nEnde"


def test_old_latin_1_is_read_with_what_windows_programs_add_to_it():
    assert planned("old-program-in-latin-1").added[0].values["description"] == "Änderung vorbehalten – 5 €"


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        (
            "palm-vcalendar",
            [
                "3 lines in quoted-printable, an old encoding, were converted.",
                "1 line was not in UTF-8 and was read as Latin-1. Check the accents in the titles.",
            ],
        ),
        (
            "phone-vcalendar-in-japanese",
            ["1 line in SHIFT_JIS, an old encoding, was converted."],
        ),
        (
            "old-program-in-latin-1",
            ["2 lines were not in UTF-8 and were read as Latin-1. Check the accents in the titles."],
        ),
        ("mail-after-the-end", ["4 lines after the end of the calendar were ignored."]),
        ("ctrl-z-after-the-end", ["1 line after the end of the calendar was ignored."]),
        ("apple-calendar", []),
        ("outlook-mitteleuropaeische-zeit", []),
    ],
)
def test_plan_says_how_the_file_was_read(name: str, notes: list[str]):
    assert sorted(planned(name).notes) == sorted(notes)


def test_plan_counts_what_is_not_kept():
    assert {loss["name"]: loss["count"] for loss in planned("not-kept").losses} == {
        "reminders": 2,
        "attendee": 1,  # the one of a reminder is part of it
        "location": 1,
        "start time": 1,
        "end time": 1,
        "link": 1,
        "privacy setting": 1,
        "journal entry": 1,
        "other property": 1,
    }


def test_properties_without_a_name_here_come_last():
    assert [loss["name"] for loss in planned("not-kept").losses][-1] == "other property"


def test_what_says_nothing_is_not_counted_as_lost():
    assert planned("apple-reminders").losses == []
    assert {loss["name"]: loss["count"] for loss in planned("apple-calendar").losses} == {
        "reminder": 1,
        "location": 1,
        "end time": 1,  # not that of the day
        "other property": 1,
    }


def test_what_is_skipped_or_present_loses_nothing():
    assert {loss["name"] for loss in planned("google-calendar").losses} == {
        "organizer", "attendees", "end time"
    }  # fmt: skip
    apply_import(todo_list=make_list(), plan=planned("google-calendar"))
    assert planned("google-calendar").losses == []
