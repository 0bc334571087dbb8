"""Each experiment with real workers: what comes of it, and what it leaves alone."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from calendars.models import Calendar, CalendarJob, Feed, JobStatus
from observatory.lab.experiments import (
    DEFINITIONS,
    MAX_FAULT_SECONDS,
    InvalidAmount,
    put_right,
    remove,
    start,
)
from observatory.lab.results import Result, result_of
from observatory.models import LAB_OWNER, Event, Experiment
from observatory.retention import delete_experiments
from tests.factories import make_job, make_list, make_todo
from todos.models import Todo, TodoList
from web.quotas import QuotaExceeded

WaitFor = Callable[..., None]
HOUR_MS = 60 * 60 * 1000


def run(name: str, **numbers: int) -> Experiment:
    return start(DEFINITIONS[name], user_id=None, **numbers)


def outcome(experiment: Experiment, wait_for: WaitFor) -> Result:
    def is_over() -> bool:
        experiment.refresh_from_db()
        return result_of(experiment).is_over

    wait_for(is_over, seconds=90)
    return result_of(experiment)


def test_ticks_become_fewer_builds(workers: Any, wait_for: WaitFor) -> None:
    result = outcome(run("tick", count=30), wait_for)

    assert result.changes == 30
    assert 1 <= result.builds < 30  # one, on a machine that is quick enough to tick them all in 1.5 s
    assert result.jobs == 0


def test_one_build_serves_everybody_who_asks(workers: Any, wait_for: WaitFor) -> None:
    result = outcome(run("ask", count=20), wait_for)

    assert (result.jobs, result.succeeded, result.builds) == (20, 20, 1)


def test_lost_message_is_sent_again(workers: Any, wait_for: WaitFor) -> None:
    experiment = run("drop", count=1)
    result = outcome(experiment, wait_for)

    assert (result.succeeded, result.builds, experiment.left) == (1, 1, 0)


def test_message_that_comes_twice_is_worked_on_once(workers: Any, wait_for: WaitFor) -> None:
    experiment = run("double", count=3)
    result = outcome(experiment, wait_for)

    assert (result.succeeded, result.builds, experiment.left) == (3, 3, 0)


def test_late_message_is_enough(workers: Any, wait_for: WaitFor) -> None:
    result = outcome(run("delay", seconds=1), wait_for)

    assert (result.succeeded, result.builds) == (1, 1)


def test_build_that_fails_is_tried_again(workers: Any, wait_for: WaitFor) -> None:
    experiment = run("fail", count=1)
    result = outcome(experiment, wait_for)

    assert (result.succeeded, result.builds, experiment.left) == (1, 1, 0)


def test_sweep_that_is_stopped_goes_on_by_itself(workers: Any, wait_for: WaitFor) -> None:
    experiment = run("sweep", seconds=2)
    result = outcome(experiment, wait_for)

    assert (result.succeeded, result.builds) == (1, 1)
    assert not result.is_breaking


def test_experiments_at_once_keep_apart(workers: Any, wait_for: WaitFor) -> None:
    """Each has its own numbers and its own faults, and other people's jobs meet none of them."""
    experiments: list[Experiment] = []

    def begin(name: str, **numbers: int) -> None:
        try:
            experiments.append(run(name, **numbers))
        finally:
            connection.close()

    names = [("drop", {"count": 1}), ("double", {"count": 2}), ("fail", {"count": 1}), ("ask", {"count": 5})]
    threads = [threading.Thread(target=begin, args=(name,), kwargs=numbers) for name, numbers in names]
    for thread in threads:
        thread.start()
    make_todo()
    job = make_job()
    for thread in threads:
        thread.join()

    results = {experiment.kind: outcome(experiment, wait_for) for experiment in experiments}

    found = {kind: (result.jobs, result.succeeded, result.builds) for kind, result in results.items()}
    assert found == {"drop": (1, 1, 1), "double": (2, 2, 2), "fail": (1, 1, 1), "ask": (5, 5, 1)}
    assert {experiment.left for experiment in experiments} == {0}
    wait_for(lambda: CalendarJob.objects.get(pk=job.pk).status == JobStatus.SUCCESS)
    assert Calendar.objects.get(pk=job.calendar_id).build_count == 1


@pytest.mark.django_db
def test_every_fault_has_an_end() -> None:
    for definition in DEFINITIONS.values():
        most = definition.seconds.most if definition.seconds else 0
        assert definition.lasts(most) <= MAX_FAULT_SECONDS
        assert bool(definition.lasts(1)) == bool(definition.faults(1) or definition.name == "delay")


