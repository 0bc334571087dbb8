"""Saved filters as JSON."""

from rest_framework import serializers

from todos.models import SavedFilter
from todos.search.language import QueryError, parse
from web.api.fields import UTCField
from web.api.serializers import StrictModelSerializer


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
