"""Builds that fail, are stopped or are given up: what is left to do, for whom, and when."""

import time
from collections.abc import Callable

import pytest
from django.test import Client
from dramatiq.middleware import Shutdown

from calendars.builds import sweeper as sweep
from calendars.builds.build import Outcome, build_calendar
from calendars.models import Calendar, CalendarJob, JobStatus
from tests.calendars.conftest import LONG_TITLE, Clock
from tests.factories import make_feed, make_job, make_list, make_todo, make_user
from todos.models import TodoList
from todos.services import erase_list

pytestmark = pytest.mark.django_db


def spoil(job: CalendarJob) -> str:
    """Make the calendar one that cannot be built; return what mends it."""
    mended = job.calendar.options_key
    Calendar.objects.filter(pk=job.calendar_id).update(options_key="no JSON")
    return mended


def states() -> list[str]:
    return list(CalendarJob.objects.order_by("created_at").values_list("status", flat=True))


def test_rest_doubles_with_each_attempt_and_after_the_fifth_there_is_none(clock: Clock) -> None:
    job, other = make_job(), make_job(make_user())
    spoil(job)
    rests = []
    build_calendar(job.calendar_id)
    while states()[0] != JobStatus.FAILURE:
        begun = clock.seconds
        while build_calendar(job.calendar_id) == Outcome.SKIPPED:
            clock.seconds += 1
        rests.append(clock.seconds - begun)

    assert rests == [1, 2, 4, 8]
    assert states() == [JobStatus.FAILURE, JobStatus.PENDING]
    assert build_calendar(other.calendar_id) == Outcome.FINISHED


def test_fifth_attempt_may_be_the_one_that_succeeds(clock: Clock) -> None:
    make_todo()
    job = make_job()
    options_key = spoil(job)
    for _ in range(4):
        assert build_calendar(job.calendar_id) == Outcome.FAILED
        clock.seconds += 60
    Calendar.objects.update(options_key=options_key)

    assert build_calendar(job.calendar_id) == Outcome.FINISHED
    assert states() == [JobStatus.SUCCESS]
    assert Calendar.objects.get().attempts == 0


def test_calendar_that_was_given_up_rests_no_more_and_nobody_looks_at_it(client: Client, clock: Clock) -> None:
    make_todo()
    made = make_feed(completed="all")
    client.get(made.url)
    make_todo("a change that makes it due")
    job = make_job()
    options_key = spoil(job)
    for _ in range(5):
        clock.seconds += 60
        build_calendar(job.calendar_id)

    clock.seconds += 60
    assert states() == [JobStatus.FAILURE]
    assert sweep.dispatch_due_calendars() == 0
    Calendar.objects.update(options_key=options_key)
    assert client.get(made.url).content.count(b"BEGIN:VEVENT") == 2


def test_one_calendars_failures_are_not_anothers(clock: Clock) -> None:
    fresh, tired = make_job(make_user("fresh")), make_job(make_user("tired"))
    spoil(fresh)
    spoil(tired)
    for _ in range(4):
        build_calendar(tired.calendar_id)
        clock.seconds += 60

    build_calendar(fresh.calendar_id)
    assert states() == [JobStatus.STARTED, JobStatus.STARTED]
    build_calendar(tired.calendar_id)
    assert states() == [JobStatus.STARTED, JobStatus.FAILURE]


def test_failures_are_counted_by_job(clock: Clock, client: Client, settings: object) -> None:
    settings.METRICS_TOKEN = "a long token"
    name = 'taskoverflow_job_seconds_count{status="FAILURE"} '

    def failures() -> float:
        page = client.get("/metrics", headers={"Authorization": "Bearer a long token"}).text
        return sum(float(line.removeprefix(name)) for line in page.splitlines() if line.startswith(name))

    before = failures()
    job, _, _ = make_job(), make_job(), make_job(make_user())
    spoil(job)
    for _ in range(5):
        build_calendar(job.calendar_id)
        clock.seconds += 60
    assert failures() - before == 2


@pytest.mark.django_db(transaction=True)
def test_worker_that_is_stopped_leaves_its_build_to_the_next_at_once(
    clock: Clock, sent: list[str], while_building: Callable
) -> None:
    def stop() -> None:
        raise Shutdown

    make_todo(LONG_TITLE)
    job = make_job()
    sent.clear()
    while_building(stop)

    with pytest.raises(Shutdown):
        build_calendar(job.calendar_id)

    assert sent == [str(job.calendar_id)]
    assert build_calendar(sent[0]) == Outcome.FINISHED
    assert states() == [JobStatus.SUCCESS]


def test_list_that_goes_before_it_is_read_ends_the_build_quietly(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def delete_meanwhile(seconds: float) -> None:
        if TodoList.objects.exists():
            erase_list(todo_list=make_list())

    monkeypatch.setattr(time, "sleep", delete_meanwhile)
    job = make_job()

    assert build_calendar(job.calendar_id, delay_seconds=0.01) == Outcome.SKIPPED
    assert [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}] == []


def test_builds_take_as_long_as_is_wanted_where_somebody_watches(
    settings: object, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    make_todo()
    build_calendar(make_job(make_user("hurried")).calendar_id)
    assert pauses == []

    settings.CALENDAR_BUILD_DELAY_SECONDS = 0.01
    job = make_job()
    client.get(make_feed().url)
    assert pauses == [], "a request for a feed does not take the delay"
    build_calendar(job.calendar_id, delay_seconds=0.01)
    assert pauses
    assert max(pauses) <= 0.01


def test_build_that_fails_for_a_list_that_is_gone_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def delete_and_fail(seconds: float) -> None:
        erase_list(todo_list=make_list())
        raise RuntimeError

    monkeypatch.setattr(time, "sleep", delete_and_fail)

    assert build_calendar(make_job().calendar_id, delay_seconds=0.01) == Outcome.FAILED
    assert not Calendar.objects.exists()
