"""The statements of todos that run with nearly every call; what they are worth: docs/performance.md."""

from collections.abc import Sequence
from functools import cache

from django.contrib.sessions.models import Session
from django.db.models import BigIntegerField, BooleanField, CharField, JSONField

from database.statements import Columns, Statement, assignments, placeholders
from todos.access import ARE_READABLE, IS_DEFAULT_LIST, MAY_CHANGE, MAY_READ, MEMBER_ROLE, OWNER_ID, USER, enter
from todos.models import Membership, Todo, TodoList

# The revision of the change that is being made, once RAISE_REVISION has run.
_REVISION = "(SELECT revision FROM todos_todolist WHERE id = %(list_id)s)"

TODO, LIST = Columns(Todo, "todo"), Columns(TodoList, "list")

_ROLE = Membership.role.field

FIND_DEFAULT_LIST = Statement(
    f"SELECT {LIST} FROM todos_todolist list WHERE {IS_DEFAULT_LIST}",
    parameters=USER,
    returns=LIST.fields,
)
FIND_LIST = Statement(
    f"SELECT {LIST}, {MEMBER_ROLE} FROM todos_todolist list WHERE list.id = %(list)s AND {MAY_READ}",
    parameters={"list": TodoList.id.field, **USER},
    returns=[*LIST.fields, _ROLE],
)

# Each with its number of open todos, for the navigation of every page: the index todo_open counts them, and no todo is
# read. Then the user's role as a member, the owner's name of what others share, and whether it is shared. A user's own
# lists come first.
FIND_LISTS = Statement(
    f"""
    SELECT {LIST}, (
        SELECT count(*) FROM todos_todo todo
        WHERE todo.list_id = list.id AND NOT todo.completed AND todo.deleted_at IS NULL
    ), own.role, owner.username, EXISTS (SELECT 1 FROM todos_membership other WHERE other.list_id = list.id)
    FROM todos_todolist list
    LEFT JOIN todos_membership own ON own.list_id = list.id AND own.user_id = %(user)s
    LEFT JOIN auth_user owner ON own.id IS NOT NULL AND owner.id = {OWNER_ID}
    WHERE {ARE_READABLE}
    ORDER BY own.id IS NOT NULL, own.id, list.extra_owner_id IS NOT NULL, list.position, list.id
    """,
    parameters=USER,
    returns=[*LIST.fields, BigIntegerField(), _ROLE, CharField(), BooleanField()],
)

_FROM_TODO = """
    FROM todos_todo todo JOIN todos_todolist list ON list.id = todo.list_id
    WHERE todo.id = %(id)s AND todo.deleted_at IS NULL
"""
_TODO_ID = {"id": Todo.id.field, **USER}
OF_DEFAULT_LIST = f"{_FROM_TODO} AND {IS_DEFAULT_LIST}"
OF_LIST = f"{_FROM_TODO} AND list.id = %(list)s AND {MAY_READ}"
FIND_TODO = Statement(
    f"SELECT {TODO}, {LIST}, NULL {OF_DEFAULT_LIST}",
    parameters=_TODO_ID,
    returns=[*TODO.fields, *LIST.fields, _ROLE],
)
FIND_TODO_OF_LIST = Statement(
    f"SELECT {TODO}, {LIST}, {MEMBER_ROLE} {OF_LIST}",
    parameters={"list": TodoList.id.field, **_TODO_ID},
    returns=[*TODO.fields, *LIST.fields, _ROLE],
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

# Each write asks again who may change the list, now that it is locked. The statement before cannot: where it has waited
# for the lock, it still sees the members as they were before.
_NEW = Columns(Todo, without=["id", "revision"])
INSERTED = _NEW.parameters
INSERT_TODO = Statement(
    f"""
    INSERT INTO todos_todo ({_NEW}, revision)
    SELECT {placeholders(INSERTED)}, list.revision FROM todos_todolist list
    WHERE list.id = %(list_id)s AND list.archived_at IS NULL AND {MAY_CHANGE}
    RETURNING id, revision
    """,
    parameters=INSERTED | USER,
    returns=[Todo.id.field, Todo.revision.field],
)

UPDATED = {name: TODO.parameters[name] for name in Todo.mutable_columns() if name not in {"sequence", "revision"}}
# A todo that is no longer at this sequence was changed by somebody else: no row is returned. Nor is one if the user may
# no longer change the list.
_UPDATE = f"""
    UPDATE todos_todo SET {assignments(UPDATED)}, sequence = sequence + 1, revision = {_REVISION}
    WHERE id = %(id)s AND list_id = %(list_id)s AND sequence = %(sequence)s
        AND EXISTS (SELECT 1 FROM todos_todolist list WHERE list.id = %(list_id)s AND {MAY_CHANGE})
"""
_UPDATE_PARAMETERS = UPDATED | USER | {name: TODO.parameters[name] for name in ("id", "list_id", "sequence")}
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

# What open pages watch (todos/live.py): lists, each with somebody of these who may read it; then the sessions that have
# not ended; then what apps above have registered in WATCHED_OTHERS. Users in `overviews` watch all of their lists. This
# has to agree with MAY_READ and ARE_READABLE.
_WATCHED = "list.epoch, list.revision, CASE WHEN list.archived_at IS NULL THEN 1 ELSE 0 END, '', ''"
_OWNED = f"SELECT list.id, COALESCE({OWNER_ID}, 0), {_WATCHED} FROM todos_todolist list WHERE"
_ARRAYS = ("lists", "users", "overviews", "sessions", "others")
_IDS = {name: f"IN (SELECT CAST(value AS bigint) FROM [elements](%({name})s))" for name in _ARRAYS}
#: Each returns an id in 32 hexadecimal digits and a text that changes, for ids (UUIDs) in the array ``others``.
WATCHED_OTHERS: list[str] = []


@cache
def find_watched() -> Statement:
    """Return the one statement that asks about all open pages. To be called once all apps are ready."""
    others = "".join(f" UNION ALL SELECT 0, 0, 0, 0, 0, id, text FROM ({one}) other" for one in WATCHED_OTHERS)
    number, text = BigIntegerField(), CharField()
    return Statement(
        f"""
        {_OWNED} list.id {_IDS["lists"]}
        UNION ALL {_OWNED} COALESCE(list.owner_id, 0) {_IDS["overviews"]}
        UNION ALL {_OWNED} list.extra_owner_id {_IDS["overviews"]}
        UNION ALL SELECT list.id, member.user_id, {_WATCHED}
        FROM todos_membership member JOIN todos_todolist list ON list.id = member.list_id
        WHERE member.user_id {_IDS["users"]} AND (list.id {_IDS["lists"]} OR member.user_id {_IDS["overviews"]})
        UNION ALL SELECT 0, 0, 0, 0, 0, session_key, '' FROM django_session
        WHERE session_key IN (SELECT value FROM [elements](%(sessions)s)) AND expire_date > %(now)s
        {others}
        """,
        parameters={**dict.fromkeys(_ARRAYS, JSONField()), "now": Session.expire_date.field},
        returns=[number, number, number, number, BooleanField(), text, text],
    )


def list_of(row: Sequence, user: int, start: int = 0) -> TodoList:
    """Return the list that a row has from ``start`` on, followed by the user's role as a member."""
    return enter(LIST.instance(row, start), user, row[start + len(LIST)])


def todo_of(row: Sequence, user: int) -> Todo:
    """Return the todo, with its list, that a row of FIND_TODO or FIND_TODO_OF_LIST is."""
    todo = TODO.instance(row)
    Todo.list.field.set_cached_value(todo, list_of(row, user, len(TODO)))
    return todo
