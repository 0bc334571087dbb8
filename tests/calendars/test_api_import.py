"""POST /api/v1/todos/import."""

from http import HTTPStatus

import pytest
from django.conf import settings as defaults
from django.test import Client
from limits.storage import MemoryStorage

from calendars.imports.files import MAX_ENTRIES
from tests.calendars.test_imports import file_of
from tests.factories import make_list, make_todo, make_user
from todos.models import Todo
from web import rate_limits as limits

URL = "/api/v1/todos/import"
MAX_BYTES = defaults.MAX_IMPORT_BYTES
EVENT = "BEGIN:VEVENT\r\nUID:{}\r\nDTSTART:20260227\r\nEND:VEVENT\r\n"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_rate_limit(settings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"import": None}


def post(client: Client, body: bytes, content_type: str = "text/calendar", **extra):
    return client.post(URL, body, content_type=content_type, **extra)


def test_import_answers_with_what_became_of_each(client: Client):
    there = make_todo()
    body = b"".join(
        [
            file_of("DTSTART:20260227T180000", "SUMMARY:new"),
            file_of("DTSTART:20260227", uid=str(there.uid)),
            file_of("DTSTART:20260227", "RRULE:FREQ=HOURLY", "SUMMARY:every hour", uid="2"),
        ]
    )

    response = post(client, body, "text/calendar; charset=utf-8")

    assert response.status_code == HTTPStatus.OK
    assert response.json() == {
        "added": 1,
        "restored": 0,
        "present": 1,
        "skipped": [
            {
                "title": "every hour",
                "reason": "Its rule is not supported. FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY.",
            }
        ],
        "not_kept": [],
        "notes": [],
    }
    assert {todo["title"]: todo["deadline_at"] for todo in client.get("/api/v1/todos").json()} == {
        there.title: "2026-12-01T18:00:00",
        "new": "2026-02-27T18:00:00",
    }
    assert make_list().revision == 2


def test_import_answers_with_what_is_lost_and_how_the_file_was_read(client: Client):
    body = (
        file_of("DTSTART:20260227T180000Z", f"CATEGORIES:a,{'x' * 51}", "LOCATION:c", "SUMMARY:x")
        + b"--\r\nsent by mail"
    )

    answer = post(client, body).json()

    assert answer["not_kept"] == [{"name": "category", "count": 1}, {"name": "location", "count": 1}]
    assert answer["notes"] == ["2 lines after the end of the calendar were ignored."]


def test_import_over_the_limit_of_other_bodies_is_taken(client: Client):
    long = "".join(
        EVENT.format(number).replace("END", "X-LONG:" + "x" * 2_000 + "\r\nEND") for number in range(1000)
    )
    body = f"BEGIN:VCALENDAR\r\n{long}END:VCALENDAR\r\n".encode()
    assert 2_000_000 < len(body) < MAX_BYTES

    assert post(client, body).json()["added"] == 1000


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", HTTPStatus.BAD_REQUEST),
        (b"hello", HTTPStatus.BAD_REQUEST),
        (file_of("DTSTART:20260227")[:-3], HTTPStatus.BAD_REQUEST),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X\r\n" * 100_000, HTTPStatus.BAD_REQUEST),
        (b"BEGIN:VCALENDAR\r\n" + b"x" * (MAX_BYTES - 100), HTTPStatus.BAD_REQUEST),
        (b"x" * (MAX_BYTES + 1), HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (
            f"BEGIN:VCALENDAR\r\n{EVENT * (MAX_ENTRIES + 1)}END:VCALENDAR\r\n".encode(),
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        ),
    ],
    ids=["empty", "text", "cut off", "bomb", "long line", "over 10 MB", "too many"],
)
def test_what_is_no_calendar_or_too_large_is_refused_whole(client: Client, body: bytes, status: HTTPStatus):
    response = post(client, body)

    assert response.status_code == status
    assert list(response.json()) == ["error"]
    assert not Todo.objects.exists()


