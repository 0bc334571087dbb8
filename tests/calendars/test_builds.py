"""The life of a build, step by step."""

import uuid

import pytest
from dramatiq.middleware import Shutdown, TimeLimitExceeded

from calendars.builds import build as builds
from calendars.builds.build import MAX_ATTEMPTS, build_calendar
from calendars.ical import renderer as ical
from calendars.models import Calendar, CalendarFile, CalendarJob, JobStatus
from database.clock import now_ms
from tests.factories import make_job, make_list, make_todo
from todos.services import update_todo

pytestmark = pytest.mark.django_db


def statuses():
    return list(CalendarJob.objects.order_by("created_at").values_list("status", flat=True))


def let_lease_end():
    Calendar.objects.update(lease_until_ms=now_ms())


def test_one_build_finishes_every_job_that_waits_for_it():
    make_todo()
    job, *_ = [make_job() for _ in range(5)]

    assert build_calendar(job.calendar_id)

    assert statuses() == [JobStatus.SUCCESS] * 5
    assert CalendarFile.objects.count() == 1
    calendar = Calendar.objects.get()
    assert (calendar.due_at_ms, calendar.lease_token, calendar.lease_until_ms, calendar.attempts) == (
        None,
        None,
        None,
        0,
    )


def test_job_is_born_finished_where_the_file_stands():
    make_todo()
    build_calendar(make_job().calendar_id)

    job = make_job()

    assert (job.status, job.file) == (JobStatus.SUCCESS, CalendarFile.objects.get())
    assert Calendar.objects.get().due_at_ms is None


def test_change_after_the_file_makes_the_next_job_wait():
    todo = make_todo("old title")
    build_calendar(make_job().calendar_id)
    update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"title": "new title"})

    job = make_job()
    assert job.status == JobStatus.PENDING
    build_calendar(job.calendar_id)

    job.refresh_from_db()
    assert b"new title" in bytes(job.file.body)


def test_new_revision_with_the_same_bytes_keeps_the_file():
    make_todo()
    build_calendar(make_job().calendar_id)
    make_todo("in no calendar", None)

    build_calendar(make_job().calendar_id)

    assert statuses() == [JobStatus.SUCCESS] * 2
    assert CalendarFile.objects.count() == 1
    assert Calendar.objects.get().current_revision == 2


def test_job_that_asks_for_more_than_the_snapshot_holds_waits_for_the_next_build(monkeypatch):
    make_todo("first")
    early = make_job()
    late = []
    render = builds._render

    def ask_meanwhile(calendar):
        rendered = render(calendar)
        if not late:
            make_todo("second")
            late.append(make_job())
        return rendered

    monkeypatch.setattr(builds, "_render", ask_meanwhile)
    assert build_calendar(early.calendar_id)
    assert statuses() == [JobStatus.SUCCESS, JobStatus.PENDING]
    assert Calendar.objects.get().due_at_ms is not None

    assert build_calendar(early.calendar_id)
    late[0].refresh_from_db()
    assert b"second" in bytes(late[0].file.body)


def test_nudge_that_finds_the_lease_held_does_nothing():
    job = make_job()
    Calendar.objects.update(lease_token=uuid.uuid4(), lease_until_ms=now_ms() + 10_000)

    assert not build_calendar(job.calendar_id)
    assert statuses() == [JobStatus.PENDING]


def test_build_that_lost_its_lease_writes_nothing(monkeypatch):
    make_todo()
    job = make_job()
    render = builds._render

    def lose_the_lease(calendar):
        let_lease_end()
        assert builds.claim(calendar.pk)
        return render(calendar)

    monkeypatch.setattr(builds, "_render", lose_the_lease)

    assert not build_calendar(job.calendar_id)
    assert statuses() == [JobStatus.STARTED]
    assert not CalendarFile.objects.exists()


