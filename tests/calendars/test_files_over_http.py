"""The files as clients get them, from a job and from a feed, before every judge."""

import pytest
from django.test import Client

from calendars.builds.build import build_calendar
from calendars.models import CalendarJob
from calendars.options import CalendarOptions
from tests.calendars.judges.lint import lint
from tests.calendars.judges.parsers import PARSERS
from tests.factories import make_feed, make_list, make_todo
from todos.services import update_todo

pytestmark = pytest.mark.django_db

JOBS = "/api/v1/todos/ical"
EVERYTHING = {
    "completed": "all",
    "mark_completed": True,
    "shape": "after",
    "components": "both",
    "alarm_minutes": 15,
}


@pytest.fixture
def todos() -> None:
    make_todo("Essay; part 1, \\draft", "2026-12-01T18:00:00", description="two\r\nlines\x07")
    make_todo("🧑🏽‍🚀 שלום" * 20, "2026-12-01T00:30:00+14:00")
    make_todo("A day", "2026-12-31", completed=True)
    make_todo("In no calendar", None)


def result_of_a_job(client: Client) -> bytes:
    client.post(JOBS)
    job = CalendarJob.objects.latest("created_at")
    build_calendar(job.calendar_id)
    return client.get(f"{JOBS}/{job.pk}/result").content


def test_job_and_feed_of_the_same_options_give_the_same_bytes(client: Client, todos: None):
    feed = make_feed(name=make_list().name, completed=CalendarOptions().completed)
    assert client.get(feed.url).content == result_of_a_job(client)


@pytest.mark.parametrize("options", [{}, {"completed": "all"}, EVERYTHING], ids=["default", "all", "everything"])
def test_every_judge_accepts_what_a_feed_serves_before_and_after_a_change(
    client: Client, todos: None, options: dict
):
    url = make_feed(**options).url
    for title in ("Essay", "Thesis", "Essay"):
        update_todo(todo_list=make_list(), todo_id=make_list().todos.first().pk, changes={"title": title})
        body = client.get(url).content
        assert lint(body) == []
        for judge in PARSERS.values():
            assert any((event.summary or "").endswith(title) for event in judge(body))


def test_feed_of_nothing_is_a_good_file(client: Client):
    body = client.get(make_feed().url).content
    assert lint(body) == []
    assert [judge(body) for judge in PARSERS.values()] == [[]] * len(PARSERS)
