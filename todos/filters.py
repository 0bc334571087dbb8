"""The query parameters that narrow and order a list."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from todos.deadlines import Deadline, DeadlineError, parse_deadline
from todos.models import TITLE_MAX_LENGTH, TodoList, TodoQuerySet

_WHOLE_DAYS = re.compile(r"\d{1,6}", re.ASCII)
# What a list can be ordered by; deadlines are not all of one kind, so that the database cannot.
ORDERINGS = ("id", "title", "completed", "created_at", "updated_at", "deadline_at")


def completed_parameter(request: Request) -> bool | None:
    """Return ``?completed=true`` or ``false``, or None where it is not given. Raises a 400 that names it."""
    value = request.query_params.get("completed")
    if value not in {None, "true", "false"}:
        raise serializers.ValidationError({"completed": "This must be true or false."})
    return None if value is None else value == "true"


def window_parameter(request: Request) -> int | None:
    """Return ``?window=7``, in days, or None where it is not given. Raises a 400 that names it."""
    value = request.query_params.get("window")
    if value is not None and not _WHOLE_DAYS.fullmatch(value):
        raise serializers.ValidationError({"window": "This must be a whole number of days, from 0 to 999999."})
    return None if value is None else int(value)


def deadline_parameter(request: Request, name: str) -> Deadline | None:
    """Return a parameter in one of the forms of a deadline, or None where it is not given."""
    value = request.query_params.get(name)
    try:
        return None if value is None else parse_deadline(value)
    except DeadlineError as error:
        raise serializers.ValidationError({name: str(error)}) from error


def search_parameter(request: Request) -> list[str]:
    """Return the words of ``?search=``, none where it is not given."""
    value = request.query_params.get("search", "")
    if len(value) > TITLE_MAX_LENGTH or "\x00" in value:
        raise serializers.ValidationError(
            {"search": f"This must be text of {TITLE_MAX_LENGTH} characters at most."}
        )
    return value.split()


def ordering_parameter(request: Request) -> str:
    """Return ``?ordering=``, a name of ORDERINGS with a minus before it for the other way round."""
    value = request.query_params.get("ordering", "id")
    if value.removeprefix("-") not in ORDERINGS:
        names = ", ".join(ORDERINGS)
        raise serializers.ValidationError(
            {"ordering": f"This must be one of {names}, with or without a - before."}
        )
    return value


def filter_todos(todo_list: TodoList, request: Request) -> TodoQuerySet:
    """Return the list's todos that the request asks for, in no order."""
    todos: Any = todo_list.todos.visible()
    if not request.query_params:
        return todos
    if (completed := completed_parameter(request)) is not None:
        todos = todos.completed(completed)
    if (window := window_parameter(request)) is not None:
        todos = todos.due_by(datetime.now(UTC) + timedelta(days=window), todo_list.zone)
    if (after := deadline_parameter(request, "due_after")) is not None:
        todos = todos.due_from(after.begins_at(todo_list.zone), todo_list.zone)
    if (before := deadline_parameter(request, "due_before")) is not None:
        todos = todos.due_before(before.begins_at(todo_list.zone), todo_list.zone)
    return todos.matching(search_parameter(request))


def order_todos(todos: TodoQuerySet, ordering: str) -> TodoQuerySet:
    """Order by anything but the deadline; those that are alike stay oldest first."""
    return todos.order_by(ordering) if ordering.endswith("id") else todos.order_by(ordering, "id")


def ids_by_deadline(todos: TodoQuerySet, todo_list: TodoList, *, descending: bool) -> list[int]:
    """Return the todos' ids as their deadlines follow on the list's clock; those without one come last."""
    zone, dated, undated = todo_list.zone, [], []
    for todo_id, moment, kind in todos.order_by("id").values_list("id", "deadline", "deadline_kind"):
        if moment:
            dated.append((Deadline(moment, kind).begins_at(zone), todo_id))
        else:
            undated.append(todo_id)
    dated.sort(key=lambda pair: pair[0], reverse=descending)
    return [todo_id for _, todo_id in dated] + undated
