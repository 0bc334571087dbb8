"""Todos that repeat, completed by several at once, and by those who die in the middle of it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.crowd import Interruption, together
from tests.factories import make_list, make_todo
from tests.hostile import JSON
from todos import undo
from todos.deadlines import parse_deadline
from todos.models import PastOccurrence, Todo, TodoList
from todos.services import (
    Action,
    BulkItem,
    StaleTodo,
    change_todos,
    complete_series,
    create_todo,
    import_todos,
    past_occurrences,
    purge_todos,
    skip_todo,
    update_todo,
)
from todos.services.imports import ImportedTodo

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = date(2026, 11, 27)


def everything() -> tuple[list, list]:
    """Return all rows of todos and of their history."""
    return list(Todo.objects.order_by("pk").values()), list(PastOccurrence.objects.order_by("pk").values())


def history_of(todo: Todo) -> list[tuple[int, str]]:
    return [(one.number, str(one.due)) for one in PastOccurrence.objects.filter(todo=todo).order_by("number")]


@pytest.mark.parametrize("way", ["put", "skip", "bulk"])
def test_each_of_200_completions_ends_one_occurrence(way: str) -> None:
    todo = make_todo("Water", str(FIRST), rule="FREQ=DAILY;COUNT=300")
    path = f"/api/v1/todos/{todo.pk}"

    def client(count: int = 100) -> set[int]:
        api, statuses = Client(), set()
        for _ in range(count):
            if way == "put":
                answer = api.put(path, {"completed": True}, JSON)
            elif way == "skip":
                answer = api.post(f"{path}/skip")
            else:
                items = [{"id": todo.pk, "action": "complete"}]
                answer = api.post("/api/v1/todos/bulk", {"items": items}, JSON)
                assert answer.json()["results"] == [{"id": todo.pk, "status": 200}]
            statuses.add(answer.status_code)
        return statuses

    assert together(client, client) == [{200}, {200}]

    days = [str(FIRST + timedelta(days=number)) for number in range(201)]
    assert history_of(todo) == list(zip(range(1, 201), days, strict=False))
    todo.refresh_from_db()
    assert (str(todo.due), todo.occurrence, todo.rule, todo.past_count, todo.sequence, todo.completed) == (
        days[200], days[200], "FREQ=DAILY;COUNT=100", 200, 200, False,
    )  # fmt: skip


def test_series_that_two_finish_ends_once() -> None:
    todo = make_todo("Water", str(FIRST), rule="FREQ=DAILY;COUNT=30")

    def client() -> None:
        for _ in range(20):
            update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"completed": True})

    together(client, client)

    assert [number for number, _ in history_of(todo)] == [*range(1, 31)]
    todo.refresh_from_db()
    assert (todo.completed, todo.rule, todo.sequence) == (True, "FREQ=DAILY;COUNT=1", 30)


def test_one_of_many_who_saw_the_same_occurrence_ends_it() -> None:
    todo = make_todo("Water", str(FIRST), rule="FREQ=DAILY")

    def end(service: Callable) -> bool:
        try:
            service(todo_list=make_list(), todo_id=todo.pk, expected_sequence=0)
        except StaleTodo:
            return False
        return True

    def complete(**found: Any) -> None:
        update_todo(changes={"completed": True}, **found)

    ended = together(*[lambda s=service: end(s) for service in [skip_todo, complete_series, complete] * 2])

    assert (ended.count(True), PastOccurrence.objects.count()) == (1, 1)


def test_two_who_reopen_and_complete_a_series_leave_one_row_for_each_date() -> None:
    todo = make_todo("Water", str(FIRST), rule="FREQ=DAILY;COUNT=3")

    def client() -> None:
        for _ in range(25):
            change_todos(todo_list=make_list(), items=[BulkItem(todo.pk, Action.REOPEN)])
            update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"completed": True})

    together(client, client)

    todo.refresh_from_db()
    assert todo.completed and todo.past_count > 3
    assert [number for number, _ in history_of(todo)] == [*range(1, todo.past_count + 1)]
    days = [str(FIRST + timedelta(days=number)) for number in range(3)]
    assert [str(one.due) for one in reversed(past_occurrences(todo))] == days


def test_undo_and_completions_at_once_leave_no_gap() -> None:
    todo = make_todo("Water", str(FIRST), rule="FREQ=DAILY;COUNT=500")

    def client() -> None:
        for _ in range(25):
            todo_list = make_list()
            results = change_todos(todo_list=todo_list, items=[BulkItem(todo.pk, Action.COMPLETE)])
            change_todos(todo_list=todo_list, items=undo.read(todo_list, undo.offer(todo_list, results)))
            update_todo(todo_list=todo_list, todo_id=todo.pk, changes={"completed": True})

    together(client, client)

    todo.refresh_from_db()
    count = todo.past_count
    assert count >= 50
    days = [str(FIRST + timedelta(days=number)) for number in range(count + 1)]
    assert history_of(todo) == list(zip(range(1, count + 1), days, strict=False))
    assert (str(todo.due), todo.rule) == (days[count], f"FREQ=DAILY;COUNT={500 - count}")


MEANWHILE = {
    "complete": lambda todo: update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"completed": True}),
    "make a series": lambda todo: update_todo(
        todo_list=make_list(), todo_id=todo.pk, changes={"rule": "FREQ=WEEKLY"}
    ),
    "end the series": lambda todo: update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"rule": ""}),
    "move": lambda todo: update_todo(
        todo_list=make_list(), todo_id=todo.pk, changes={"due": parse_deadline("2027-01-01")}
    ),
}


@pytest.mark.parametrize("rule", ["", "FREQ=DAILY"])
@pytest.mark.parametrize("what", MEANWHILE)
def test_completion_is_of_the_todo_as_it_is_then(rule: str, what: str) -> None:
    """Completed by PUT, while another request makes it a series, or none, before each query in turn."""
    for number in range(1, 30):
        todo = make_todo("Water", str(FIRST), rule=rule)
        interruption = Interruption(number, lambda todo=todo: MEANWHILE[what](todo))
        with connection.execute_wrapper(interruption):
            answer = Client().put(f"/api/v1/todos/{todo.pk}", {"completed": True}, JSON)
        assert answer.status_code == 200
        if not interruption.happened:
            break
        todo.refresh_from_db()
        rows, is_series = history_of(todo), bool(todo.rule)
        assert todo.past_count == len(rows) and [one for one, _ in rows] == [*range(1, len(rows) + 1)]
        if what == "complete":
            assert (len(rows), todo.completed) == ((2, False) if rule else (0, True)), number
        elif is_series:  # it was one when it was completed, or it was completed before it became one
            assert todo.completed != bool(rows), number
        else:
            assert todo.completed or rows, number
    assert number > 1  # it was interrupted


class Died(BaseException):
    """What nobody catches."""


class Death:
    """Ends a thread's work just before its query with a number, counted from 1."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __call__(self, execute: Callable, *arguments: object) -> object:
        self.number -= 1
        if self.number == 0:
            raise Died
        return execute(*arguments)


