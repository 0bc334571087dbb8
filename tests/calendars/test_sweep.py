from datetime import UTC, datetime, timedelta

import dramatiq
import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command

from calendars.builds import build as builds
from calendars.builds import dispatch
from calendars.builds import sweeper as sweep
from calendars.builds.build import build_calendar
from calendars.feeds.services import change_feed
from calendars.models import Calendar, CalendarFile, CalendarJob, Worker
from database.clock import now_ms
from observability.processes import name_of_host
from tests.factories import make_feed, make_job, make_list, make_todo, make_user
from todos.services import update_todo

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    """The messages that went out."""
    messages = []
    monkeypatch.setattr(dramatiq.get_broker(), "enqueue", lambda message, **kwargs: messages.append(message.args))
    return messages


def age(**fields):
    """Let time pass: make the calendars' times older."""
    Calendar.objects.update(**{name: now_ms() - 1 for name in fields if fields[name]})


@pytest.mark.django_db(transaction=True)
def test_asking_sends_one_nudge_however_many_ask(sent):
    make_todo()
    jobs = [make_job() for _ in range(10)]

    assert sent == [(str(jobs[0].calendar_id),)]


@pytest.mark.django_db(transaction=True)
def test_lost_nudge_is_sent_again_once(sent):
    job = make_job()
    sent.clear()

    assert sweep.dispatch_due_calendars() == 0, "the first has its time of grace"
    age(due_at_ms=True)
    assert sweep.dispatch_due_calendars() == 1
    assert sweep.dispatch_due_calendars() == 0, "and so has the second"
    assert sent == [(str(job.calendar_id),)]


@pytest.mark.django_db(transaction=True)
def test_sweep_leaves_a_calendar_that_is_being_built_and_takes_it_when_the_lease_has_ended(sent):
    job = make_job()
    age(due_at_ms=True)
    builds.claim(job.calendar_id)
    sent.clear()

    assert sweep.dispatch_due_calendars() == 0
    age(lease_until_ms=True, due_at_ms=True)
    assert sweep.dispatch_due_calendars() == 1


@pytest.mark.django_db(transaction=True)
def test_queue_that_is_down_is_no_error_and_the_job_stays(monkeypatch, client):
    def refuse(message, **kwargs):
        raise ConnectionError("redis://user:secret@host")

    monkeypatch.setattr(dramatiq.get_broker(), "enqueue", refuse)

    assert client.post("/api/v1/todos/ical").status_code == 202
    age(due_at_ms=True)
    assert sweep.dispatch_due_calendars() == 0
    assert Calendar.objects.get().due_at_ms - now_ms() > dispatch.RESEND_AGAIN_AFTER_MS / 2


@pytest.mark.django_db(transaction=True)
def test_rollback_sends_nothing(sent):
    from django.db import transaction

    with pytest.raises(RuntimeError), transaction.atomic():
        make_job()
        raise RuntimeError
    assert sent == []
    assert not CalendarJob.objects.exists()


def test_files_go_once_nobody_holds_them():
    todo = make_todo()
    long_ago = datetime.now(UTC) - timedelta(days=2)
    for title in ("one", "two", "three"):
        update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"title": title})
        build_calendar(make_job().calendar_id)
    files = list(CalendarFile.objects.order_by("revision"))
    CalendarFile.objects.update(created_at=long_ago)
    CalendarJob.objects.exclude(file=files[1]).update(finished_at=long_ago)

    swept = sweep.sweep()

    # the first is nobody's, the second a job's that has not expired, the third the current one
    assert (swept.files_expired, swept.files_deleted) == (2, 1)
    assert list(CalendarFile.objects.order_by("revision")) == files[1:]


def test_old_jobs_go():
    build_calendar(make_job().calendar_id)
    waiting = make_job(completed="open")
    CalendarJob.objects.exclude(pk=waiting.pk).update(finished_at=datetime.now(UTC) - timedelta(days=31))

    assert sweep.sweep().jobs_deleted == 1
    assert CalendarJob.objects.get() == waiting


def test_finished_jobs_of_a_list_beyond_the_newest_go(settings):
    settings.MAX_FINISHED_JOBS = 3
    make_todo()
    theirs = [make_job(make_user(name)) for name in ("ada", "bob")]
    for job in theirs:
        build_calendar(job.calendar_id)
    waiting = make_job()
    build_calendar(waiting.calendar_id)
    finished = [waiting, *(make_job() for _ in range(4)), make_job(completed="open")]
    CalendarJob.objects.filter(pk=finished[-1].pk).revoke()

    assert sweep.sweep().jobs_deleted == 3
    assert set(CalendarJob.objects.values_list("pk", flat=True)) == {job.pk for job in [*theirs, *finished[-3:]]}


@pytest.mark.parametrize("count", [3, 4, 5])
def test_old_jobs_go_in_batches_all_of_them(monkeypatch, count):
    monkeypatch.setattr(sweep, "BATCH", 2)
    make_todo()
    build_calendar(make_job().calendar_id)
    for _ in range(count - 1):
        make_job()
    CalendarJob.objects.update(finished_at=datetime.now(UTC) - timedelta(days=sweep.JOB_DAYS + 1))

    swept = sweep.sweep()
    assert (swept.files_expired, swept.jobs_deleted) == (count, count)
    assert not CalendarJob.objects.exists()


def test_unfinished_jobs_do_not_count(settings):
    settings.MAX_FINISHED_JOBS = 1
    make_todo()
    for _ in range(5):
        make_job()

    assert sweep.sweep().jobs_deleted == 0


def test_workers_that_have_fallen_silent_do_not_count():
    sweep.record_heartbeat("a")
    Worker.objects.create(id="silent", last_heartbeat_ms=now_ms() - sweep.WORKER_ALIVE_MS - 1)
    Worker.objects.create(id="gone", last_heartbeat_ms=now_ms() - sweep.WORKER_FORGOTTEN_MS - 1)
    assert sweep.living_workers() == 1

    sweep.record_heartbeat("a")
    assert set(Worker.objects.values_list("id", flat=True)) == {"a", "silent"}


def test_heartbeat_asks_for_workers_of_this_host():
    sweep.record_heartbeat("elsewhere:1:a")
    Worker.objects.create(id=f"{name_of_host()}1:silent", last_heartbeat_ms=now_ms() - 60_000)
    with pytest.raises(CommandError, match="No worker on this host"):
        call_command("heartbeat")
    sweep.record_heartbeat(f"{name_of_host()}2:b")
    call_command("heartbeat")


def test_calendars_of_no_feed_and_no_job_go(client):
    build_calendar(make_job().calendar_id)
    made = make_feed(block_minutes=15)
    client.get(made.url)
    change_feed(todo_list=make_list(), feed_id=made.feed.pk, options={"block_minutes": 45})
    being_built = make_feed(block_minutes=60)
    builds.claim(being_built.feed.calendar_id)
    being_built.feed.delete()

    assert sweep.sweep().calendars_deleted == 1

    left = {calendar.options.block_minutes for calendar in Calendar.objects.all()}
    assert left == {30, 45, 60}
    assert CalendarFile.objects.count() == 1


def test_sessions_that_have_expired_go(client):
    client.force_login(make_user())
    kept = client.session.session_key
    expired = SessionStore()
    expired.set_expiry(-1)
    expired.save()

    assert sweep.sweep().sessions_ended == 1
    assert list(Session.objects.values_list("session_key", flat=True)) == [kept]
