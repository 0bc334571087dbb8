"""Reminders in the API."""

from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from reminders.models import (
    BROWSER_NAME_MAX_LENGTH,
    ENDPOINT_MAX_LENGTH,
    Browser,
    Reminder,
    ReminderSettings,
)
from reminders.push import InvalidSubscription, check_subscription
from reminders.services import MAX_DEFAULTS, MAX_OF_TODO
from reminders.times import MAX_DAYS_BEFORE, MAX_MINUTES_BEFORE, Rule, RuleKind, clock_text
from todos.deadlines import DeadlineError, DeadlineKind, parse_deadline
from web.api.fields import StrictBoolean, StrictInteger, StrictText, UTCField
from web.api.serializers import StrictModelSerializer, StrictSerializer
from web.time_format import TimeFormat


@extend_schema_field({"type": "string", "pattern": r"^\d\d:\d\d$", "examples": ["09:00"]})
class TimeOfDayField(serializers.Field):
    """A time of day, stored as minutes since midnight."""

    default_error_messages = {"invalid": "This must be a time of day, such as 09:00."}

    def to_internal_value(self, data: Any) -> int:
        try:
            value = time.fromisoformat(data) if isinstance(data, str) and len(data) == 5 else None
        except ValueError:
            value = None
        if value is None:
            self.fail("invalid")
        return value.hour * 60 + value.minute

    def to_representation(self, value: int) -> str:
        return clock_text(value)


@extend_schema_field({"type": "string", "format": "date-time", "examples": ["2026-12-01T09:00:00Z"]})
class InstantField(serializers.Field):
    """An instant, with its offset from UTC."""

    default_error_messages = {"invalid": "This must be an instant, such as 2026-12-01T09:00:00Z."}

    def to_internal_value(self, data: Any) -> datetime:
        try:
            due = parse_deadline(data) if isinstance(data, str) else None
        except DeadlineError:
            due = None
        if due is None or due.kind != DeadlineKind.INSTANT:
            self.fail("invalid")
        return due.moment

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class DefaultReminderSerializer(StrictSerializer):
    """One of two: so many minutes before a deadline that has a time, or a time of day for one that is a day."""

    minutes_before = StrictInteger(
        required=False, min_value=0, max_value=MAX_MINUTES_BEFORE, help_text="For deadlines with a time."
    )
    days_before = StrictInteger(
        required=False,
        min_value=0,
        max_value=MAX_DAYS_BEFORE,
        help_text="For deadlines that are days; 0 is the day itself.",
    )
    time = TimeOfDayField(
        required=False, help_text="With `days_before`, by the clock of your default list's time zone."
    )

    def validate(self, attrs: dict[str, Any]) -> Rule:
        match attrs:
            case {"minutes_before": minutes, **rest} if not rest:
                return Rule(RuleKind.BEFORE, minutes)
            case {"days_before": days, "time": minutes, **rest} if not rest:
                return Rule(RuleKind.DAY, minutes, days)
        raise serializers.ValidationError(self.wanted)

    wanted = "Give either minutes_before, or days_before and time."

    def to_representation(self, instance: Reminder) -> dict[str, Any]:
        if instance.kind == RuleKind.BEFORE:
            return {"minutes_before": instance.minutes}
        return {"days_before": instance.days, "time": clock_text(instance.minutes)}


class ReminderSerializer(DefaultReminderSerializer):
    """One of three: minutes, a time of day, or ``at``, an instant."""

    at = InstantField(required=False, help_text="Whatever the deadline is.")

    wanted = "Give either minutes_before, or days_before and time, or at."

    def validate(self, attrs: dict[str, Any]) -> Rule:
        match attrs:
            case {"at": moment, **rest} if not rest:
                return Rule(RuleKind.MOMENT, moment=moment)
        return super().validate(attrs)

    def to_representation(self, instance: Reminder) -> dict[str, Any]:
        if instance.kind == RuleKind.MOMENT:
            return {"at": self.fields["at"].to_representation(instance.moment)}
        return super().to_representation(instance)


class DefaultRemindersSerializer(StrictSerializer):
    """What you are reminded of for each todo of a list that has no reminders of its own."""

    reminders = DefaultReminderSerializer(many=True, max_length=MAX_DEFAULTS)


class TodoRemindersSerializer(StrictSerializer):
    """Your reminders of a todo. They are yours alone: others who may read the list do not see them."""

    # Not `many=True`, which would allow null for each of them too.
    reminders = serializers.ListSerializer(
        child=ReminderSerializer(),
        allow_null=True,
        max_length=MAX_OF_TODO,
        help_text="null: the default of its list applies. An empty list: no reminder, in spite of it.",
    )
    default = DefaultReminderSerializer(many=True, read_only=True, help_text="The default of its list.")


class ReminderSettingsSerializer(StrictModelSerializer):
    """How and when you are reminded."""

    by_email = StrictBoolean(required=False)
    quiet_start = TimeOfDayField(
        required=False, allow_null=True, help_text="Quiet hours begin; null: there are none."
    )
    quiet_end = TimeOfDayField(
        required=False, allow_null=True, help_text="Quiet hours end. What falls into them waits until then."
    )
    digest_at = TimeOfDayField(
        required=False, allow_null=True, help_text="When the daily summary is sent; null: it is not."
    )
    language = serializers.ChoiceField(
        choices=settings.LANGUAGES, required=False, help_text="Of mails and of what browsers show."
    )
    time_format = serializers.ChoiceField(
        choices=TimeFormat.choices,
        required=False,
        help_text="Of times in mails and in what browsers show: a 24-hour or a 12-hour clock.",
    )
    email_confirmed = serializers.SerializerMethodField(
        help_text="Whether you have confirmed your email address. Until then, nothing is sent there."
    )

    class Meta:
        model = ReminderSettings
        fields = (
            "by_email",
            "quiet_start",
            "quiet_end",
            "digest_at",
            "language",
            "time_format",
            "email_confirmed",
        )

    def get_email_confirmed(self, instance: ReminderSettings) -> bool:
        return bool(instance.address_of(instance.user))


class BrowserKeysSerializer(StrictSerializer):
    p256dh = StrictText(max_length=100)
    auth = StrictText(max_length=50)


class BrowserSerializer(StrictModelSerializer):
    """A browser in which your reminders appear. What it needs is what ``PushSubscription.toJSON()`` gives."""

    name = StrictText(max_length=BROWSER_NAME_MAX_LENGTH)
    endpoint = StrictText(max_length=ENDPOINT_MAX_LENGTH, write_only=True)
    keys = BrowserKeysSerializer(write_only=True)
    created_at = UTCField()

    class Meta:
        model = Browser
        fields = ("id", "name", "endpoint", "keys", "created_at")
        read_only_fields = ("id",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        keys = attrs.pop("keys")
        try:
            check_subscription(attrs["endpoint"], **keys)
        except InvalidSubscription as error:
            raise serializers.ValidationError(str(error)) from error
        return attrs | keys


class NewBrowserKeySerializer(StrictSerializer):
    """What a browser needs to subscribe."""

    public_key = serializers.CharField(read_only=True, help_text="The `applicationServerKey`.")
