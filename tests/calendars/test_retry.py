"""Trying failed jobs again: the same jobs wait once more, however often and by however many it is asked for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from calendars.builds import build, sweeper
from calendars.builds.build import GAVE_UP, build_calendar
from calendars.jobs.progress import get_progress
from calendars.jobs.services import retry_jobs
from calendars.metrics_collectors import CalendarCollector
from calendars.models import Calendar, CalendarFile, CalendarJob, JobStatus
from observatory.numbers import read_numbers
from tests.calendars.conftest import LONG_TITLE, Clock
from tests.crowd import together
from tests.factories import PASSWORD, make_job, make_list, make_todo, make_user, share

pytestmark = pytest.mark.django_db
DAY_SECONDS = 86_400


def fail(job: CalendarJob) -> CalendarJob:
    """Have the job's calendar given up, as its last attempt does."""
    Calendar.objects.filter(pk=job.calendar_id).update(due_at_ms=None, attempts=0)
    CalendarJob.objects.filter(pk=job.pk).fail(job.calendar, GAVE_UP)
    return job


def retry(*jobs: CalendarJob) -> int:
    return retry_jobs(CalendarJob.objects.filter(pk__in=[job.pk for job in jobs]))


def read(job: CalendarJob) -> CalendarJob:
    return CalendarJob.objects.get(pk=job.pk)


@pytest.mark.django_db(transaction=True)
def test_failed_job_waits_again_and_its_calendar_is_due(sent: list[str]) -> None:
    make_todo()
    job = fail(make_job())
    sent.clear()

    assert retry(job) == 1

    waiting = read(job)
    assert (waiting.status, waiting.error, waiting.started_at, waiting.finished_at) == ("PENDING", "", None, None)
    assert waiting.retried_at is not None
    assert sent == [str(job.calendar_id)]
    build_calendar(job.calendar_id)
    assert read(job).status == JobStatus.SUCCESS
    assert read(job).file_id is not None