@pytest.mark.django_db
@pytest.mark.parametrize("name", list(DEFINITIONS))
def test_experiment_touches_no_list_of_others(name: str) -> None:
    make_todo("Mine")
    make_todo("Ada's", user=User.objects.create(username="ada"))
    before = state(
        TodoList.objects.exclude(extra_owner__username=LAB_OWNER).exclude(default_owner__username=LAB_OWNER)
    )

    experiment = run(name)

    after = TodoList.objects.exclude(extra_owner__username=LAB_OWNER).exclude(default_owner__username=LAB_OWNER)
    assert state(after) == before
    assert TodoList.objects.get(pk=experiment.list_id).extra_owner.username == LAB_OWNER


def state(lists: Any) -> list:
    ids = [one.pk for one in lists]
    return [*lists.order_by("pk").values(), *Todo.objects.filter(list__in=ids).order_by("pk").values()]


@pytest.mark.django_db
def test_everything_can_be_put_right() -> None:
    experiments = [run("drop"), run("kill"), run("ask", count=1)]

    assert put_right(experiments) == 2
    assert not Experiment.objects.live().exists()
    assert put_right(experiments) == 0


@pytest.mark.django_db
def test_removed_experiments_leave_nothing() -> None:
    mine = make_list()
    experiments = [run("tick", count=2), run("ask", count=2)]

    assert remove(experiments) == 2
    assert not Experiment.objects.exists()
    assert not User.objects.filter(username=LAB_OWNER).exists()
    assert not Feed.objects.exists()
    assert not CalendarJob.objects.exists()
    assert [*TodoList.objects.all()] == [mine]


@pytest.mark.django_db
def test_no_other_list_is_removed_whatever_a_row_says() -> None:
    todo = make_todo()
    experiment = run("ask", count=1)
    experiment.list_id = todo.list_id

    remove([experiment])

    assert Todo.objects.filter(pk=todo.pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("is_allowed", [True, False])
def test_old_experiments_go_by_themselves(is_allowed: bool, settings: Any) -> None:
    settings.LAB = is_allowed
    old, new = run("ask", count=1), run("ask", count=1)
    Experiment.objects.filter(pk=old.pk).update(started_at_ms=old.started_at_ms - 25 * HOUR_MS)

    assert delete_experiments() == {"experiments_removed": 1}
    assert Experiment.objects.get() == new
    assert TodoList.objects.filter(extra_owner__username=LAB_OWNER).count() == 1
    Experiment.objects.all().delete()
    TodoList.objects.filter(extra_owner__username=LAB_OWNER).delete()
    assert delete_experiments() == {"experiments_removed": 0}
    assert not User.objects.filter(username=LAB_OWNER).exists()


@pytest.mark.django_db
def test_oldest_experiment_makes_room_unless_it_runs(settings: Any) -> None:
    settings.MAX_LISTS = 3
    first, second = run("ask", count=1), run("drop")
    third = run("ask", count=1)
    assert set(Experiment.objects.all()) == {second, third}

    with pytest.raises(QuotaExceeded, match="under way"):
        run("ask", count=1)
    assert not TodoList.objects.filter(pk=first.list_id).exists()
    assert Experiment.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("numbers", [{"count": 0}, {"count": 501}, {"count": -1}, {"seconds": 5}])
def test_numbers_are_limited(numbers: dict[str, int]) -> None:
    with pytest.raises(InvalidAmount):
        run("ask", **numbers)
    assert not Experiment.objects.exists()


def test_result_tells_the_steps(workers: Any, wait_for: WaitFor) -> None:
    result = outcome(run("drop", count=1), wait_for)

    texts = [step.text for step in result.steps]
    assert "The lab threw a message away" in texts
    assert texts.index("The lab threw a message away") < len(texts) - 1
    assert result.lost == 1
    assert len(result.workers) == 1
    assert result.workers[0] in result.sentence


def test_changes_that_were_written_down_as_one_are_counted() -> None:
    experiment = Experiment(kind="tick", started_at_ms=1_000)
    built = {"ms": 5, "since": 1, "revision": 5, "bytes": 900}
    changes = [
        Event(kind="change", at_ms=1_500, process="h:1:a", details={"count": 3, "revision": 4}),
        Event(kind="change", at_ms=1_600, process="h:1:a", details={"revision": 5}),
        Event(kind="build.done", at_ms=2_000, process="h:1:a", details=built),
    ]
    result = Result(experiment, 4, 1, 0, 0, 0, None, None, changes, False, True)

    assert [(step.seconds, step.text) for step in result.steps] == [
        (0.5, "4 changes of a list, up to revision 5"),
        (1.0, "1 build of 5 ms for 4 changes"),
    ]
    assert result.sentence.startswith("4 changes became 1 build of 5 ms.")
