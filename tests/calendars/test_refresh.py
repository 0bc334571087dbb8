"""One build follows 1.5 s after the last change, 8 s after the first at the latest: with a clock of our own."""

import dramatiq
import pytest

from calendars.builds import build as builds
from calendars.builds import sweeper as sweep
from calendars.builds.build import build_calendar
from calendars.models import Calendar, CalendarFile
from tests.database.clock import database_clock
from tests.factories import make_feed, make_job, make_list, make_todo
from todos.models import TodoList
from todos.services import BulkItem, change_todos, update_todo

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(db):
    with database_clock() as clock:
        yield clock


@pytest.fixture
def sent(monkeypatch):
    messages = []
    monkeypatch.setattr(dramatiq.get_broker(), "enqueue", lambda message, **kwargs: messages.append(message.args))
    return messages


@pytest.fixture
def feed(client, clock):
    """A feed that somebody reads, up to date."""
    make_todo()
    made = make_feed()
    assert client.get(made.url).status_code == 200
    return made


def due():
    return Calendar.objects.get().due_at_ms


def test_change_makes_what_is_read_due_when_people_have_paused(clock, feed):
    make_todo()
    assert due() == clock.now + 1_500

    clock.now += 1_400
    make_todo()
    assert due() == clock.now + 1_500


def test_change_after_change_puts_it_off_for_so_long_and_no_longer(clock, feed):
    first = clock.now
    for _ in range(10):
        make_todo()
        clock.now += 1_000

    assert due() == first + 8_000


def test_build_that_began_starts_the_count_anew(clock, feed, sent):
    make_todo()
    clock.now += 8_000
    assert build_calendar(feed.feed.calendar_id)
    assert (due(), Calendar.objects.get().first_change_at_ms) == (None, None)

    make_todo()
    assert due() == clock.now + 1_500


def test_bulk_change_is_one_change(clock, feed):
    todos = [make_todo(str(number)) for number in range(20)]
    clock.now += 500
    change_todos(todo_list=make_list(), items=[BulkItem(todo.pk, "complete") for todo in todos])

    assert due() == clock.now + 1_500


def test_change_that_changes_nothing_makes_nothing_due(feed):
    todo = make_list().todos.get()
    update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"title": todo.title})

    assert due() is None


def test_feed_that_nobody_reads_is_not_built(client, clock):
    make_todo()
    made = make_feed()
    make_todo()
    assert due() is None

    assert client.get(made.url).content.count(b"BEGIN:VEVENT") == 2, "until it is asked for"


def test_rolled_back_change_makes_nothing_due(feed):
    from django.db import transaction

    with pytest.raises(RuntimeError), transaction.atomic():
        make_todo()
        raise RuntimeError
    assert due() is None


def test_many_ticks_cost_two_builds_and_few_messages(client, clock, feed, sent):
    """Two hundred in five seconds, with a sweep at each moment that it says it will look."""
    todos = [make_todo(str(number)) for number in range(200)]
    clock.now += 60_000
    client.get(feed.url)
    before = Calendar.objects.get().build_count
    sent.clear()

    ticks = [clock.now + number * 25 for number in range(200)]
    end, look = clock.now + 20_000, clock.now
    while clock.now < end:
        if ticks and ticks[0] <= clock.now:
            ticks.pop(0)
            todo = todos.pop()
            update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"completed": True})
        if look <= clock.now:
            for _ in range(sweep.dispatch_due_calendars()):
                build_calendar(sent[-1][0])
            look = clock.now + int(sweep.WORK.seconds_until_due(most=1) * 1000)
        clock.now += 5

    calendar = Calendar.objects.get()
    assert calendar.build_count - before == len(sent) == 1
    assert calendar.current_revision == TodoList.objects.get().revision
    assert CalendarFile.objects.latest("pk").events == 1


def test_sweep_wakes_when_the_next_calendar_is_due(clock, feed):
    assert sweep.WORK.seconds_until_due(most=1.0) == 1.0

    make_todo()
    assert sweep.WORK.seconds_until_due(most=1.0) == 1.0, "that is for the next round"
    clock.now += 700
    assert sweep.WORK.seconds_until_due(most=1.0) == 0.8
    clock.now += 900
    assert sweep.WORK.seconds_until_due(most=1.0) == 0.0


def test_sweep_does_not_wake_for_what_is_being_built_or_rests(clock, feed):
    make_todo()
    clock.now += 1_500
    builds.claim(feed.feed.calendar_id)

    assert sweep.WORK.seconds_until_due(most=1.0) == 1.0


def test_change_during_a_build_is_built_after_it(clock, feed, sent, monkeypatch):
    make_todo("before")
    clock.now += 1_500
    render = builds._render

    def change_meanwhile(calendar):
        rendered = render(calendar)
        clock.now += 100
        make_todo("meanwhile")
        return rendered

    with monkeypatch.context() as patch:
        patch.setattr(builds, "_render", change_meanwhile)
        build_calendar(feed.feed.calendar_id)
    assert due() == clock.now + 1_500

    clock.now += 1_500
    build_calendar(feed.feed.calendar_id)
    assert b"meanwhile" in bytes(Calendar.objects.get().current_file.body)
    assert due() is None


def test_job_does_not_wait_for_people_to_pause(clock, feed, sent, django_capture_on_commit_callbacks):
    make_todo()
    with django_capture_on_commit_callbacks(execute=True):
        make_job(completed="open")

    assert sent == [(str(feed.feed.calendar_id),)]
