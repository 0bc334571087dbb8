"""Many moves between lists at once, while calendars of both are built and a list is deleted."""

import contextlib
import random
import threading
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from calendars.builds.build import build_calendar
from calendars.jobs.services import request_calendar
from calendars.models import Calendar, CalendarFile, CalendarJob
from calendars.options import CalendarOptions
from database import errors
from tests.calendars.test_incremental import full_render
from tests.crowd import together
from tests.factories import make_list, make_todo, make_user, move_todos
from todos.admission import ListBusy
from todos.models import MovedTodo, Todo, TodoList
from todos.services import BulkOutcome, create_list, delete_list, erase_list, update_todo

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_deadlock")]

MOVES = 1_000
ROUNDS = 10
MOVERS = 4  # in each direction
OPTIONS = [CalendarOptions(), CalendarOptions(completed="open", components="both")]


@pytest.fixture
def no_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a deadlock fail the test, even one after which the transaction would be repeated."""
    monkeypatch.setattr(errors, "PAUSE_SECONDS", "a deadlock")


def built(todo_list: TodoList, options: CalendarOptions) -> CalendarFile:
    calendar_id = request_calendar(todo_list=todo_list, options=options).calendar_id
    build_calendar(calendar_id)
    return Calendar.objects.get(pk=calendar_id).current_file


def patiently(move: Callable[[], list]) -> list:
    """Try again while too many others change the list, as a client does after a 503."""
    while True:
        with contextlib.suppress(ListBusy):
            return move()


def mover(user: User, source: TodoList, target: TodoList, todo_ids: list[int]) -> Callable[[], None]:
    def move() -> None:
        for todo_id in todo_ids:
            (result,) = patiently(
                lambda todo_id=todo_id: move_todos(user=user, source=source, target=target, todo_ids=[todo_id])
            )
            assert result.outcome == BulkOutcome.DONE

    return move


def test_a_thousand_moves_in_both_directions_lose_and_double_nothing() -> None:
    user = make_user()
    lists = [make_list(user), create_list(user=user, name="Uni")]
    uids = {}
    for number in range(MOVES // ROUNDS):
        todo = make_todo(f"Todo {number}", user=user)
        uids[todo.pk] = todo.uid
    move_todos(user=user, source=lists[0], target=lists[1], todo_ids=list(uids)[::2])
    moves = 0
    for seed in range(ROUNDS):
        there = [list(todo_list.todos.values_list("pk", flat=True)) for todo_list in lists]
        for ids in there:
            random.Random(seed).shuffle(ids)
        calls = [
            mover(user, lists[place], lists[1 - place], there[place][start::MOVERS])
            for place in (0, 1)
            for start in range(MOVERS)
        ]
        is_over = threading.Event()

        def build(is_over: threading.Event = is_over) -> None:
            while not is_over.wait(0.05):
                for todo_list in lists:
                    built(todo_list, OPTIONS[0])

        builder = threading.Thread(target=lambda: together(build))
        builder.start()
        try:
            together(*calls)
        finally:
            is_over.set()
            builder.join()
        moves += len(uids)
        now = [set(todo_list.todos.values_list("pk", flat=True)) for todo_list in lists]
        assert now == [set(there[1]), set(there[0])]
        assert dict(Todo.objects.values_list("pk", "uid")) == uids
        for todo_list in lists:
            for options in OPTIONS:
                file, expected = built(todo_list, options), full_render(todo_list, options)
                assert (bytes(file.body), file.events) == (expected.body, expected.events)
                assert file.events == len(uids) // 2
    assert moves == MOVES
    assert set(Todo.objects.values_list("sequence", flat=True)) == {ROUNDS, ROUNDS + 1}


def test_moves_and_other_changes_of_three_lists_meet_without_a_deadlock() -> None:
    user = make_user()
    lists = [make_list(user), *(create_list(user=user, name=name) for name in "AB")]
    todos = [make_todo(f"Todo {number}", user=user).pk for number in range(9)]

    def wander(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(25):
            source, target = chance.sample(lists, 2)
            patiently(
                lambda source=source, target=target: move_todos(
                    user=user, source=source, target=target, todo_ids=chance.sample(todos, 3)
                )
            )

    def edit(seed: int) -> None:
        chance = random.Random(seed)
        for number in range(25):
            todo_list = chance.choice(lists)
            with contextlib.suppress(Todo.DoesNotExist, ListBusy):
                changes = {"title": f"Edited {number}"}
                update_todo(todo_list=todo_list, todo_id=chance.choice(todos), changes=changes)

    together(*[lambda seed=seed: wander(seed) for seed in range(4)], lambda: edit(5), lambda: edit(6))

    assert sorted(Todo.objects.values_list("pk", flat=True)) == todos
    for todo_list in lists:
        file, expected = built(todo_list, OPTIONS[0]), full_render(todo_list, OPTIONS[0])
        assert bytes(file.body) == expected.body


@pytest.mark.parametrize("is_source", [False, True])
def test_list_that_is_deleted_during_moves_takes_what_is_in_it_along(is_source: bool) -> None:
    user = make_user()
    stays, goes = make_list(user), create_list(user=user, name="Goes")
    todos = [make_todo(f"Todo {number}", user=user).pk for number in range(20)]
    if is_source:
        move_todos(user=user, source=stays, target=goes, todo_ids=todos)
    source, target = (goes, stays) if is_source else (stays, goes)
    outcomes = []
    half_way = threading.Event()

    def move() -> None:
        for number, todo_id in enumerate(todos):
            if number == len(todos) // 2:
                half_way.set()
            with contextlib.suppress(TodoList.DoesNotExist):
                outcomes.extend(move_todos(user=user, source=source, target=target, todo_ids=[todo_id]))

    def build() -> None:
        for _ in range(5):
            with contextlib.suppress(TodoList.DoesNotExist):
                built(stays, OPTIONS[0])
                calendar_id = request_calendar(todo_list=goes, options=OPTIONS[0]).calendar_id
                build_calendar(calendar_id)

    def delete() -> None:
        half_way.wait(30)
        delete_list(todo_list=goes)

    together(move, build, delete)

    done = {result.todo_id for result in outcomes if result.outcome == BulkOutcome.DONE}
    assert {result.outcome for result in outcomes} <= {BulkOutcome.DONE, BulkOutcome.GONE}
    left = done if is_source else set(todos) - done
    assert set(Todo.objects.values_list("pk", flat=True)) == left
    assert set(TodoList.objects.all()) == {stays}
    assert not Calendar.objects.exclude(list=stays).exists()
    assert not CalendarJob.objects.exclude(calendar__list=stays).exists()
    assert bytes(built(stays, OPTIONS[0]).body) == full_render(stays, OPTIONS[0]).body
    erase_list(todo_list=stays)
    assert not MovedTodo.objects.exists()
