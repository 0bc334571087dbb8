"""The query parameters that narrow and order a list of todos."""

import re
from collections.abc import Callable, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import F
from django_filters import Filter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request
from rest_framework.views import APIView

from todos.agenda import Clock
from todos.deadlines import Deadline, DeadlineError, parse_deadline
from todos.labels import LabelError, parse_labels
from todos.models import TITLE_MAX_LENGTH, TodoList, TodoQuerySet
from todos.priorities import PRIORITIES, Priority, rank
from todos.search.language import MAX_LENGTH, Query, QueryError, parse
from todos.services import spellings

_PRIORITY = f"({'|'.join(PRIORITIES)})"
_WHOLE_DAYS = re.compile(r"\d{1,6}", re.ASCII)


def read_boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise forms.ValidationError("This must be true or false.")
    return text == "true"


def read_days(text: str) -> timedelta:
    if not _WHOLE_DAYS.fullmatch(text):
        raise forms.ValidationError("This must be a whole number of days, from 0 to 999999.")
    return timedelta(days=int(text))


def read_deadline(text: str) -> Deadline:
    try:
        return parse_deadline(text)
    except DeadlineError as error:
        # As a parameter: django-filter formats the message itself.
        raise forms.ValidationError("%(error)s", params={"error": str(error)}) from error


def read_priorities(text: str) -> set[Priority]:
    words = set(text.split(","))
    if not words <= PRIORITIES.keys():
        raise forms.ValidationError(f"This must be one or more of {', '.join(PRIORITIES)}, with commas between.")
    return {PRIORITIES[word] for word in words}


def read_labels(text: str) -> tuple[str, ...]:
    try:
        return parse_labels(text.split(","))
    except LabelError as error:
        raise forms.ValidationError("%(error)s", params={"error": str(error)}) from error


def read_words(text: str) -> list[str]:
    if len(text) > TITLE_MAX_LENGTH or "\x00" in text:
        raise forms.ValidationError(f"This must be text of at most {TITLE_MAX_LENGTH} characters.")
    return text.split()


def read_query(text: str) -> Query:
    try:
        return parse(text)
    except QueryError as error:
        message = f"{error} (At character {error.start + 1}.)"
        raise forms.ValidationError("%(error)s", params={"error": message}) from error


