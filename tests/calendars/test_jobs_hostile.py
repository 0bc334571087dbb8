"""The calendar job's addresses with ids, parameters and bodies of every other form."""

import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client

from calendars.models import CalendarJob
from tests.hostile import BROKEN_BODIES, JSON, STRANGE_IDS, assert_refused

pytestmark = pytest.mark.django_db
JOBS = "/api/v1/todos/ical"


@pytest.mark.parametrize("suffix", ["", "/status", "/result"])
@pytest.mark.parametrize(
    "job_id", [*STRANGE_IDS, str(uuid.UUID(int=0)), str(uuid.UUID(int=2**128 - 1)), "x" * 4000]
)
def test_strange_id_finds_nothing(client: Client, job_id: str, suffix: str) -> None:
    answer = client.generic("GET" if suffix else "DELETE", f"{JOBS}/{job_id}{suffix}")
    assert_refused(answer, answer.status_code)
    assert answer.status_code in {404, 405}


@pytest.mark.parametrize("content_type", [JSON, "", "text/plain", "application/x-www-form-urlencoded", "nonsense"])
def test_empty_body_is_fine_whatever_its_type(client: Client, content_type: str) -> None:
    answer = client.generic("POST", JOBS, b"", content_type=content_type)
    assert (answer.status_code, set(answer.json())) == (202, {"task_id", "task_url"})


@pytest.mark.parametrize("value", ["", "True", "1", "done", "true%00", "%ff"])
def test_completed_of_another_form_makes_no_job(client: Client, value: str) -> None:
    assert_refused(client.post(f"{JOBS}?completed={value}"), 400, fields=["completed"])
    assert not CalendarJob.objects.exists()


@pytest.mark.parametrize("body", BROKEN_BODIES.values(), ids=BROKEN_BODIES)
def test_broken_body_is_refused_or_ignored_in_json(client: Client, body: bytes) -> None:
    answer = client.generic("POST", JOBS, body, content_type=JSON)
    assert answer.status_code in {202, 400}
    assert answer.headers["Content-Type"] == JSON


def test_over_long_body_makes_no_job(client: Client) -> None:
    assert_refused(client.generic("POST", JOBS, b" " * 1_000_001, content_type=JSON), 413)
    assert not CalendarJob.objects.exists()


@pytest.mark.parametrize(
    ("method", "suffix"),
    [
        ("PUT", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/{id}"),
        ("POST", "/{id}"),
        ("PUT", "/{id}/status"),
        ("DELETE", "/{id}/status"),
        ("POST", "/{id}/result"),
        ("TRACE", "/{id}/result"),
    ],
)
def test_other_methods_are_refused(client: Client, method: str, suffix: str) -> None:
    job_id = client.post(JOBS).json()["task_id"]
    before = CalendarJob.objects.values().get()
    assert_refused(client.generic(method, JOBS + suffix.format(id=job_id)), 405)
    assert CalendarJob.objects.values().get() == before


@pytest.mark.parametrize("suffix", ["", "/status", "/result"])
def test_somebody_elses_job_does_not_exist(client: Client, suffix: str) -> None:
    job_id = client.post(JOBS).json()["task_id"]
    before = CalendarJob.objects.values().get()
    other = Client()
    other.force_login(User.objects.create_user("other"))
    answer = other.generic("GET" if suffix else "DELETE", f"{JOBS}/{job_id}{suffix}")
    assert_refused(answer, 404)
    assert answer.json() == {"error": "There is no such task."}
    assert CalendarJob.objects.values().get() == before


def test_page_of_another_site_starts_nothing(client: Client) -> None:
    assert_refused(client.post(JOBS, headers={"Sec-Fetch-Site": "cross-site"}), 403)
    assert not CalendarJob.objects.exists()
