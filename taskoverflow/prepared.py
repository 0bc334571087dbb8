"""Querysets that are turned into SQL once, for what is asked with every request.

Django takes several times as long to make SQL of a small queryset as the database takes to answer it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, IntegerField, Model
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler


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
            least, most = connection.ops.integer_field_range(field.get_internal_type())
            if (least is not None and value < least) or (most is not None and value > most):
                raise OutOfRange
        return field.get_db_prep_value(value, connection)


@dataclass(frozen=True)
class Compiled:
    """A statement as one connection sends it; Parameters stand among its parameters."""

    compiler: SQLCompiler
    sql: str
    parameters: tuple

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

    def __init__(self, build: Callable[..., Any], **fields: Field) -> None:
        self.build = build
        self.fields = fields

    def make_compiler(self, **parameters: Parameter) -> SQLCompiler:
        raise NotImplementedError

    def compiled(self) -> Compiled:
        # Kept by the connection, which belongs to one thread and one kind of database.
        known = vars(connections[DEFAULT_DB_ALIAS]).setdefault("prepared", {})
        if self not in known:
            compiler = self.make_compiler(**{name: Parameter(name, field) for name, field in self.fields.items()})
            sql, parameters = compiler.as_sql()
            known[self] = Compiled(compiler, sql, tuple(parameters))
        return known[self]


class PreparedQuery(Prepared):
    """A queryset with parameters.

        todo_by_id = PreparedQuery(lambda id: Todo.objects.filter(pk=id), **fields_of(Todo, "id"))
        todo_by_id.instances(id=1)

    What is looked for cannot be None: that would be another query.
    """

    def make_compiler(self, **parameters: Parameter) -> SQLCompiler:
        return self.build(**parameters).query.get_compiler(DEFAULT_DB_ALIAS)

    def rows(self, **values: Any) -> Iterable[tuple]:
        """What ``values_list`` gives."""
        statement = self.compiled()
        compiler = statement.compiler
        try:
            parameters = statement.values(values)
        except OutOfRange:
            return []
        with compiler.connection.cursor() as cursor:
            cursor.execute(statement.sql, parameters)
            rows = cursor.fetchall()
        return compiler.apply_converters(rows, statement.converters) if statement.converters else rows

    def instances(self, **values: Any) -> list[Model]:
        """The model's instances."""
        make = self.compiled().make_instance
        return [make(row) for row in self.rows(**values)]

    def get(self, **values: Any) -> Model:
        """The one instance. Raises the model's DoesNotExist."""
        for instance in self.instances(**values):
            return instance
        raise self.compiled().compiler.query.model.DoesNotExist


class PreparedUpdate(Prepared):
    """An update with parameters; ``build`` returns the queryset and, as a dict, what to set.

    rename = PreparedUpdate(
        lambda id, title: (Todo.objects.filter(pk=id), {"title": title}), **fields_of(Todo, "id", "title")
    )
    rename(id=1, title="Other")
    """

    def make_compiler(self, **parameters: Parameter) -> SQLCompiler:
        queryset, changes = self.build(**parameters)
        query = queryset.query.chain(UpdateQuery)
        query.add_update_values(changes)
        return query.get_compiler(DEFAULT_DB_ALIAS)

    def __call__(self, **values: Any) -> int:
        """Return how many rows there were."""
        statement = self.compiled()
        with statement.compiler.connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.values(values))
            return cursor.rowcount


def send_together(updates: list[tuple[PreparedUpdate, dict[str, Any]]]) -> None:
    """Run updates, one after the other, by one message to the database where it takes several at once."""
    statements = [(update.compiled(), values) for update, values in updates]
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "postgresql" and statements:
        together = "; ".join(statement.sql for statement, _ in statements)
        with connection.cursor() as cursor:
            cursor.execute(
                together, [value for statement, given in statements for value in statement.values(given)]
            )
    else:
        for update, given in updates:
            update(**given)


def fields_of(model: type[Model], *names: str) -> dict[str, Field]:
    """Return the model's fields as parameters of the same names."""
    return {name: model._meta.get_field(name) for name in names}
