"""Fields of serializers."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from todos.deadlines import Deadline, DeadlineError, format_deadline, parse_deadline
from todos.labels import MAX_LABELS_OF_TODO, NAME_MAX_LENGTH, LabelError, parse_label, parse_labels, split_labels
from todos.priorities import PRIORITIES, Priority
from todos.recurrence.rule import MAX_LENGTH as RULE_MAX_LENGTH
from todos.recurrence.rule import RuleError, parse_rule
from todos.time_zones import time_zone_names
from web.api.fields import StrictInteger, StrictText

MAX_ID = 2**63 - 1


class IdField(StrictInteger):
    """The id of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_ID, **kwargs)


class TimeZoneField(StrictText):
    """The name of a time zone, such as Australia/Brisbane."""

    default_error_messages = {"unknown": "There is no such time zone."}

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        if name not in time_zone_names():
            self.fail("unknown")
        return name


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


class LabelNameField(StrictText):
    """The name of a label, with single spaces."""

    def to_internal_value(self, data: Any) -> str:
        try:
            return parse_label(super().to_internal_value(data))
        except LabelError as error:
            raise serializers.ValidationError(str(error)) from error


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
