"""A list's unfinished jobs are counted under a lock, whichever calendars they are of."""

import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calendars.jobs import services as jobs
from calendars.models import CalendarJob
from tests.factories import make_job, make_list, make_todo, make_user
from web.quotas import QuotaExceeded

RIVAL_SECONDS = 1


@pytest.mark.django_db(transaction=True)
def test_jobs_of_two_calendars_at_once_are_not_more_than_the_quota(settings, monkeypatch):
    settings.MAX_WAITING_JOBS = 1
    make_todo()
    refused = []

    def ask_too():
        try:
            make_job(completed="open")
        except QuotaExceeded as error:
            refused.append(error)
        finally:
            connection.close()

    rival = threading.Thread(target=ask_too)
    new_job = jobs._new_job

    def new_job_after_rival(calendar, **values):
        if not rival.ident:
            rival.start()
            rival.join(RIVAL_SECONDS)  # it ends only if it does not wait for this one
        return new_job(calendar, **values)

    monkeypatch.setattr(jobs, "_new_job", new_job_after_rival)
    make_job()
    rival.join()

    assert (len(refused), CalendarJob.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_other_lists_are_not_waited_for(monkeypatch):
    make_todo()
    done = threading.Event()

    def ask_elsewhere():
        make_job(rival)
        done.set()
        connection.close()

    rival = make_user()
    make_list(rival)
    thread = threading.Thread(target=ask_elsewhere)
    new_job = jobs._new_job

    def new_job_after_rival(calendar, **values):
        if connection.vendor == "postgresql" and not thread.ident:
            thread.start()
            assert done.wait(10)
        return new_job(calendar, **values)

    monkeypatch.setattr(jobs, "_new_job", new_job_after_rival)
    make_job()
    if thread.ident:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_counting_costs_no_message_of_its_own(client):
    make_todo()
    make_job()

    with CaptureQueriesContext(connection) as queries:
        assert client.post("/api/v1/todos/ical").status_code == 202

    # The calendar is found, then locked, loaded and counted as one message, and the job is inserted.
    others = ("BEGIN", "COMMIT", "PREPARE")
    statements = [query["sql"] for query in queries if not query["sql"].startswith(others)]
    assert len(statements) == (3 if connection.vendor == "postgresql" else 5), statements
