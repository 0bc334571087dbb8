"""API tokens as JSON."""

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from accounts.models import ApiToken, Scope
from web.api.fields import StrictSerializer, StrictText


class ApiTokenSerializer(StrictSerializer):
    """A token of yours; the token itself is shown once, when it is made."""

    id = serializers.IntegerField(read_only=True)
    name = StrictText(max_length=100)
    scope = serializers.ChoiceField(Scope.choices, default=Scope.READ)
    expires_at = serializers.DateTimeField(
        required=False, allow_null=True, default_timezone=UTC, help_text="Never, unless it is given."
    )
    last_used_at = serializers.DateTimeField(read_only=True, allow_null=True, help_text="To the minute.")
    created_at = serializers.DateTimeField(read_only=True)

    def validate_expires_at(self, value: datetime | None) -> datetime | None:
        if value is not None and value <= datetime.now(UTC):
            raise serializers.ValidationError("This must be in the future.")
        return value


class NewApiTokenSerializer(ApiTokenSerializer):
    """A new token, with the secret that nobody can show again."""

    token = serializers.CharField(read_only=True)


def represent_token(token: ApiToken) -> dict[str, Any]:
    return {
        "id": token.pk,
        "name": token.name,
        "scope": token.scope,
        **{name: _instant(getattr(token, name)) for name in ("expires_at", "last_used_at", "created_at")},
    }


def _instant(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
