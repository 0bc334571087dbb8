"""The import page."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from calendars.imports import services as imports
from tests.factories import make_list, make_todo, make_user
from todos.models import Todo
from todos.services import delete_todo, update_todo

pytestmark = pytest.mark.django_db

EVENT = """BEGIN:VEVENT
UID:{uid}
DTSTAMP:20261101T000000Z
DTSTART:20261224T180000
SUMMARY:{title}
END:VEVENT
"""


def calendar(*events: str) -> SimpleUploadedFile:
    text = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//other//EN\n" + "".join(events) + "END:VCALENDAR\n"
    return SimpleUploadedFile("other.ics", text.replace("\n", "\r\n").encode())


def test_file_is_looked_into_and_then_added(client: Client) -> None:
    there = make_todo("There already")
    events = [EVENT.format(uid="party@example.org", title="Party"), EVENT.format(uid=there.uid, title="Renamed")]
    plan = client.post("/import", {"file": calendar(*events)})
    assert "1 todo to add" in plan.text
    assert "Party" in plan.text and "Thursday 24 December 2026, 18:00" in plan.text
    assert "1 is already in your list and will not change." in plan.text
    assert Todo.objects.count() == 1
    answer = client.post("/import/confirm", follow=True)
    assert "1 todo added." in answer.text
    assert list(Todo.objects.order_by("id").values_list("title", flat=True)) == ["There already", "Party"]
    assert "Choose the file again" in client.post("/import/confirm", follow=True).text
    assert Todo.objects.count() == 2


def test_what_cannot_become_a_todo_is_named(client: Client) -> None:
    plan = client.post(
        "/import", {"file": calendar("BEGIN:VEVENT\nUID:1\nSUMMARY:No date\nDTSTART:x\nEND:VEVENT\n")}
    )
    assert "Nothing to add" in plan.text
    assert "No date" in plan.text


def test_plan_says_what_is_not_kept_and_how_the_file_was_read(client: Client) -> None:
    event = EVENT.format(uid="1", title="Caf\u00e9").replace(
        "END", f"LOCATION:Here\nCATEGORIES:a,{'b' * 51},{'c' * 51}\nEND"
    )
    file = calendar(event, "BEGIN:VJOURNAL\nEND:VJOURNAL\n")
    body = file.read().decode().encode("latin-1")
    plan = client.post("/import", {"file": SimpleUploadedFile("old.ics", body + b"sent by mail\r\n")})
    assert "Caf\u00e9" in plan.text
    assert "Not kept: 2 categories, 1 location, 1 journal entry." in plan.text
    assert "1 line was not in UTF-8 and was read as Latin-1. Check the accents in the titles." in plan.text
    assert "1 line after the end of the calendar was ignored." in plan.text
    assert "Not kept" not in client.post("/import", {"file": calendar(EVENT.format(uid="1", title="x"))}).text


def test_plan_says_how_each_todo_repeats_and_what_was_made_of_it(client: Client) -> None:
    entries = [
        ("VEVENT", "Club", "DTSTART:20200106T190000", "RRULE:FREQ=WEEKLY", "EXDATE:20960102T190000"),
        ("VTODO", "Tea", "DUE:20960302", "X-TASKOVERFLOW-REPEAT-FROM-COMPLETION:FREQ=DAILY;INTERVAL=3"),
        ("VTODO", "Pills", "DUE:20960302T080000", "RRULE:FREQ=HOURLY"),
        ("VTODO", "Once", "DUE:20960303"),
    ]
    lines = [
        line
        for number, (kind, title, *rest) in enumerate(entries)
        for line in (f"BEGIN:{kind}", f"UID:{number}", f"SUMMARY:{title}", *rest, f"END:{kind}", "")
    ]
    plan = client.post("/import", {"file": calendar("\n".join(lines))})
    rows = re.findall(r'<li class="plan">(.*?)</li>', plan.text)
    shown = [[part for part in re.split(r"<[^>]*>", row) if part] for row in rows]
    [club, tea, pills, once] = shown
    assert re.fullmatch(r"Monday \d+ \w+ \d{4}, 19:00", club[1])
    assert club[2] == (
        "Repeats every Monday. It began in the past, and is due on the next date. "
        "Not kept: 1 cancelled date of a series."
    )
    assert tea[1:] == ["Friday 2 March 2096", "Repeats every 3 days after completion."]
    assert pills[1:] == [
        "Friday 2 March 2096, 08:00",
        "It is imported without its rule. FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY.",
    ]
    assert once[1:] == ["Saturday 3 March 2096"]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("todoist.csv", b"TYPE,CONTENT,DATE\ntask,Essay @uni,2096-12-24\n"),
        ("ticktick.csv", b"List Name,Title,Tags,Due Date\nInbox,Essay,uni,2096-12-24\n"),
        ("todos.json", b'[{"title": "Essay", "labels": ["uni"], "deadline_at": "2096-12-24"}]'),
        ("renamed.ics", b'[{"title": "Essay", "labels": ["uni"], "deadline_at": "2096-12-24"}]'),
    ],
)
def test_other_files_are_known_by_what_is_in_them(client: Client, name: str, body: bytes) -> None:
    plan = client.post("/import", {"file": SimpleUploadedFile(name, body)})
    assert "1 todo to add" in plan.text
    assert "Essay" in plan.text and "Monday 24 December 2096" in plan.text
    assert "1 todo added." in client.post("/import/confirm", follow=True).text
    todo = Todo.objects.get()
    assert (todo.title, todo.labels, str(todo.due)) == ("Essay", ("uni",), "2096-12-24")
    again = client.post("/import", {"file": SimpleUploadedFile(name, body)})
    assert "Nothing to add" in again.text and "1 is already in your list" in again.text


def test_plan_says_what_becomes_of_each_line_of_a_table(client: Client) -> None:
    body = b"TYPE,CONTENT,DATE,RESPONSIBLE\ntask,Essay,some day,Bob (1)\nhabit,Run,,\n"
    plan = client.post("/import", {"file": SimpleUploadedFile("todoist.csv", body)})
    assert "Not kept: 1 assignee." in plan.text
    assert "Its date \u201csome day\u201d was not understood, and is in the description." in plan.text
    assert "Its type is &#x27;habit&#x27;, which is none that Todoist has." in plan.text


def test_page_says_which_files_it_reads(client: Client) -> None:
    page = client.get("/import").text
    for name in (".ics", "Todoist", "TickTick", ".json"):
        assert name in page
    assert 'accept=".ics,.csv,.json,' in page


def test_import_can_be_undone(client: Client) -> None:
    back = make_todo("There already")
    body = b"TYPE,CONTENT,INDENT\ntask,Essay,1\ntask,Read,2\ntask,Write,1\n"
    client.post("/import", {"file": SimpleUploadedFile("todoist.csv", body)})
    page = client.post("/import/confirm", follow=True).text
    assert "3 todos added." in page
    [token] = re.findall(r'name="token" value="([^"]+)"', page)
    undone = client.post("/todos/undo", {"token": token}, follow=True).text
    assert "Undone: 3 todos are deleted." in undone and "changed since" not in undone
    assert list(Todo.objects.visible().values_list("title", flat=True)) == [back.title]
    # The trash has them, and importing the file again brings them back.
    client.post("/import", {"file": SimpleUploadedFile("todoist.csv", body)})
    client.post("/import/confirm")
    assert Todo.objects.visible().count() == 4


def import_and_undo(client: Client, body: bytes, meanwhile: Callable[[dict[str, Todo]], object]) -> str:
    client.post("/import", {"file": SimpleUploadedFile("todoist.csv", body)})
    page = client.post("/import/confirm", follow=True).text
    [token] = re.findall(r'name="token" value="([^"]+)"', page)
    meanwhile({todo.title: todo for todo in Todo.objects.all()})
    return client.post("/todos/undo", {"token": token}, follow=True).text


def titles() -> list[str]:
    return list(Todo.objects.visible().order_by("id").values_list("title", flat=True))


def test_undo_of_an_import_leaves_what_people_made_of_it(client: Client) -> None:
    body = b"TYPE,CONTENT,INDENT\ntask,Essay,1\ntask,Read,2\ntask,Look,3\ntask,Write,1\ntask,Draft,2\ntask,Go,1\n"

    def meanwhile(todos: dict[str, Todo]) -> None:
        update_todo(todo_list=make_list(), todo_id=todos["Look"].pk, changes={"title": "Look closely"})
        make_todo("My own", parent_id=todos["Write"].pk)

    page = import_and_undo(client, body, meanwhile)
    assert "Undone: 2 todos are deleted." in page
    assert "4 have changed since, or have sub-tasks that have, and stay." in page
    assert titles() == ["Essay", "Read", "Look closely", "Write", "My own"]


def test_undo_of_an_import_says_that_all_of_it_stays(client: Client) -> None:
    page = import_and_undo(
        client,
        b"TYPE,CONTENT\ntask,Essay\n",
        lambda todos: update_todo(todo_list=make_list(), todo_id=todos["Essay"].pk, changes={"completed": True}),
    )
    assert "Not undone: “Essay” has changed since, or has sub-tasks that have, and stays." in page
    assert titles() == ["Essay"]


def test_plan_is_refused_if_the_import_would_be(client: Client, settings: Any) -> None:
    todo_list, settings.MAX_TODOS, settings.MAX_LIST_BYTES = make_list(), 40, 1_000

    def look_into(*rows: str) -> str:
        body = "\n".join(["TYPE,CONTENT,DESCRIPTION", *rows]).encode()
        answer = client.post("/import", {"file": SimpleUploadedFile("todoist.csv", body)})
        assert answer.status_code in {200, 409} and ("todos to add" in answer.text) == (answer.status_code == 200)
        return re.sub("<[^>]*>", "", answer.text)

    make_todo("There")
    labels = [f"task,x{' @l'.join(['', *(f'{part}-{n}' for n in range(18))])}," for part in range(29)]
    assert "There are 0 labels already, and 522 more would be over the most, 500." in look_into(*labels)
    assert "There are 1 todos already, and 40 more would be over the most, 40." in look_into(*["task,x,"] * 40)
    assert "of this list would take 1,014 bytes" in look_into(f"task,x,{'y' * 1_000}")
    assert "39 todos to add" in look_into(*["task,x,"] * 39)
    type(todo_list).objects.update(archived_at=datetime.now(UTC))
    assert "is archived. Unarchive it to add todos to it." in look_into("task,x,")


def test_plan_that_was_refused_can_be_confirmed_when_there_is_room(client: Client, settings: Any) -> None:
    settings.MAX_TODOS = 1
    body = b"TYPE,CONTENT\ntask,Essay\n"
    client.post("/import", {"file": SimpleUploadedFile("todoist.csv", body)})
    other = make_todo("Other")
    assert client.post("/import/confirm").status_code == 409
    delete_todo(todo_list=make_list(), todo_id=other.pk)
    assert "1 todo added." in client.post("/import/confirm", follow=True).text
    assert "Choose the file again" in client.post("/import/confirm", follow=True).text


@pytest.mark.parametrize("body", [b"", b"no calendar", b"\x00\xff"])
def test_other_files_are_refused(client: Client, body: bytes) -> None:
    answer = client.post("/import", {"file": SimpleUploadedFile("cat.png", body)})
    assert answer.status_code == 422
    assert 'class="error"' in answer.text


def test_a_file_is_needed(client: Client) -> None:
    assert "Choose a file first." in client.post("/import", {}).text


def test_too_long_a_file_is_refused(client: Client, settings: object) -> None:
    settings.MAX_IMPORT_BYTES = 10
    answer = client.post("/import", {"file": calendar()})
    assert answer.status_code == 422
    assert "split it" in answer.text


def test_much_too_long_a_file_is_refused_unread(client: Client, settings: object) -> None:
    settings.MAX_IMPORT_BYTES, settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10, 1_000
    answer = client.post("/import", {"file": SimpleUploadedFile("other.ics", b"x" * 20_000)})
    assert answer.status_code == 413
    assert "That is too large" in answer.text
    assert "Files can be up to" in answer.text and 'href="/import"' in answer.text


def test_plan_is_kept_and_not_the_file(client: Client) -> None:
    done = "BEGIN:VTODO\nUID:1\nSUMMARY:Done\nDUE:20261224T180000Z\nCOMPLETED:20261101T090000Z\nEND:VTODO\n"
    ignored = f"X-LONG:{'0123456789abcdef' * 5_000}\nEND:VEVENT"
    event = EVENT.format(uid="2", title="Été a").replace("END:VEVENT", ignored)
    assert "2 todos to add" in client.post("/import", {"file": calendar(done, event)}).text
    assert len(Session.objects.get().session_data) < 1_000
    client.post("/import/confirm")
    assert set(Todo.objects.values_list("title", "deadline_kind", "completed")) == {
        ("Done", "instant", True),
        ("Été a", "floating", False),
    }
    assert Todo.objects.get(completed=True).completed_at.isoformat() == "2026-11-01T09:00:00+00:00"


def test_little_is_kept_for_strangers(client: Client) -> None:
    many = calendar(*(EVENT.format(uid=number, title=f"Event {number}") for number in range(3_000)))
    answer = client.post("/import", {"file": many})
    assert answer.status_code == 422
    assert "Sign in first, or split the file." in answer.text
    assert not Session.objects.exists()
    client.force_login(make_user())
    many.seek(0)
    assert "3000 todos to add" in client.post("/import", {"file": many}).text


def test_plan_for_one_list_is_not_imported_into_another(client: Client) -> None:
    client.post("/import", {"file": calendar(EVENT.format(uid="1", title="Party"))})
    kept = client.session["import_plan"]
    client.force_login(make_user())
    session = client.session
    session["import_plan"] = kept
    session.save()
    assert "Choose the file again" in client.post("/import/confirm", follow=True).text
    assert not Todo.objects.exists()


def test_second_import_of_a_caller_is_refused_while_the_first_runs(client: Client) -> None:
    make_list()
    file = calendar(EVENT.format(uid="1", title="Party"))
    with imports.slots.taken_by("127.0.0.1"):
        page = client.post("/import", {"file": file})
        assert (page.status_code, "Another import of yours is running" in page.text) == (409, True)
        api = client.post("/api/v1/todos/import", b"", content_type="text/calendar")
        assert (api.status_code, api.json()["error"][:32]) == (409, "Another import of yours is runni")
    file.seek(0)
    assert "1 todo to add" in client.post("/import", {"file": file}).text


def test_third_import_at_once_is_told_to_come_back(client: Client) -> None:
    make_list()
    with imports.slots.taken_by("ada"), imports.slots.taken_by("bob"):
        page = client.post("/import", {"file": calendar(EVENT.format(uid="1", title="Party"))})
        assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
        assert "The server is busy" in page.text
        api = client.post("/api/v1/todos/import", b"", content_type="text/calendar")
        assert (api.status_code, api.headers["Retry-After"]) == (503, "5")
        assert api.json() == {"error": "The server is busy; try again in a few seconds."}
