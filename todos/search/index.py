"""The index of titles and descriptions: trigrams, on either database.

It only makes searches quick: what it finds is looked at again (text.py), and without it all todos of a list are read.
It is made after migrations rather than in one, because a later migration may lose it: SQLite's triggers go with a table
that is made anew, and PostgreSQL's extension may not be there yet. The release before writes to it without knowing:
triggers and indexes are the database's.
"""

import logging
from collections.abc import Iterable
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

# --- PostgreSQL: pg_trgm, and btree_gin for the list ---

EXTENSIONS = ("pg_trgm", "btree_gin")
INDEX = f"{NAME}_of_list"
# With the list, so that other people's todos are not looked at. Updates would wait for the trigrams of long texts, so
# they are collected first; a search reads what was collected.
CREATE_INDEX = f"""
    CREATE INDEX CONCURRENTLY IF NOT EXISTS {INDEX} ON {TODOS}
    USING gin (list_id, ((title || E'\\n') || COALESCE(description, '')) gin_trgm_ops)
    WITH (gin_pending_list_limit = 512)
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
        for name in EXTENSIONS:  # whoever owns the database may do this: they are trusted
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
        cursor.execute(FIND_INDEX, [INDEX])
        if cursor.fetchall() == [(False,)]:  # this was interrupted
            cursor.execute(f"DROP INDEX CONCURRENTLY {INDEX}")
        cursor.execute(CREATE_INDEX)
        cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}")  # one without lists


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
        "postgresql": "As a superuser, create the extensions pg_trgm and btree_gin there, then migrate again.",
        "sqlite": "Migrate again, with SQLite 3.34 or later and its FTS5.",
    }
    found = [connections[alias] for alias in databases or []]
    return [
        Warning(MISSING, hint=hint[connection.vendor], id="todos.W001")
        for connection in found
        if TODOS in connection.introspection.table_names() and not is_there(connection)
    ]


class InIndex(models.Func):
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


def is_indexed(text: str) -> bool:
    """Return whether the text is long enough for the index."""
    return len(text) >= SHORTEST


def narrowed(todos: models.QuerySet, texts: Iterable[str]) -> models.QuerySet:
    """Let SQLite look up the texts before it reads todos. PostgreSQL does so by itself."""
    long = [text for text in texts if is_indexed(text)]
    connection = connections[todos.db]
    # Looking for the index takes SQLite a few microseconds: no answer depends on what was there before.
    if long and connection.vendor == "sqlite" and is_there(connection):
        return todos.filter(InIndex(long))
    return todos
