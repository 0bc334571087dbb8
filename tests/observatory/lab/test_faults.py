"""Faults reach the experiment's own list alone, and end by themselves."""

from types import SimpleNamespace

import dramatiq
import pytest
from dramatiq.middleware import SkipMessage

from calendars.builds.sweeper import dispatch_due_calendars
from calendars.models import Calendar
from database.clock import now_ms
from observatory.lab import faults
from observatory.lab.experiments import put_right
from observatory.models import Experiment
from tests.factories import make_job, make_list, make_todo

pytestmark = pytest.mark.django_db


def make_fault(kind: str, *, lasts_ms: int = 60_000, left: int = 1, list_id: int | None = None) -> Experiment:
    now = now_ms()
    experiment = Experiment.objects.create(
        kind=kind, list_id=list_id or make_list().pk, started_at_ms=now, ends_at_ms=now + lasts_ms, left=left
    )
    faults.forget()
    return experiment


def message_of(calendar_id: object, actor: str = "build_calendar") -> SimpleNamespace:
    return SimpleNamespace(actor_name=actor, args=(calendar_id,), message_id="m", message_timestamp=0, options={})


def receive(message: SimpleNamespace) -> bool:
    """Receive it as a worker does; return whether it is worked on."""
    try:
        faults.Faults().before_process_message(dramatiq.get_broker(), message)
    except SkipMessage:
        return False
    return True


def test_so_many_messages_are_lost_and_no_more() -> None:
    make_todo()
    message = message_of(str(make_job().calendar_id))
    fault = make_fault("drop", left=2)

    assert [receive(message) for _ in range(3)] == [False, False, True]
    fault.refresh_from_db()
    assert fault.left == 0


def test_fault_that_has_ended_loses_nothing() -> None:
    make_todo()
    job = make_job()
    make_fault("drop", lasts_ms=0)

    assert receive(message_of(str(job.calendar_id)))


@pytest.mark.parametrize("argument", ["", "x", "-1", "9" * 30, None])
def test_message_that_names_no_calendar_is_left_alone(argument: object) -> None:
    make_fault("drop")

    assert receive(message_of(argument))
    assert receive(message_of("1", actor="deliver"))


def test_messages_of_other_lists_are_not_lost() -> None:
    make_todo()
    job = make_job()
    fault = make_fault("drop", list_id=make_list().pk + 1)

    assert receive(message_of(str(job.calendar_id)))
    fault.refresh_from_db()
    assert fault.left == 1


def test_nothing_is_lost_where_the_lab_is_off(settings: object) -> None:
    make_todo()
    job = make_job()
    make_fault("drop")
    settings.LAB = False

    assert faults.live() == []
    assert receive(message_of(str(job.calendar_id)))


def test_sweep_leaves_out_one_list_until_it_is_put_right() -> None:
    make_todo()
    job = make_job()
    Calendar.objects.filter(pk=job.calendar_id).update(due_at_ms=0)
    fault = make_fault("sweep", left=0)

    assert dispatch_due_calendars() == 0
    assert Calendar.objects.get(pk=job.calendar_id).due_at_ms == 0  # not postponed either

    put_right([fault])
    faults.forget()
    assert dispatch_due_calendars() == 1


def test_sweep_goes_on_for_other_lists() -> None:
    make_todo()
    job = make_job()
    Calendar.objects.filter(pk=job.calendar_id).update(due_at_ms=0)
    make_fault("sweep", left=0, list_id=make_list().pk + 1)

    assert dispatch_due_calendars() == 1


def test_process_that_is_no_more_is_not_resumed() -> None:
    assert not faults.resume("elsewhere:1:abc")
    assert not faults.resume("")
    assert not faults.resume(f"{faults.name_of_host()}999999999:abc")