def with_sub_tasks(rule: str) -> Todo:
    todo = make_todo("Water", str(FIRST), rule=rule)
    make_todo("Done", str(FIRST), parent_id=todo.pk, completed=True)
    make_todo("Below", str(FIRST), parent_id=todo.pk, rule="FREQ=WEEKLY")
    return todo


def take_back(todo: Todo) -> Callable[[], Any]:
    todo_list = make_list()
    results = change_todos(todo_list=todo_list, items=[BulkItem(todo.pk, Action.COMPLETE)])
    token = undo.offer(todo_list, results)
    return lambda: change_todos(todo_list=make_list(), items=undo.read(make_list(), token))


def reopen(todo: Todo) -> Callable[[], Any]:
    complete_series(todo_list=make_list(), todo_id=todo.pk)
    return update(todo, completed=False)


def update(todo: Todo, **changes: Any) -> Callable[[], Any]:
    return lambda: update_todo(todo_list=make_list(), todo_id=todo.pk, changes=changes)


def purge(todo: Todo) -> Callable[[], Any]:
    update(todo, completed=True)()
    Todo.objects.filter(pk=todo.pk).update(deleted_at=todo.created_at.replace(year=2020))
    return purge_todos


def restore_from_a_file(todo: Todo) -> Callable[[], Any]:
    Todo.objects.filter(pk=todo.pk).update(deleted_at=todo.created_at)
    values = {"title": "x", "due": parse_deadline("2027-01-01"), "rule": "FREQ=WEEKLY", "completed": False}
    return lambda: import_todos(todo_list=make_list(), todos=[ImportedTodo(todo.uid, values)])


# What prepares a todo and returns what is done to it.
WORK: dict[str, Callable[[Todo], Callable[[], Any]]] = {
    "complete": lambda todo: update(todo, completed=True),
    "skip": lambda todo: lambda: skip_todo(todo_list=make_list(), todo_id=todo.pk),
    "complete the series": lambda todo: lambda: complete_series(todo_list=make_list(), todo_id=todo.pk),
    "reopen": reopen,
    "undo": take_back,
    "change the rule": lambda todo: update(todo, rule="FREQ=WEEKLY;BYDAY=MO"),
    "change the deadline": lambda todo: update(todo, due=parse_deadline("2027-01-01")),
    "create": lambda todo: (
        lambda: create_todo(
            todo_list=make_list(), title="New", due=parse_deadline("2027-01-01"), rule="FREQ=WEEKLY"
        )
    ),
    "purge": purge,
    "import": restore_from_a_file,
}


@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=DAILY;COUNT=1"])
@pytest.mark.parametrize("what", WORK)
def test_what_dies_before_a_query_leaves_all_or_nothing(rule: str, what: str) -> None:
    for number in range(1, 60):
        PastOccurrence.objects.all().delete()
        Todo.objects.all().delete()
        make_list()
        work = WORK[what](with_sub_tasks(rule))
        before, revision = everything(), TodoList.objects.get().revision
        try:
            with connection.execute_wrapper(Death(number)):
                work()
        except Died:
            connection.close()
            if everything() != before:  # it was done, and only the answer is missing
                assert TodoList.objects.get().revision > revision or what == "purge"
                for todo in Todo.objects.all():
                    assert todo.past_count == PastOccurrence.objects.filter(todo=todo).count()
                assert set(PastOccurrence.objects.values_list("todo", flat=True)) <= set(
                    Todo.objects.values_list("pk", flat=True)
                )
            continue
        assert everything() != before
        break
    else:
        pytest.fail("it takes too many queries")
