"""Lists as JSON."""

from rest_framework import serializers

from todos.access import Role
from todos.models import TodoList
from todos.serializers.fields import IdField, TimeZoneField
from todos.services import MAX_ITEMS
from web.api.fields import StrictBoolean, UTCField
from web.api.serializers import StrictModelSerializer, StrictSerializer


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


class ListOrderSerializer(StrictSerializer):
    """An order of lists."""

    list_ids = serializers.ListField(
        child=IdField(),
        max_length=MAX_ITEMS,
        help_text="Lists that are not named come after these, as they were. The default list is always first.",
    )
