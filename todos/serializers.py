"""Todos as JSON. A serializer's fields are what the API reads, answers and documents."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from todos.access import Role
from todos.deadlines import Deadline, DeadlineError, format_deadline, parse_deadline
from todos.labels import MAX_LABELS_OF_TODO, NAME_MAX_LENGTH, LabelError, parse_label, parse_labels, split_labels
from todos.models import (
    MEMBER_ROLES,
    Invitation,
    Label,
    Membership,
    PastOccurrence,
    SavedFilter,
    Todo,
    TodoList,
    TodoQuerySet,
)
from todos.priorities import PRIORITIES, Priority
from todos.recurrence.rule import MAX_LENGTH as RULE_MAX_LENGTH
from todos.recurrence.rule import RuleError, parse_rule
from todos.search.language import QueryError, parse
from todos.services import DEFAULT_DAYS, MAX_DAYS, MAX_ITEMS, Action, BulkItem, BulkResult, user_names
from todos.time_zones import time_zone_names
from web.api.fields import StrictBoolean, StrictInteger, StrictText, UTCField
from web.api.serializers import RowListSerializer, RowMixin, StrictModelSerializer, StrictSerializer

MAX_ID = 2**63 - 1


class IdField(StrictInteger):
    """The id of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_ID, **kwargs)


@extend_schema_field({"type": "string", "examples": ["2026-02-27T18:00:00", "2026-02-27"]})
class DeadlineField(serializers.Field):
    """A deadline in one of its three forms."""

    columns = ("deadline", "deadline_kind")
    default_error_messages = {"invalid": "A deadline must be text, or null."}

    def to_internal_value(self, data: Any) -> Deadline:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return parse_deadline(data)
        except DeadlineError as error:
            raise serializers.ValidationError(str(error)) from error

    def from_columns(self, moments: Iterable[datetime | None], kinds: Iterable[str]) -> list[str | None]:
        return [
            format_deadline(moment, kind) if moment else None for moment, kind in zip(moments, kinds, strict=True)
        ]


class PriorityField(serializers.ChoiceField):
    """A priority by its word."""

    default_error_messages = dict.fromkeys(
        ["invalid_choice", "null"], f"This must be one of {', '.join(PRIORITIES)}."
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[*PRIORITIES], **kwargs)

    def to_internal_value(self, data: Any) -> Priority:
        return PRIORITIES[super().to_internal_value(data)]

    def from_columns(self, numbers: Iterable[int]) -> list[str]:
        return [_WORDS[number] for number in numbers]


_WORDS = {priority.value: word for word, priority in PRIORITIES.items()}


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "minLength": 1, "maxLength": NAME_MAX_LENGTH, "pattern": "^[^,]*$"},
        "maxItems": MAX_LABELS_OF_TODO,
    }
)
class LabelsField(serializers.Field):
    """Labels by their names."""

    columns = ("label_text",)
    default_error_messages = {"invalid": "This must be a list of names."}

    def to_internal_value(self, data: Any) -> tuple[str, ...]:
        if not isinstance(data, list) or not all(isinstance(name, str) for name in data):
            self.fail("invalid")
        try:
            return parse_labels(data)
        except LabelError as error:
            raise serializers.ValidationError(str(error)) from error

    def from_columns(self, texts: Iterable[str]) -> list[list[str]]:
        return [split_labels(text) for text in texts]


class TimeZoneField(StrictText):
    """The name of a time zone, such as Australia/Brisbane."""

    default_error_messages = {"unknown": "There is no such time zone."}

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        if name not in time_zone_names():
            self.fail("unknown")
        return name


