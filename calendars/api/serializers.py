"""Calendar jobs and feeds as JSON. A serializer's fields are what the API reads, answers and documents."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from calendars.feeds.access_log import feed_health
from calendars.feeds.clients import Client
from calendars.links import absolute_url, feed_links
from calendars.models import CalendarJob, Feed, JobStatus
from calendars.options import (
    FEED_DEFAULTS,
    OPTIONS,
    CalendarOptions,
    Choice,
    Filter,
    Flag,
    Minutes,
    Option,
    OptionsError,
)
from web.api.fields import TextOrNull, UTCField
from web.api.serializers import RowMixin, SharedMixin, StrictModelSerializer


class JobCreatedSerializer(RowMixin, serializers.ModelSerializer):
    """Where to ask about a new job."""

    task_id = serializers.UUIDField(source="id")
    task_url = serializers.URLField()

    class Meta:
        model = CalendarJob
        fields = ("task_id", "task_url")


class JobSerializer(RowMixin, serializers.ModelSerializer):
    """A job's status."""

    task_id = serializers.UUIDField(source="id")
    task_status = serializers.ChoiceField(JobStatus.choices, source="status")
    result_url = serializers.URLField()
    created_at = UTCField()
    started_at = UTCField(allow_null=True)
    finished_at = UTCField(allow_null=True)
    error = TextOrNull(help_text="What went wrong.")

    class Meta:
        model = CalendarJob
        fields = ("task_id", "task_status", "result_url", "created_at", "started_at", "finished_at", "error")


def represent_created(job: CalendarJob, request: Any) -> dict:
    job.task_url = absolute_url(request, "api:job-status", job_id=job.pk)
    return JobCreatedSerializer.shared().to_representation(job)


def represent_job(job: CalendarJob, request: Any) -> dict:
    job.result_url = absolute_url(request, "api:job-result", job_id=job.pk)
    return JobSerializer.shared().to_representation(job)


class OptionsSerializer(serializers.Serializer):
    """What goes into a feed and how it looks: a field for each of OPTIONS. CalendarOptions checks the values."""

    def get_fields(self) -> dict[str, serializers.Field]:
        return {name: _field(option, getattr(FEED_DEFAULTS, name)) for name, option in OPTIONS.items()}


def _field(option: Option, default: Any) -> serializers.Field:
    words = {"default": default, "help_text": option.help_text or f"{option.label}."}
    match option:
        case Choice(choices=choices):
            return serializers.ChoiceField(choices.choices, **words)
        case Minutes(least=least, most=most, allow_none=allow_none):
            return serializers.IntegerField(min_value=least, max_value=most, allow_null=allow_none, **words)
        case Flag():
            return serializers.BooleanField(**words)
        case Filter():
            return serializers.CharField(allow_blank=True, **words)
    raise TypeError(f"There is no serializer field for {option!r}.")


@extend_schema_field(OptionsSerializer)
class OptionsField(serializers.DictField):
    """A feed's options: an answer has all of them, a body those to change."""

    def get_attribute(self, feed: Feed) -> CalendarOptions:
        return feed.calendar.options

    def to_representation(self, options: CalendarOptions) -> dict:
        return asdict(options)

    def to_internal_value(self, data: Any) -> dict:
        values = super().to_internal_value(data)
        try:
            FEED_DEFAULTS.changed(values)
        except OptionsError as error:
            raise serializers.ValidationError(error.errors) from error
        return values


class ClientHealthSerializer(serializers.Serializer):
    """One kind of client, and its last fetch."""

    client = serializers.ChoiceField(Client.choices)
    habits = serializers.CharField(help_text="How often it comes.")
    at = serializers.CharField(source="fetch.at", help_text="UTC, to the second.")
    status = serializers.IntegerField(
        source="fetch.status", help_text="200: the file; 304: nothing new; 503: not ready."
    )
    is_stale = serializers.BooleanField(
        source="fetch.is_stale", help_text="It got the last good file: a newer one could not be made."
    )
    events = serializers.IntegerField(source="fetch.events", allow_null=True)
    bytes = serializers.IntegerField(source="fetch.bytes", allow_null=True)
    first_deadline = serializers.CharField(source="fetch.first_deadline", allow_null=True)
    last_deadline = serializers.CharField(source="fetch.last_deadline", allow_null=True)
    answer = serializers.CharField(source="fetch.answer", help_text="The status in words.")


class SkippedTodoSerializer(serializers.Serializer):
    """A todo that is left out of the file."""

    uid = serializers.UUIDField()
    title = serializers.CharField()
    reason = serializers.CharField()


class FeedHealthSerializer(SharedMixin, serializers.Serializer):
    """The state of a feed; what its file holds is null before it has one."""

    events = serializers.IntegerField(allow_null=True)
    bytes = serializers.IntegerField(allow_null=True)
    first_deadline = UTCField(allow_null=True, help_text=None)
    last_deadline = UTCField(allow_null=True, help_text=None)
    set_aside = SkippedTodoSerializer(source="skipped", many=True)
    warning = serializers.CharField(allow_null=True)
    clients = ClientHealthSerializer(many=True, help_text="Latest first.")


@extend_schema_field(FeedHealthSerializer)
class FeedHealthField(serializers.Field):
    """The health of the feed that is the field's source."""

    def to_representation(self, feed: Feed) -> dict:
        return FeedHealthSerializer.shared().to_representation(feed_health(feed))


class FeedSerializer(StrictModelSerializer):
    """A feed."""

    list_id = serializers.IntegerField(source="calendar.list_id", read_only=True)
    options = OptionsField(required=False)
    url = serializers.URLField(
        source="links.url",
        read_only=True,
        allow_null=True,
        help_text="Secret. This and the next three are null for a read token, and if the secret key has changed until "
        "the feed is rotated.",
    )
    webcal_url = serializers.CharField(source="links.webcal_url", read_only=True, allow_null=True)
    google_url = serializers.URLField(source="links.google_url", read_only=True, allow_null=True)
    outlook_url = serializers.URLField(source="links.outlook_url", read_only=True, allow_null=True)
    health = FeedHealthField(source="*", read_only=True)

    class Meta:
        model = Feed
        fields = (
            "id", "list_id", "name", "options", "url", "webcal_url", "google_url", "outlook_url", "health", "created_at"
        )  # fmt: skip

    def to_representation(self, feed: Feed) -> dict:
        feed.links = feed_links(feed, self.context["request"])
        return super().to_representation(feed)
