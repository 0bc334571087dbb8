"""Serializer fields. Those that read a body take JSON's types literally: ``"true"`` is not a boolean."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class StrictBoolean(serializers.BooleanField):
    """true or false."""

    default_error_messages = {"invalid": "This must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class StrictInteger(serializers.IntegerField):
    """A whole number, without a decimal point; text and booleans are refused."""

    default_error_messages = {"invalid": "This must be a whole number."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class StrictText(serializers.CharField):
    """Text, kept as it was sent. REST framework's own validators refuse NUL and lone surrogates."""

    default_error_messages = {"invalid": "This must be text."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str) and not data.strip() and not self.allow_blank:
            self.fail("blank")
        return super().run_validation(data)


@extend_schema_field({"type": "string", "examples": ["2026-02-20T14:00:00"]})
class UTCField(serializers.Field):
    """A moment in UTC, to the second, without an offset."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"read_only": True, "help_text": "UTC, to the second."} | kwargs)

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()[:19]

    def from_columns(self, values: Iterable[datetime | None]) -> list[str | None]:
        return [value and value.isoformat()[:19] for value in values]


class TextOrNull(serializers.CharField):
    """Text that is null in a response if it is empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"read_only": True, "allow_null": True} | kwargs)

    def to_representation(self, value: str) -> str | None:
        return value or None