class RuleField(StrictText):
    """The value of an RRULE (RFC 5545, 3.3.10), as far as todos/recurrence/rule.py reads it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_blank=True, max_length=RULE_MAX_LENGTH, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if text:
            try:
                parse_rule(text)
            except RuleError as error:
                raise serializers.ValidationError(str(error)) from error
        return text


class RuleZoneField(TimeZoneField):
    """The time zone of a series, which is part of its occurrence."""

    columns = ("occurrence",)

    def from_columns(self, texts: Iterable[str]) -> list[str | None]:
        return [text.partition(" ")[2] or None for text in texts]


class RepeatFromField(serializers.ChoiceField):
    """What the next occurrence counts from."""

    default_error_messages = dict.fromkeys(["invalid_choice", "null"], "This must be deadline or completion.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=["deadline", "completion"], **kwargs)

    def to_internal_value(self, data: Any) -> bool:
        return super().to_internal_value(data) == "completion"

    def from_columns(self, values: Iterable[bool]) -> list[str]:
        return ["completion" if value else "deadline" for value in values]


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


class PastOccurrenceSerializer(RowMixin, serializers.ModelSerializer):
    """One occurrence of a todo that repeats, once it is completed or skipped."""

    number = serializers.IntegerField(
        read_only=True, min_value=1, help_text="Counts the occurrences of the todo, from 1 on."
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


class TodoChangesSerializer(TodoSerializer):
    """The fields that an update changes; the others stay as they are.

    REST framework reads ``partial`` from the outermost serializer, so that a nested one cannot be partial.
    """

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


def represent_todos(todos: TodoQuerySet) -> list[dict]:
    """Return the todos as the API shows them, without making instances of the model."""
    return TodoSerializer.from_queryset(todos)


def represent_todo(todo: Todo) -> dict:
    return TodoSerializer.shared().to_representation(todo)


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
        if "list_id" in attrs:
            attrs["changes"] = {"list_id": attrs.pop("list_id")}
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


class ListSerializer(StrictModelSerializer):
    """A list: yours, or one that somebody shares with you."""

    time_zone = TimeZoneField(required=False, help_text="Decides when a wall-clock time or a day is overdue.")
    archived = StrictBoolean(
        source="is_archived",
        required=False,
        help_text="It and its feeds stay readable and its todos can change, but it takes no more of them.",
    )
    default = serializers.BooleanField(
        source="is_own_default",
        read_only=True,
        help_text="Your list in /api/v1/todos; neither archived nor deleted.",
    )
    role = serializers.ChoiceField(
        Role.choices,
        read_only=True,
        help_text="Yours. A viewer reads the list, an editor also changes todos, and the owner does everything.",
    )
    open_todos = serializers.IntegerField(read_only=True, help_text="How many are neither completed nor deleted.")
    created_at = UTCField()

    class Meta:
        model = TodoList
        fields = ("id", "name", "color", "time_zone", "archived", "default", "role", "open_todos", "created_at")
        extra_kwargs = {"name": {"required": True}}


class FilterSerializer(StrictModelSerializer):
    """A saved filter."""

    created_at = UTCField()

    class Meta:
        model = SavedFilter
        fields = ("id", "name", "query", "created_at")

    def validate_query(self, text: str) -> str:
        try:
            return str(parse(text))
        except QueryError as error:
            raise serializers.ValidationError(f"{error} (At character {error.start + 1}.)") from error


class ListOrderSerializer(StrictSerializer):
    """An order of lists."""

    list_ids = serializers.ListField(
        child=IdField(),
        max_length=MAX_ITEMS,
        help_text="Lists that are not named come after these, as they were. The default list is always first.",
    )


class LabelNameField(StrictText):
    """The name of a label, with single spaces."""

    def to_internal_value(self, data: Any) -> str:
        try:
            return parse_label(super().to_internal_value(data))
        except LabelError as error:
            raise serializers.ValidationError(str(error)) from error


class LabelSerializer(StrictModelSerializer):
    """A label."""

    name = LabelNameField(max_length=NAME_MAX_LENGTH)

    class Meta:
        model = Label
        fields = ("id", "name", "color")


class MemberSerializer(StrictModelSerializer):
    """Somebody with whom the list is shared."""

    name = serializers.CharField(source="user.username", read_only=True)
    role = serializers.ChoiceField(
        MEMBER_ROLES, help_text="A viewer reads the list, an editor also changes todos."
    )
    created_at = UTCField()

    class Meta:
        model = Membership
        fields = ("id", "name", "role", "created_at")


class InvitationSerializer(StrictModelSerializer):
    """An invitation to the list."""

    name = StrictText(
        source="user_name",
        required=False,
        max_length=150,
        help_text="The user to invite, in any case; answers have it in lower case. Omit it to create a link.",
    )
    role = serializers.ChoiceField(MEMBER_ROLES, help_text="The role of the invited person.")
    days = StrictInteger(
        min_value=1, max_value=MAX_DAYS, default=DEFAULT_DAYS, write_only=True, help_text="Days until it expires."
    )
    expires_at = UTCField()
    created_at = UTCField()

    class Meta:
        model = Invitation
        fields = ("id", "name", "role", "days", "expires_at", "created_at")

    def to_representation(self, invitation: Invitation) -> dict[str, Any]:
        return super().to_representation(invitation) | {"name": invitation.shown_name}


class NewInvitationSerializer(InvitationSerializer):
    """A new invitation."""

    token = serializers.CharField(
        read_only=True, allow_null=True, help_text="The link's token; shown only in this response."
    )
    url = serializers.URLField(read_only=True, allow_null=True, help_text="The page on which people accept it.")

    class Meta(InvitationSerializer.Meta):
        fields = (*InvitationSerializer.Meta.fields, "token", "url")


class NewMemberSerializer(InvitationSerializer):
    """Whom to invite, by name."""

    name = StrictText(source="user_name", max_length=150)


class ReceivedInvitationSerializer(serializers.ModelSerializer):
    """An invitation that names you."""

    list_name = serializers.CharField(source="list.name")
    owner = serializers.CharField(source="created_by.username")
    expires_at = UTCField()

    class Meta:
        model = Invitation
        fields = ("id", "list_name", "owner", "role", "expires_at")


class LinkSerializer(StrictSerializer):
    """The token of an invitation's link."""

    token = StrictText(max_length=100)
