"""The rounds of a worker's sweep: what fails does not hinder the rest, and each step comes when it is time."""

from collections.abc import Callable

import pytest

from background import sweep
from calendars.models import Calendar
from database.clock import now_ms
from tests.factories import make_job

pytestmark = pytest.mark.django_db(transaction=True)  # a failure closes the connection


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`work(…)` registers these alone."""

    def register(*added: sweep.Work | sweep.Step) -> None:
        monkeypatch.setattr(sweep, "WORK", [])
        monkeypatch.setattr(sweep, "STEPS", [])
        sweep.register(*added)

    return register


def fail() -> dict[str, int]:
    raise ConnectionError


def test_step_runs_when_its_time_has_come(work: Callable) -> None:
    ran = []
    work(sweep.Step(lambda: ran.append(1) or {}, every_seconds=5))
    rounds = sweep.Round()
    for now in (100.0, 104.9, 105.0, 109.9, 110.0):
        rounds.run(now, most=1.0)

    assert len(ran) == 3


def test_step_that_fails_is_tried_in_the_next_round_and_hinders_no_other(work: Callable) -> None:
    ran, tried = [], []
    work(
        sweep.Step(lambda: tried.append(1) or fail(), every_seconds=60),
        sweep.Step(lambda: ran.append(1) or {}, every_seconds=60),
    )
    rounds = sweep.Round()
    for now in (100.0, 101.0):
        assert rounds.run(now, most=1.0) == 1.0

    assert (len(tried), len(ran)) == (2, 1)


def test_work_whose_message_cannot_be_sent_hinders_no_other(work: Callable) -> None:
    make_job()
    Calendar.objects.update(due_at_ms=now_ms() - 1)
    sent = []
    work(
        sweep.Work(Calendar, lambda pk: fail(), resend_after_ms=0),
        sweep.Work(Calendar, lambda pk: sent.append(pk) or True, resend_after_ms=60_000),
    )
    sweep.Round().run(100.0, most=1.0)

    assert sent == [Calendar.objects.get().pk]


def test_round_ends_when_the_first_of_all_work_is_due(work: Callable) -> None:
    make_job()
    Calendar.objects.update(due_at_ms=now_ms() + 400)
    later = sweep.Work(Calendar, lambda pk: True, resend_after_ms=0)
    work(later, sweep.Work(Calendar, lambda pk: True, resend_after_ms=0))

    assert 0 < sweep.Round().run(100.0, most=1.0) <= 0.4


def test_command_does_what_is_meant_for_it(work: Callable) -> None:
    work(
        sweep.Step(lambda: {"files": 2}, every_seconds=5),
        sweep.Step(lambda: {"files": 1, "jobs": 3}, every_seconds=60),
        sweep.Step(fail, every_seconds=5, is_for_command=False),
    )
    assert sweep.sweep() == {"files": 3, "jobs": 3, "dispatched": 0}
