"""The statements of todos that run with nearly every call; what they are worth: docs/performance.md."""

from collections.abc import Sequence

from django.db.models import BigIntegerField

from database.statements import (
    Statement,
    assignments,
    columns,
    fields_of,
    instance_of,
    parameters_of,
    placeholders,
)
from todos.access import IS_USERS_LIST, USER
from todos.models import Todo, TodoList

# The revision of the change that is being made, once RAISE_REVISION has run.
_REVISION = "(SELECT revision FROM todos_todolist WHERE id = %(list_id)s)"

FIND_LIST = Statement(
    f"SELECT {columns(TodoList, 'list')} FROM todos_todolist list WHERE {IS_USERS_LIST}",
    parameters=USER,
    returns=fields_of(TodoList),
)

FIND_TODO = Statement(
    f"""
    SELECT {columns(Todo, "todo")}, {columns(TodoList, "list")}
    FROM todos_todo todo JOIN todos_todolist list ON list.id = todo.list_id
    WHERE todo.id = %(id)s AND todo.deleted_at IS NULL AND {IS_USERS_LIST}
    """,
    parameters={"id": Todo.id.field, **USER},
    returns=[*fields_of(Todo), *fields_of(TodoList)],
)

# Locks the list until the transaction ends, so that the order of revisions is the order of commits.
RAISE_REVISION = Statement(
    """
    UPDATE todos_todolist SET
        revision = revision + 1, todos_at_most = todos_at_most + %(added)s,
        byte_count_upper_bound = byte_count_upper_bound + %(more_bytes)s
    WHERE id = %(list)s
    """,
    parameters={"list": TodoList.id.field, "added": BigIntegerField(), "more_bytes": BigIntegerField()},
)

INSERTED = parameters_of(Todo, without=["id", "revision"])
INSERT_TODO = Statement(
    f"""
    INSERT INTO todos_todo ({columns(Todo, without=["id", "revision"])}, revision)
    VALUES ({placeholders(INSERTED)}, {_REVISION})
    RETURNING id, revision
    """,
    parameters=INSERTED,
    returns=[Todo.id.field, Todo.revision.field],
)

UPDATED = {
    name: parameters_of(Todo)[name] for name in Todo.mutable_columns() if name not in {"sequence", "revision"}
}
# A todo that is no longer at this sequence was changed by somebody else: no row is returned.
UPDATE_TODO = Statement(
    f"""
    UPDATE todos_todo SET {assignments(UPDATED)}, sequence = sequence + 1, revision = {_REVISION}
    WHERE id = %(id)s AND list_id = %(list_id)s AND sequence = %(sequence)s
    RETURNING sequence, revision
    """,
    parameters=UPDATED | {"id": Todo.id.field, "list_id": Todo.list.field, "sequence": Todo.sequence.field},
    returns=[Todo.sequence.field, Todo.revision.field],
)


def list_of(row: Sequence) -> TodoList:
    """Return the list that a row of FIND_LIST is."""
    return instance_of(TodoList, row)


def todo_of(row: Sequence) -> Todo:
    """Return the todo, with its list, that a row of FIND_TODO is."""
    todo = instance_of(Todo, row)
    todo.list = instance_of(TodoList, row[len(Todo._meta.concrete_fields) :])
    return todo
