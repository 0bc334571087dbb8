"""The pages of exports."""

import pytest
from django.test import Client

from calendars.builds.build import build_calendar
from calendars.builds.sweeper import record_heartbeat
from calendars.models import CalendarFile, CalendarJob, JobStatus
from tests.factories import PASSWORD, make_job, make_todo, make_user

pytestmark = pytest.mark.django_db


def test_asking_leads_to_the_jobs_page(client: Client) -> None:
    make_todo()
    answer = client.post("/exports", {"completed": "open"})
    job = CalendarJob.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/exports/{job.pk}")
    assert job.calendar.options.completed == "open"


def test_choice_that_is_none_is_refused(client: Client) -> None:
    assert client.post("/exports", {"completed": "some"}).status_code == 422
    assert not CalendarJob.objects.exists()


def test_finished_job_is_offered_for_download(client: Client) -> None:
    make_todo()
    job = make_job()
    build_calendar(job.calendar_id)
    page = client.get(f"/exports/{job.pk}")
    assert f"/exports/{job.pk}/todos.ics" in page.text
    assert "1 event," in page.text
    assert f'value="http://testserver/api/v1/todos/ical/{job.pk}/result"' in page.text
    assert "http-equiv" not in page.text
    file = client.get(f"/exports/{job.pk}/todos.ics")
    assert file["Content-Type"] == "text/calendar; charset=utf-8"
    assert b"SUMMARY:Essay\r\n" in file.content
    recent = client.get("/exports")
    assert f"/exports/{job.pk}/todos.ics" in recent.text


def test_finished_job_names_todos_that_were_left_out(client: Client) -> None:
    make_todo()
    job = make_job()
    build_calendar(job.calendar_id)
    CalendarFile.objects.update(skipped=[{"uid": "", "title": "The end", "reason": "Too late."}])
    page = client.get(f"/exports/{job.pk}").text
    assert "1 todo could not be included:" in page
    assert "<li>The end</li>" in page


def test_progress_is_not_sent_twice(client: Client) -> None:
    make_todo()
    job = make_job()
    first = client.get(f"/exports/{job.pk}/progress")
    assert (first.status_code, "data-final" in first.text) == (200, False)
    again = client.get(f"/exports/{job.pk}/progress", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    build_calendar(job.calendar_id)
    last = client.get(f"/exports/{job.pk}/progress", headers={"If-None-Match": first["ETag"]})
    assert (last.status_code, "data-final" in last.text) == (200, True)


def test_waiting_job_says_what_it_waits_for(client: Client) -> None:
    make_job(user=make_user())
    job = make_job()
    assert "1 job ahead of yours." in client.get(f"/exports/{job.pk}").text
    assert "No worker is running" not in client.get(f"/exports/{job.pk}").text
    CalendarJob.objects.update(created_at="2026-01-01T00:00:00Z")
    assert "No worker is running" in client.get(f"/exports/{job.pk}").text
    record_heartbeat("a worker")
    assert "No worker is running" not in client.get(f"/exports/{job.pk}").text


def test_failed_job_says_why_and_can_be_run_again(client: Client) -> None:
    job = make_job()
    CalendarJob.objects.fail(job.calendar, "It is too large.")
    page = client.get(f"/exports/{job.pk}")
    assert "It is too large." in page.text
    assert "todos.ics" not in page.text
    assert client.get(f"/exports/{job.pk}/todos.ics")["Location"] == f"/exports/{job.pk}"
    answer = client.post(f"/exports/{job.pk}/again")
    new = CalendarJob.objects.exclude(pk=job.pk).get()
    assert answer["Location"] == f"/exports/{new.pk}"


def test_waiting_job_can_be_cancelled_and_a_finished_one_not(client: Client) -> None:
    job = make_job()
    client.post(f"/exports/{job.pk}/cancel")
    assert CalendarJob.objects.get().status == JobStatus.REVOKED
    done = make_job(completed="done")
    build_calendar(done.calendar_id)
    answer = client.post(f"/exports/{done.pk}/cancel", follow=True)
    assert "It had already ended" in answer.text
    assert CalendarJob.objects.get(pk=done.pk).status == JobStatus.SUCCESS


def test_expired_file_can_be_made_anew(client: Client) -> None:
    job = make_job()
    build_calendar(job.calendar_id)
    CalendarJob.objects.update(file=None)
    page = client.get(f"/exports/{job.pk}")
    assert "The file has expired" in page.text
    assert "todos.ics" not in page.text


def test_nobody_reaches_anothers_job(client: Client) -> None:
    make_todo("Secret", user=make_user("ada"))
    job = make_job(user=make_user("eve"))
    build_calendar(job.calendar_id)
    make_user("bob")
    client.login(username="bob", password=PASSWORD)
    for path in ("", "/progress", "/todos.ics"):
        assert client.get(f"/exports/{job.pk}{path}").status_code == 404
    for path in ("/cancel", "/again"):
        assert client.post(f"/exports/{job.pk}{path}").status_code == 404
    assert CalendarJob.objects.count() == 1
    assert str(job.pk) not in client.get("/exports").text


def test_exports_page_has_the_same_number_of_queries_for_any_number_of_jobs(
    client: Client, django_assert_max_num_queries: object
) -> None:
    for completed in ("all", "open", "done"):
        build_calendar(make_job(completed=completed).calendar_id)
    with django_assert_max_num_queries(3):
        client.get("/exports")
