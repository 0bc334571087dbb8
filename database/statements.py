"""Hot SQL: the few statements that run with every request or every build, written by hand.

Django takes about 150 µs to turn a small queryset into SQL, several times as long as PostgreSQL takes to answer it,
and a change or a build needs several at once. A `Statement` is SQL text that is prepared once and sent as it stands;
`execute_batch` sends several as one message. Everything else in this project is plain ORM: statements are
defined in the ``queries.py`` of an app alone (tests/test_layers.py), and `make bench` says what they are worth.

    TODO = Columns(Todo, "todo")
    FIND_TODO = Statement(
        f"SELECT {TODO} FROM todos_todo todo WHERE todo.id = %(id)s",
        parameters={"id": Todo.id.field},
        returns=TODO.fields,
    )
    todos = [TODO.instance(row) for row in FIND_TODO(id=1)]

The same text runs on PostgreSQL and SQLite. What they say differently stands in square brackets: see DIALECTS.

On PostgreSQL a statement is prepared on the server, once for each connection. A pooler in transaction mode gives every
transaction another connection of the server, which knows nothing of that: behind one, ``DATABASE_POOLER=transaction``
has the plain text sent each time.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain, count
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, IntegerField, Model, Value

from database.errors import repeat_after_deadlock

# What stands in square brackets in a statement, in the words of each database. `now_ms` is the database's own clock,
# in milliseconds since 1970: leases and due times do not depend on how well the clocks of workers agree.
DIALECTS = {
    "postgresql": {
        "now_ms": "(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
        "least": "LEAST",
        # Weaker than FOR UPDATE: it does not keep out foreign keys to the row, which are checked as others commit.
        "for update": "FOR NO KEY UPDATE",
        # A lock of a number, until the transaction ends. It does not wait for who has locked rows.
        "lock": "pg_advisory_xact_lock",
        # The rows of a JSON array; their column is `value`.
        "elements": "jsonb_array_elements_text",
        "uuid": "uuid",
    },
    "sqlite": {  # a file of this machine, and its clock
        "now_ms": "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
        "least": "MIN",
        # A transaction that writes has the whole file to itself.
        "for update": "",
        "lock": "abs",
        "elements": "json_each",
        "uuid": "text",
    },
}
_WORD = re.compile(r"\[([a-z_ ]+)\]")
_PARAMETER = re.compile(r"%\((\w+)\)s")


class OutOfRange(Exception):
    """A whole number that no row can hold."""


class Call(NamedTuple):
    """A statement together with the values of its parameters."""

    statement: "Statement"
    values: Mapping[str, Any]


class Statement:
    """One SQL statement. ``parameters`` and ``returns`` are model fields, which convert the values on their way."""

    _numbers = count(1)

    def __init__(
        self, sql: str, *, parameters: Mapping[str, Field] | None = None, returns: Sequence[Field] = ()
    ) -> None:
        self.sql = sql
        self.parameters = parameters or {}
        self.returns = returns
        self.name = f"statement_{next(self._numbers)}"  # under which PostgreSQL prepares it
        self._variants: dict[tuple[str, bool], Variant] = {}

    def __call__(self, **values: Any) -> list[tuple]:
        """Run it; return its rows, as Python values. A value that no row can hold finds none."""
        try:
            return execute_batch(self.bind(**values))
        except OutOfRange:
            return []

    def bind(self, **values: Any) -> Call:
        """Return the statement with these values, for `execute_batch`."""
        return Call(self, values)

    def variant(self, database: BaseDatabaseWrapper) -> "Variant":
        """Return the statement in the words of a database, prepared on the connection where that is done."""
        is_prepared = database.vendor == "postgresql" and settings.DATABASE_POOLER != "transaction"
        key = database.vendor, is_prepared
        if (variant := self._variants.get(key)) is None:
            variant = self._variants[key] = Variant(self, database, is_prepared=is_prepared)
        if is_prepared and self.name not in database.prepared:
            with database.cursor() as cursor:
                cursor.execute(variant.preparation)
            database.prepared.add(self.name)
        return variant


class Variant:
    """A statement as one kind of database takes it."""

    def __init__(self, statement: Statement, database: BaseDatabaseWrapper, *, is_prepared: bool) -> None:
        self.statement = statement
        text = _WORD.sub(lambda word: DIALECTS[database.vendor][word[1]], " ".join(statement.sql.split()))
        if is_prepared:
            self.names = list(dict.fromkeys(_PARAMETER.findall(text)))
            numbers = {name: f"${number}" for number, name in enumerate(self.names, 1)}
            types = [statement.parameters[name].db_type(database) for name in self.names]
            body = _PARAMETER.sub(lambda parameter: numbers[parameter[1]], text)
            listed = f" ({', '.join(types)})" if types else ""
            self.preparation = f"PREPARE {statement.name}{listed} AS {body}"
            self.sql = f"EXECUTE {statement.name}" + (f" ({', '.join(['%s'] * len(types))})" if types else "")
        else:
            self.names = _PARAMETER.findall(text)
            self.sql = _PARAMETER.sub("%s", text)
        self.adapters = [adapter(statement.parameters[name], database) for name in self.names]
        self.database = database

    def values(self, given: Mapping[str, Any]) -> list:
        return [adapt(given[name]) for name, adapt in zip(self.names, self.adapters, strict=True)]

    @cached_property
    def converters(self) -> list[tuple[int, Value, list]]:
        """The columns whose values have to be converted, by position."""
        found = []
        for position, field in enumerate(self.statement.returns):
            expression = Value(None, output_field=field)
            ours = self.database.ops.get_db_converters(expression) + field.get_db_converters(self.database)
            if ours:
                found.append((position, expression, ours))
        return found

    def convert(self, rows: Iterable[Sequence]) -> list[tuple]:
        if not self.converters:
            return list(rows)
        converted = []
        for row in rows:
            values = list(row)
            for position, expression, ours in self.converters:
                for convert in ours:
                    values[position] = convert(values[position], expression, self.database)
            converted.append(tuple(values))
        return converted


def execute_batch(*calls: Call) -> list[tuple]:
    """Run all the statements or none, in order; return the rows of the last one.

    PostgreSQL gets them as one message. Outside of a transaction they are a transaction of their own. Raises
    OutOfRange for a whole number that its column cannot hold.
    """
    database = connections[DEFAULT_DB_ALIAS]
    # A new connection knows no prepared statement, so it has to be known now whether there will be one.
    database.close_if_health_check_failed()
    if database.connection is None:
        database.ensure_connection()
    return _execute(database, calls)


@repeat_after_deadlock
def _execute(database: BaseDatabaseWrapper, calls: Sequence[Call]) -> list[tuple]:
    variants = [call.statement.variant(database) for call in calls]
    values = [variant.values(call.values) for variant, call in zip(variants, calls, strict=True)]
    last = variants[-1]
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute("; ".join(variant.sql for variant in variants), list(chain.from_iterable(values)))
            return last.convert(cursor.fetchall()) if last.statement.returns else []
        with transaction.atomic(savepoint=False):
            for variant, given in zip(variants, values, strict=True):
                cursor.execute(variant.sql, given)
            return last.convert(cursor.fetchall()) if last.statement.returns else []


def adapter(field: Field, database: BaseDatabaseWrapper) -> Any:
    """Return a function that turns a Python value into one that the database takes for this field."""
    if not isinstance(field, IntegerField):
        return lambda value: field.get_db_prep_value(value, database)
    least, most = database.ops.integer_field_range(field.get_internal_type())

    def adapt(value: Any) -> Any:
        if value is None:
            return None
        if not (least or value) <= value <= (most or value):
            raise OutOfRange
        return int(value)

    return adapt


class Columns:
    """A model's columns in a statement, under the alias of its table; as text, what a SELECT lists.

    TODO = Columns(Todo, "todo")
    f"SELECT {TODO} FROM todos_todo todo"   # todo.id, todo.title, …
    """

    def __init__(self, model: type[Model], alias: str = "", *, without: Iterable[str] = ()) -> None:
        self.model = model
        self.fields = [field for field in model._meta.concrete_fields if field.name not in set(without)]
        self.names = [field.attname for field in self.fields]
        self.text = ", ".join(f"{alias}.{field.column}" if alias else field.column for field in self.fields)

    def __str__(self) -> str:
        return self.text

    def __len__(self) -> int:
        return len(self.fields)

    def instance(self, row: Sequence, start: int = 0) -> Model:
        """Return the instance that the columns hold, which begin at ``start`` in the row."""
        return self.model.from_db(DEFAULT_DB_ALIAS, self.names, row[start : start + len(self.names)])

    @property
    def parameters(self) -> dict[str, Field]:
        """The columns as parameters, named like the attributes that hold them: ``owner_id``."""
        return dict(zip(self.names, self.fields, strict=True))


def values_of(instance: Model, fields: Iterable[str]) -> dict[str, Any]:
    """Return the instance's values for parameters that are named like its attributes."""
    return {name: getattr(instance, name) for name in fields}


def assignments(parameters: Mapping[str, Field]) -> str:
    """Return what an UPDATE sets: ``title = %(title)s, completed = %(completed)s``."""
    return ", ".join(f"{field.column} = %({name})s" for name, field in parameters.items())


def placeholders(parameters: Iterable[str]) -> str:
    """Return the values of an INSERT: ``%(title)s, %(completed)s``."""
    return ", ".join(f"%({name})s" for name in parameters)
