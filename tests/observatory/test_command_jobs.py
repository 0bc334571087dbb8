import json
import uuid
from io import StringIO

import dramatiq
import pytest
from django.core.management import CommandError, call_command

from calendars.builds.build import build_calendar
from calendars.models import CalendarJob
from calendars.tasks import build_calendar as build_calendar_actor
from tests.factories import make_job, make_user

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command("jobs", *arguments, stdout=out)
    return out.getvalue()


def run_json(*arguments):
    return json.loads(run(*arguments, "--json"))


def test_list_shows_the_newest_first_and_narrows():
    first, second = make_job(), make_job(make_user("ada"))
    build_calendar(first.calendar_id)

    assert [(job["id"], job["status"], job["list"]) for job in run_json("list")] == [
        (str(second.pk), "PENDING", "ada"),
        (str(first.pk), "SUCCESS", "open"),
    ]
    assert [job["id"] for job in run_json("list", "--status", "SUCCESS")] == [str(first.pk)]
    assert [line.split()[:3] for line in run("list", "--limit", "1").splitlines()] == [
        ["ID", "STATUS", "LIST"],
        [str(second.pk), "PENDING", "ada"],
    ]


def test_list_of_nothing_says_so():
    assert run("list") == "There are no such jobs.\n"


def test_retry_tries_failed_jobs_again_and_leaves_others():
    failed, cancelled = make_job(completed="open"), make_job()
    CalendarJob.objects.filter(pk=failed.pk).fail(failed.calendar, "It broke.")
    CalendarJob.objects.filter(pk=cancelled.pk).revoke()

    for _ in range(2):
        states = {
            job["id"]: (job["status"], job["error"])
            for job in run_json("retry", *map(str, [failed.pk, cancelled.pk]))
        }
        assert states == {str(failed.pk): ("PENDING", None), str(cancelled.pk): ("REVOKED", None)}


def test_retry_of_all_tries_those_that_failed():
    for number in range(3):
        job = make_job(alarm_minutes=number)
        CalendarJob.objects.filter(pk=job.pk).fail(job.calendar, "It broke.")
    make_job()

    assert [run_json("retry", "--all"), run_json("retry", "--all")] == [{"retried": 3}, {"retried": 0}]
    assert set(CalendarJob.objects.values_list("status", flat=True)) == {"PENDING"}


@pytest.mark.parametrize("arguments", [(), ("--all", str(uuid.uuid4()))])
def test_retry_takes_ids_or_all(arguments):
    with pytest.raises(CommandError, match="Name jobs, or give --all"):
        run("retry", *arguments)


def test_show_tells_the_story():
    first, second = make_job(), make_job()
    build_calendar(first.calendar_id)

    lines = run("show", str(second.pk)).splitlines()

    assert lines[0] == f"Job {second.pk} of calendar {first.calendar_id}, list of open: SUCCESS"
    assert "one build served this and 1 other export." in lines[1]
    shown = run_json("show", str(second.pk))
    assert [step["kind"] for step in shown["steps"]] == ["request", "claim", "build.done", "job.done"]
    assert shown["summary"] == lines[1]


def test_cancel_cancels_what_waits():
    job = make_job()

    assert [cancelled["status"] for cancelled in run_json("cancel", str(job.pk))] == ["REVOKED"]


def test_show_of_an_unknown_job_says_so():
    missing = str(uuid.uuid4())
    with pytest.raises(CommandError, match=f"There is no job {missing}"):
        run("show", missing)


@pytest.mark.parametrize("action", ["retry", "cancel"])
def test_unknown_job_is_an_error_and_nothing_is_done(action):
    job = make_job()
    missing = str(uuid.uuid4())

    with pytest.raises(CommandError, match=missing):
        run(action, str(job.pk), missing)
    assert CalendarJob.objects.get().status == "PENDING"


def test_summary_counts_jobs_and_builds():
    for _ in range(3):
        make_job()
    build_calendar(CalendarJob.objects.first().calendar_id)

    assert run_json("summary") == {
        "PENDING": 0, "STARTED": 0, "SUCCESS": 3, "FAILURE": 0, "REVOKED": 0,
        "builds": 1, "calendars due": 0, "living workers": 0,
    }  # fmt: skip


def test_redrive_puts_dead_letters_back():
    broker, queue = dramatiq.get_broker(), build_calendar_actor.queue_name
    broker.flush_all()
    sent = build_calendar_actor.send("1")
    consumer = broker.consume(queue, timeout=100)
    consumer.nack(next(message for message in consumer if message))
    consumer.close()

    assert run_json("redrive") == {"put back": 1}
    consumer = broker.consume(queue, timeout=100)
    assert next(message for message in consumer if message).message_id == sent.message_id
    consumer.close()
    broker.flush_all()


@pytest.mark.parametrize("limit", ["-1", "0", "many", "1.5"])
def test_limit_that_is_no_number_of_jobs_is_refused(limit):
    make_job()
    with pytest.raises(CommandError, match="argument --limit: it must be a whole number, 1 or more"):
        run("list", f"--limit={limit}")
