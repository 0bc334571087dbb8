"""Serializer fields that take JSON's types at their word: ``"true"`` is no boolean and ``1`` is no text."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

# Of keys that nobody knows: an answer is not to grow with the request.
MAX_KEYS_SHOWN, MAX_KEY_SHOWN = 10, 50


class StrictBoolean(serializers.BooleanField):
    """true or false."""

    default_error_messages = {"invalid": "This must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class StrictInteger(serializers.IntegerField):
    """A whole number; neither text, nor a boolean, nor one with a point."""

    default_error_messages = {"invalid": "This must be a whole number."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class StrictText(serializers.CharField):
    """Text, kept as it was sent; NUL and lone surrogates are refused by DRF's own validators."""

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


class StrictSerializer(serializers.Serializer):
    """A serializer that refuses keys it does not know."""

    def to_internal_value(self, data: Any) -> dict:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError("This must be an object.")
        writable = {name for name, field in self.fields.items() if not field.read_only}
        if unknown := [key for key in data if key not in writable]:
            sentence = f"There is no such field; these are: {', '.join(sorted(writable))}."
            raise serializers.ValidationError(
                {key[:MAX_KEY_SHOWN]: [sentence] for key in unknown[:MAX_KEYS_SHOWN]}
            )
        return super().to_internal_value(data)
