"""The import page."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.factories import make_todo
from todos.models import Todo

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
