import pytest

from observability import events
from observability.events import Kind, record
from observatory import recorder
from observatory.models import Event


@pytest.mark.django_db
def test_what_is_recorded_is_written_down() -> None:
    with recorder.recording():
        record(Kind.CHANGE, list_id=7, revision=3, todos=2)

    event = Event.objects.get()
    assert (event.kind, event.list_id, event.details) == ("change", 7, {"revision": 3, "todos": 2})


@pytest.mark.django_db
def test_a_process_that_writes_nothing_down_records_nothing() -> None:
    record(Kind.CHANGE, list_id=7)

    assert events.take(1) == []
