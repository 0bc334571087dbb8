"""The query parameters that narrow a list."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from todos.models import TodoList, TodoQuerySet

_WHOLE_DAYS = re.compile(r"\d{1,6}", re.ASCII)


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


def filter_todos(todo_list: TodoList, request: Request) -> TodoQuerySet:
    """Return the list's todos that the request asks for, oldest first."""
    todos: Any = todo_list.todos.visible().order_by("id")
    if (completed := completed_parameter(request)) is not None:
        todos = todos.completed(completed)
    if (window := window_parameter(request)) is not None:
        todos = todos.due_by(datetime.now(UTC) + timedelta(days=window), todo_list.zone)
    return todos
