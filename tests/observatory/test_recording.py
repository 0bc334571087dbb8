"""What happens is recorded where it happens, once it is committed, and without a word of a user's."""

from collections.abc import Callable, Iterator

import dramatiq
import pytest
from django.db import transaction
from django.test import Client
from dramatiq.errors import BrokerConnectionError
from dramatiq.middleware import Shutdown, TimeLimitExceeded

from background.sweep import Round
from brokers.middleware import RecordMessages
from calendars.builds import build as builds
from calendars.builds import dispatch, sweeper
from calendars.builds.build import build_calendar
from calendars.jobs.services import cancel_job
from calendars.models import Calendar, CalendarJob
from calendars.tasks import build_calendar as build_actor
from database.clock import now_ms
from observability import events
from observability.events import Event, Kind
from tests.factories import make_feed, make_job, make_list, make_todo, make_user
from todos.services import Action, BulkItem, change_todos, create_todo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def recorded() -> Iterator[Callable[..., list[Event]]]:
    """`recorded(Kind.CLAIM)` returns the events of these kinds, or all, since the last call."""
    events.start_recording(lambda: None)

    def taken(*kinds: Kind) -> list[Event]:
        return [event for event in events.take(events.MAX_WAITING) if not kinds or event.kind in kinds]

    yield taken
    events.stop_recording()
    events.take(events.MAX_WAITING)


