"""Querysets that are turned into SQL once, for what is asked with every request.

Django takes several times as long to make SQL of a small queryset as the database takes to answer it, and
PostgreSQL as long to plan it as to run it: there, it is also prepared on the server, once for each connection.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import count
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import Expression, Field, IntegerField, Model
from django.db.models.query import get_related_populators
from django.db.models.sql import InsertQuery, UpdateQuery
from django.db.models.sql.compiler import SQLCompiler
from psycopg2.extensions import AsIs


class OutOfRange(Exception):
    """A whole number that no row can hold."""


class Parameter(Expression):
    """A value that is not known yet; ``field`` says how the database wants it."""

    def __init__(self, name: str, field: Field) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list]:
        return "%s", [self]

    def adapt(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """Return a value of this parameter as the database wants it."""
        field = self.output_field
        if isinstance(field, IntegerField) and value is not None:
            least, most = integer_range(connection.vendor, field.get_internal_type())
            if (least is not None and value < least) or (most is not None and value > most):
                raise OutOfRange
        return field.get_db_prep_value(value, connection)


@cache
def integer_range(vendor: str, kind: str) -> tuple[int | None, int | None]:
    """Return the least and the most that a column of this kind holds in the database in use."""
    return connections[DEFAULT_DB_ALIAS].ops.integer_field_range(kind)


@dataclass(frozen=True)
class Compiled:
    """A statement in the SQL of one kind of database; Parameters stand among its parameters."""

    compiler: SQLCompiler
    sql: str
    parameters: tuple
    preparation: str = ""  # what each connection is to send before it

    @cached_property
    def converters(self) -> dict:
        return self.compiler.get_converters([column for column, _, _ in self.compiler.select])

    @cached_property
    def make_instance(self) -> Callable[[tuple], Model]:
        """What Django's ModelIterable does with a row, related instances included."""
        select, info, using = self.compiler.select, self.compiler.klass_info, self.compiler.using
        first, last = info["select_fields"][0], info["select_fields"][-1] + 1
        names = [column.target.attname for column, _, _ in select[first:last]]
        related = get_related_populators(info, select, using)

        def make(row: tuple) -> Model:
            instance = info["model"].from_db(using, names, row[first:last])
            for populator in related:
                populator.populate(row, instance)
            return instance

        return make

    def values(self, given: dict[str, Any]) -> list:
        connection = self.compiler.connection
        return [p.adapt(given[p.name], connection) if isinstance(p, Parameter) else p for p in self.parameters]


class Prepared:
    """A statement with parameters: ``build`` is called with a Parameter for each of ``fields``, at first use."""

    _numbers = count(1)

    def __init__(self, build: Callable[..., Any], **fields: Field) -> None:
        self.build = build
        self.fields = fields
        self.name = f"statement_{next(self._numbers)}"
        self.by_vendor: dict[str, Compiled] = {}

    def compile(self, **parameters: Parameter) -> tuple[SQLCompiler, str, Iterable]:
        """Return the compiler, and the statement it made with its parameters."""
        raise NotImplementedError

    def answer(self, statement: Compiled, cursor: CursorWrapper) -> Any:
        """What this gives, once the cursor has executed it."""
        raise NotImplementedError

    def compiled(self) -> Compiled:
        connection = connections[DEFAULT_DB_ALIAS]
        connection.close_if_health_check_failed()  # now, since a new connection knows no statement
        if connection.connection is None:
            connection.ensure_connection()
        statement = self.by_vendor.get(connection.vendor)
        if statement is None:
            compiler, sql, given = self.compile(
                **{name: Parameter(name, field) for name, field in self.fields.items()}
            )
            statement = Compiled(compiler, sql, tuple(given))
            if connection.vendor == "postgresql":
                statement = by_name(statement, self.name)
            self.by_vendor[connection.vendor] = statement
        if statement.preparation and self.name not in connection.prepared:
            with connection.cursor() as cursor:
                cursor.execute(statement.preparation)
            connection.prepared.add(self.name)
        return statement


class PreparedQuery(Prepared):
    """A queryset with parameters.

        todo_by_id = PreparedQuery(lambda id: Todo.objects.filter(pk=id), **fields_of(Todo, "id"))
        todo_by_id.instances(id=1)

    What is looked for cannot be None: that would be another query.
    """

    def compile(self, **parameters: Parameter) -> tuple[SQLCompiler, str, Iterable]:
        compiler = self.build(**parameters).query.get_compiler(DEFAULT_DB_ALIAS)
        return compiler, *compiler.as_sql()

    def answer(self, statement: Compiled, cursor: CursorWrapper) -> list[tuple]:
        rows = cursor.fetchall()
        return (
            list(statement.compiler.apply_converters(rows, statement.converters)) if statement.converters else rows
        )

    def rows(self, **values: Any) -> list[tuple]:
        """What ``values_list`` gives."""
        statement = self.compiled()
        try:
            parameters = statement.values(values)
        except OutOfRange:
            return []
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(statement.sql, parameters)
            return self.answer(statement, cursor)

    def instances(self, **values: Any) -> list[Model]:
        """The model's instances."""
        return self.made_of(self.rows(**values))

    def made_of(self, rows: Iterable[tuple]) -> list[Model]:
        """The instances that rows of this query are."""
        make = self.compiled().make_instance
        return [make(row) for row in rows]

    def get(self, **values: Any) -> Model:
        """The one instance. Raises the model's DoesNotExist."""
        for instance in self.instances(**values):
            return instance
        raise self.compiled().compiler.query.model.DoesNotExist


