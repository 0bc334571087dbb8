"""The page's numbers are those of the database."""

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calendars.models import Calendar, CalendarJob, JobStatus, Worker
from database.clock import now_ms
from observability.events import Kind, record
from observatory import live, numbers, recorder
from observatory.models import Event
from observatory.numbers import read_numbers
from tests.factories import make_job, make_list, make_todo, make_user
from tests.plans import plan_of

pytestmark = pytest.mark.django_db


def test_empty_system_has_zeros() -> None:
    numbers = read_numbers()
    assert set(numbers.jobs) == set(JobStatus.values)
    assert set(numbers.jobs.values()) == {0}
    assert (numbers.due, numbers.leased, numbers.later, numbers.feeds, numbers.workers) == (0, 0, 0, {}, ())
    assert numbers.oldest_job_seconds is None


def test_jobs_are_counted_by_state_and_the_oldest_waiting_is_known() -> None:
    make_todo()
    jobs = [make_job() for _ in range(4)]
    now = datetime.now(UTC)
    for job, ended in ((jobs[0], now), (jobs[3], now - timedelta(hours=2))):
        CalendarJob.objects.filter(pk=job.pk).update(status=JobStatus.SUCCESS, finished_at=ended)
    CalendarJob.objects.filter(pk=jobs[1].pk).update(created_at=datetime.now(UTC) - timedelta(hours=1))
    numbers = read_numbers()
    assert (numbers.jobs["PENDING"], numbers.jobs["SUCCESS"], numbers.jobs["FAILURE"]) == (2, 1, 0)
    assert 3590 < numbers.oldest_job_seconds < 3700


def test_jobs_that_ended_long_ago_are_not_read() -> None:
    """There may be a million."""
    with CaptureQueriesContext(connection) as queries:
        read_numbers()
    plan = plan_of(queries.captured_queries[-1]["sql"])
    if connection.vendor == "sqlite":  # PostgreSQL may find the few rows of a test by another index
        assert "job_waiting" in plan
        assert "job_by_end" in plan
    assert not re.search("SCAN job$|Seq Scan on calendars_calendarjob", plan, re.MULTILINE)


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"due_at_ms": -5_000}, "is due"),
        ({"due_at_ms": 60_000}, "is due soon"),
        ({"due_at_ms": -5_000, "lease_until_ms": 60_000, "lease_token": "0" * 32}, "is being built"),
        ({"due_at_ms": -5_000, "lease_until_ms": -60_000, "lease_token": "0" * 32}, "was left by its worker"),
        ({"due_at_ms": 60_000, "lease_until_ms": 60_000}, "rests after a failure"),
    ],
)
def test_calendars_are_in_the_state_of_their_row(values: dict, state: str) -> None:
    make_todo()
    job = make_job()
    now = now_ms()
    times = {name: now + value for name, value in values.items() if name.endswith("_ms")}
    Calendar.objects.filter(pk=job.calendar_id).update(attempts=3, **{**values, **times})
    numbers = read_numbers()
    [calendar] = numbers.calendars
    assert (calendar.id, calendar.list_id, calendar.attempts, calendar.state) == (
        job.calendar_id,
        job.calendar.list_id,
        3,
        state,
    )
    counts = (numbers.leased, numbers.resting, numbers.due, numbers.later)
    order = ["is being built", "rests after a failure", "is due", "is due soon"]
    assert counts == tuple(int(one == ("is due" if "left" in state else state)) for one in order)
    assert numbers.due == Calendar.objects.due().count()
    assert numbers.for_lists([]).calendars == ()
    assert numbers.for_lists([make_list().pk]).calendars == (calendar,)


def test_worker_has_the_leases_that_it_has_claimed() -> None:
    make_todo()
    job = make_job()
    Worker.objects.create(id="silent", last_heartbeat_ms=now_ms() - 60_000)
    Worker.objects.create(id="host:1:a", last_heartbeat_ms=now_ms())
    Calendar.objects.update(lease_token="1" * 32, lease_until_ms=now_ms() + 60_000, due_at_ms=now_ms())
    with recorder.recording():
        record(Kind.CLAIM, calendar_id=job.calendar_id, attempt=1)
    Event.objects.update(process="host:1:a")
    first, second = read_numbers().workers
    assert (first.id, first.is_alive, [one.id for one in first.leases]) == ("host:1:a", True, [job.calendar_id])
    assert (second.id, second.is_alive, second.leases) == ("silent", False, ())
    assert [one.leases for one in read_numbers().for_lists([]).workers] == [(), ()]


def test_broker_that_does_not_answer_is_asked_once_for_all_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answers = [], threading.Event()

    def count() -> int:
        asked.append(1)
        answers.wait(60)
        return 7

    monkeypatch.setattr(numbers, "count_messages", count)
    depth = numbers.QueueDepth()
    try:
        assert [depth.latest() for _ in range(5)] == [None] * 5
        assert len(asked) == 1
    finally:
        answers.set()
    depth._asked.result(60)
    assert depth.latest() == 7


def test_pages_ask_the_broker_in_no_thread_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_in = []
    monkeypatch.setattr(numbers, "count_messages", lambda: asked_in.append(threading.current_thread()))
    monkeypatch.setattr(live, "QUEUE_DEPTH", depth := numbers.QueueDepth())
    live.look(live.Watcher(0, False, ""))
    depth._thread.shutdown()
    assert asked_in != []
    assert threading.main_thread() not in asked_in


def test_feeds_are_counted_by_answer_merged_ones_too() -> None:
    with recorder.recording():
        record(Kind.FEED, status=200)
        record(Kind.FEED, status=304, count=40)
        record(Kind.FEED, status=304)
        record(Kind.DOWNLOAD, status=200)
    assert read_numbers().feeds == {"200": 1, "304": 41}


def test_sessions_that_have_ended_are_not_among_them_nor_who_is_no_staff() -> None:
    staff = make_user("staff")
    staff.is_staff = True
    staff.save()
    ada = make_user("ada")
    session, ended = SessionStore(), SessionStore()
    session.create()
    ended.create()
    ended.delete()
    numbers = read_numbers([session.session_key, ended.session_key], [ada.pk, staff.pk, 0])
    assert numbers.sessions == {session.session_key}
    assert numbers.staff == {staff.pk}
