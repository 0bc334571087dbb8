"""Feeds while many ask, change, rotate and delete at once, on the real database."""

import contextlib
import time
from threading import Event

import pytest
from django.test import Client

from calendars.builds import build as builds
from calendars.builds.sweeper import living_workers, record_heartbeat
from calendars.feeds import refresh as freshness
from calendars.feeds.access_log import feed_health
from calendars.feeds.services import change_feed, rotate_feed, shown_token
from calendars.models import Calendar, Feed
from database.clock import now_ms
from tests.crowd import together
from tests.factories import make_feed, make_job, make_list, make_todo
from todos.models import TodoList
from todos.services import erase_list
from web.quotas import QuotaExceeded

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 12


@pytest.fixture
def feed():
    make_todo("First")
    made = make_feed()
    assert Client().get(made.url).status_code == 200
    return made


@pytest.fixture
def at_render(monkeypatch):
    """`at_render(call)`: each build calls this once it has taken its snapshot."""
    render = builds._render

    def install(call):
        def render_and_call(calendar):
            rendered = render(calendar)
            call()
            return rendered

        monkeypatch.setattr(builds, "_render", render_and_call)

    return install


def get(made):
    return Client().get(made.url)


def ask(made):
    """Ask as calendar apps do: again, after being told to come back."""
    while (answer := get(made)).status_code == 503:
        assert answer["Retry-After"] == "5"
        time.sleep(0.02)
    return answer


def test_crowd_that_asks_for_a_stale_feed_gets_one_build(feed, at_render):
    make_todo("Second")
    before = Calendar.objects.get().build_count
    at_render(lambda: time.sleep(0.2))

    answers = together(*[lambda: ask(feed)] * CROWD)

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer["ETag"] for answer in answers}) == 1
    assert b"Second" in answers[0].content
    assert Calendar.objects.get().build_count - before == 1


def test_crowd_that_asks_for_a_feed_that_was_never_built_gets_one_build(at_render):
    make_todo("First")
    made = make_feed()
    at_render(lambda: time.sleep(0.2))

    answers = together(*[lambda: ask(made)] * CROWD)

    assert {answer.content for answer in answers} == {answers[0].content}
    assert Calendar.objects.get().build_count == 1


def test_two_requests_wait_for_a_build_and_others_are_told_to_come_back(feed, at_render, wait_for):
    make_todo("Second")
    may_finish = Event()
    at_render(lambda: may_finish.wait(10))
    answers = []

    def wait_in_line():
        answers.append(get(feed))
        if answers[-1].status_code == 503 and len(answers) == CROWD - 3:
            may_finish.set()  # all have been told but for the one that builds and the two that wait

    together(*[wait_in_line] * CROWD)

    assert [answer.status_code for answer in answers] == [503] * (CROWD - 3) + [200] * 3
    assert {answer["Retry-After"] for answer in answers[:-3]} == {"5"}
    assert all(b"Second" in answer.content for answer in answers[-3:])
    assert may_finish.is_set()


def test_no_answer_is_older_than_what_was_committed_before_it_was_asked_for(feed):
    committed: list[str] = []
    is_over = Event()

    def change():
        for number in range(40):
            make_todo(f"Todo-{number}.")
            committed.append(f"Todo-{number}.")
        is_over.set()

    def ask_all_the_time():
        asked = 0
        while not is_over.is_set() or not asked:
            wanted = list(committed)
            answer = ask(feed)
            assert answer.status_code == 200
            assert [title for title in wanted if title.encode() not in answer.content] == []
            asked += 1
        return asked

    together(change, ask_all_the_time, ask_all_the_time, ask_all_the_time)

    assert b"Todo-39." in get(feed).content


def test_crowd_in_one_minute_is_written_down_once(feed):
    Feed.objects.update(clients={}, last_fetched_at=None)

    together(*[lambda: get(feed)] * CROWD)

    known = feed_health(Feed.objects.with_calendar().get()).clients
    assert [(client.client, client.fetch.status) for client in known] == [("other", 200)]


def test_who_lost_the_lease_waits_for_who_has_it(feed, at_render):
    make_todo("Second")
    rivals = []

    def lose_the_lease():
        if not rivals:
            Calendar.objects.update(lease_until_ms=now_ms())
            rivals.append(builds.claim(feed.feed.calendar_id).lease_token)
            Calendar.objects.leased(rivals[0]).update(lease_until_ms=now_ms() + 300)  # and is not heard of again

    at_render(lose_the_lease)

    answer = get(feed)

    assert rivals[0]
    assert answer.status_code == 200
    assert b"Second" in answer.content
    assert Calendar.objects.get().lease_token is None


def test_request_takes_over_from_a_worker_that_died(feed):
    make_todo("Second")
    builds.claim(feed.feed.calendar_id)
    Calendar.objects.update(lease_until_ms=now_ms() + 300)

    assert b"Second" in get(feed).content


