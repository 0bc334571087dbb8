"""The statements of todos that run with nearly every call; what they are worth: docs/performance.md."""

from collections.abc import Sequence
from functools import cache

from django.db.models import BigIntegerField

from database.statements import Columns, Statement, assignments, placeholders
from todos.access import ARE_USERS_LISTS, IS_DEFAULT_LIST, IS_USERS_LIST, USER
from todos.models import Todo, TodoList

# The revision of the change that is being made, once RAISE_REVISION has run.
_REVISION = "(SELECT revision FROM todos_todolist WHERE id = %(list_id)s)"

TODO, LIST = Columns(Todo, "todo"), Columns(TodoList, "list")

FIND_DEFAULT_LIST = Statement(
    f"SELECT {LIST} FROM todos_todolist list WHERE {IS_DEFAULT_LIST}",
    parameters=USER,
    returns=LIST.fields,
)
FIND_LIST = Statement(
    f"SELECT {LIST} FROM todos_todolist list WHERE list.id = %(list)s AND {IS_USERS_LIST}",
    parameters={"list": TodoList.id.field, **USER},
    returns=LIST.fields,
)

# Each with its number of open todos, for the navigation of every page: the index todo_open counts them, and no todo is
# read.
FIND_LISTS = Statement(
    f"""
    SELECT {LIST}, (
        SELECT count(*) FROM todos_todo todo
        WHERE todo.list_id = list.id AND NOT todo.completed AND todo.deleted_at IS NULL
    )
    FROM todos_todolist list WHERE {ARE_USERS_LISTS}
    ORDER BY list.extra_owner_id IS NOT NULL, list.position, list.id
    """,
    parameters=USER,
    returns=[*LIST.fields, BigIntegerField()],
)

_FROM_TODO = """
    FROM todos_todo todo JOIN todos_todolist list ON list.id = todo.list_id
    WHERE todo.id = %(id)s AND todo.deleted_at IS NULL
"""
_TODO_ID = {"id": Todo.id.field, **USER}
OF_DEFAULT_LIST = f"{_FROM_TODO} AND {IS_DEFAULT_LIST}"
OF_LIST = f"{_FROM_TODO} AND list.id = %(list)s AND {IS_USERS_LIST}"
FIND_TODO = Statement(
    f"SELECT {TODO}, {LIST} {OF_DEFAULT_LIST}", parameters=_TODO_ID, returns=[*TODO.fields, *LIST.fields]
)
FIND_TODO_OF_LIST = Statement(
    f"SELECT {TODO}, {LIST} {OF_LIST}",
    parameters={"list": TodoList.id.field, **_TODO_ID},
    returns=[*TODO.fields, *LIST.fields],
)


@cache
def select_todo(columns: tuple[str, ...], *, is_in_default_list: bool) -> Statement:
    """Return the statement that reads these columns of a todo, and last its list's epoch.

    With all columns, and instances of the models, this takes half as long again: 125 µs of processor time, not 80.
    """
    fields = [Todo._meta.get_field(name) for name in columns]
    found, where = (FIND_TODO, OF_DEFAULT_LIST) if is_in_default_list else (FIND_TODO_OF_LIST, OF_LIST)
    return Statement(
        f"SELECT {', '.join(f'todo.{field.column}' for field in fields)}, list.epoch {where}",
        parameters=found.parameters,
        returns=[*fields, TodoList.epoch.field],
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

# Taken after the list, before its owner's labels are created. A negative number: ids of lists are locked too.
LOCK_LABELS = Statement(
    "SELECT [lock](%(number)s)", parameters={"number": BigIntegerField()}, returns=[BigIntegerField()]
)

_NEW = Columns(Todo, without=["id", "revision"])
INSERTED = _NEW.parameters
INSERT_TODO = Statement(
    f"""
    INSERT INTO todos_todo ({_NEW}, revision)
    SELECT {placeholders(INSERTED)}, revision FROM todos_todolist WHERE id = %(list_id)s AND archived_at IS NULL
    RETURNING id, revision
    """,
    parameters=INSERTED,
    returns=[Todo.id.field, Todo.revision.field],
)

UPDATED = {name: TODO.parameters[name] for name in Todo.mutable_columns() if name not in {"sequence", "revision"}}
# A todo that is no longer at this sequence was changed by somebody else: no row is returned.
_UPDATE = f"""
    UPDATE todos_todo SET {assignments(UPDATED)}, sequence = sequence + 1, revision = {_REVISION}
    WHERE id = %(id)s AND list_id = %(list_id)s AND sequence = %(sequence)s
"""
_UPDATE_PARAMETERS = UPDATED | {name: TODO.parameters[name] for name in ("id", "list_id", "sequence")}
_SEQUENCE_AND_REVISION = [Todo.sequence.field, Todo.revision.field]
UPDATE_TODO = Statement(
    f"{_UPDATE} RETURNING sequence, revision", parameters=_UPDATE_PARAMETERS, returns=_SEQUENCE_AND_REVISION
)
# Nor is one returned if the todo has sub-tasks: whoever completes or deletes it has to look after them. Here, because
# the list is locked by now and because a statement more would cost a todo without any as much as one with many.
UPDATE_WITHOUT_SUBTASKS = Statement(
    f"""
    {_UPDATE} AND NOT EXISTS (
        SELECT 1 FROM todos_todo child WHERE child.parent_id = todos_todo.id AND child.deleted_at IS NULL
    )
    RETURNING sequence, revision
    """,
    parameters=_UPDATE_PARAMETERS,
    returns=_SEQUENCE_AND_REVISION,
)


def todo_of(row: Sequence) -> Todo:
    """Return the todo, with its list, that a row of FIND_TODO or FIND_TODO_OF_LIST is."""
    todo = TODO.instance(row)
    Todo.list.field.set_cached_value(todo, LIST.instance(row, len(TODO)))
    return todo
