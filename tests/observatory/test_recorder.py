"""Events are written down a moment after they are recorded; nothing waits for them, and losing them hurts nobody."""

import threading
from collections.abc import Callable, Iterator

import dramatiq
import pytest
from django.db import OperationalError, connection

from observability import events
from observability.events import Kind, record
from observability.processes import process_name
from observatory import recorder
from observatory.middleware import WriteEvents
from observatory.models import Event


@pytest.fixture(autouse=True)
def nothing_is_waiting() -> Iterator[None]:
    yield
    events.stop_recording()
    assert events.take(events.MAX_WAITING) == []


def fail(rows: list) -> None:
    raise OperationalError("it is away")


def lost(reason: str) -> float:
    return events.LOST.labels(reason)._value.get()


@pytest.mark.django_db
def test_what_is_recorded_is_written_down() -> None:
    with recorder.recording():
        record(Kind.CHANGE, list_id=7, request_id="abc", revision=3, todos=2)
        record(Kind.JOB_DONE, calendar_id=8, job_id="1" * 32, request_id="")

    change, done = Event.objects.order_by("pk")
    assert (change.kind, change.list_id, change.details) == ("change", 7, {"revision": 3, "todos": 2})
    assert (change.request_id, change.process) == ("abc", process_name())
    assert (done.calendar_id, done.job_id.hex, done.request_id) == (8, "1" * 32, "")
    assert 0 <= done.at_ms - change.at_ms < 60_000


def test_process_that_writes_nothing_down_records_nothing() -> None:
    record(Kind.CHANGE, list_id=7)
    assert events.take(1) == []


def test_nothing_is_recorded_for_zero_hours(settings) -> None:
    settings.EVENT_HOURS = 0
    stop = recorder.start()
    with recorder.recording():
        record(Kind.CHANGE, list_id=7)
    stop()
    assert events.take(1) == []


@pytest.mark.django_db(transaction=True)
def test_thread_writes_while_the_process_goes_on_and_the_rest_at_its_stop(wait_for: Callable) -> None:
    stop = recorder.start()
    record(Kind.CHANGE, list_id=1)
    wait_for(lambda: Event.objects.count() == 1)
    for number in range(30):
        record(Kind.CHANGE, list_id=2 + number)
    stop()
    assert Event.objects.count() == 31
    assert not [thread for thread in threading.enumerate() if thread.name == "events"]


@pytest.mark.django_db(transaction=True)
def test_worker_writes_what_its_last_build_records() -> None:
    broker = dramatiq.get_broker()
    middleware, worker, second = WriteEvents(), object(), object()
    middleware.after_worker_boot(broker, worker)
    middleware.after_worker_boot(broker, second)  # that of deliveries
    middleware.after_worker_shutdown(broker, second)
    middleware.before_worker_shutdown(broker, worker)
    record(Kind.BUILD_DONE)  # a build that was under way
    middleware.after_worker_shutdown(broker, worker)
    assert Event.objects.count() == 1
    record(Kind.BUILD_DONE)
    assert events.take(1) == []


@pytest.mark.django_db(transaction=True)
def test_database_that_is_away_loses_events_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, wait_for: Callable
) -> None:
    before = lost("not written")
    stop = recorder.start()
    with monkeypatch.context() as patch:
        patch.setattr(Event.objects, "bulk_create", fail)
        record(Kind.CHANGE, list_id=1)
        record(Kind.CHANGE, list_id=2)
        wait_for(lambda: lost("not written") == before + 2)
    record(Kind.CHANGE, list_id=3)  # the thread goes on
    stop()
    assert [event.list_id for event in Event.objects.all()] == [3]


@pytest.mark.django_db(transaction=True)
def test_server_that_was_restarted_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    write, ended = Event.objects.bulk_create, [OperationalError("the connection was ended")]

    def fail_once(rows: list) -> None:
        if ended:
            raise ended.pop()
        write(rows)

    connection.ensure_connection()
    monkeypatch.setattr(Event.objects, "bulk_create", fail_once)
    with recorder.recording():
        record(Kind.CHANGE, list_id=1)
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_log_says_once_that_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    logged = []
    monkeypatch.setattr(recorder, "_was_written", True)
    monkeypatch.setattr(recorder.logger, "warning", lambda text, *values: logged.append(text % values))
    monkeypatch.setattr(recorder.logger, "info", logged.append)
    for is_away in (False, True, True, True, False, False, True, False):
        with monkeypatch.context() as patch, recorder.recording():
            if is_away:
                patch.setattr(Event.objects, "bulk_create", fail)
            record(Kind.CHANGE, list_id=1)
            recorder.flush()
    assert logged == ["Events are not written down: OperationalError", "Events are written down again"] * 2


@pytest.mark.django_db(transaction=True)
def test_table_that_is_not_there_yet_hurts_nobody() -> None:
    """In a rolling upgrade, a process may start before the migration."""
    before = lost("not written")
    with connection.schema_editor() as editor:
        editor.alter_db_table(Event, "observatory_event", "observatory_event_elsewhere")
    try:
        with recorder.recording():
            record(Kind.CHANGE, list_id=1)
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(Event, "observatory_event_elsewhere", "observatory_event")
    assert lost("not written") == before + 1


def test_what_is_too_much_drops_the_oldest() -> None:
    before = lost("full")
    events.start_recording(lambda: None)
    for number in range(events.MAX_WAITING + 3):
        record(Kind.CHANGE, list_id=number)
    taken = events.take(events.MAX_WAITING + 10)
    assert [taken[0].list_id, len(taken)] == [3, events.MAX_WAITING]
    assert lost("full") == before + 3


@pytest.mark.django_db
def test_many_changes_of_a_list_become_one_event_with_a_count() -> None:
    with recorder.recording():
        for revision in range(1, 61):
            record(Kind.CHANGE, list_id=1, revision=revision)
        record(Kind.CLAIM, list_id=1)
        record(Kind.CHANGE, list_id=2, revision=9)
        for _ in range(40):
            record(Kind.FEED, calendar_id=3, status=304, client="other")
        record(Kind.FEED, calendar_id=3, status=200, client="other", is_stale=True)
        record(Kind.FEED, calendar_id=3, status=200, client="other")
        record(Kind.CLAIM, list_id=1)
    written = Event.objects.order_by("pk").values_list("kind", "list_id", "details")
    assert list(written) == [
        ("change", 1, {"revision": 60, "count": 60}),
        ("claim", 1, {}),
        ("change", 2, {"revision": 9}),
        ("feed", None, {"status": 304, "client": "other", "count": 40}),
        ("feed", None, {"status": 200, "client": "other", "is_stale": True}),
        ("feed", None, {"status": 200, "client": "other"}),
        ("claim", 1, {}),
    ]


@pytest.mark.django_db
def test_few_stay_as_they_are() -> None:
    with recorder.recording():
        for revision in range(recorder.MANY):
            record(Kind.CHANGE, list_id=1, revision=revision)
    assert Event.objects.count() == recorder.MANY
