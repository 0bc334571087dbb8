"""What a build owes those who wait for it, whatever happened to the list before it or meanwhile."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from calendars.builds.build import build_calendar, load_calendar
from calendars.builds.sweeper import dispatch_due_calendars
from calendars.models import Calendar, JobStatus
from tests.calendars.conftest import LONG_TITLE, Clock
from tests.factories import make_feed, make_job, make_list, make_todo, make_user, move_todos
from todos.deadlines import Deadline, DeadlineKind
from todos.models import Todo, TodoList
from todos.services import TRASH_DAYS, create_list, create_todo, delete_todo, purge_todos, update_todo

pytestmark = pytest.mark.django_db

# A day with no day after it cannot be rendered.
UNRENDERABLE = Deadline(datetime(9999, 12, 31, tzinfo=UTC), DeadlineKind.DAY)


@pytest.fixture
def turned_back() -> Todo:
    """A todo whose list was put back to what it was, with its revision, after a file of a later one was made."""
    todo = make_todo("as it was")
    kept = Todo.objects.filter(pk=todo.pk).values().get()
    update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"title": "as it is no more"})
    build_calendar(make_job().calendar_id)
    Todo.objects.filter(pk=todo.pk).update(**kept)
    TodoList.objects.update(revision=todo.revision)
    return todo


def test_file_newer_than_its_list_is_not_taken_for_current(turned_back: Todo) -> None:
    job = make_job()
    assert job.status == JobStatus.PENDING
    build_calendar(job.calendar_id)

    job.refresh_from_db()
    assert b"SUMMARY:as it was\r\n" in bytes(job.file.body)
    assert Calendar.objects.get().current_revision == turned_back.revision


def test_feed_of_a_list_that_was_turned_back_shows_the_list(client: Client, turned_back: Todo) -> None:
    assert b"SUMMARY:as it was\r\n" in client.get(make_feed(completed="all").url).content


@pytest.mark.django_db(transaction=True)
def test_who_asks_during_a_build_for_more_than_it_holds_is_seen_to_at_once(
    sent: list[str], while_building: Callable
) -> None:
    make_todo(LONG_TITLE)
    early, late = make_job(), []
    sent.clear()

    def ask_for_more() -> None:
        make_todo("meanwhile")
        late.append(make_job())

    while_building(ask_for_more)
    assert build_calendar(early.calendar_id)

    early.refresh_from_db()
    [late] = late
    assert (early.status, late.status) == (JobStatus.SUCCESS, JobStatus.PENDING)
    assert sent == [str(early.calendar_id)], "nobody has to wait for the sweep"
    assert dispatch_due_calendars() == 0, "nor does the sweep send another"
    build_calendar(sent[0])
    late.refresh_from_db()
    assert b"SUMMARY:meanwhile\r\n" in bytes(late.file.body)


@pytest.mark.django_db(transaction=True)
def test_who_asks_during_a_build_for_what_it_holds_causes_no_other(
    sent: list[str], while_building: Callable
) -> None:
    make_todo(LONG_TITLE)
    early, late = make_job(), []
    sent.clear()

    while_building(lambda: late.append(make_job()))
    assert build_calendar(early.calendar_id)

    late[0].refresh_from_db()
    assert late[0].status == JobStatus.SUCCESS
    assert sent == []
    assert Calendar.objects.get().due_at_ms is None


def test_file_whose_bytes_are_still_right_stays_current_and_is_the_new_jobs_too() -> None:
    make_todo()
    first = make_job()
    build_calendar(first.calendar_id)
    make_todo("in no calendar", None)
    second = make_job()
    build_calendar(second.calendar_id)

    for job in (first, second):
        job.refresh_from_db()
    assert first.file is not None
    assert first.file == second.file == Calendar.objects.get().current_file


def test_change_during_a_build_of_what_nobody_reads_makes_nothing_due(
    clock: Clock, while_building: Callable
) -> None:
    make_todo(LONG_TITLE)
    job = make_job()
    while_building(lambda: make_todo("meanwhile"))
    assert build_calendar(job.calendar_id)

    clock.seconds += 60
    assert dispatch_due_calendars() == 0


def test_todo_that_is_left_out_is_told_though_the_bytes_are_the_same(client: Client) -> None:
    make_todo("Essay")
    made = make_feed()

    def told() -> list[str]:
        client.get(made.url)
        health = client.get(f"/api/v1/feeds/{made.feed.pk}").json()["health"]
        return [left_out["title"] for left_out in health["set_aside"]]

    assert told() == []
    unrenderable = create_todo(todo_list=make_list(), title="The end", due=UNRENDERABLE)
    assert told() == ["The end"]
    delete_todo(todo_list=make_list(), todo_id=unrenderable.pk)
    assert told() == []


@pytest.fixture
def counted(client: Client, settings: object) -> Callable[[], tuple[float, float]]:
    """`counted()` returns how many events were rendered, and how many taken over from the file before."""
    settings.METRICS_TOKEN = "a long token"

    def count() -> tuple[float, float]:
        page = client.get("/metrics", headers={"Authorization": "Bearer a long token"}).text
        found = dict(re.findall(r'^taskoverflow_events_total{how="(.*)"} (.*)$', page, re.MULTILINE))
        return float(found.get("rendered", 0)), float(found.get("reused", 0))

    return count


def test_what_was_rendered_is_counted_apart_from_what_was_taken_over(counted: Callable) -> None:
    before = counted()
    make_todo()
    make_todo()
    build_calendar(make_job().calendar_id)
    make_todo("new")
    build_calendar(make_job().calendar_id)

    after = counted()
    assert (after[0] - before[0], after[1] - before[1]) == (3, 2)


def test_purge_of_what_the_file_is_already_without_renders_nothing_again(counted: Callable) -> None:
    gone, _ = make_todo("goes"), make_todo("stays")
    delete_todo(todo_list=make_list(), todo_id=gone.pk)
    build_calendar(make_job().calendar_id)
    Todo.objects.filter(pk=gone.pk).update(deleted_at=datetime.now(UTC) - timedelta(days=TRASH_DAYS + 1))
    assert purge_todos() == 1
    before = counted()

    make_todo("new")
    build_calendar(make_job().calendar_id)

    after = counted()
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1)


def test_todo_that_left_the_list_leaves_the_file_and_comes_back() -> None:
    user = make_user()
    todo, home, other = make_todo("Essay", user=user), make_list(user), create_list(user=user, name="Uni")

    def titles() -> set[bytes]:
        build_calendar(make_job(user=user).calendar_id)
        return set(re.findall(rb"SUMMARY:(.*)\r", bytes(Calendar.objects.get().current_file.body)))

    assert titles() == {b"Essay"}
    move_todos(user=user, source=home, target=other, todo_ids=[todo.pk])
    make_todo("Bath", user=user)
    assert titles() == {b"Bath"}
    move_todos(user=user, source=home, target=other, todo_ids=[Todo.objects.get(title="Bath").pk])
    move_todos(user=user, source=other, target=home, todo_ids=[todo.pk])
    assert titles() == {b"Essay"}


def test_calendar_that_was_deleted_meanwhile_cannot_be_loaded() -> None:
    calendar_id = make_job().calendar_id
    assert load_calendar(calendar_id).pk == calendar_id
    Calendar.objects.filter(pk=calendar_id).delete()
    with pytest.raises(Calendar.DoesNotExist):
        load_calendar(calendar_id)
