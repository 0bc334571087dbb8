"""Todos as JSON. A serializer's fields are what the API reads, answers and documents."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from todos.models import PastOccurrence, Todo, TodoQuerySet
from todos.serializers.fields import (
    DeadlineField,
    IdField,
    LabelsField,
    PriorityField,
    RepeatFromField,
    RuleField,
    RuleZoneField,
)
from todos.services import MAX_ITEMS, Action, BulkItem, BulkResult, user_names
from web.api.fields import UTCField
from web.api.serializers import RowListSerializer, RowMixin, StrictModelSerializer, StrictSerializer


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
                "priority": "none",
                "labels": ["Uni"],
                "parent_id": None,
                "rule": "FREQ=WEEKLY;COUNT=13;BYDAY=FR",
                "repeat_from": "deadline",
                "rule_zone": None,
                "created_at": "2026-02-20T14:00:00",
                "updated_at": "2026-02-20T14:00:00",
            },
            response_only=True,
        ),
        OpenApiExample(
            "A whole day", {"title": "Hand in the essay", "deadline_at": "2026-02-27"}, request_only=True
        ),
        OpenApiExample(
            "Every two weeks",
            {"title": "Pay rent", "deadline_at": "2026-02-27", "rule": "FREQ=WEEKLY;INTERVAL=2"},
            request_only=True,
        ),
    ]
)
class TodoSerializer(RowMixin, StrictModelSerializer):
    """A todo."""

    deadline_at = DeadlineField(source="due", required=False, allow_null=True)
    priority = PriorityField(required=False)
    labels = LabelsField(
        required=False,
        help_text="Names without commas, each once; upper and lower case do not count. New ones are created.",
    )
    parent_id = IdField(
        required=False,
        allow_null=True,
        help_text="The todo of the same list that this one is a sub-task of.",
    )
    rule = RuleField(
        required=False,
        help_text="How it repeats: the value of an RRULE (RFC 5545) of FREQ, INTERVAL, COUNT, UNTIL, BYDAY, "
        "BYMONTHDAY, BYMONTH, BYSETPOS and WKST; empty: not at all. It needs a deadline, and names its days in the "
        "answer. COUNT says how many are left, the current one included.",
    )
    repeat_from = RepeatFromField(
        source="repeats_from_completion",
        required=False,
        help_text="What the next occurrence counts from: the deadline, or the day on which this one is completed.",
    )
    rule_zone = RuleZoneField(
        required=False,
        allow_null=True,
        help_text="The time zone of the rule, if the deadline is an instant: the list’s, unless given.",
    )

    class Meta:
        model = Todo
        list_serializer_class = RowListSerializer
        fields = (
            "id", "title", "description", "completed", "deadline_at", "priority", "labels", "parent_id", "rule",
            "repeat_from", "rule_zone", "created_at", "updated_at",
        )  # fmt: skip

    def validate(self, attrs: dict) -> dict:
        if attrs.get("rule_zone", "") is None:
            del attrs["rule_zone"]  # as it is
        return attrs


class FoundTodoSerializer(TodoSerializer):
    """A todo of any of your lists."""

    list_id = serializers.IntegerField(read_only=True)

    class Meta(TodoSerializer.Meta):
        fields = ("id", "list_id", *TodoSerializer.Meta.fields[1:])


class ListTodoSerializer(TodoSerializer):
    """A todo of a list that may be shared."""

    changed_by = serializers.CharField(
        source="changed_by_id",
        read_only=True,
        allow_null=True,
        help_text="The name of the user who changed it last; null if that is nobody that we know.",
    )

    class Meta(TodoSerializer.Meta):
        fields = (*TodoSerializer.Meta.fields, "changed_by")


class PastOccurrenceSerializer(RowMixin, serializers.ModelSerializer):
    """One occurrence of a todo that repeats, once it is completed or skipped."""

    number = serializers.IntegerField(
        read_only=True,
        min_value=1,
        help_text="Rises with each occurrence of the todo, from 1 on. Reopening a series leaves a gap.",
    )
    outcome = serializers.ChoiceField(
        [(one.value, one.label) for one in PastOccurrence.Outcome if one != PastOccurrence.Outcome.REOPENED],
        read_only=True,
    )
    deadline_at = DeadlineField(read_only=True)
    ended_at = UTCField()
    ended_by = serializers.CharField(
        source="ended_by_id",
        read_only=True,
        allow_null=True,
        help_text="The name of the user who did that; null if that is nobody that we know.",
    )

    class Meta:
        model = PastOccurrence
        list_serializer_class = RowListSerializer
        fields = ("number", "deadline_at", "outcome", "ended_at", "ended_by")


def represent_todos(todos: TodoQuerySet) -> list[dict]:
    """Return the todos as the API shows them, without making instances of the model."""
    return TodoSerializer.from_queryset(todos)


def represent_todo(todo: Todo) -> dict:
    return TodoSerializer.shared().to_representation(todo)


def with_changers_named(
    rows: list[dict], user: AbstractBaseUser | AnonymousUser, field: str = "changed_by"
) -> list[dict]:
    """Write names in place of the ids in a field of todos, or of others; return them.

    Most often that is the user who asks: then it takes no query.
    """
    names = {user.pk: user.get_username()} if user.is_authenticated else {}
    names |= user_names({row[field] for row in rows} - {None, *names})
    for row in rows:
        row[field] = names.get(row[field])
    return rows


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

    id = IdField(source="todo_id")
    action = serializers.ChoiceField(Action.choices)
    changes = TodoChangesSerializer(required=False, help_text="What an update changes, as for PUT.")
    list_id = IdField(required=False, help_text="The list that a move is to.")

    def validate(self, attrs: dict) -> BulkItem:
        for name, action in (("changes", Action.UPDATE), ("list_id", Action.MOVE)):
            if (name in attrs) != (attrs["action"] == action):
                raise serializers.ValidationError({name: f"This goes with the action {action}."})
        return BulkItem(**attrs)


class BulkSerializer(StrictSerializer):
    """Things to do to todos, in this order."""

    items = BulkItemSerializer(many=True, max_length=MAX_ITEMS)


class BulkResultSerializer(serializers.Serializer):
    """The result of one item."""

    id = serializers.IntegerField(source="todo_id")
    status = serializers.IntegerField(
        help_text="200; 400: the todo cannot have that parent or rule, or does not repeat; 403: you may only read "
        "that list; 404: there is no such todo or list; 409: that list has a todo with this UID."
    )
    error = serializers.CharField(required=False)

    def to_representation(self, result: BulkResult) -> dict:
        answer = super().to_representation(result)
        if not result.error:
            del answer["error"]
        return answer


class BulkResultsSerializer(serializers.Serializer):
    """The results of the items, in the order in which they were sent."""

    results = BulkResultSerializer(many=True)


class PlaceSerializer(StrictSerializer):
    """A place in the manual order of a list: beside another todo of the list."""

    after = IdField(
        required=False,
        allow_null=True,
        help_text="A todo's id; null: the first place.",
    )
    before = IdField(
        required=False,
        allow_null=True,
        help_text="A todo's id; null: the last place.",
    )

    def validate(self, attrs: dict) -> dict:
        if len(attrs) != 1:
            raise serializers.ValidationError("Give either after or before.")
        ((name, neighbour_id),) = attrs.items()
        return {"neighbour_id": neighbour_id, "is_after": name == "after"}
