"""Stories of jobs and calendars: from events as they were recorded, and from the rows where there are none."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from dramatiq.middleware import Shutdown

from calendars.builds import sweeper
from calendars.builds.build import build_calendar, claim
from calendars.jobs.services import retry_jobs
from calendars.models import Calendar, CalendarFile, CalendarJob
from observability.events import Kind
from observatory.durations import in_words
from observatory.models import Event
from observatory.recorder import flush, recording
from observatory.stories.story import Story, find_calendar, find_job, newest_jobs, story_of_calendar, story_of_job
from tests.calendars.conftest import LONG_TITLE, Clock, clock, sent, while_building  # noqa: F401
from tests.factories import make_feed, make_job, make_todo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def recorded(db: None) -> Iterator[None]:
    with recording():
        yield


def tell(job: CalendarJob) -> Story:
    flush()
    return story_of_job(find_job(job.pk))


def tell_calendar(job: CalendarJob) -> Story:
    flush()
    calendar = find_calendar(job.calendar_id)
    return story_of_calendar(calendar, newest_jobs(calendar))


def kinds(story: Story) -> list[str]:
    return [str(step.kind) for step in story.steps]


def spoil(job: CalendarJob) -> None:
    Calendar.objects.filter(pk=job.calendar_id).update(options_key="no JSON")


def ask(client: Client, request_id: str) -> CalendarJob:
    answer = client.post("/api/v1/todos/ical", headers={"X-Request-ID": request_id})
    return CalendarJob.objects.get(pk=answer.json()["task_id"])


# --- Jobs ---


def test_success_from_the_request_to_the_download(client: Client) -> None:
    make_todo()
    job = ask(client, "request-of-ada")
    build_calendar(job.calendar_id)
    client.get(f"/exports/{job.pk}/todos.ics", headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"})

    story = tell(job)

    assert kinds(story) == ["request", "message.sent", "claim", "build.done", "job.done", "download"]
    assert story.summary.startswith("Finished ")
    assert story.summary.endswith(" after it was asked for: one build served this alone.")
    assert {step.request_id for step in story.steps[:2]} == {"request-of-ada"}
    assert all(step.process for step in story.steps)
    assert story.steps[-1].text == "A browser downloaded the file of an export."
    assert [step.after is None for step in story.steps] == [True] + [False] * 5
    assert story.gaps == []


def test_jobs_that_one_build_served_say_so(client: Client) -> None:
    make_todo()
    first, *_, last = [ask(client, f"request-number-{number}") for number in range(12)]
    build_calendar(first.calendar_id)

    story = tell(last)

    assert story.summary.endswith(": one build served this and 11 other exports.")
    assert kinds(story) == ["request", "claim", "build.done", "job.done"]
    assert "No message was needed" in story.steps[0].text
    assert "and 12 exports finished" in story.steps[2].text
    assert "No message was needed" not in tell(first).steps[0].text


def test_job_that_finds_a_current_file_is_finished_at_once(client: Client) -> None:
    make_todo()
    build_calendar(ask(client, "request-one").calendar_id)
    job = ask(client, "request-two")

    story = tell(job)

    assert story.summary == "Finished at once: there was a file already that showed every change."
    assert kinds(story) == ["request", "job.done"]
    assert story.gaps == []


def test_failure_tells_each_attempt_and_its_error(clock: Clock) -> None:  # noqa: F811
    job = make_job()
    spoil(job)
    for attempt in range(1, 5):
        build_calendar(job.calendar_id)
        story = tell(job)
        assert story.summary.startswith(
            f"Waiting: attempt {attempt} of 5 failed (JSONDecodeError), the next is in "
        )
        clock.seconds += 60
    build_calendar(job.calendar_id)

    story = tell(job)

    assert [kind for kind in kinds(story) if "message" not in kind] == [
        "request", *["claim", "build.failed"] * 5, "job.failed",
    ]  # fmt: skip
    assert story.summary.startswith("Failed ")
    assert story.summary.endswith(", after 5 attempts (JSONDecodeError).")
    assert [step.is_bad for step in story.steps if step.kind == Kind.BUILD_FAILED] == [True] * 5


def test_retried_job_has_both_of_its_lives_in_one_story(clock: Clock) -> None:  # noqa: F811
    make_todo()
    job = make_job()
    options_key = job.calendar.options_key
    spoil(job)
    for _ in range(5):
        build_calendar(job.calendar_id)
        clock.seconds += 60
    Calendar.objects.update(options_key=options_key)
    retry_jobs(CalendarJob.objects.all())
    build_calendar(job.calendar_id)

    story = tell(job)

    told = [kind for kind in kinds(story) if "message" not in kind]
    assert told == [
        "request", *["claim", "build.failed"] * 5, "job.failed", "job.retried", "claim", "build.done", "job.done",
    ]  # fmt: skip
    assert " after it was tried again: one build served this alone." in story.summary


def test_worker_that_was_killed_is_told_by_the_next_attempt(clock: Clock) -> None:  # noqa: F811
    make_todo()
    job = make_job()
    claim(job.calendar_id)  # and no more is heard of it
    assert tell(job).summary == "A build is under way: attempt 1 of 5."
    clock.seconds += 11
    assert tell(job).summary.startswith("Waiting: attempt 1 of 5 ended without a result")
    assert tell(job).summary.endswith(", and no worker is running.")
    sweeper.record_heartbeat("a worker")
    assert tell(job).summary.endswith(", and the next begins as soon as a worker is free.")
    sweeper.dispatch_due_calendars()
    build_calendar(job.calendar_id)

    story = tell(job)

    assert "lease.expired" in kinds(story)
    second = [step for step in story.steps if step.kind == Kind.CLAIM][1]
    assert second.text.startswith("Attempt 1 ended without a result: its worker was killed, hung or cut off. ")
    assert second.is_bad


def test_worker_that_is_stopped_is_no_failure(while_building: Callable) -> None:  # noqa: F811
    def stop() -> None:
        raise Shutdown

    make_todo(LONG_TITLE)
    job = make_job()
    while_building(stop)
    with pytest.raises(Shutdown):
        build_calendar(job.calendar_id)
    build_calendar(job.calendar_id)

    story = tell(job)

    assert [kind for kind in kinds(story) if "message" not in kind] == [
        "request", "claim", "build.released", "claim", "build.done", "job.done",
    ]  # fmt: skip
    assert not any(step.is_bad for step in story.steps)


def test_job_that_nobody_has_begun_says_what_it_waits_for() -> None:
    job = make_job()
    assert tell(job).summary == "Waiting: no worker is running. It is built as soon as one starts."
    sweeper.record_heartbeat("a worker")
    assert tell(job).summary == "Waiting for a worker to be free."


def test_cancelled_job_says_so(client: Client) -> None:
    job = make_job()
    client.delete(f"/api/v1/todos/ical/{job.pk}")
    story = tell(job)
    assert story.summary.startswith("Cancelled ")
    assert kinds(story)[-1] == "job.revoked"


def test_what_comes_after_a_job_ended_is_not_its_story(client: Client) -> None:
    make_todo()
    made = make_feed()
    job = make_job(completed="open")
    assert job.calendar_id == made.feed.calendar_id
    build_calendar(job.calendar_id)
    google = {"User-Agent": "Google-Calendar-Importer"}
    client.get(made.url, headers=google)
    before = kinds(tell(job))
    make_todo("Another")
    make_job(completed="open")
    build_calendar(job.calendar_id)
    client.get(made.url, headers=google)

    assert before[-1] == "feed"
    assert kinds(tell(job)) == before
    assert tell(job).steps[-1].text == "A calendar app (google) got the file."


# --- Without events ---


def move(job: CalendarJob, back: timedelta) -> None:
    """Have the job, and the file that was built for it, be older."""
    job.refresh_from_db()
    times = {name: getattr(job, name) - back for name in ("created_at", "started_at", "finished_at")}
    CalendarJob.objects.filter(pk=job.pk).update(**times)
    CalendarFile.objects.filter(pk=job.file_id).update(created_at=times["finished_at"])


def test_story_of_old_events_is_told_from_rows_and_says_so(client: Client) -> None:
    make_todo()
    job, other = ask(client, "request-of-ada"), make_job()
    build_calendar(job.calendar_id)
    flush()
    Event.objects.all().delete()
    move(job, timedelta(days=2))
    move(other, timedelta(days=2))

    story = tell(job)

    assert kinds(story) == ["request", "claim", "build.done", "job.done"]
    assert story.summary.endswith(": one build served this and 1 other export. Its file has expired.")
    assert story.steps[0].request_id == "request-of-ada"
    assert story.gaps[0].startswith("Events are kept for 24 hours.")


def test_events_that_are_missing_are_said_to_be() -> None:
    make_todo()
    job = make_job()
    build_calendar(job.calendar_id)
    flush()
    Event.objects.filter(kind=Kind.BUILD_DONE).delete()
    assert tell(job).gaps == []  # it may be about to be written
    move(job, timedelta(minutes=1))
    story = tell(job)
    assert story.gaps[0].startswith("Some events are missing.")
    assert "build.done" in kinds(story)


def test_story_without_recording_says_so(settings: object) -> None:
    settings.EVENT_HOURS = 0
    assert tell(make_job()).gaps[0].startswith("Events are not recorded here")


def test_story_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("observatory.stories.story.MAX_EVENTS", 3)
    job = make_job()
    at_ms = int(datetime.now(UTC).timestamp() * 1000)
    about = {"at_ms": at_ms, "calendar_id": job.calendar_id, "process": "p"}
    Event.objects.bulk_create(Event(kind=Kind.MESSAGE_SENT, **about) for _ in range(10))
    assert "Only the first 3 events are shown." in tell(job).gaps
    assert tell_calendar(job).gaps == ["Only the newest 3 events are shown."]


def test_event_of_an_unknown_kind_is_told_by_its_name() -> None:
    """A later release may run beside this one, and record more."""
    job = make_job()
    at_ms = int(datetime.now(UTC).timestamp() * 1000)
    Event.objects.create(kind="build.dreamt", at_ms=at_ms, calendar_id=job.calendar_id, process="p")
    assert "build.dreamt." in [step.text for step in tell(job).steps]


def test_queries_do_not_grow_with_events() -> None:
    make_todo()
    job = make_job()
    build_calendar(job.calendar_id)

    def count() -> int:
        flush()
        with CaptureQueriesContext(connection) as queries:
            tell(job)
            tell_calendar(job)
        return len(queries)

    few = count()
    for _ in range(5):
        make_todo()
        build_calendar(make_job().calendar_id)
    assert count() == few


# --- Calendars ---


def test_calendars_story_groups_what_belongs_together() -> None:
    first = make_job()
    build_calendar(first.calendar_id)
    flush()
    Event.objects.all().delete()
    for number in range(5):
        make_todo(f"Todo {number}")
    jobs = [make_job() for _ in range(4)]
    build_calendar(first.calendar_id)

    story = tell_calendar(first)

    texts = [step.text for step in story.steps]
    assert story.summary.startswith("Up to date: its file shows revision ")
    assert any(text.startswith("The list changed 5 times.") for text in texts)
    assert "4 exports are ready." in texts
    assert len(jobs) == 4


def test_calendar_that_is_behind_says_so() -> None:
    job = make_job()
    assert tell_calendar(job).summary.startswith("Waiting")
    build_calendar(job.calendar_id)
    make_todo()
    assert "It is built when somebody asks for it." in tell_calendar(job).summary


def test_unknown_ids_are_not_found() -> None:
    with pytest.raises(CalendarJob.DoesNotExist):
        find_job(uuid.uuid4())
    with pytest.raises(Calendar.DoesNotExist):
        find_calendar(2**62)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 ms"), (0.0384, "38 ms"), (0.1, "0.1 s"), (1.0, "1 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"),
        (59.7, "1 min 0 s"), (125, "2 min 5 s"), (3600 * 3 + 240, "3 h 4 min"), (3600 * 24 * 2, "2 days"),
    ],
)  # fmt: skip
def test_durations_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
    assert in_words(timedelta(seconds=seconds)) == words
