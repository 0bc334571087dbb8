"""The rounds of a worker's sweep: what fails does not hinder the rest, and each step comes when it is time."""

from collections.abc import Callable

import pytest

from background import sweep
from calendars.models import Calendar
from database.clock import now_ms
from tests.factories import make_job, make_user

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


def test_step_that_fails_is_tried_again_before_long_and_hinders_no_other(work: Callable) -> None:
    tried, ran, often = [], [], []
    work(
        sweep.Step(lambda: tried.append(1) or fail(), every_seconds=3600),
        sweep.Step(lambda: ran.append(1) or {}, every_seconds=3600),
        sweep.Step(lambda: often.append(1) or fail(), every_seconds=10),
    )
    rounds = sweep.Round()
    for now in (100.0, 101.0, 109.0):
        assert rounds.run(now, most=1.0) == 1.0
    assert (len(tried), len(ran), len(often)) == (1, 1, 1)

    for now in (110.0, 159.0, 160.0):
        rounds.run(now, most=1.0)
    assert (len(tried), len(ran), len(often)) == (2, 1, 3)


def test_messages_are_sent_before_the_steps(work: Callable) -> None:
    make_job()
    Calendar.objects.update(due_at_ms=now_ms() - 1)
    done: list[str] = []
    work(
        sweep.Step(lambda: done.append("step") or {}, every_seconds=60),
        sweep.Work(Calendar, lambda pk: done.append("message") or True, resend_after_ms=60_000),
    )
    sweep.Round().run(100.0, most=1.0)

    assert done == ["message", "step"]


def test_what_has_waited_longest_comes_first(work: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "BATCH", 2)
    for user in ("ada", "bob", "eve"):
        make_job(make_user(user))
    first, second, third = Calendar.objects.order_by("pk").values_list("pk", flat=True)
    for pk, waited_ms in ((first, 1_000), (second, 3_000), (third, 2_000)):
        Calendar.objects.filter(pk=pk).update(due_at_ms=now_ms() - waited_ms)
    sent: list[int] = []
    sweep.Work(Calendar, lambda pk: sent.append(pk) or True, resend_after_ms=60_000).dispatch_due()

    assert sent == [second, third]


def test_only_a_lease_that_nobody_gave_back_is_told_of(work: Callable) -> None:
    for user in ("ada", "bob"):
        make_job(make_user(user))
    _, left = Calendar.objects.order_by("pk").values_list("pk", flat=True)
    Calendar.objects.update(due_at_ms=now_ms() - 1, attempts=2)
    Calendar.objects.filter(pk=left).update(lease_token="0" * 32, lease_until_ms=now_ms() - 1)
    told: list[tuple[int, int]] = []
    sweep.Work(
        Calendar,
        lambda pk: True,
        resend_after_ms=0,
        lease_expired=lambda pk, attempts: told.append((pk, attempts)),
    ).dispatch_due()

    assert told == [(left, 2)]


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
    Calendar.objects.update(due_at_ms=now_ms() + 30_000)
    later = sweep.Work(Calendar, lambda pk: True, resend_after_ms=0)
    work(later, sweep.Work(Calendar, lambda pk: True, resend_after_ms=0))

    assert 0 < sweep.Round().run(100.0, most=60.0) <= 30


def test_command_does_what_is_meant_for_it(work: Callable) -> None:
    work(
        sweep.Step(lambda: {"files": 2}, every_seconds=5),
        sweep.Step(lambda: {"files": 1, "jobs": 3}, every_seconds=60),
        sweep.Step(fail, every_seconds=5, is_for_command=False),
    )
    assert sweep.sweep() == {"files": 3, "jobs": 3, "dispatched": 0}


def test_command_counts_its_messages(work: Callable) -> None:
    make_job()
    Calendar.objects.update(due_at_ms=now_ms() - 1)
    work(sweep.Work(Calendar, lambda pk: True, resend_after_ms=60_000))

    assert sweep.sweep() == {"dispatched": 1}
