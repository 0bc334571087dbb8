"""Statements that are turned into SQL once."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection

from calendars.models import CalendarJob
from database.prepared import (
    PreparedInsert,
    PreparedQuery,
    PreparedUpdate,
    columns_of,
    fields_of,
    send_together,
)
from tests.factories import make_job, make_list
from todos.models import TodoList

pytestmark = pytest.mark.django_db(transaction=True)

NAMED = PreparedQuery(lambda name: TodoList.objects.filter(name=name, owner=None), **fields_of(TodoList, "name"))
RENAME = PreparedUpdate(
    lambda id, name: (TodoList.objects.filter(pk=id), {"name": name}), **fields_of(TodoList, "id", "name")
)
INSERT_JOB = PreparedInsert(CalendarJob, **columns_of(CalendarJob))
RENAME_AGAIN = PreparedUpdate(
    lambda id, name: (TodoList.objects.filter(pk=id), {"name": name}),
    returning=["name", "revision"],
    **fields_of(TodoList, "id", "name"),
)
INSERT = PreparedInsert(lambda name: TodoList(name=name), returning=["id"], **fields_of(TodoList, "name"))


def test_a_query_finds_rows_with_its_values() -> None:
    made = make_list()
    RENAME(id=made.pk, name="50 % off, it's $1 and %s")

    assert NAMED.get(name="50 % off, it's $1 and %s") == made
    assert NAMED.instances(name="Another") == []


def test_an_insert_returns_columns_too() -> None:
    (made,) = INSERT(name="New")

    assert TodoList.objects.get().pk == made


def test_an_update_returns_how_many_rows_there_were() -> None:
    assert RENAME(id=make_list().pk, name="New") == 1
    assert RENAME(id=0, name="New") == 0


def test_an_update_returns_columns_that_it_is_asked_for() -> None:
    assert RENAME_AGAIN(id=make_list().pk, name="New") == ("New", 0)
    assert RENAME_AGAIN(id=0, name="New") is None


def test_statements_sent_together_are_done_together_or_not_at_all() -> None:
    made = make_list()

    with pytest.raises(IntegrityError):  # there is one open list
        send_together([(RENAME, {"id": made.pk, "name": "New"}), (INSERT, {"name": "Other"})])

    assert TodoList.objects.get().name == made.name


def test_an_insert_keeps_an_id_and_every_value_that_is_given() -> None:
    job = CalendarJob(calendar=make_job().calendar, revision=7, created_at=datetime.now(UTC), error="%s")

    INSERT_JOB(**INSERT_JOB.values_of(job))

    written = CalendarJob.objects.get(pk=job.pk)
    assert INSERT_JOB.values_of(written) == INSERT_JOB.values_of(job)


def test_a_query_sent_last_sees_what_was_done_before_it() -> None:
    made = make_list()

    rows = send_together([(RENAME, {"id": made.pk, "name": "New"}), (NAMED, {"name": "New"})])

    assert NAMED.made_of(rows) == [made]


def test_a_new_connection_gets_the_statement_anew() -> None:
    made = make_list()
    for _ in range(2):
        assert NAMED.get(name=made.name) == made
        connection.close()
