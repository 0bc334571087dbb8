"""Webhooks and their deliveries as JSON."""

from typing import Any

from rest_framework import serializers

from followers.models import Delivery, Webhook
from todos.serializers.fields import IdField
from web import outgoing
from web.api.fields import StrictBoolean, StrictText, TextOrNull, UTCField
from web.api.serializers import StrictModelSerializer

STATES = ("working", "failing", "off")


class WebhookSerializer(StrictModelSerializer):
    """A webhook of yours. Its secret is shown once: as it is made, and as it is rotated."""

    list_id = IdField(
        source="follower.list_id",
        required=False,
        help_text="The list that it follows; without it, your default list. It cannot be changed.",
    )
    name = StrictText(required=False, allow_blank=True, max_length=Webhook.name.field.max_length)
    url = StrictText(
        max_length=Webhook.url.field.max_length, help_text="Where events are posted to: a public https address."
    )
    includes_changes = StrictBoolean(
        default=False,
        help_text="Whether events have the todos that changed, with their titles and descriptions. Otherwise they "
        "only say that the list has changed.",
    )
    is_active = StrictBoolean(
        source="follower.is_active",
        default=True,
        help_text="Turned off by itself after five days of failures, or if the target answers 410. Turning it on "
        "again tells it of all changes since its last success.",
    )
    state = serializers.ChoiceField(STATES, read_only=True)
    failing_since = UTCField(source="follower.failing_since", allow_null=True)
    last_result = TextOrNull(source="follower.last_result", help_text="What came of the last attempt.")
    rotated_at = UTCField(allow_null=True, help_text="UTC. For 24 hours after it, the secret before signs too.")
    created_at = UTCField()

    class Meta:
        model = Webhook
        fields = (
            "id", "list_id", "name", "url", "includes_changes", "is_active", "state", "failing_since", "last_result",
            "rotated_at", "created_at",
        )  # fmt: skip

    def validate_url(self, url: str) -> str:
        try:
            outgoing.check_url(url)
        except outgoing.AddressRefused as error:
            raise serializers.ValidationError(str(error)) from error
        return url

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """Flatten what is read from the follower, as the services take it."""
        values |= values.pop("follower", {})
        if self.instance is not None and values.pop("list_id", None) not in {
            None,
            self.instance.follower.list_id,
        }:
            raise serializers.ValidationError({"list_id": ["A webhook stays with its list: make another one."]})
        return values


class NewWebhookSerializer(WebhookSerializer):
    """A webhook with its secret, which cannot be shown again."""

    secret = serializers.CharField(
        read_only=True, help_text="For the library of Standard Webhooks that verifies what arrives."
    )

    class Meta(WebhookSerializer.Meta):
        fields = (*WebhookSerializer.Meta.fields, "secret")


class DeliverySerializer(StrictModelSerializer):
    """An event that was sent, or is about to be, and what came of the last attempt."""

    is_waiting = serializers.BooleanField(
        source="is_requested", help_text="It was asked for by hand, and not sent yet."
    )
    sent_at = UTCField(allow_null=True)
    status = serializers.IntegerField(allow_null=True, help_text="Of the answer; null: there was none.")
    answer = TextOrNull(help_text="Its beginning.")
    error = TextOrNull(help_text="Why it failed.")
    created_at = UTCField()

    class Meta:
        model = Delivery
        fields = (
            "id", "event_id", "event_type", "revision", "is_waiting", "attempts", "sent_at", "status", "answer",
            "error", "milliseconds", "created_at",
        )  # fmt: skip
        read_only_fields = fields