def test_list_deleted_during_the_build_is_a_404(feed, at_render):
    make_todo("Second")
    at_render(lambda: TodoList.objects.all().delete())

    assert get(feed).status_code == 404
    assert not Feed.objects.exists()


def test_feed_deleted_during_the_build_harms_nobody(feed, at_render):
    make_todo("Second")
    at_render(lambda: Feed.objects.all().delete())

    assert get(feed).status_code == 200
    assert get(feed).status_code == 404


def test_list_deleted_while_a_crowd_asks_and_changes_ends_in_404_alone(feed):
    def ask_often():
        return {ask(feed).status_code for _ in range(10)}

    def change():
        for number in range(10):
            try:
                make_todo(f"Todo {number}")
            except TodoList.DoesNotExist:
                return

    def delete():
        time.sleep(0.05)
        erase_list(todo_list=make_list())

    *statuses, _, _ = together(ask_often, ask_often, ask_often, change, delete)

    assert set().union(*statuses) <= {200, 404}
    assert get(feed).status_code == 404


def test_rotations_at_once_leave_one_address(feed):
    todo_list = make_list()

    rotated = together(*[lambda: rotate_feed(todo_list=todo_list, feed_id=feed.feed.pk)] * 4)

    last = Feed.objects.get()
    assert last.token_version == 5
    assert sorted(made.token_version for made in rotated)[-1] == 5
    tokens = filter(None, map(shown_token, rotated))
    statuses = {token: Client().get(f"/calendars/{token}.ics").status_code for token in tokens}
    assert statuses[shown_token(last)] == 200
    assert sorted(statuses.values())[1:] == [404] * (len(statuses) - 1)


def test_changes_of_a_feed_at_once_all_succeed(feed):
    todo_list = make_list()

    def change(minutes):
        for _ in range(5):
            change_feed(todo_list=todo_list, feed_id=feed.feed.pk, options={"alarm_minutes": minutes})

    together(*[lambda minutes=minutes: change(minutes) for minutes in (5, 10, 15, 30)])

    assert Feed.objects.get().calendar.options.alarm_minutes in {5, 10, 15, 30}


def test_feeds_created_at_once_are_not_more_than_the_quota(settings):
    settings.MAX_FEEDS = 3
    todo_list = make_list()

    def create():
        try:
            make_feed()
        except QuotaExceeded:
            return 1
        return 0

    refused = together(*[create] * 8)

    assert (sum(refused), Feed.objects.of_list(todo_list).count()) == (5, 3)


def test_list_deleted_while_its_feeds_change_is_gone(feed):
    todo_list = make_list()

    def change():
        for minutes in range(20):
            with contextlib.suppress(Feed.DoesNotExist):
                change_feed(todo_list=todo_list, feed_id=feed.feed.pk, options={"alarm_minutes": minutes})

    together(change, change, lambda: erase_list(todo_list=todo_list))

    assert not Feed.objects.exists()


@pytest.fixture
def nothing_in_a_request(monkeypatch):
    """However few todos have changed, they are too many to be built in a request."""
    monkeypatch.setattr(freshness, "MAX_TODOS_IN_A_REQUEST", 0)
    monkeypatch.setattr(freshness, "build_calendar", None)


def test_what_is_too_much_for_a_request_is_built_by_a_worker(nothing_in_a_request, workers, wait_for):
    make_todo("First")
    made = make_feed()
    wait_for(living_workers)

    answers = together(*[lambda: ask(made)] * 4)

    assert {answer.status_code for answer in answers} == {200}
    assert Calendar.objects.get().build_count == 1


def test_worker_that_does_not_come_is_waited_for_so_long_and_no_longer(nothing_in_a_request, monkeypatch):
    monkeypatch.setattr(freshness, "WAIT_SECONDS", 0.2)
    make_todo("First")
    made = make_feed()
    record_heartbeat("lives, and does nothing")

    answer = get(made)

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert Calendar.objects.get().due_at_ms > now_ms(), "the sweep sends again"


def test_a_request_does_not_take_the_delay_that_a_class_watches(monkeypatch, settings):
    settings.CALENDAR_BUILD_DELAY_SECONDS = 3_600
    make_todo("First")
    made = make_feed()
    make_job(completed="open")

    def fail(seconds):
        pytest.fail(f"the request slept {seconds} s")

    monkeypatch.setattr("time.sleep", fail)

    assert b"SUMMARY:First" in get(made).content


def test_without_any_worker_a_request_builds_what_is_too_much_for_it(monkeypatch):
    monkeypatch.setattr(freshness, "MAX_TODOS_IN_A_REQUEST", 0)
    make_todo("First")

    assert b"SUMMARY:First" in get(make_feed()).content