@pytest.mark.django_db(transaction=True)
def test_retrying_twice_does_nothing_more(sent: list[str]) -> None:
    job = fail(make_job())
    sent.clear()
    assert [retry(job), retry(job)] == [1, 0]
    assert (len(sent), CalendarJob.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_many_who_retry_at_once_retry_each_job_once(sent: list[str]) -> None:
    make_todo()
    first, second, other = fail(make_job()), fail(make_job()), fail(make_job(completed="open"))
    sent.clear()

    retried = together(*[lambda: retry(first, second, other)] * 4)

    assert sum(retried) == 3
    assert sorted(sent) == sorted({str(first.calendar_id), str(other.calendar_id)})
    assert set(CalendarJob.objects.values_list("status", flat=True)) == {"PENDING"}


def test_jobs_that_have_not_failed_stay_as_they_are() -> None:
    waiting, done, cancelled = make_job(), make_job(completed="done"), make_job(completed="open")
    build_calendar(done.calendar_id)
    CalendarJob.objects.filter(pk=cancelled.pk).revoke()
    before = list(CalendarJob.objects.order_by("pk").values())
    assert retry(waiting, done, cancelled) == 0
    assert list(CalendarJob.objects.order_by("pk").values()) == before


@pytest.mark.django_db(transaction=True)
def test_build_that_is_under_way_finishes_a_job_that_is_retried_meanwhile(
    sent: list[str], while_building: Callable
) -> None:
    make_todo(LONG_TITLE)
    failed = fail(make_job())
    other = make_job()
    sent.clear()
    while_building(lambda: together(lambda: retry(failed)))

    build_calendar(other.calendar_id)

    assert {read(failed).status, read(other).status} == {JobStatus.SUCCESS}
    assert sent == []  # the build that was under way was enough
    assert CalendarFile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_job_is_not_finished_by_an_older_file(sent: list[str], while_building: Callable) -> None:
    """A build that began before the job's revision leaves it waiting, and sends for another."""
    make_todo(LONG_TITLE)
    first = make_job()

    def change_and_retry() -> None:
        make_todo("added meanwhile")
        retry(fail(make_job()))

    while_building(lambda: together(change_and_retry))
    build_calendar(first.calendar_id)
    assert CalendarJob.objects.filter(status=JobStatus.SUCCESS).count() == 1
    waiting = CalendarJob.objects.get(status=JobStatus.PENDING)
    build_calendar(first.calendar_id)
    assert read(waiting).status == JobStatus.SUCCESS
    assert read(waiting).file.revision >= waiting.revision


def test_retried_job_has_five_attempts_again(clock: Clock) -> None:
    job = make_job()
    Calendar.objects.update(options_key="no JSON")
    for _ in range(5):
        build_calendar(job.calendar_id)
        clock.seconds += 60
    assert read(job).status == JobStatus.FAILURE
    retry(job)
    for expected in (*["STARTED"] * 4, "FAILURE"):
        build_calendar(job.calendar_id)
        assert read(job).status == expected
        clock.seconds += 60


@pytest.mark.parametrize("ends_well", [True, False])
def test_age_of_a_retried_job_begins_anew(ends_well: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is to be called because of the days that it lay there as failed."""
    job = fail(make_job())
    CalendarJob.objects.update(created_at=datetime.now(UTC) - timedelta(days=3))
    retry(job)

    [oldest] = [one for one in CalendarCollector().collect() if one.name == "taskoverflow_oldest_job_seconds"]
    assert oldest.samples[0].value < DAY_SECONDS
    assert read_numbers().oldest_job_seconds < DAY_SECONDS
    assert not get_progress(read(job)).is_without_worker

    asked, ended = [], []
    monkeypatch.setattr(build, "observe_jobs", lambda moments, status: asked.extend(moments))
    monkeypatch.setattr(build.tracing, "end_jobs", lambda jobs, **how: ended.extend(at for at, _ in jobs))
    if not ends_well:
        Calendar.objects.update(options_key="no JSON", attempts=4)
    build_calendar(job.calendar_id)
    assert read(job).status == ("SUCCESS" if ends_well else "FAILURE")
    assert asked == ended == [read(job).retried_at]


def test_sweep_keeps_a_job_that_is_retried_while_it_deletes(settings: object, monkeypatch: object) -> None:
    settings.MAX_FINISHED_JOBS = 1
    oldest = fail(make_job())
    fail(make_job())
    for_jobs = sweeper._for_jobs

    def retry_first(jobs: object, change: Callable) -> int:
        retry(oldest)
        return for_jobs(jobs, change)

    monkeypatch.setattr(sweeper, "_for_jobs", retry_first)
    sweeper._delete_excess_jobs()
    assert read(oldest).status == JobStatus.PENDING


# --- By people ---


def test_failed_export_can_be_tried_again_on_its_page(client: Client) -> None:
    job = fail(make_job())
    page = client.get(f"/exports/{job.pk}")
    assert f'action="/exports/{job.pk}/retry"' in page.text
    assert f'action="/exports/{job.pk}/retry"' in client.get("/exports").text
    for _ in range(2):
        assert client.post(f"/exports/{job.pk}/retry")["Location"] == f"/exports/{job.pk}"
    assert CalendarJob.objects.get().status == JobStatus.PENDING
    assert "/retry" not in client.get(f"/exports/{job.pk}").text


def test_members_may_try_again_and_strangers_find_no_job(client: Client) -> None:
    owner, viewer, stranger = make_user("ada"), make_user("vic"), make_user("eve")
    job = fail(make_job(owner))
    share(make_list(owner), viewer)
    address = f"/lists/{job.calendar.list_id}/exports/{job.pk}/retry"
    client.force_login(stranger)
    assert client.post(address).status_code == 404
    assert client.post(f"/exports/{job.pk}/retry").status_code == 404
    assert read(job).status == JobStatus.FAILURE
    client.force_login(viewer)
    assert client.post(address).status_code == 302
    assert read(job).status == JobStatus.PENDING


def test_admin_retries_all_that_are_selected(client: Client) -> None:
    failed, waiting = fail(make_job(make_user("ada"))), make_job()
    keeper = User.objects.create_user("keeper", password=PASSWORD, is_staff=True)
    keeper.user_permissions.add(Permission.objects.get(codename="view_calendarjob"))
    client.force_login(keeper)
    selected = {"action": "retry", "_selected_action": [str(failed.pk), str(waiting.pk)]}
    client.post("/admin/calendars/calendarjob/", selected)
    assert read(failed).status == JobStatus.FAILURE
    keeper.user_permissions.add(Permission.objects.get(codename="change_calendarjob"))
    answer = client.post("/admin/calendars/calendarjob/", selected | {"select_across": "1"}, follow=True)
    assert "Retried 1 job" in answer.text
    assert read(failed).status == JobStatus.PENDING
