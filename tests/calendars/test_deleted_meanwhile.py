"""What a request has read is deleted before it goes on: each test does that at exactly this moment."""

import threading

import pytest
from django.db import connection
from django.test import Client

from calendars import files
from calendars.builds import sweeper as sweep
from calendars.feeds.services import change_feed
from calendars.jobs import services as jobs
from calendars.models import Calendar, CalendarJob, Feed
from calendars.views import ics
from tests.factories import make_feed, make_list, make_todo, make_user
from todos import addresses
from todos import services as todos
from todos.models import TodoList
from web.response_cache import ResponseCache

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_is_cached(monkeypatch):
    monkeypatch.setattr(files, "file_cache", ResponseCache(max_bytes=1))


def elsewhere(action):
    """Do something in a transaction of another connection."""
    errors = []

    def run():
        try:
            action()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert errors == []


@pytest.fixture
def after(monkeypatch):
    """`after(module, name, action)`: once that function has returned for the first time, something is done."""

    def install(module, name, action):
        function, actions = getattr(module, name), [action]

        def call(*args, **kwargs):
            result = function(*args, **kwargs)
            if actions:
                elsewhere(actions.pop())
            return result

        monkeypatch.setattr(module, name, call)

    return install


@pytest.fixture
def feed():
    make_todo("First")
    made = make_feed()
    assert Client().get(made.url).status_code == 200
    return made


def sweep_old_calendar_away(feed):
    """Give the feed other options, and delete the calendar that it had."""

    def change():
        change_feed(todo_list=make_list(), feed_id=feed.feed.pk, options={"alarm_minutes": 15})
        Calendar.objects.filter(feeds=None).update(due_at_ms=None, lease_token=None)
        assert sweep.sweep().calendars_deleted == 1

    return change


@pytest.mark.parametrize("has_changed", [False, True])
def test_feed_whose_old_calendar_is_swept_away_shows_the_new_one(feed, after, has_changed):
    if has_changed:
        make_todo("Second")
    after(ics, "find_feed", sweep_old_calendar_away(feed))

    response = Client().get(feed.url)

    assert response.status_code == 200
    assert b"TRIGGER:-PT15M" in response.content
    assert (b"Second" in response.content) == has_changed


def test_feed_whose_old_file_is_swept_away_shows_the_new_one(feed, after):
    after(ics, "refresh_calendar", sweep_old_calendar_away(feed))

    response = Client().get(feed.url)

    assert response.status_code == 200
    assert b"TRIGGER:-PT15M" in response.content


def test_feed_that_is_deleted_meanwhile_is_a_404(feed, after):
    def delete():
        Feed.objects.all().delete()
        Calendar.objects.all().delete()

    after(ics, "refresh_calendar", delete)

    assert Client().get(feed.url).status_code == 404


def test_feed_that_is_never_at_rest_is_asked_for_again(feed, monkeypatch):
    def raise_gone(calendar):
        raise Calendar.DoesNotExist

    monkeypatch.setattr(ics, "refresh_calendar", raise_gone)

    response = Client().get(feed.url)

    assert (response.status_code, response["Retry-After"]) == (503, "5")


def delete_lists():
    for todo_list in TodoList.objects.all():
        todos.erase_list(todo_list=todo_list)


@pytest.fixture
def ada(client):
    user = make_user()
    client.force_login(user)
    make_todo(user=user)
    return user


def test_asking_for_a_calendar_of_a_list_that_is_deleted_is_a_404(client, ada, after):
    after(jobs, "get_list", delete_lists)

    response = client.post("/api/v1/todos/ical")

    assert (response.status_code, list(response.json())) == (404, ["error"])
    assert not CalendarJob.objects.exists()


def test_asking_on_the_page_is_a_404_too(client, ada, after):
    after(addresses, "get_list", delete_lists)

    assert client.post("/exports", {"completed": "all"}).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/todos", {"title": "New"}),
        ("/api/v1/feeds", {"name": "New"}),
        ("/api/v1/todos/bulk", {"items": [{"action": "complete", "id": 1}]}),
    ],
)
def test_other_changes_of_a_list_that_is_deleted_are_a_404(client, ada, after, path, body):
    after(addresses, "get_list", delete_lists)

    response = client.post(path, body, "application/json")

    assert (response.status_code, list(response.json())) == (404, ["error"])
    assert not TodoList.objects.exists()


def test_user_who_is_deleted_meanwhile_gets_no_list(ada, monkeypatch):
    delete_lists()
    type(ada).objects.filter(pk=ada.pk).delete()

    with pytest.raises(type(ada).DoesNotExist):
        todos.get_list(ada)
