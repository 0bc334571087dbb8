"""Todos as JSON: what comes in is checked by a serializer, what goes out is built straight from rows."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from todos.deadlines import Deadline, DeadlineError, format_deadline, parse_deadline
from todos.models import DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH, Todo, TodoQuerySet
from todos.services import MAX_ITEMS, Action, BulkItem, BulkResult, find_todo
from web.api.fields import StrictBoolean, StrictInteger, StrictSerializer, StrictText

COLUMNS = (
    "id", "title", "description", "completed", "deadline", "deadline_kind", "created_at", "updated_at",
)  # fmt: skip


def read_todo(user: AbstractBaseUser | AnonymousUser, todo_id: int) -> tuple[dict, int] | None:
    """Return a todo of the user's own list as the API shows it and its sequence, or None where there is none."""
    try:
        todo = find_todo(user=user, todo_id=todo_id)
    except Todo.DoesNotExist:
        return None
    return represent_todo(todo), todo.sequence


def represent_todos(todos: TodoQuerySet) -> Iterator[dict]:
    """Yield the todos as the API shows them, without making instances of the model."""
    return (_represent(*row) for row in todos.values_list(*COLUMNS))


def represent_todo(todo: Todo) -> dict:
    return _represent(*(getattr(todo, name) for name in COLUMNS))


def _represent(
    pk: int,
    title: str,
    description: str | None,
    completed: bool,
    deadline: datetime | None,
    deadline_kind: str,
    created_at: datetime,
    updated_at: datetime,
) -> dict:
    return {
        "id": pk,
        "title": title,
        "description": description,
        "completed": completed,
        "deadline_at": format_deadline(deadline, deadline_kind) if deadline else None,
        "created_at": created_at.isoformat()[:19],
        "updated_at": updated_at.isoformat()[:19],
    }


@extend_schema_field({"type": "string", "examples": ["2026-02-27T18:00:00", "2026-02-27"]})
class DeadlineField(serializers.Field):
    """A deadline in one of its three forms."""

    default_error_messages = {"invalid": "A deadline must be text, or null."}

    def to_internal_value(self, data: Any) -> Deadline:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return parse_deadline(data)
        except DeadlineError as error:
            raise serializers.ValidationError(str(error)) from error

    def to_representation(self, value: Deadline) -> str:
        return str(value)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A lecture",
            {
                "id": 1,
                "title": "Watch CSSE6400 Lecture",
                "description": "Watch the CSSE6400 lecture on ECHO360 for week 1",
                "completed": False,
                "deadline_at": "2026-02-27T18:00:00",
                "created_at": "2026-02-20T14:00:00",
                "updated_at": "2026-02-20T14:00:00",
            },
            response_only=True,
        ),
        OpenApiExample(
            "A whole day", {"title": "Hand in the essay", "deadline_at": "2026-02-27"}, request_only=True
        ),
    ]
)
class TodoSerializer(StrictSerializer):
    """A todo; what a client may set, and what it gets back."""

    id = serializers.IntegerField(read_only=True)
    title = StrictText(max_length=TITLE_MAX_LENGTH)
    description = StrictText(max_length=DESCRIPTION_MAX_LENGTH, required=False, allow_null=True, allow_blank=True)
    completed = StrictBoolean(required=False)
    deadline_at = DeadlineField(source="due", required=False, allow_null=True)
    created_at = serializers.CharField(read_only=True, help_text="UTC, to the second.")
    updated_at = serializers.CharField(read_only=True, help_text="UTC, to the second.")

    def to_representation(self, instance: Todo) -> dict:
        return represent_todo(instance)


class DeletedTodoSerializer(serializers.Serializer):
    """The todo that was deleted; an empty object where there was none."""

    id = serializers.IntegerField(required=False)
    title = serializers.CharField(required=False)
    description = serializers.CharField(required=False, allow_null=True)
    completed = serializers.BooleanField(required=False)
    deadline_at = serializers.CharField(required=False, allow_null=True)
    created_at = serializers.CharField(required=False)
    updated_at = serializers.CharField(required=False)


class TodoChangesSerializer(TodoSerializer):
    """The fields that an update changes; the others stay as they are.

    REST framework reads ``partial`` from the outermost serializer, so that a nested one cannot be partial.
    """

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


class BulkItemSerializer(StrictSerializer):
    """One thing to do to one todo."""

    id = StrictInteger(min_value=1, max_value=2**63 - 1, source="todo_id")
    action = serializers.ChoiceField(Action.choices)
    changes = TodoChangesSerializer(required=False, help_text="What an update changes, as for PUT.")

    def validate(self, attrs: dict) -> BulkItem:
        if ("changes" in attrs) != (attrs["action"] == Action.UPDATE):
            raise serializers.ValidationError({"changes": f"This goes with the action {Action.UPDATE}."})
        return BulkItem(**attrs)


class BulkSerializer(StrictSerializer):
    """Things to do to todos, in this order."""

    items = BulkItemSerializer(many=True, max_length=MAX_ITEMS)


class BulkResultSerializer(serializers.Serializer):
    """What became of one item."""

    id = serializers.IntegerField()
    status = serializers.IntegerField(help_text="200, or 404 where there is no such todo.")
    error = serializers.CharField(required=False)


class BulkResultsSerializer(serializers.Serializer):
    """What became of the items, in the order in which they were sent."""

    results = BulkResultSerializer(many=True)


def represent_results(results: Iterable[BulkResult]) -> dict:
    return {
        "results": [
            {"id": result.todo_id, "status": result.status} | ({"error": result.error} if result.error else {})
            for result in results
        ]
    }
