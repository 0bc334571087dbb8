"""Polling a job's status costs little: an ETag, and a word on when to ask again."""

import time

import pytest
from django.test import Client

from calendars.api.views import seconds_to_next_look
from calendars.builds.build import build_calendar
from calendars.models import Calendar, CalendarJob
from tests.factories import make_job, make_todo

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(db: None) -> str:
    make_todo()
    return f"/api/v1/todos/ical/{make_job().pk}/status"


def test_status_that_is_known_is_not_sent_again(client: Client, path: str) -> None:
    answer = client.get(path)
    known = {"If-None-Match": answer.headers["ETag"]}
    again = client.get(path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Retry-After"] == answer.headers["Retry-After"] == "1"
    build_calendar(Calendar.objects.get().pk)
    done = client.get(path, headers=known)
    assert (done.status_code, done.json()["task_status"]) == (200, "SUCCESS")
    assert "Retry-After" not in done.headers
    assert client.get(path, headers={"If-None-Match": done.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize(("due_in_ms", "seconds"), [(-5_000, 1), (100, 1), (7_100, 8), (500_000, 30), (None, 1)])
def test_next_look_after_a_failed_attempt_is_when_the_next_one_starts(due_in_ms: int | None, seconds: int) -> None:
    calendar = Calendar(attempts=2, due_at_ms=None if due_in_ms is None else 1_000_000 + due_in_ms)
    calendar.read_at_ms = 1_000_000
    assert seconds_to_next_look(calendar) == seconds


@pytest.mark.parametrize(("due_in_ms", "seconds"), [(-5_000, "1"), (500_000, "30")])
def test_status_after_a_failed_attempt_says_when_to_ask_again(
    client: Client, path: str, due_in_ms: int, seconds: str
) -> None:
    Calendar.objects.update(attempts=2, due_at_ms=time.time_ns() // 1_000_000 + due_in_ms)
    assert client.get(path).headers["Retry-After"] == seconds
    CalendarJob.objects.update(status="REVOKED")
    assert "Retry-After" not in client.get(path).headers


def test_polling_takes_one_query(client: Client, path: str, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # the job with its calendar
        client.get(path)
