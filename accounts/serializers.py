"""API tokens as JSON."""

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from accounts.models import ApiToken
from todos.serializers.fields import IdField
from web.api.serializers import StrictModelSerializer

MAX_TOKEN_LISTS = 100


class InstantField(serializers.DateTimeField):
    """An instant, answered to the second with its ``Z``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M:%SZ", default_timezone=UTC, **kwargs)


class ApiTokenSerializer(StrictModelSerializer):
    """A token of yours; the token itself is shown once, when it is made."""

    list_ids = serializers.ListField(
        child=IdField(),
        required=False,
        allow_null=True,
        allow_empty=False,
        max_length=MAX_TOKEN_LISTS,
        help_text="The token can access only the todos, calendar jobs and imports of these lists. Null: everything "
        "that you can.",
    )
    expires_at = InstantField(required=False, allow_null=True, help_text="Never, unless it is given.")
    last_used_at = InstantField(read_only=True, allow_null=True, help_text="To the minute.")
    created_at = InstantField(read_only=True)

    class Meta:
        model = ApiToken
        fields = ("id", "name", "scope", "list_ids", "expires_at", "last_used_at", "created_at")

    def validate_expires_at(self, value: datetime | None) -> datetime | None:
        if value is not None and value <= datetime.now(UTC):
            raise serializers.ValidationError("This must be in the future.")
        return value


class NewApiTokenSerializer(ApiTokenSerializer):
    """A new token, with the secret that cannot be shown again."""

    token = serializers.CharField(read_only=True)

    class Meta(ApiTokenSerializer.Meta):
        fields = (*ApiTokenSerializer.Meta.fields, "token")