def test_nothing_is_half_imported(client: Client):
    good = "".join(EVENT.format(number) for number in range(100))
    assert (
        post(client, f"BEGIN:VCALENDAR\r\n{good}BEGIN:VEVENT\r\n".encode()).status_code == HTTPStatus.BAD_REQUEST
    )
    assert not Todo.objects.exists()


@pytest.mark.parametrize(
    ("content_type", "body", "added"),
    [
        ("text/csv; charset=utf-8", b"TYPE,CONTENT\ntask,Essay", 1),
        ("TEXT/CSV", b"List Name,Title\nInbox,Essay\nInbox,Call", 2),
        ("application/json", b'[{"title": "Essay"}]', 1),
        ("application/json", b'{"todos": [{"title": "Essay"}]}', 1),
    ],
    ids=["Todoist", "TickTick", "list", "account"],
)
def test_other_formats_are_chosen_by_their_types(client: Client, content_type: str, body: bytes, added: int):
    assert post(client, body, content_type).json()["added"] == added
    assert post(client, body, content_type).json()["present"] == added
    assert Todo.objects.filter(title="Essay").count() == 1


@pytest.mark.parametrize(
    ("content_type", "sentence"),
    [
        ("text/csv", "This is no file that can be imported"),
        ("application/json", "The file is not valid JSON"),
        ("text/calendar", "This is not a calendar file"),
    ],
)
def test_file_of_another_type_than_it_says_is_refused(client: Client, content_type: str, sentence: str):
    response = post(client, b"hello", content_type)
    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.json()["error"].startswith(sentence)
    assert not Todo.objects.exists()


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "text/plain", "application/xml", ""])
def test_other_content_types_are_refused(client: Client, content_type: str):
    response = client.generic("POST", URL, file_of("DTSTART:20260227"), content_type=content_type)
    assert response.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert not Todo.objects.exists()


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused(client: Client, method: str):
    assert client.generic(method, URL).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_page_of_another_site_may_not_import(client: Client):
    response = post(client, file_of("DTSTART:20260227"), headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert not Todo.objects.exists()


def test_private_mode_needs_a_user(client: Client, settings):
    settings.MODE = "private"
    assert post(client, file_of("DTSTART:20260227")).status_code == HTTPStatus.UNAUTHORIZED
    assert not Todo.objects.exists()


def test_todo_of_somebody_else_is_not_touched():
    theirs = make_todo("theirs", user=make_user("bob"))
    client = Client()
    client.force_login(make_user("ada"))

    response = post(client, file_of("DTSTART:20260227", "SUMMARY:mine", uid=str(theirs.uid)))

    assert response.json()["added"] == 1
    assert set(Todo.objects.values_list("list__default_owner__username", "title")) == {
        ("bob", "theirs"),
        ("ada", "mine"),
    }


def test_session_needs_a_csrf_token():
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user())
    assert post(client, file_of("DTSTART:20260227")).status_code == HTTPStatus.FORBIDDEN
    assert not Todo.objects.exists()


def test_imports_beyond_the_rate_are_told_when_to_come_again(client: Client, settings, monkeypatch):
    store = MemoryStorage()
    monkeypatch.setattr(limits, "_storage", lambda: store)
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"import": "1/hour"}
    assert post(client, file_of("DTSTART:20260227")).status_code == HTTPStatus.OK
    assert post(client, file_of("DTSTART:20260227", uid="2")).status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert Todo.objects.count() == 1


def test_list_takes_all_that_there_is_room_for_or_nothing(client: Client, settings):
    settings.MAX_TODOS = 2
    make_todo()
    two = file_of("DTSTART:20260227") + file_of("DTSTART:20260227", uid="2")
    response = post(client, two)
    assert response.status_code == HTTPStatus.CONFLICT
    assert "2 more would be over the most" in response.json()["error"]
    assert Todo.objects.count() == 1
    assert post(client, file_of("DTSTART:20260227")).json()["added"] == 1
    assert post(client, file_of("DTSTART:20260227")).json()["present"] == 1
