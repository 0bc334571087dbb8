"""Exactly one effect: builds while messages double, workers stall and lists go, on the real database."""

import contextlib
import random
import threading
import time
from collections import Counter

import dramatiq
import pytest

from accounts.user_data import delete_account
from background import lease
from calendars.builds import build as builds
from calendars.builds import dispatch
from calendars.builds import sweeper as sweep
from calendars.builds.build import MAX_ATTEMPTS, Outcome, build_calendar
from calendars.models import (
    FINAL_STATUSES,
    Calendar,
    CalendarFile,
    CalendarJob,
    CalendarQuerySet,
    JobStatus,
)
from calendars.tasks import build_calendar as actor
from database.clock import now_ms
from tests.crowd import together
from tests.factories import make_job, make_list, make_todo, make_user
from todos.services import erase_list

pytestmark = pytest.mark.django_db(transaction=True)
SEED = 6400
COPIES = 10
WORKERS = 4
OWNERS = 6


@pytest.fixture
def jobs():
    """A job each for some calendars, and more than one for some of them."""
    owners = [make_user(f"user{number}") for number in range(OWNERS)]
    for owner in owners:
        make_todo(user=owner)
    return [make_job(owner) for owner in owners] + [make_job(owner) for owner in owners[:3]]


@pytest.fixture
def sent(monkeypatch):
    """The messages that went out."""
    messages = []
    enqueue = lambda message, **kwargs: messages.append(message.args[0])  # noqa: E731
    monkeypatch.setattr(dramatiq.get_broker(), "enqueue", enqueue)
    return messages


@pytest.fixture
def running(monkeypatch):
    """How many builds of each calendar ran at once, at most."""
    lock, now, most = threading.Lock(), Counter(), Counter()
    render = builds._render

    def counted(calendar):
        with lock:
            now[calendar.pk] += 1
            most[calendar.pk] = max(most[calendar.pk], now[calendar.pk])
        try:
            time.sleep(0.02)
            return render(calendar)
        finally:
            with lock:
                now[calendar.pk] -= 1

    monkeypatch.setattr(builds, "_render", counted)
    return most


class Watcher:
    """Looks at every job's status again and again, and remembers each row of different values it saw."""

    def __init__(self):
        self.seen: dict = {}
        self.is_over = threading.Event()

    def watch(self):
        while True:
            is_last = self.is_over.is_set()
            for pk, *row in CalendarJob.objects.values_list("pk", "status", "finished_at", "file"):
                rows = self.seen.setdefault(pk, [])
                if row not in rows[-1:]:
                    rows.append(row)
            if is_last:
                return
            time.sleep(0.002)

    def check(self):
        """No status went back, and what was final stayed as it was."""
        rank = {JobStatus.PENDING: 0, JobStatus.STARTED: 1} | dict.fromkeys(FINAL_STATUSES, 2)
        for rows in self.seen.values():
            ranks = [rank[status] for status, *_ in rows]
            assert ranks == sorted(set(ranks)), rows


def shuffled_messages():
    messages = [str(pk) for pk in Calendar.objects.values_list("pk", flat=True)] * COPIES
    random.Random(SEED).shuffle(messages)
    return messages


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (Calendar, CalendarJob, CalendarFile)]


def test_messages_that_come_ten_times_in_any_order_to_several_workers_have_one_effect(jobs, running):
    messages, watcher = shuffled_messages(), Watcher()
    lock = threading.Lock()
    turns = iter(messages)

    def work():
        while True:
            with lock:
                message = next(turns, None)
            if message is None:
                return
            build_calendar(message)

    def work_all():
        together(*[work] * WORKERS)
        watcher.is_over.set()

    together(work_all, watcher.watch)

    assert set(running.values()) == {1}
    assert set(Calendar.objects.values_list("build_count", flat=True)) == {1}
    assert set(CalendarJob.objects.values_list("status", flat=True)) == {JobStatus.SUCCESS}
    assert CalendarFile.objects.count() == OWNERS
    watcher.check()
    assert all(rows[-1][0] == JobStatus.SUCCESS for rows in watcher.seen.values())


def test_messages_that_come_ten_times_through_the_queue_have_one_effect(jobs, workers, wait_for):
    watcher = Watcher()
    watching = threading.Thread(target=together, args=(watcher.watch,))
    watching.start()
    messages = shuffled_messages()
    for message in messages:
        actor.send(message)
    wait_for(lambda: not CalendarJob.objects.waiting().exists())
    # A last message is worked on after all that came before it.
    last = make_job(make_user("last"))
    wait_for(lambda: CalendarJob.objects.get(pk=last.pk).is_final)
    watcher.is_over.set()
    watching.join()

    assert set(Calendar.objects.values_list("build_count", flat=True)) == {1}
    watcher.check()
    assert set(CalendarJob.objects.values_list("status", flat=True)) == {JobStatus.SUCCESS}


def test_worker_that_was_paused_past_its_lease_writes_nothing(monkeypatch):
    make_todo("old")
    job = make_job()
    monkeypatch.setattr(lease, "RENEWAL_SECONDS", 60)  # a paused process renews nothing
    paused, go_on = threading.Event(), threading.Event()
    render = builds._render

    def pause_the_first(calendar):
        rendered = render(calendar)
        if not paused.is_set():
            paused.set()
            assert go_on.wait(30)
        return rendered

    monkeypatch.setattr(builds, "_render", pause_the_first)

    def second():
        assert paused.wait(30)
        make_todo("new")
        later = make_job()
        Calendar.objects.update(lease_until_ms=now_ms())
        assert build_calendar(job.calendar_id) == Outcome.FINISHED
        before = everything()
        go_on.set()
        return before, later

    outcome, (before, later) = together(lambda: build_calendar(job.calendar_id), second)

    assert outcome == Outcome.SKIPPED
    assert everything() == before
    later.refresh_from_db()
    assert b"new" in bytes(later.file.body)
    assert CalendarFile.objects.count() == 1


