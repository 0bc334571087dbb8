"""What a sweep takes away and what it leaves, to either side of each limit."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from calendars.builds import sweeper as sweep
from calendars.builds.build import build_calendar
from calendars.feeds.services import delete_feed
from calendars.models import Calendar, CalendarFile, CalendarJob, Worker
from database.clock import now_ms
from tests.calendars.conftest import Clock
from tests.factories import make_feed, make_job, make_list, make_todo, make_user
from todos.services import update_todo

pytestmark = pytest.mark.django_db


def ago(**parts: float) -> datetime:
    return datetime.now(UTC) - timedelta(**parts)


def found(swept: sweep.Swept) -> bool:
    return any(asdict(swept).values())


def build_twice() -> CalendarJob:
    """Make two files, of which nobody needs the first; return the job that was for it."""
    todo = make_todo("one")
    job = make_job()
    build_calendar(job.calendar_id)
    update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"title": "two"})
    build_calendar(make_job().calendar_id)
    return job


def test_sweep_of_what_is_in_use_finds_nothing(client: Client) -> None:
    build_twice()
    client.get(make_feed().url)
    client.force_login(make_user())

    assert not found(sweep.sweep())
    assert (CalendarFile.objects.count(), CalendarJob.objects.count(), Calendar.objects.count()) == (3, 2, 2)


def test_sweep_does_a_thing_once(client: Client) -> None:
    job = build_twice()
    CalendarJob.objects.filter(pk=job.pk).update(finished_at=ago(days=40))
    CalendarFile.objects.update(created_at=ago(days=40))
    expired = SessionStore()
    expired.set_expiry(-1)
    expired.save()

    swept = sweep.sweep()

    assert (swept.files_expired, swept.files_deleted, swept.jobs_deleted, swept.sessions_ended) == (1, 1, 1, 1)
    assert not found(sweep.sweep())


@pytest.mark.parametrize(("minutes", "is_deleted"), [(4, False), (6, True)])
def test_file_that_nobody_holds_may_just_be_on_its_way_to_somebody(minutes: float, is_deleted: bool) -> None:
    build_twice().delete()
    CalendarFile.objects.update(created_at=ago(minutes=minutes))

    assert sweep.sweep().files_deleted == is_deleted
    assert CalendarFile.objects.count() == 2 - is_deleted


def test_file_of_a_job_is_kept_for_its_hours(settings: object) -> None:
    settings.CALENDAR_FILE_TTL_HOURS = 2
    job = build_twice()
    CalendarFile.objects.update(created_at=ago(days=1))

    CalendarJob.objects.update(finished_at=ago(hours=1, minutes=59))
    assert not found(sweep.sweep())
    CalendarJob.objects.update(finished_at=ago(hours=2, minutes=1))
    swept = sweep.sweep()

    assert (swept.files_expired, swept.files_deleted) == (2, 1)
    job.refresh_from_db()
    assert (job.status, job.file, job.is_expired) == ("SUCCESS", None, True)
    assert not found(sweep.sweep()), "it is done once"


def test_job_is_kept_for_thirty_days_and_while_it_waits(settings: object) -> None:
    build_twice()
    waiting = make_job(make_user())
    CalendarJob.objects.filter(pk=waiting.pk).update(created_at=ago(days=31))

    CalendarJob.objects.exclude(pk=waiting.pk).update(finished_at=ago(days=29))
    assert sweep.sweep().jobs_deleted == 0
    CalendarJob.objects.exclude(pk=waiting.pk).update(finished_at=ago(days=31))
    assert sweep.sweep().jobs_deleted == 2
    assert CalendarJob.objects.get() == waiting


def test_calendar_of_nobody_goes_once_nobody_has_to_look_at_it(client: Client) -> None:
    make_todo()
    made = make_feed()
    client.get(made.url)
    make_todo("which makes it due")
    delete_feed(todo_list=make_list(), feed_id=made.feed.pk)

    assert sweep.sweep().calendars_deleted == 0
    Calendar.objects.update(due_at_ms=None)
    assert sweep.sweep().calendars_deleted == 1
    assert not Calendar.objects.exists()


def test_every_calendar_of_nobody_goes_and_no_other(client: Client) -> None:
    used = make_job()
    build_calendar(used.calendar_id)
    for number in range(3):
        build_calendar(make_job(make_user(str(number))).calendar_id)
    CalendarJob.objects.exclude(pk=used.pk).delete()

    assert sweep.sweep().calendars_deleted == 3
    assert Calendar.objects.get() == used.calendar


@pytest.mark.django_db(transaction=True)
def test_every_calendar_that_is_due_is_nudged_and_no_other(sent: list[str], clock: Clock) -> None:
    due = [make_job(make_user(str(number))) for number in range(3)]
    clock.seconds += 60
    make_job()
    sent.clear()

    assert sweep.dispatch_due_calendars() == 3
    assert sorted(sent) == sorted(str(job.calendar_id) for job in due)
    assert sweep.dispatch_due_calendars() == 0
    clock.seconds += 60
    assert sweep.dispatch_due_calendars() == 4


def test_the_worker_that_was_seen_last_counts(client: Client, clock: Clock) -> None:
    for name, seconds in (("a", 40), ("b", 3), ("c", 50)):
        Worker.objects.create(id=name, last_heartbeat_ms=now_ms() - seconds * 1000)

    def told() -> str:
        return client.get("/api/v1/ready").json()["checks"]["worker"]["detail"]

    assert told() == "One was seen 3 s ago."
    Worker.objects.filter(id="c").update(last_heartbeat_ms=now_ms() + 60_000)
    assert told() == "One was seen 0 s ago.", "its clock is ahead of ours"


def test_no_worker_is_told_from_one_that_fell_silent(client: Client, clock: Clock) -> None:
    def told() -> dict[str, str]:
        return client.get("/api/v1/ready").json()["checks"]["worker"]

    assert told() == {"status": "failing", "detail": "No worker is running."}
    sweep.record_heartbeat("host:1")
    clock.seconds += 15
    assert told()["status"] == "ok"
    clock.seconds += 1
    assert told()["status"] == "failing"
    assert "16 s ago" in told()["detail"]


def test_workers_are_counted_by_the_beginning_of_their_ids(clock: Clock) -> None:
    for name in ("host:1", "host:2", "other:1"):
        sweep.record_heartbeat(name)
    assert (sweep.living_workers(), sweep.living_workers("host:")) == (3, 2)

    clock.seconds += 16
    sweep.record_heartbeat("host:2")
    assert (sweep.living_workers(), sweep.living_workers("other:")) == (1, 0)
    assert Worker.objects.count() == 3


def test_worker_is_forgotten_after_an_hour(clock: Clock) -> None:
    sweep.record_heartbeat("silent")
    clock.seconds += 60 * 60
    sweep.record_heartbeat("other")
    assert Worker.objects.count() == 2
    clock.seconds += 1
    sweep.record_heartbeat("other")
    assert Worker.objects.get().pk == "other"
