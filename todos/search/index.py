"""The index of titles and descriptions: trigrams, on either database.

It only makes searches quick: what it finds is looked at again (text.py), and without it all todos of a list are read.
It is made after migrations rather than in one, because a later migration may lose it: SQLite's triggers go with a table
that is made anew, and PostgreSQL's extension may not be there yet. The release before writes to it without knowing:
triggers and indexes are the database's.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

from todos.search.text import fold

logger = logging.getLogger(__name__)

NAME = "todos_search"
SHORTEST = 3  # a trigram has three characters
TODOS = "todos_todo"
MISSING = "Searches read all todos of a list, because the index of their texts is missing."

# --- PostgreSQL: pg_trgm, and its own GIN ---

EXTENSION = "pg_trgm"
INDEX = f"{NAME}_by_state"
OLDER_INDEXES = (NAME, f"{NAME}_of_list")
# The list of a todo, and whether it is done. In an array, since one scan then finds those of many lists.
LIST_AND_STATE = "ARRAY[CASE WHEN {completed} THEN - {list_id} ELSE {list_id} END]"
# With the list, so that other people's todos are not looked at, and in the collation in which text.py compares. Updates
# would wait for the trigrams of long texts, so they are collected first; a search reads what was collected.
CREATE_INDEX = f"""
    CREATE INDEX CONCURRENTLY IF NOT EXISTS {INDEX} ON {TODOS} USING gin (
        ({LIST_AND_STATE.format(list_id="list_id", completed="completed")}),
        (((title || E'\\n') || COALESCE(description, '')) COLLATE "C") gin_trgm_ops
    ) WITH (gin_pending_list_limit = 512) WHERE deleted_at IS NULL
"""
FIND_INDEX = """
    SELECT index.indisvalid FROM pg_index index JOIN pg_class class ON class.oid = index.indexrelid
    WHERE class.relname = %s AND pg_table_is_visible(class.oid)
"""

# --- SQLite: FTS5 with its trigram tokenizer, of version 3.34 or later ---

CREATE_TABLE = f"""
    CREATE VIRTUAL TABLE IF NOT EXISTS {NAME} USING fts5(
        title, description, content='{TODOS}', content_rowid='id', tokenize='trigram'
    )
"""
_ADD = f"INSERT INTO {NAME}(rowid, title, description) VALUES (new.id, new.title, new.description);"
_REMOVE = (
    f"INSERT INTO {NAME}({NAME}, rowid, title, description) VALUES ('delete', old.id, old.title, old.description);"
)
TRIGGERS = {
    f"{NAME}_insert": f"AFTER INSERT ON {TODOS} BEGIN {_ADD} END",
    f"{NAME}_delete": f"AFTER DELETE ON {TODOS} BEGIN {_REMOVE} END",
    f"{NAME}_update": f"""
        AFTER UPDATE OF title, description ON {TODOS}
        WHEN old.title IS NOT new.title OR old.description IS NOT new.description
        BEGIN {_REMOVE} {_ADD} END
    """,
}
FIND_TRIGGERS = f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{TODOS}'"
REBUILD = f"INSERT INTO {NAME}({NAME}) VALUES ('rebuild')"


def ensure_index(*, using: str, **kwargs: Any) -> None:
    """Make the index, or what is missing of it. Called after each migrate."""
    connection = connections[using]
    if TODOS not in connection.introspection.table_names() or is_there(connection):
        return
    try:
        if connection.vendor == "postgresql":
            _make_for_postgresql(connection)
        else:
            _make_for_sqlite(connection)
    except DatabaseError as error:
        logger.warning("%s The index could not be made: %s", MISSING, str(error).strip())


def is_there(connection: BaseDatabaseWrapper) -> bool:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        return {name for (name,) in connection.connection.execute(FIND_TRIGGERS)} >= TRIGGERS.keys()
    with connection.cursor() as cursor:
        cursor.execute(FIND_INDEX, [INDEX])
        return cursor.fetchall() == [(True,)]


def _make_for_postgresql(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {EXTENSION}")  # it is trusted: who owns the database may
        cursor.execute(FIND_INDEX, [INDEX])
        if cursor.fetchall() == [(False,)]:  # this was interrupted
            cursor.execute(f"DROP INDEX CONCURRENTLY {INDEX}")
        cursor.execute(CREATE_INDEX)
        for name in OLDER_INDEXES:
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def _make_for_sqlite(connection: BaseDatabaseWrapper) -> None:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(CREATE_TABLE)
        for name, rest in TRIGGERS.items():
            cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {rest}")
        cursor.execute(REBUILD)


@register(Tags.database)
def check_index(databases: Iterable[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Warn if the index is missing."""
    hint = {
        "postgresql": "As a superuser, create the extension pg_trgm there, then migrate again.",
        "sqlite": "Migrate again, with SQLite 3.34 or later and its FTS5.",
    }
    found = [connections[alias] for alias in databases or []]
    return [
        Warning(MISSING, hint=hint[connection.vendor], id="todos.W001")
        for connection in found
        if TODOS in connection.introspection.table_names() and not is_there(connection)
    ]


class HasTexts(models.Func):
    """Whether SQLite's index has a todo with all of these texts; it may have more than are there."""

    output_field = models.BooleanField()

    def __init__(self, texts: Iterable[str]) -> None:
        self.phrases = " ".join('"{}"'.format(fold(text).replace('"', '""')) for text in texts)
        super().__init__(models.F("pk"))

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, list]:
        column, _ = compiler.compile(self.get_source_expressions()[0])
        return f"{column} IN (SELECT rowid FROM {NAME} WHERE {NAME} MATCH %s)", [self.phrases]


class InLists(models.Func):
    """Whether a todo is in one of these lists, and open or done, in the words of PostgreSQL's index."""

    output_field = models.BooleanField()

    def __init__(self, list_ids: Sequence[int], is_completed: bool | None) -> None:
        self.keys = [pk for pk in list_ids if is_completed is not True]
        self.keys += [-pk for pk in list_ids if is_completed is not False]
        super().__init__(models.F("list_id"), models.F("completed"))

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, list]:
        list_id, completed = (compiler.compile(column)[0] for column in self.get_source_expressions())
        return f"{LIST_AND_STATE.format(list_id=list_id, completed=completed)} && %s::bigint[]", [self.keys]


def is_indexed(text: str) -> bool:
    """Return whether the text is long enough for the index."""
    return len(text) >= SHORTEST


def keeps_states_apart(alias: str) -> bool:
    """Return whether open todos are found without a look at those that are done."""
    return connections[alias].vendor == "postgresql"


def narrowed(
    todos: models.QuerySet, texts: Iterable[str], list_ids: Sequence[int], is_completed: bool | None = None
) -> models.QuerySet:
    """Let the database use its index for these lists' todos. Exactly the same are found."""
    long = [text for text in texts if is_indexed(text)]
    if not long:
        return todos
    connection = connections[todos.db]
    if connection.vendor == "postgresql":  # it finds the texts in the index by itself
        return todos.filter(InLists(list_ids, is_completed))
    # Looking for the index takes SQLite a few microseconds: no answer depends on what was there before.
    return todos.filter(HasTexts(long)) if is_there(connection) else todos
