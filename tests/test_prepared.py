"""Statements that are turned into SQL once."""

import pytest
from django.db import IntegrityError, connection

from taskoverflow.prepared import PreparedInsert, PreparedQuery, PreparedUpdate, fields_of, send_together
from tests.factories import make_list
from todos.models import TodoList

pytestmark = pytest.mark.django_db(transaction=True)

NAMED = PreparedQuery(lambda name: TodoList.objects.filter(name=name, owner=None), **fields_of(TodoList, "name"))
RENAME = PreparedUpdate(
    lambda id, name: (TodoList.objects.filter(pk=id), {"name": name}), **fields_of(TodoList, "id", "name")
)
INSERT = PreparedInsert(lambda name: TodoList(name=name), **fields_of(TodoList, "name"))


def test_a_query_finds_rows_with_its_values() -> None:
    made = make_list()
    RENAME(id=made.pk, name="50 % off, it's $1 and %s")

    assert NAMED.get(name="50 % off, it's $1 and %s") == made
    assert NAMED.instances(name="Another") == []


def test_an_insert_returns_the_id() -> None:
    made = INSERT(name="New")

    assert TodoList.objects.get().pk == made


def test_an_update_returns_how_many_rows_there_were() -> None:
    assert RENAME(id=make_list().pk, name="New") == 1
    assert RENAME(id=0, name="New") == 0


def test_statements_sent_together_are_done_together_or_not_at_all() -> None:
    made = make_list()

    with pytest.raises(IntegrityError):  # there is one open list
        send_together([(RENAME, {"id": made.pk, "name": "New"}), (INSERT, {"name": "Other"})])

    assert TodoList.objects.get().name == made.name


def test_a_new_connection_gets_the_statement_anew() -> None:
    made = make_list()
    for _ in range(2):
        assert NAMED.get(name=made.name) == made
        connection.close()
