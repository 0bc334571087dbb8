"""The bytes of finished jobs' files that a list keeps: the files that were asked for first expire early."""

import threading

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calendars.builds import build as builds
from calendars.builds import file_quota
from calendars.builds import sweeper as sweep
from calendars.builds.build import build_calendar
from calendars.builds.file_quota import expire_excess_files
from calendars.jobs.services import request_own_calendar
from calendars.models import Calendar, CalendarFile, CalendarJob
from calendars.options import CalendarOptions
from tests.factories import make_feed, make_job, make_list, make_todo, make_user
from todos.services import update_todo

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_finished_job():
    """`make_finished_job()` changes the list and returns a job whose file shows that."""
    todo = make_todo()

    def make(**options):
        update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"title": f"Title {todo.sequence:03}"})
        todo.sequence += 1
        job = make_job(**options)
        assert build_calendar(job.calendar_id)
        job.refresh_from_db()
        return job

    return make


def keep(settings, *jobs):
    """Have a list keep the files of so many jobs."""
    settings.MAX_JOB_FILES_BYTES = sum(job.file.size for job in jobs)


def files():
    return set(CalendarFile.objects.values_list("pk", flat=True))


def test_oldest_files_expire_when_the_sweeper_finds_too_many_bytes(settings, client, make_finished_job):
    jobs = [make_finished_job() for _ in range(4)]
    keep(settings, *jobs[2:])

    assert sweep.sweep().files_expired == 2

    assert files() == {job.file_id for job in jobs[2:]}
    answers = [client.get(f"/api/v1/todos/ical/{job.pk}/result").status_code for job in jobs]
    assert answers == [410, 410, 200, 200]
    statuses = [client.get(f"/api/v1/todos/ical/{job.pk}/status").json()["task_status"] for job in jobs]
    assert statuses == ["SUCCESS"] * 4
    assert sweep.sweep().files_expired == 0


def test_large_file_makes_room_for_itself(settings, make_finished_job, monkeypatch):
    jobs = [make_finished_job() for _ in range(2)]
    keep(settings, *jobs)
    monkeypatch.setattr(builds, "LARGE_BYTES", 1)

    jobs.append(make_finished_job())

    assert files() == {job.file_id for job in jobs[1:]}


def test_file_that_many_jobs_share_counts_once_and_from_its_last_job(settings, make_finished_job):
    shared = make_finished_job(completed="open")
    other = make_finished_job()
    again = [make_job(completed="open") for _ in range(5)]
    build_calendar(shared.calendar_id)
    build_calendar(shared.calendar_id)
    for job in again:
        job.refresh_from_db()
    last = again[-1].file_id
    settings.MAX_JOB_FILES_BYTES = again[-1].file.size + other.file.size

    sweep.sweep()

    assert files() == {last, other.file_id}
    settings.MAX_JOB_FILES_BYTES = again[-1].file.size
    sweep.sweep()
    assert files() == {last}
    assert CalendarJob.objects.filter(file=last).count() == 5


def test_last_file_stays_however_large(settings, make_finished_job):
    jobs = [make_finished_job() for _ in range(2)]
    settings.MAX_JOB_FILES_BYTES = 1

    sweep.sweep()

    assert files() == {jobs[-1].file_id}


def test_current_files_of_many_options_count_too(settings, make_finished_job):
    jobs = [make_finished_job(alarm_minutes=minutes) for minutes in range(4)]
    keep(settings, jobs[-1])

    sweep.sweep()

    assert files() == {jobs[-1].file_id}
    again = make_job(alarm_minutes=0)
    assert build_calendar(again.calendar_id)
    again.refresh_from_db()
    assert again.file is not None


def test_files_of_feeds_and_of_other_lists_stay(settings, client, make_finished_job):
    feed = make_feed(name="Mine")
    assert client.get(feed.url).status_code == 200
    theirs = make_job(make_user())
    build_calendar(theirs.calendar_id)
    jobs = [make_finished_job() for _ in range(3)]
    settings.MAX_JOB_FILES_BYTES = jobs[0].file.size
    shown = Calendar.objects.get(feeds=feed.feed.pk).current_file_id

    sweep.sweep()

    theirs.refresh_from_db()
    assert files() == {shown, theirs.file_id, jobs[-1].file_id}


def test_file_that_a_build_reads_stays(settings, make_finished_job):
    jobs = [make_finished_job(alarm_minutes=minutes) for minutes in range(2)]
    settings.MAX_JOB_FILES_BYTES = 1
    builds.claim(jobs[0].calendar_id)

    sweep.sweep()

    assert files() == {job.file_id for job in jobs}


def test_deleting_files_does_not_read_them(settings, make_finished_job):
    jobs = [make_finished_job() for _ in range(3)]
    settings.MAX_JOB_FILES_BYTES = 1
    CalendarJob.objects.filter(pk=jobs[1].pk).delete()
    CalendarFile.objects.update(created_at="2020-01-01T00:00:00Z")

    with CaptureQueriesContext(connection) as queries:
        sweep.sweep()

    assert files() == {jobs[-1].file_id}
    assert [query["sql"] for query in queries if "body" in query["sql"]] == []


def test_list_that_is_gone_has_no_excess(settings, make_finished_job, monkeypatch):
    jobs = [make_finished_job() for _ in range(2)]
    settings.MAX_JOB_FILES_BYTES = 1
    monkeypatch.setattr(file_quota, "_excess", lambda list_id: [jobs[0].file_id])

    assert file_quota.expire_excess_files_of(make_list().pk + 1_000) == 0


@pytest.mark.parametrize(("look", "status"), [(2, "SUCCESS"), (3, "PENDING")])
@pytest.mark.django_db(transaction=True)
def test_job_that_takes_a_file_that_is_being_deleted(settings, make_finished_job, monkeypatch, look, status):
    """The job is first, and the file stays; or the file is locked already, and the job waits for another one."""
    old = make_finished_job()
    newer = make_job(completed="open")
    assert build_calendar(newer.calendar_id)
    settings.MAX_JOB_FILES_BYTES = 1
    asked, looks, excess = [], [], file_quota._excess

    def ask():
        asked.append(request_own_calendar(user=AnonymousUser(), options=CalendarOptions()))
        connection.close()

    asking = threading.Thread(target=ask)

    def excess_and_ask(list_id):
        looks.append(list_id)
        found = excess(list_id)
        if len(looks) == look and connection.vendor == "postgresql":
            asking.start()
            asking.join(0.5)  # it ends unless the file is locked
        return found

    monkeypatch.setattr(file_quota, "_excess", excess_and_ask)
    expire_excess_files()
    if connection.vendor == "sqlite":  # one writes after the other
        asking.start()
        status = "PENDING"
    asking.join()

    job = CalendarJob.objects.get(pk=asked[0].pk)
    assert job.status == status
    assert (job.file_id == old.file_id) == (status == "SUCCESS")
    assert build_calendar(job.calendar_id)
    job.refresh_from_db()
    assert job.file is not None
