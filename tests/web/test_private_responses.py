"""No cache keeps an answer that is somebody's, or gives it to somebody else."""

from itertools import product

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.services import create_token
from calendars.builds.build import build_calendar
from tests.factories import make_feed, make_job, make_todo, make_user

pytestmark = pytest.mark.django_db
PAGES = [
    "/", "/calendar/2026/12", "/trash", "/exports", "/feeds", "/import", "/settings", "/accounts/data.json",
    "/accounts/password", "/accounts/delete", "/nothing", "/todos/{todo}", "/exports/{job}", "/exports/{job}/todos.ics",
]  # fmt: skip
API = ["/api/v1/tokens", "/api/v1/feeds", "/api/v1/nothing", "/api/v1/todos/0", "/api/v1/todos/ical/{job}/result"]
REVALIDATED = ["/api/v1/todos", "/api/v1/todos/{todo}", "/api/v1/todos/ical/{job}/status"]


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def ids(ada: User) -> dict[str, object]:
    todo, job = make_todo(user=ada), make_job(ada)
    build_calendar(job.calendar_id)
    return {"todo": todo.pk, "job": job.pk}


def with_session(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def with_token(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {create_token(user=user, name='script')[1]}"})


def words(answer: object, header: str) -> set[str]:
    return set(answer.headers.get(header, "").split(", "))


@pytest.mark.parametrize("path", PAGES)
def test_page_is_not_stored(ada: User, ids: dict, path: str) -> None:
    answer = with_session(ada).get(path.format(**ids))
    assert {"private", "no-store"} <= words(answer, "Cache-Control")
    assert {"Cookie", "Authorization"} <= words(answer, "Vary")


@pytest.mark.parametrize("path", API)
@pytest.mark.parametrize("caller", [with_session, with_token])
def test_answer_of_the_api_is_not_stored(ada: User, ids: dict, path: str, caller: object) -> None:
    answer = caller(ada).get(path.format(**ids))
    assert words(answer, "Cache-Control") == {"private", "no-store"}
    assert {"Cookie", "Authorization"} <= words(answer, "Vary")


@pytest.mark.parametrize(
    ("path", "caller"),
    [*product(REVALIDATED, [with_session, with_token]), ("/exports/{job}/progress", with_session)],
)
def test_answer_with_an_etag_is_asked_for_again(ada: User, ids: dict, path: str, caller: object) -> None:
    client = caller(ada)
    first = client.get(path.format(**ids))
    again = client.get(path.format(**ids), headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    for answer in (first, again):
        assert words(answer, "Cache-Control") == {"private", "no-cache"}
        assert {"Cookie", "Authorization"} <= words(answer, "Vary")


def test_changes_are_not_stored(ada: User) -> None:
    created = with_session(ada).post("/api/v1/todos", {"title": "Mine"}, "application/json")
    refused = Client().post("/api/v1/todos", {"titel": "Mine"}, "application/json")
    for answer in (created, refused):
        assert {"Cookie", "Authorization"} <= words(answer, "Vary")
        assert "private" in words(answer, "Cache-Control")


def test_what_is_nobodys_is_left_as_it_was(client: Client, ids: dict) -> None:
    assert client.get(make_feed().url).headers["Vary"] == "Accept-Encoding"
    icon = client.get("/static/favicon.svg")
    icon.close()
    assert "public" in icon.headers["Cache-Control"]
    assert "Cookie" not in icon.headers.get("Vary", "")
