"""The contract's calls of a calendar job, without a worker unless a test says so."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from calendars.builds.build import GAVE_UP, build_calendar
from calendars.jobs import services as jobs
from calendars.models import CalendarFile, CalendarJob, JobStatus
from calendars.options import CalendarOptions
from tests.factories import make_job, make_todo, make_user

pytestmark = pytest.mark.django_db
URL = "/api/v1/todos/ical"
PUBLISHED_LINES = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Taskoverflow Calendar//mxm.dk//
BEGIN:VEVENT
SUMMARY:Project Proposal
DTSTART:20230403T140000
DESCRIPTION:CSSE6400 Project Proposal Due
END:VEVENT
END:VCALENDAR
""".splitlines()


def path(job, tail):
    return f"{URL}/{job.pk}/{tail}"


def make_finished_job(**options):
    job = make_job(**options)
    assert build_calendar(job.calendar_id)
    job.refresh_from_db()
    return job


def test_asking_answers_202_with_absolute_urls(client):
    response = client.post(URL)

    job = CalendarJob.objects.get()
    status_url = f"http://testserver{URL}/{job.pk}/status"
    assert response.status_code == 202
    assert response.json() == {"task_id": str(job.pk), "task_url": status_url}
    assert response.headers["Location"] == status_url
    assert job.status == JobStatus.PENDING


def test_public_url_is_what_clients_are_told(client, settings):
    settings.PUBLIC_URL = "https://todo.example.org"

    assert client.post(URL).json()["task_url"].startswith("https://todo.example.org/api/v1/todos/ical/")


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data", ""])
def test_empty_body_is_fine_whatever_its_content_type(client, content_type):
    assert client.generic("POST", URL, b"", content_type=content_type).status_code == 202


@pytest.mark.parametrize(
    ("query", "completed"), [("", "all"), ("?completed=true", "done"), ("?completed=false", "open")]
)
def test_completed_narrows_the_calendar(client, query, completed):
    client.post(f"{URL}{query}")

    assert CalendarJob.objects.get().calendar.options == CalendarOptions(completed=completed)


def test_other_value_of_completed_is_a_400(client):
    assert client.post(f"{URL}?completed=maybe").status_code == 400
    assert not CalendarJob.objects.exists()


def test_status_follows_the_job(client):
    job = make_job()

    pending = client.get(path(job, "status")).json()
    build_calendar(job.calendar_id)
    done = client.get(path(job, "status")).json()

    assert (pending["task_id"], pending["task_status"]) == (str(job.pk), "PENDING")
    assert (done["task_status"], done["error"]) == ("SUCCESS", None)
    assert done["result_url"] == f"http://testserver{path(job, 'result')}"


def test_result_has_the_published_lines(client):
    make_todo("Project Proposal", "2023-04-03T14:00:00", description="CSSE6400 Project Proposal Due")
    make_todo("Somewhen", None)

    response = client.get(path(make_finished_job(), "result"))

    lines = response.content.decode().split("\r\n")
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="todos.ics"'
    assert [line for line in lines if line in PUBLISHED_LINES] == PUBLISHED_LINES
    assert not any("Somewhen" in line for line in lines)


def test_result_is_the_file_whatever_a_browser_accepts(client):
    response = client.get(path(make_finished_job(), "result"), headers={"Accept": "text/html,*/*;q=0.8"})

    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"


def test_result_before_the_end_is_a_404_that_says_so(client):
    response = client.get(path(make_job(), "result"))

    assert (response.status_code, response.json()) == (404, {"error": "Task not finished"})


def test_result_after_a_failure_says_so(client):
    job = make_job()
    CalendarJob.objects.all().fail(job.calendar, GAVE_UP)

    response = client.get(path(job, "result"))

    assert (response.status_code, response.json()) == (404, {"error": f"The task failed: {GAVE_UP}"})
    assert client.get(path(job, "status")).json()["error"] == GAVE_UP


def test_result_after_its_time_is_a_410_and_the_status_stays(client):
    job = make_finished_job()
    CalendarJob.objects.update(finished_at=datetime.now(UTC) - timedelta(hours=25))

    assert client.get(path(job, "result")).status_code == 410
    assert client.get(path(job, "status")).json()["task_status"] == "SUCCESS"


def test_cancelling_ends_a_waiting_job(client):
    job = make_job()

    response = client.delete(f"{URL}/{job.pk}")
    build_calendar(job.calendar_id)

    assert (response.status_code, response.json()["task_status"]) == (200, "REVOKED")
    assert client.get(path(job, "status")).json()["task_status"] == "REVOKED"
    assert "cancelled" in client.get(path(job, "result")).json()["error"]


def test_cancelling_leaves_a_finished_job_as_it_is(client):
    job = make_finished_job()

    assert client.delete(f"{URL}/{job.pk}").json()["task_status"] == "SUCCESS"
    assert client.get(path(job, "result")).status_code == 200


@pytest.mark.parametrize("tail", ["", "/status", "/result"])
def test_somebody_elses_job_does_not_exist(client, tail):
    job = make_job(make_user("ada"))
    client.force_login(make_user("bob"))
    method = client.get if tail else client.delete

    for job_id in (job.pk, uuid.uuid4()):
        response = method(f"{URL}/{job_id}{tail}")
        assert (response.status_code, list(response.json())) == (404, ["error"])
    assert CalendarJob.objects.get().status == JobStatus.PENDING


@pytest.mark.parametrize("job_id", ["1", "nonsense", "0" * 36])
def test_id_of_no_form_is_a_404(client, job_id):
    response = client.get(f"{URL}/{job_id}/status")

    assert (response.status_code, list(response.json())) == (404, ["error"])


def test_private_mode_needs_a_user(client, settings):
    job = make_finished_job()
    settings.MODE = "private"

    assert client.post(URL).status_code == 401
    assert client.get(path(job, "result")).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_asking_a_real_worker_ends_in_a_file(client, workers, wait_for):
    make_todo("Essay")
    status_path = client.post(URL).json()["task_url"].removeprefix("http://testserver")

    wait_for(lambda: client.get(status_path).json()["task_status"] == "SUCCESS")

    result_path = client.get(status_path).json()["result_url"].removeprefix("http://testserver")
    assert b"SUMMARY:Essay\r\n" in client.get(result_path).content


@pytest.mark.django_db(transaction=True)
def test_file_that_is_deleted_while_a_job_takes_it_is_made_anew(client, monkeypatch):
    make_finished_job()
    is_current = jobs.is_current

    def delete_it(calendar):
        answer = is_current(calendar)
        CalendarFile.objects.all().delete()
        return answer

    monkeypatch.setattr(jobs, "is_current", delete_it)

    job = CalendarJob.objects.get(pk=client.post(URL).json()["task_id"])
    assert (job.status, job.file_id) == (JobStatus.PENDING, None)
    build_calendar(job.calendar_id)
    assert client.get(path(job, "result")).status_code == 200