def test_failing_build_backs_off_and_ends_as_a_failure(monkeypatch):
    def fail(*args):
        raise ZeroDivisionError("todo text that nobody may see")

    monkeypatch.setattr(builds, "_render", fail)
    job = make_job()

    for attempt in range(1, MAX_ATTEMPTS):
        assert not build_calendar(job.calendar_id)
        calendar = Calendar.objects.get()
        assert (calendar.attempts, calendar.lease_token) == (attempt, None)
        assert calendar.lease_until_ms == calendar.due_at_ms > now_ms()
        assert not build_calendar(job.calendar_id), "a message that comes early finds it resting"
        assert Calendar.objects.get().attempts == attempt
        let_lease_end()
    build_calendar(job.calendar_id)

    job.refresh_from_db()
    assert (job.status, job.error) == (JobStatus.FAILURE, builds.GAVE_UP)
    calendar = Calendar.objects.get()
    assert (calendar.due_at_ms, calendar.attempts) == (None, 0)


def test_build_that_kills_its_worker_every_time_ends_as_a_failure():
    job = make_job()
    for _ in range(MAX_ATTEMPTS):
        assert builds.claim(job.calendar_id)  # and then nothing more is heard of it
        let_lease_end()

    build_calendar(job.calendar_id)

    assert statuses() == [JobStatus.FAILURE]


def test_stopping_the_worker_gracefully_uses_up_no_attempt(monkeypatch):
    make_todo()
    job = make_job()

    def stop(calendar):
        raise Shutdown

    with monkeypatch.context() as patch:
        patch.setattr(builds, "_render", stop)
        for _ in range(MAX_ATTEMPTS + 1):
            with pytest.raises(Shutdown):
                build_calendar(job.calendar_id)
    assert statuses() == [JobStatus.STARTED]
    assert Calendar.objects.due().exists(), "another worker may continue at once"

    assert build_calendar(job.calendar_id)

    assert statuses() == [JobStatus.SUCCESS]


def test_build_that_never_ends_in_time_ends_as_a_failure(monkeypatch):
    job = make_job()

    def take_too_long(calendar):
        raise TimeLimitExceeded

    monkeypatch.setattr(builds, "_render", take_too_long)
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(TimeLimitExceeded):
            build_calendar(job.calendar_id)
        let_lease_end()

    assert statuses() == [JobStatus.FAILURE]


def test_failed_job_is_found_in_the_log_by_its_id(monkeypatch, caplog):
    def fail(*args):
        raise ZeroDivisionError

    monkeypatch.setattr(builds, "_render", fail)
    job = make_job()

    for _ in range(MAX_ATTEMPTS):
        build_calendar(job.calendar_id)
        let_lease_end()

    failures = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [record.attempt for record in failures] == [1, 2, 3, 4, 5, 5]
    assert {(tuple(record.jobs), record.list) for record in failures} == {((str(job.pk),), make_list().pk)}
    assert failures[0].exc_info, "why the attempt failed"
    assert str(job.pk) in failures[-1].getMessage(), "also where lines are plain text"


def test_failure_is_not_for_ever(monkeypatch):
    make_todo()
    job = make_job()
    Calendar.objects.update(attempts=MAX_ATTEMPTS)
    build_calendar(job.calendar_id)

    again = make_job()
    assert build_calendar(again.calendar_id)
    assert sorted(statuses()) == [JobStatus.FAILURE, JobStatus.SUCCESS]


@pytest.mark.parametrize(
    "calendar_id", [0, 10**30, "", "x", "1; DROP TABLE", "-1", "٣", "e3e70682-c209-4cac-a29f-6fbed82c07cd"]
)
def test_message_for_no_calendar_is_dropped(calendar_id):
    assert not build_calendar(calendar_id)


def test_list_deleted_meanwhile_ends_the_build_quietly(monkeypatch):
    job = make_job()
    render = builds._render

    def delete_the_list(calendar):
        make_list().delete()
        return render(calendar)

    monkeypatch.setattr(builds, "_render", delete_the_list)

    assert not build_calendar(job.calendar_id)
    assert not CalendarJob.objects.exists()


def test_new_renderer_makes_the_file_anew(monkeypatch):
    make_todo()
    build_calendar(make_job().calendar_id)
    monkeypatch.setattr(ical, "RENDERER_VERSION", ical.RENDERER_VERSION + 1)

    job = make_job()
    assert job.status == JobStatus.PENDING
    build_calendar(job.calendar_id)

    assert set(CalendarFile.objects.values_list("renderer", flat=True)) == {
        ical.RENDERER_VERSION - 1,
        ical.RENDERER_VERSION,
    }