class ParameterField(forms.Field):
    """A parameter that ``read`` turns into its value: None if it is absent, but not if it is empty."""

    def __init__(self, *, read: Callable[[str], Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.read = read

    def __deepcopy__(self, memo: dict) -> "ParameterField":
        return self  # nothing changes in it: forms can share it

    def clean(self, value: str | None) -> Any:
        return None if value is None else self.read(value)


class ParameterFilter(Filter):
    field_class = ParameterField

    def __deepcopy__(self, memo: dict) -> "ParameterFilter":
        """Each request has copies of the filters. Nothing in them changes but where they belong."""
        filter_ = copy(self)
        filter_.method = self.method  # which is bound to the filter
        return filter_


def parameter(read: Callable[[str], Any], *, method: str, description: str, **schema: Any) -> Filter:
    """Return a filter for a FilterSet, described in the schema: a string unless ``schema`` says otherwise."""
    documented = extend_schema_field({"type": "string"} | schema | {"description": description})
    return documented(ParameterFilter(read=read, method=method))


class TodoFilterSet(FilterSet):
    """Which todos are in an answer. Deadlines are compared on the list's clock."""

    completed = parameter(
        read_boolean,
        method="filter_completed",
        type="boolean",
        description="Only those that are completed, or are not.",
    )
    window = parameter(
        read_days,
        method="filter_window",
        type="integer",
        minimum=0,
        maximum=999_999,
        description="Only those due no later than this many days from now.",
    )
    due_after = parameter(
        read_deadline, method="filter_due_after", description="Only those due at this deadline or later."
    )
    due_before = parameter(
        read_deadline, method="filter_due_before", description="Only those due before this deadline."
    )
    priority = parameter(
        read_priorities,
        method="filter_priority",
        pattern=f"^{_PRIORITY}(,{_PRIORITY})*$",
        description="Only those of this priority, or of one of these: `high,medium`.",
    )
    label = parameter(
        read_labels,
        method="filter_label",
        description="Only those with this label, or with one of these: `uni,work`. Case does not count.",
    )
    search = parameter(
        read_words,
        method="filter_search",
        description="Only those with all of these words in title or description.",
    )
    query = parameter(
        read_query,
        method="filter_query",
        maxLength=MAX_LENGTH,
        description="Only those that this search finds, such as `is:open due:<7d essay`.",
    )

    @classmethod
    @cache  # django-filter builds the class again for each request, which takes a third of the filtering's time
    def form_class(cls) -> type[forms.Form]:
        return type("TodoFilterForm", (forms.Form,), {name: f.field for name, f in cls.base_filters.items()})

    def get_form_class(self) -> type[forms.Form]:
        return self.form_class()

    @property
    def todo_list(self) -> TodoList:
        return self.request.parser_context["view"].todo_list

    @property
    def zone(self) -> ZoneInfo:
        return self.todo_list.zone

    def filter_completed(self, todos: TodoQuerySet, name: str, value: bool) -> TodoQuerySet:
        return todos.completed(value)

    def filter_window(self, todos: TodoQuerySet, name: str, value: timedelta) -> TodoQuerySet:
        return todos.due_by(datetime.now(UTC) + value, self.zone)

    def filter_due_after(self, todos: TodoQuerySet, name: str, value: Deadline) -> TodoQuerySet:
        return todos.due_from(value.begins_at(self.zone), self.zone)

    def filter_due_before(self, todos: TodoQuerySet, name: str, value: Deadline) -> TodoQuerySet:
        return todos.due_before(value.begins_at(self.zone), self.zone)

    def filter_priority(self, todos: TodoQuerySet, name: str, value: set[Priority]) -> TodoQuerySet:
        return todos.of_priority(value)

    def filter_label(self, todos: TodoQuerySet, name: str, value: tuple[str, ...]) -> TodoQuerySet:
        owner_id = self.request.parser_context["view"].todo_list.owner_id
        return todos.labelled(spellings(owner_id, value).values())

    def filter_search(self, todos: TodoQuerySet, name: str, value: list[str]) -> TodoQuerySet:
        return todos.matching(value, self.todo_list)

    def filter_query(self, todos: TodoQuerySet, name: str, value: Query) -> TodoQuerySet:
        return todos.found_by(value, [(self.todo_list, Clock.of(self.todo_list))])


class TodosByDeadline:
    """Todos in the order of their deadlines, oldest first among equals; those without one come last.

    Deadlines have several kinds, which only Python can compare. It has of a queryset what a list view needs.
    """

    def __init__(self, todos: TodoQuerySet, ids: Sequence[int]) -> None:
        self.todos, self.ids = todos, ids

    @classmethod
    def of(cls, todos: TodoQuerySet, zone: Any, *, descending: bool) -> "TodosByDeadline":
        dated, undated = [], []
        for todo_id, moment, kind in todos.order_by("id").values_list("id", "deadline", "deadline_kind"):
            if moment:
                dated.append((Deadline(moment, kind).begins_at(zone), todo_id))
            else:
                undated.append(todo_id)
        dated.sort(key=lambda pair: pair[0], reverse=descending)
        return cls(todos, [todo_id for _, todo_id in dated] + undated)

    def __getitem__(self, part: slice) -> "TodosByDeadline":
        ids = self.ids[part]
        return TodosByDeadline(self.todos.filter(pk__in=ids), ids)

    def count(self) -> int:
        return len(self.ids)

    def values_list(self, *columns: str) -> list[tuple]:
        rows = {row[0]: row[1:] for row in self.todos.values_list("pk", *columns)}
        return [rows[pk] for pk in self.ids if pk in rows]  # without those deleted since


class TodoOrderingFilter(OrderingFilter):
    """``?ordering=``, one of the view's ``ordering_fields`` with or without a minus; anything else is a 400."""

    def filter_queryset(self, request: Request, queryset: TodoQuerySet, view: APIView) -> Any:
        ordering = request.query_params.get(self.ordering_param, view.ordering)
        name = ordering.removeprefix("-")
        if name not in view.ordering_fields:
            names = ", ".join(view.ordering_fields)
            raise serializers.ValidationError(
                {self.ordering_param: f"This must be one of {names}, with or without a - before."}
            )
        if name == "deadline_at":
            return TodosByDeadline.of(queryset, view.todo_list.zone, descending=ordering.startswith("-"))
        if name == "priority":
            order = rank(F(name))
            return queryset.order_by(order.desc() if ordering.startswith("-") else order, "id")
        if name == "position":
            todos = queryset.in_manual_order()
            return todos.reverse() if ordering.startswith("-") else todos
        return queryset.order_by(ordering) if name == "id" else queryset.order_by(ordering, "id")

    def get_schema_operation_parameters(self, view: APIView) -> list[dict]:
        values = [sign + name for name in view.ordering_fields for sign in ("", "-")]
        return [
            {
                "name": self.ordering_param,
                "in": "query",
                "schema": {"type": "string", "enum": values},
                "description": f"Their order, by default `{view.ordering}`: oldest first; `position`: by hand.",
            }
        ]


COMPLETED = OpenApiParameter("completed", bool, description="Only those that are completed, or are not.")


def completed_parameter(request: Request) -> bool | None:
    """Return ``?completed=true`` or ``false``, or None if it is absent. Raises a 400 that names it."""
    value = request.query_params.get("completed")
    try:
        return None if value is None else read_boolean(value)
    except forms.ValidationError as error:
        raise serializers.ValidationError({"completed": error.messages}) from error
