"""Todos."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Count, F, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.db.models.sql.compiler import SQLCompiler

from todos.deadlines import Deadline, DeadlineKind
from todos.labels import join_labels, split_labels
from todos.models.lists import TodoList
from todos.priorities import Priority
from todos.recurrence.rule import MAX_LENGTH as RULE_MAX_LENGTH
from todos.search.index import narrowed
from todos.search.text import HasText

if TYPE_CHECKING:  # todos.search.language knows clocks, which know models
    from todos.agenda import Clock
    from todos.search.language import Query

TITLE_MAX_LENGTH = 255
DESCRIPTION_MAX_LENGTH = 10_000
# Columns that are read and written through a property.
_PROPERTIES = {"deadline": "due", "deadline_kind": "due", "label_text": "labels"}


class JSONBytes(models.Func):
    """How many bytes a text takes as JSON, quotes included."""

    output_field = models.BigIntegerField()
    template = "octet_length(to_json(%(expressions)s)::text)"

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="length(CAST(json_quote(%(expressions)s) AS BLOB))")


# As Todo.byte_count.
BYTE_COUNT = JSONBytes("title") + JSONBytes(Coalesce("description", Value(""))) + JSONBytes("label_text") - 2

# A todo stands where its id says, so that new ones come last, until somebody moves it: then it has a number between
# those of its neighbours.
PLACE = Coalesce(F("position"), F("id"), output_field=models.FloatField())


class TodoQuerySet(models.QuerySet):
    def visible(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def deleted(self) -> Self:
        return self.filter(deleted_at__isnull=False)

    def total(self) -> tuple[int, int]:
        """Return how many they are, and how many bytes their titles, descriptions and labels take as JSON."""
        return tuple(self.aggregate(count=Count("pk"), bytes=Coalesce(Sum(BYTE_COUNT), 0)).values())

    def completed(self, is_completed: bool) -> Self:
        return self.filter(completed=is_completed)

    def of_priority(self, priorities: Iterable[Priority]) -> Self:
        return self.filter(priority__in=priorities)

    def labelled(self, names: Iterable[str]) -> Self:
        """With at least one of these labels, spelled as their owner spells them."""
        having = [Q(label_text__contains=join_labels([name])) for name in names]
        return self.filter(reduce(or_, having)) if having else self.none()

    def in_manual_order(self) -> Self:
        """In the order that people have given them, each with its ``place`` in it."""
        return self.annotate(place=PLACE).order_by("place", "id")

    def due_by(self, moment: datetime, zone: ZoneInfo) -> Self:
        """Due no later than ``moment`` for a reader in ``zone``, overdue ones included.

        A whole day counts from its beginning.
        """
        return self._due("lte", moment, zone)

    def due_before(self, moment: datetime, zone: ZoneInfo) -> Self:
        return self._due("lt", moment, zone)

    def due_from(self, moment: datetime, zone: ZoneInfo) -> Self:
        return self._due("gte", moment, zone)

    def matching(self, words: Iterable[str], todo_list: TodoList) -> Self:
        """Those of the list with every one of the words in the title or the description."""
        words = list(words)
        return narrowed(self.filter(*map(HasText, words)), words, [todo_list.pk])

    def found_by(
        self, query: "Query", clocks: "Sequence[tuple[TodoList, Clock]]", is_completed: bool | None = None
    ) -> Self:
        """Those of these lists' todos that a search finds, each by the clock of its list; on request only open ones, or
        only those that are done.
        """
        lists = [todo_list for todo_list, _ in clocks]
        by_zone: dict[str, tuple[Clock, list[int]]] = {}
        for todo_list, clock in clocks:
            by_zone.setdefault(clock.zone.key, (clock, []))[1].append(todo_list.pk)
        todos = self if is_completed is None else self.completed(is_completed)
        for term in query.terms:
            if not term.depends_on_zone or len(by_zone) == 1:
                todos = todos.filter(term.condition(clocks[0][1], lists))
                continue
            condition = Q()
            for clock, ids in by_zone.values():
                condition |= Q(list__in=ids) & term.condition(clock, lists)
            todos = todos.filter(condition)
        if is_completed is None:
            is_completed = query.is_completed
        return narrowed(todos, query.texts, [todo_list.pk for todo_list in lists], is_completed)

    def _due(self, comparison: str, moment: datetime, zone: ZoneInfo) -> Self:
        wall = moment.astimezone(zone).replace(tzinfo=UTC)
        name = f"deadline__{comparison}"
        return self.filter(
            Q(deadline_kind=DeadlineKind.INSTANT, **{name: moment})
            | Q(deadline_kind__in=[DeadlineKind.FLOATING, DeadlineKind.DAY], **{name: wall})
        )


class Todo(models.Model):
    """One thing to do. A deleted one is gone for every reader until it is restored or purged.

    What people write in a todo are its editable columns; the others are kept by the services. Services, undo and
    imports find a new column by themselves.
    """

    list = models.ForeignKey(TodoList, on_delete=models.CASCADE, related_name="todos", db_index=False)
    uid = models.UUIDField(default=uuid.uuid4, editable=False, help_text="The event's UID in calendars, for life.")
    title = models.CharField(max_length=TITLE_MAX_LENGTH)
    description = models.TextField(null=True, blank=True, max_length=DESCRIPTION_MAX_LENGTH)  # noqa: DJ001 - the contract tells null from ""
    completed = models.BooleanField(default=False)
    completed_at = models.DateTimeField(null=True, blank=True, editable=False)
    deadline = models.DateTimeField(null=True, blank=True)
    deadline_kind = models.CharField(max_length=8, choices=DeadlineKind, blank=True)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NONE, db_default=Priority.NONE)
    label_text = models.TextField(blank=True, default="", db_default="", help_text="The names of its labels.")
    # A series: services/series.py. Release 0.1.0, which may run beside, completes one as a whole, and moves or removes
    # the deadline alone.
    rule = models.CharField(
        max_length=RULE_MAX_LENGTH,
        blank=True,
        default="",
        db_default="",
        help_text="An RRULE's value; empty: once.",
    )
    repeats_from_completion = models.BooleanField(
        default=False, db_default=False, help_text="It is due again some time after it was done."
    )
    # What the series' clock shows at the current occurrence, as todos.recurrence.occurrence writes it. The deadline is
    # another where this one was moved, or where the clock shows a time that the day does not have.
    occurrence = models.CharField(max_length=100, blank=True, default="", db_default="")
    past_count = models.IntegerField(
        default=0, db_default=0, editable=False, help_text="The number of its last PastOccurrence."
    )
    # Where a todo may be below another one: services/subtasks.py. No foreign key in the database: release 0.1.0, which
    # may run beside, purges todos without a look at what is below them.
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="subtasks",
        help_text="The todo that this one is a sub-task of.",
    )
    # Only with its list locked: services/order.py. No file and no answer about the todo alone shows it.
    position = models.FloatField(
        null=True, editable=False, help_text="Its place in the manual order; null: its id."
    )
    # Rises with each visible change, never falls: calendar clients ignore an edit without it (RFC 5545, 3.8.7.4).
    sequence = models.IntegerField(default=0, editable=False, validators=[MinValueValidator(0)])
    revision = models.BigIntegerField(editable=False, help_text="The list's revision at the last change.")
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Who made the last change that a reader can see. A user who is deleted leaves a number that names nobody: to find
    # all todos that somebody changed last would need an index that each change has to write.
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.DO_NOTHING,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )

    objects = TodoQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "uid"], name="uid_unique_in_list"),
            models.CheckConstraint(
                condition=Q(deadline__isnull=True, deadline_kind="")
                | Q(deadline__isnull=False, deadline_kind__in=DeadlineKind.values),
                name="deadline_has_a_kind",
            ),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="priority_is_known"),
        ]
        indexes = [
            models.Index(fields=["list", "id"], name="todo_of_list"),  # GET of a list, oldest first
            models.Index(fields=["list", "revision"], name="todo_changed"),  # a build: what changed since
            models.Index(  # how many are open, and which of them are due
                fields=["list", "deadline"],
                condition=Q(completed=False, deleted_at__isnull=True),
                name="todo_open",
            ),
            models.Index(  # the sub-tasks of a todo
                fields=["parent"], condition=Q(parent__isnull=False), name="todo_subtasks"
            ),
            models.Index(  # the trash, and its purge
                fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="todo_deleted"
            ),
        ]

    def __str__(self) -> str:
        return f"Todo {self.pk}"

    @property
    def byte_count(self) -> int:
        """How many bytes the title, the description and the labels take as JSON: what readers have to be sent."""
        texts = len(orjson.dumps(self.title)) + len(orjson.dumps(self.description or ""))
        return texts + len(orjson.dumps(self.label_text)) - 2  # without the quotes

    @property
    def due(self) -> Deadline | None:
        return Deadline(self.deadline, self.deadline_kind) if self.deadline else None

    @due.setter
    def due(self, value: Deadline | None) -> None:
        self.deadline, self.deadline_kind = (value.moment, value.kind) if value else (None, "")

    @property
    def is_repeating(self) -> bool:
        """It has a rule, and a deadline to count from."""
        return bool(self.rule and self.deadline)

    @property
    def rule_zone(self) -> str | None:
        """The time zone of the series' clock, if its deadlines are instants."""
        return self.occurrence.partition(" ")[2] or None

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(split_labels(self.label_text))

    @labels.setter
    def labels(self, names: Iterable[str]) -> None:
        self.label_text = join_labels(names)

    @classmethod
    @cache
    def content_columns(cls) -> tuple[str, ...]:
        """The columns with what people write in a todo."""
        own = {"id", "list_id"}
        return tuple(
            field.attname for field in cls._meta.concrete_fields if field.editable and field.attname not in own
        )

    @classmethod
    @cache
    def content_fields(cls) -> tuple[str, ...]:
        """The content columns by the names that services take: ``due`` for two of them, and ``labels``."""
        return tuple(dict.fromkeys(_PROPERTIES.get(name, name) for name in cls.content_columns()))

    @classmethod
    @cache
    def mutable_columns(cls) -> tuple[str, ...]:
        """The columns that a change of the todo itself writes. An order is changed without reading all of the todo."""
        fixed = {"id", "list_id", "uid", "created_at", "position"}
        return tuple(field.attname for field in cls._meta.concrete_fields if field.attname not in fixed)
