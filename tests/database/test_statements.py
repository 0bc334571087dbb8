"""Statements that are written by hand, on the database of this run and as a pooler in transaction mode needs them."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import BigIntegerField

from calendars.models import CalendarJob
from database.clock import now_ms
from database.statements import (
    Columns,
    Statement,
    execute_batch,
    placeholders,
    values_of,
)
from tests.database.clock import STATEMENTS
from tests.factories import make_job, make_list
from todos.models import TodoList

pytestmark = pytest.mark.django_db(transaction=True)

LIST, JOB = Columns(TodoList), Columns(CalendarJob)
NAMED = Statement(
    f"SELECT {LIST} FROM todos_todolist WHERE name = %(name)s",
    parameters={"name": TodoList.name.field},
    returns=LIST.fields,
)
RENAME = Statement(
    "UPDATE todos_todolist SET name = %(name)s WHERE id = %(id)s RETURNING name, revision",
    parameters={"id": TodoList.id.field, "name": TodoList.name.field},
    returns=[TodoList.name.field, TodoList.revision.field],
)
SECOND_OPEN_LIST = Statement(
    "INSERT INTO todos_todolist (name, time_zone, week_start, revision, epoch, purged_revision, created_at) "
    "VALUES ('Other', 'UTC', 0, 0, 0, 0, CURRENT_TIMESTAMP)"
)


@pytest.fixture(params=["none", "transaction"], autouse=True)
def pooler(request: pytest.FixtureRequest, settings: Any) -> Iterator[str]:
    settings.DATABASE_POOLER = request.param
    yield request.param
    connection.close()  # with what it has prepared


def test_rows_are_found_by_values_of_every_kind() -> None:
    made = make_list()
    RENAME(id=made.pk, name="50 % off, it's $1 and %s")

    assert [LIST.instance(row) for row in NAMED(name="50 % off, it's $1 and %s")] == [made]
    assert NAMED(name="Another") == []


def test_instances_are_those_of_the_orm() -> None:
    made = TodoList.objects.get(pk=make_list().pk)

    (row,) = NAMED(name=made.name)

    assert values_of(LIST.instance(row), LIST.names) == values_of(made, LIST.names)


def test_an_update_returns_the_columns_of_the_rows_it_changed() -> None:
    assert RENAME(id=make_list().pk, name="New") == [("New", 0)]
    assert RENAME(id=0, name="New") == []


def test_a_number_that_no_row_can_hold_finds_none() -> None:
    assert RENAME(id=2**70, name="New") == []


def test_a_batch_is_done_together_or_not_at_all() -> None:
    made = make_list()

    with pytest.raises(IntegrityError):  # there is one open list
        execute_batch(RENAME.bind(id=made.pk, name="New"), SECOND_OPEN_LIST.bind())

    assert TodoList.objects.get().name == made.name


def test_the_last_statement_of_a_batch_sees_those_before_it() -> None:
    made = make_list()

    (row,) = execute_batch(RENAME.bind(id=made.pk, name="New"), NAMED.bind(name="New"))

    assert LIST.instance(row) == made


def test_an_insert_keeps_every_value_that_is_given() -> None:
    job = make_job()
    insert = Statement(
        f"INSERT INTO calendars_calendarjob ({JOB}) VALUES ({placeholders(JOB.names)})",
        parameters=JOB.parameters,
    )
    values = values_of(CalendarJob.objects.get(pk=job.pk), JOB.names) | {
        "error": "%s",
        "revision": 7,
    }
    CalendarJob.objects.all().delete()

    insert(**values)

    assert values_of(CalendarJob.objects.get(), JOB.names) == values


def test_a_new_connection_prepares_the_statement_again() -> None:
    made = make_list()
    for _ in range(2):
        assert len(NAMED(name=made.name)) == 1
        connection.close()


def test_the_clock_is_the_databases() -> None:
    clock = Statement("SELECT [now_ms]", returns=[BigIntegerField()])

    before, ((now,),), after = now_ms(), clock(), now_ms()

    assert before <= now <= after


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_statement_can_be_planned(name: str) -> None:
    """After an upgrade of Django or a change of a model, this names the statement that no longer fits."""
    statement = STATEMENTS[name]
    assert set(statement.variant(connection).names) == set(statement.parameters), "unused or undeclared parameters"
    rows = []
    with suppress(IntegrityError):  # there is no value in what must have one
        rows = statement(**dict.fromkeys(statement.parameters))
    assert {len(row) for row in rows} <= {len(statement.returns)}
