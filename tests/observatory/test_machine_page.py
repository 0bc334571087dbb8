"""The machine's page, and who sees what on it."""

import json
import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from calendars.models import Worker
from database.clock import now_ms
from observability.events import Kind, record
from observatory import recorder
from tests.factories import make_job, make_list, make_some_list, make_todo, make_user
from todos.models import TodoList

pytestmark = pytest.mark.django_db

EVENTS = "/machine/events"


@pytest.fixture(autouse=True)
def on_a_laptop(settings) -> None:
    settings.DEPLOYED = False


@pytest.fixture
def staff() -> User:
    user = make_user("staff")
    user.is_staff = True
    user.save()
    return user


def happen(todo_list: TodoList) -> None:
    """Let everything happen once in a list."""
    subject = {"list_id": todo_list.pk, "calendar_id": 4711, "request_id": "request-of-the-event"}
    with recorder.recording():
        for kind in Kind:
            record(kind, **subject, job_id="0" * 31 + "7", message="message-of-the-event", revision=12, status=200)


def news(client: Client, **parameters: str) -> dict:
    response = client.get(EVENTS, {"once": "1", **parameters})
    assert response.status_code == 200
    return json.loads(re.search(rb"^data: (.*)$", response.content, re.MULTILINE)[1])


def test_page_shows_events_newest_first(client: Client) -> None:
    todo_list = make_list()
    with recorder.recording():
        record(Kind.CHANGE, list_id=todo_list.pk, revision=1, todos=1)
        record(Kind.BUILD_DONE, list_id=todo_list.pk, ms=38.2, since=1, revision=201, bytes=5, jobs=0)
    page = client.get("/machine").content.decode()
    assert "1 build of 38 ms for 200 changes" in page
    assert page.index("1 build of 38 ms") < page.index("A list changed (a todo): revision 1")


def test_empty_page_says_what_to_do(client: Client) -> None:
    assert "Nothing has happened yet" in client.get("/machine").content.decode()


def test_page_says_that_events_are_off(client: Client, settings) -> None:
    settings.EVENT_HOURS = 0
    assert "EVENT_HOURS=0" in client.get("/machine").content.decode()


@pytest.mark.parametrize("address", ["/machine", EVENTS])
def test_deployed_it_is_for_staff_alone(client: Client, settings, staff: User, address: str) -> None:
    settings.DEPLOYED = True
    assert client.get(address).status_code == 404
    client.force_login(make_user("ada"))
    assert client.get(address).status_code == 404
    assert 'href="/machine"' not in client.get("/").content.decode()
    client.force_login(staff)
    assert client.get(address).status_code == 200
    assert 'href="/machine"' in client.get("/").content.decode()


def test_on_a_laptop_it_is_for_everybody(client: Client) -> None:
    assert client.get("/machine").status_code == 200
    assert 'href="/machine"' in client.get("/").content.decode()


def test_private_mode_asks_who_one_is(client: Client, settings) -> None:
    settings.MODE = "private"
    assert client.get("/machine").status_code == 302
    assert client.get(EVENTS).status_code == 302


def test_of_others_lists_one_sees_counts_alone(client: Client, settings) -> None:
    settings.MODE = "private"
    todo_list = make_some_list()
    todo_list.name = "Secret name"
    todo_list.save()
    happen(todo_list)
    client.force_login(make_user("ada"))
    received = news(client)
    assert len(received["events"]) == len(Kind)
    allowed = {"id", "at", "kind", "lane", "text", "about", "details"}
    for event in received["events"]:
        assert event.keys() == allowed
        assert event["details"] == {"status": 200}
        assert event["about"] == "another list"
    page = client.get("/machine").content.decode()
    for text in ["4711", "request-of-the-event", "message-of-the-event", "0000007", "Secret name"]:
        assert text not in json.dumps(received)
        assert text not in page
    assert f"list {todo_list.pk}," not in page


def test_of_others_calendars_that_are_due_one_sees_none(client: Client, settings) -> None:
    settings.MODE = "private"
    user = make_user("ada")
    make_todo(user=user)
    job = make_job(user)
    client.force_login(make_user("bob"))
    due = f"Calendar {job.calendar_id}</a> of list"
    assert due not in client.get("/machine").content.decode()
    assert due not in news(client)["numbers"]
    client.force_login(user)
    assert due in client.get("/machine").content.decode()
    assert due in news(client)["numbers"]


def test_message_about_a_calendar_is_of_its_list(client: Client) -> None:
    user = make_user("ada")
    make_todo(user=user)
    job = make_job(user)
    with recorder.recording():
        record(Kind.MESSAGE_SENT, calendar_id=job.calendar_id, message="abc")
    assert news(client)["events"][0]["about"] == "another list"
    client.force_login(user)
    [event] = news(client)["events"]
    assert (event["list"], event["calendar"], event["details"]) == (
        job.calendar.list_id,
        job.calendar_id,
        {"message": "abc"},
    )


def test_owners_and_staff_see_everything_of_a_list(client: Client, settings, staff: User) -> None:
    settings.MODE = "private"
    owner = make_user("ada")
    todo_list = make_list(owner)
    happen(todo_list)
    for user in [owner, staff]:
        client.force_login(user)
        for event in news(client)["events"]:
            assert (event["list"], event["calendar"]) == (todo_list.pk, 4711)
            assert event["request"] == "request-of-the-event"


def test_page_is_light_however_much_has_happened(client: Client) -> None:
    user = make_user("ada")
    make_todo(user=user)
    jobs = [make_job(user, alarm_minutes=minutes) for minutes in range(60)]
    Worker.objects.bulk_create(
        Worker(id=f"{'h' * 60}:{number}:12345678", last_heartbeat_ms=now_ms()) for number in range(60)
    )
    for job in jobs:
        with recorder.recording():
            subject = {"list_id": job.calendar.list_id, "calendar_id": job.calendar_id, "job_id": job.pk}
            record(Kind.CLAIM, **subject, attempt=3)
            record(Kind.BUILD_DONE, **subject, bytes=5, since=1, revision=1_000_000, jobs=1_000)
    client.force_login(user)
    assert len(client.get("/machine").content) < 100_000


def test_who_comes_back_gets_what_is_new(client: Client) -> None:
    todo_list = make_list()
    happen(todo_list)
    before = news(client)
    assert news(client, shown=before["state"])["events"] == []
    with recorder.recording():
        record(Kind.CHANGE, list_id=todo_list.pk, revision=13)
    [event] = news(client, shown=before["state"])["events"]
    assert event["details"] == {"revision": 13}


@pytest.mark.parametrize("shown", ["", ".", "x.1", "-1", "9" * 100, "9" * 5_000, "²"])
def test_odd_states_are_no_error(client: Client, shown: str) -> None:
    news(client, shown=shown)


def test_page_of_another_user_gets_nothing(client: Client) -> None:
    client.force_login(make_user("ada"))
    assert client.get(EVENTS, {"owner": "0"}).status_code == 403


def test_only_reading_is_allowed(client: Client) -> None:
    assert client.post("/machine").status_code == 405
    assert client.post(EVENTS).status_code == 405


def test_queries_do_not_grow_with_events(client: Client, django_assert_max_num_queries: Callable) -> None:
    todo_list = make_list()
    client.get("/machine")
    for _ in range(3):
        happen(todo_list)
    with django_assert_max_num_queries(6):
        client.get("/machine")