def test_lease_is_renewed_for_as_long_as_a_build_takes(monkeypatch, running):
    make_todo()
    job = make_job()
    monkeypatch.setattr(lease, "LEASE_MS", 300)
    monkeypatch.setattr(lease, "RENEWAL_SECONDS", 0.05)
    is_built = threading.Event()
    render = builds._render

    def take_long(calendar):
        time.sleep(1)
        return render(calendar)

    monkeypatch.setattr(builds, "_render", take_long)

    def build():
        assert build_calendar(job.calendar_id) == Outcome.FINISHED
        is_built.set()

    def try_again_and_again():
        time.sleep(0.1)
        outcomes = set()
        while not is_built.is_set():
            outcomes.add(build_calendar(job.calendar_id))
            time.sleep(0.01)
        return outcomes

    _, outcomes = together(build, try_again_and_again)

    # One that comes right after the build finds the file good.
    assert outcomes <= {Outcome.SKIPPED, Outcome.FINISHED}
    assert Outcome.SKIPPED in outcomes
    assert Calendar.objects.get().build_count == 1


@pytest.mark.parametrize("what", ["list", "account"])
def test_owner_who_leaves_during_a_build_ends_it_quietly(monkeypatch, caplog, what):
    user = make_user()
    make_todo(user=user)
    job, other = make_job(user), make_job()
    render = builds._render

    def leave(calendar):
        rendered = render(calendar)
        if calendar.pk == job.calendar_id:
            together(lambda: delete_account(user) if what == "account" else erase_list(todo_list=make_list(user)))
        return rendered

    monkeypatch.setattr(builds, "_render", leave)

    assert build_calendar(job.calendar_id) == Outcome.SKIPPED

    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert list(CalendarJob.objects.all()) == [other]
    assert build_calendar(other.calendar_id) == Outcome.FINISHED


def test_deletion_and_builds_at_once_leave_nothing_behind(jobs, running):
    lists = list({job.calendar.list for job in jobs})
    ids = [job.calendar_id for job in jobs]

    def build():
        return {build_calendar(pk) for pk in ids * 3}

    def delete():
        for todo_list in lists:
            erase_list(todo_list=todo_list)

    together(build, build, delete)

    assert not Calendar.objects.exists()
    assert not CalendarJob.objects.exists()
    assert not CalendarFile.objects.exists()


def test_build_that_kills_its_worker_each_time_fails_and_the_others_go_on(monkeypatch, sent):
    make_todo("deadly")
    deadly, other = make_job(), make_job(make_user())
    monkeypatch.setattr(sweep, "RESEND_AGAIN_AFTER_MS", 0)

    def work(calendar_id):
        """As a worker would, but that this calendar ends it: nothing after its claim is ever done."""
        if int(calendar_id) == deadly.calendar_id and Calendar.objects.get(pk=calendar_id).attempts < MAX_ATTEMPTS:
            assert builds.claim(int(calendar_id))
            Calendar.objects.filter(pk=calendar_id).update(lease_until_ms=now_ms())  # the time of the lease passes
        else:
            build_calendar(calendar_id)

    Calendar.objects.update(due_at_ms=now_ms())
    for _ in range(MAX_ATTEMPTS + 1):
        sweep.dispatch_due_calendars()
        while sent:
            work(sent.pop(0))

    deadly.refresh_from_db()
    other.refresh_from_db()
    assert (deadly.status, deadly.error) == (JobStatus.FAILURE, builds.GAVE_UP)
    assert other.status == JobStatus.SUCCESS
    assert sweep.dispatch_due_calendars() == 0


def test_job_whose_message_was_never_sent_is_swept(monkeypatch, workers, wait_for):
    """The web process died between its commit and the send."""
    make_todo()
    monkeypatch.setattr(dispatch, "dispatch", lambda calendar_id: False)
    monkeypatch.setattr(dispatch, "RESEND_AFTER_MS", 100)

    job = make_job()

    assert job.status == JobStatus.PENDING
    wait_for(lambda: CalendarJob.objects.get(pk=job.pk).status == JobStatus.SUCCESS)


def test_of_sweeps_that_saw_the_same_calendar_one_sends(jobs, sent, monkeypatch):
    sent.clear()
    Calendar.objects.update(due_at_ms=now_ms())
    has_looked = threading.Barrier(3)
    postpone = CalendarQuerySet.postpone

    def postpone_once_all_have_looked(*args, **kwargs):
        with contextlib.suppress(threading.BrokenBarrierError):
            has_looked.wait(10)
        has_looked.abort()
        return postpone(*args, **kwargs)

    monkeypatch.setattr(CalendarQuerySet, "postpone", postpone_once_all_have_looked)

    dispatched = together(*[sweep.dispatch_due_calendars] * 3)

    assert sum(dispatched) == OWNERS
    assert sorted(sent) == sorted({str(job.calendar_id) for job in jobs})