class PreparedWrite(Prepared):
    """An update or an insert, which may return columns of the row that it wrote."""

    def __init__(self, build: Callable[..., Any], *, returning: Sequence[str] = (), **fields: Field) -> None:
        super().__init__(build, **fields)
        self.returning = returning

    def compile(self, **parameters: Parameter) -> tuple[SQLCompiler, str, Iterable]:
        compiler, sql, given = self.compile_write(**parameters)
        meta, quote = compiler.query.get_meta(), compiler.connection.ops.quote_name
        if columns := ", ".join(quote(meta.get_field(name).column) for name in self.returning):
            sql = f"{sql} RETURNING {columns}"
        return compiler, sql, given

    def compile_write(self, **parameters: Parameter) -> tuple[SQLCompiler, str, Iterable]:
        raise NotImplementedError

    def answer(self, statement: Compiled, cursor: CursorWrapper) -> Any:
        return cursor.fetchone() if self.returning else cursor.rowcount

    def __call__(self, **values: Any) -> Any:
        """Return the columns, or None where no row was written; without columns, how many rows were."""
        return send_together([(self, values)])

    def values_of(self, instance: Model) -> dict[str, Any]:
        """The values that an instance has for the parameters."""
        return {name: getattr(instance, name) for name in self.fields}


class PreparedUpdate(PreparedWrite):
    """An update with parameters; ``build`` returns the queryset and, as a dict, what to set.

    rename = PreparedUpdate(
        lambda id, title: (Todo.objects.filter(pk=id), {"title": title}), **fields_of(Todo, "id", "title")
    )
    rename(id=1, title="Other")
    """

    def compile_write(self, **parameters: Parameter) -> tuple[SQLCompiler, str, Iterable]:
        queryset, changes = self.build(**parameters)
        query = queryset.query.chain(UpdateQuery)
        query.add_update_values(changes)
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        return compiler, *compiler.as_sql()


class PreparedInsert(PreparedWrite):
    """The insert of one row; ``build`` returns an instance with parameters for values.

    create = PreparedInsert(lambda title: Todo(title=title), returning=["id"], **fields_of(Todo, "title"))

    The database makes the id, unless that is among the parameters.
    """

    def compile_write(self, **parameters: Parameter) -> tuple[SQLCompiler, str, Iterable]:
        instance = self.build(**parameters)
        fields = [
            field for field in instance._meta.concrete_fields if not field.primary_key or field.name in parameters
        ]
        query = InsertQuery(type(instance))
        query.insert_values(fields, [instance])
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        ((sql, given),) = compiler.as_sql()
        return compiler, sql, given


def send_together(statements: Sequence[tuple[Prepared, dict[str, Any]]]) -> Any:
    """Run all of them or none, one after the other; return what the last one gives: of a query its rows.

    Where the database takes several at once, they are one message. Outside a transaction it is one of its own.
    """
    compiled = [(statement.compiled(), values) for statement, values in statements]
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            together = "; ".join(statement.sql for statement, _ in compiled)
            cursor.execute(together, [value for statement, given in compiled for value in statement.values(given)])
            return statements[-1][0].answer(compiled[-1][0], cursor)
        with transaction.atomic(savepoint=False):
            for statement, given in compiled:
                cursor.execute(statement.sql, statement.values(given))
            return statements[-1][0].answer(compiled[-1][0], cursor)


def by_name(statement: Compiled, name: str) -> Compiled:
    """Return the call of a statement that PostgreSQL prepares under a name."""
    parameters = [value for value in statement.parameters if isinstance(value, Parameter)]
    numbers = iter(range(1, len(parameters) + 1))
    in_place = [AsIs(f"${next(numbers)}") if isinstance(p, Parameter) else p for p in statement.parameters]
    connection = statement.compiler.connection
    types = [parameter.output_field.cast_db_type(connection) for parameter in parameters]
    with connection.cursor() as cursor:
        sql = cursor.mogrify(statement.sql, in_place).decode()
    return replace(
        statement,
        sql=f"EXECUTE {name} ({', '.join(['%s'] * len(types))})" if types else f"EXECUTE {name}",
        parameters=tuple(parameters),
        preparation=f"PREPARE {name} ({', '.join(types)}) AS {sql}" if types else f"PREPARE {name} AS {sql}",
    )


def fields_of(model: type[Model], *names: str) -> dict[str, Field]:
    """Return the model's fields as parameters of the same names."""
    return {name: model._meta.get_field(name) for name in names}


def columns_of(model: type[Model], *, without: Sequence[str] = ()) -> dict[str, Field]:
    """Return all the model's fields but those, as parameters named like their attributes: ``owner_id``."""
    return {field.attname: field for field in model._meta.concrete_fields if field.name not in without}