@pytest.fixture(autouse=True)
def nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker runs: tests build themselves."""
    monkeypatch.setattr(dramatiq.get_broker(), "enqueue", lambda message, **options: message)


def kinds(found: list[Event]) -> list[str]:
    return [event.kind for event in found]


def test_change_has_its_list_and_revision(client: Client, recorded: Callable) -> None:
    todo_list = make_list()
    recorded()
    answer = client.post(
        "/api/v1/todos", {"title": "A secret"}, content_type="application/json", HTTP_X_REQUEST_ID="request-1234"
    )
    todo_list.refresh_from_db()
    [event] = recorded(Kind.CHANGE)
    assert (event.list_id, event.request_id) == (todo_list.pk, "request-1234")
    assert event.details == {"revision": todo_list.revision, "todos": 1}
    client.put(
        f"/api/v1/todos/{answer.json()['id']}",
        {"title": "A secret", "completed": True},
        content_type="application/json",
    )
    [event] = recorded(Kind.CHANGE)
    assert event.details == {"revision": todo_list.revision + 1, "todos": 1}


def test_change_of_many_is_one_event_with_their_number(recorded: Callable) -> None:
    todos = [make_todo(title="A secret") for _ in range(3)]
    recorded()
    items = [BulkItem(todo.pk, Action.UPDATE, {"completed": True}) for todo in todos]
    change_todos(todo_list=make_list(), items=items)
    [event] = recorded(Kind.CHANGE)
    assert event.details == {"revision": make_list().revision, "todos": 3}


def test_change_that_is_rolled_back_is_none(recorded: Callable) -> None:
    todo_list = make_list()
    recorded()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        create_todo(todo_list=todo_list, title="Milk")
        raise ZeroDivisionError
    assert recorded() == []


def test_request_comes_before_its_build_and_both_have_their_job(recorded: Callable) -> None:
    make_todo()
    recorded()
    job = make_job()
    build_calendar(job.calendar_id)
    found = recorded(Kind.REQUEST, Kind.CLAIM, Kind.BUILD_DONE, Kind.JOB_DONE)
    assert kinds(found) == ["request", "claim", "build.done", "job.done"]
    request, claim, build, done = found
    for event in found:
        assert (event.list_id, event.calendar_id) == (job.calendar.list_id, job.calendar_id)
    assert request.job_id == done.job_id == str(job.pk)
    assert claim.details["attempt"] == build.details["attempt"] == 1
    assert build.details["revision"] == job.revision
    assert (build.details["jobs"], build.details["events"], build.details["since"]) == (1, 1, None)
    assert build.details["bytes"] > 0
    assert build.details["ms"] >= 0


def test_job_has_the_id_of_the_request_that_asked(client: Client, recorded: Callable) -> None:
    make_todo()
    client.post("/api/v1/todos/ical", HTTP_X_REQUEST_ID="request-1234")
    job = CalendarJob.objects.get()
    assert job.request_id == "request-1234"
    recorded()
    build_calendar(job.calendar_id)
    [done] = recorded(Kind.JOB_DONE)
    assert done.request_id == "request-1234"


def test_job_whose_file_is_there_is_done_at_once(recorded: Callable) -> None:
    make_todo()
    build_calendar(make_job().calendar_id)
    recorded()
    make_job()
    assert kinds(recorded()) == ["request", "job.done"]


def test_one_build_says_how_many_changes_and_jobs_it_was_for(recorded: Callable) -> None:
    make_todo()
    job = make_job()
    build_calendar(job.calendar_id)
    for _ in range(5):
        make_todo()
    jobs = [make_job() for _ in range(3)]
    recorded()
    build_calendar(job.calendar_id)
    found = recorded(Kind.BUILD_DONE, Kind.JOB_DONE)
    build = found[0]
    assert build.details["revision"] - build.details["since"] == 5
    assert build.details["jobs"] == 3
    assert {event.job_id for event in found[1:]} == {str(one.pk) for one in jobs}


def test_build_that_finds_the_lease_taken_is_skipped(recorded: Callable) -> None:
    make_todo()
    job = make_job()
    Calendar.objects.update(lease_token="1" * 32, lease_until_ms=now_ms() + 60_000)
    recorded()
    build_calendar(job.calendar_id)
    assert kinds(recorded()) == ["build.skipped"]


def test_failures_say_which_attempt_and_when_the_next_is_but_not_the_words(
    recorded: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise ValueError("A secret title")

    monkeypatch.setattr(builds, "_render", fail)
    make_todo()
    job = make_job()
    recorded()
    for attempt in range(1, builds.MAX_ATTEMPTS + 1):
        Calendar.objects.update(lease_until_ms=None)
        build_calendar(job.calendar_id)
        found = recorded(Kind.BUILD_FAILED, Kind.JOB_FAILED)
        expected = {"attempt": attempt, "error": "ValueError"}
        if attempt < builds.MAX_ATTEMPTS:
            assert [event.details for event in found] == [{**expected, "retry_ms": 1_000 * 2 ** (attempt - 1)}]
        else:
            assert kinds(found) == ["build.failed", "job.failed"]
            assert found[0].details == {**expected, "jobs": 1}
            assert found[1].job_id == str(job.pk)


@pytest.mark.parametrize(("error", "kind"), [(Shutdown, "build.released"), (TimeLimitExceeded, "build.failed")])
def test_interrupted_build_is_recorded(
    recorded: Callable, monkeypatch: pytest.MonkeyPatch, error: type[Exception], kind: str
) -> None:
    def interrupt(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(builds, "_render", interrupt)
    make_todo()
    job = make_job()
    recorded()
    with pytest.raises(error):
        build_calendar(job.calendar_id)
    assert kind in kinds(recorded())


def test_build_that_fails_without_its_lease_says_nothing_of_a_next_attempt(
    recorded: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_lease_and_fail(*arguments: object, **options: object) -> None:
        Calendar.objects.update(lease_token="1" * 32)
        raise ValueError

    monkeypatch.setattr(builds, "_render", lose_the_lease_and_fail)
    make_todo()
    job = make_job()
    recorded()
    build_calendar(job.calendar_id)
    assert kinds(recorded()) == ["claim", "build.lost"]


def test_lease_that_nobody_gave_back_is_found_by_the_sweep(recorded: Callable) -> None:
    make_todo()
    job = make_job()
    dead = {"lease_token": "1" * 32, "lease_until_ms": now_ms() - 1, "attempts": 2, "due_at_ms": now_ms() - 1}
    Calendar.objects.update(**dead)
    recorded()
    sweeper.dispatch_due_calendars()
    [event] = recorded(Kind.LEASE_EXPIRED)
    assert (event.list_id, event.calendar_id) == (job.calendar.list_id, job.calendar_id)
    assert event.details == {"attempt": 2}


def test_sweep_that_finds_nothing_says_nothing(recorded: Callable) -> None:
    rounds = Round()
    rounds.run(0.0, most=1.0)
    recorded()
    rounds.run(1.0, most=1.0)
    assert recorded() == []
    make_todo()
    make_job()
    Calendar.objects.update(due_at_ms=now_ms() - 1)
    recorded()
    rounds.run(2.0, most=1.0)
    [event] = recorded(Kind.SWEEP)
    assert event.details == {"dispatched": 1}


def test_message_that_no_broker_takes_is_recorded(recorded: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise BrokerConnectionError("it is away")

    monkeypatch.setattr(dramatiq.get_broker(), "enqueue", fail)
    assert not dispatch.dispatch(7)
    [event] = recorded()
    assert (event.kind, event.calendar_id, event.details) == (
        "message.failed",
        7,
        {"error": "BrokerConnectionError"},
    )


@pytest.mark.parametrize(
    ("arguments", "calendar_id"), [(("7",), 7), ((), None), (("x",), None), (("9" * 30,), None), (([],), None)]
)
def test_messages_are_recorded_whatever_is_in_them(
    recorded: Callable, arguments: tuple, calendar_id: int | None
) -> None:
    broker, middleware = dramatiq.get_broker(), RecordMessages()
    message = build_actor.message(*arguments)
    middleware.after_enqueue(broker, message, None)
    middleware.before_process_message(broker, message)
    sent, received = recorded()
    assert (sent.kind, received.kind) == ("message.sent", "message.received")
    assert sent.calendar_id == received.calendar_id == calendar_id
    assert sent.details["message"] == received.details["message"] == message.message_id
    assert received.details["waited_ms"] >= 0


def test_id_of_a_message_is_recorded_without_what_no_database_keeps(recorded: Callable) -> None:
    message = build_actor.message(1).copy(message_id="a\0b\ud800 c" + "d" * 100)
    RecordMessages().after_enqueue(dramatiq.get_broker(), message, None)
    [sent] = recorded()
    assert sent.details["message"] == "a?b??c" + "d" * 58


def test_cancelled_job_is_recorded_once(recorded: Callable) -> None:
    user = make_user("ada")
    make_todo(user=user)
    job = make_job(user)
    recorded()
    for _ in range(2):
        cancel_job(user=user, job_id=job.pk)
    [event] = recorded()
    assert (event.kind, event.job_id, event.calendar_id) == ("job.revoked", str(job.pk), job.calendar_id)


def test_feeds_and_downloads_are_recorded_with_their_answer(client: Client, recorded: Callable) -> None:
    make_todo()
    feed, _, address = make_feed()
    recorded()
    etag = client.get(address, HTTP_USER_AGENT="Google-Calendar-Importer")["ETag"]
    client.get(address, HTTP_IF_NONE_MATCH=etag)
    first, second = recorded(Kind.FEED)
    assert (first.calendar_id, first.details["status"], first.details["client"]) == (
        feed.calendar_id,
        200,
        "google",
    )
    assert second.details["status"] == 304
    job = make_job()
    build_calendar(job.calendar_id)
    assert client.get(f"/api/v1/todos/ical/{job.pk}/result").status_code == 200
    [event] = recorded(Kind.DOWNLOAD)
    assert (event.job_id, event.details["status"]) == (str(job.pk), 200)
