"""Calendar jobs and feeds as JSON."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from calendars.feeds.access_log import ClientHealth, feed_health
from calendars.feeds.clients import Client
from calendars.links import absolute_url, feed_links
from calendars.models import FEED_NAME_MAX_LENGTH, CalendarJob, Feed, JobStatus
from calendars.options import (
    FEED_DEFAULTS,
    MAX_ALARM_MINUTES,
    MAX_BLOCK_MINUTES,
    MIN_BLOCK_MINUTES,
    Completed,
    Components,
    OptionsError,
    Shape,
)
from web.api.fields import StrictSerializer, StrictText


class JobCreatedSerializer(serializers.Serializer):
    """Where to ask about a new job."""

    task_id = serializers.UUIDField()
    task_url = serializers.URLField()


class JobSerializer(serializers.Serializer):
    """A job's status."""

    task_id = serializers.UUIDField()
    task_status = serializers.ChoiceField(JobStatus.choices)
    result_url = serializers.URLField()
    created_at = serializers.CharField(help_text="UTC, to the second.")
    started_at = serializers.CharField(allow_null=True)
    finished_at = serializers.CharField(allow_null=True)
    error = serializers.CharField(allow_null=True, help_text="What went wrong.")


def represent_created(job: CalendarJob, request: Request) -> dict:
    return {"task_id": str(job.pk), "task_url": absolute_url(request, "api:job-status", job_id=job.pk)}


def represent_job(job: CalendarJob, request: Request) -> dict:
    return {
        "task_id": str(job.pk),
        "task_status": job.status,
        "result_url": absolute_url(request, "api:job-result", job_id=job.pk),
        **{name: _to_the_second(getattr(job, name)) for name in ("created_at", "started_at", "finished_at")},
        "error": job.error or None,
    }


class OptionsSerializer(serializers.Serializer):
    """What goes into a feed and how it looks. For the schema: what is sent is checked by CalendarOptions."""

    completed = serializers.ChoiceField(Completed.choices, default=FEED_DEFAULTS.completed)
    mark_completed = serializers.BooleanField(default=FEED_DEFAULTS.mark_completed)
    shape = serializers.ChoiceField(Shape.choices, default=FEED_DEFAULTS.shape)
    block_minutes = serializers.IntegerField(
        min_value=MIN_BLOCK_MINUTES, max_value=MAX_BLOCK_MINUTES, default=FEED_DEFAULTS.block_minutes
    )
    components = serializers.ChoiceField(Components.choices, default=FEED_DEFAULTS.components)
    alarm_minutes = serializers.IntegerField(
        min_value=0, max_value=MAX_ALARM_MINUTES, default=FEED_DEFAULTS.alarm_minutes, allow_null=True
    )


@extend_schema_field(OptionsSerializer)
class OptionsField(serializers.DictField):
    """Options, those alone that are to be other than they are."""

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
    at = serializers.CharField(help_text="UTC, to the second.")
    status = serializers.IntegerField(help_text="200 the file, 304 nothing new, 503 not ready.")
    is_stale = serializers.BooleanField(help_text="It got the last good file: a newer one could not be made.")
    answer = serializers.CharField(help_text="The same in words.")
    events = serializers.IntegerField(allow_null=True)
    bytes = serializers.IntegerField(allow_null=True)
    first_deadline = serializers.CharField(allow_null=True)
    last_deadline = serializers.CharField(allow_null=True)


class SkippedTodoSerializer(serializers.Serializer):
    """A todo that is left out of the file."""

    uid = serializers.UUIDField()
    title = serializers.CharField()
    reason = serializers.CharField()


class FeedHealthSerializer(serializers.Serializer):
    """How a feed fares; what its file holds is null before it has one."""

    events = serializers.IntegerField(allow_null=True)
    bytes = serializers.IntegerField(allow_null=True)
    first_deadline = serializers.CharField(allow_null=True)
    last_deadline = serializers.CharField(allow_null=True)
    set_aside = SkippedTodoSerializer(many=True)
    warning = serializers.CharField(allow_null=True)
    clients = ClientHealthSerializer(many=True, help_text="Latest first.")


class FeedSerializer(StrictSerializer):
    """A feed; what a client may set, and what it gets back."""

    id = serializers.UUIDField(read_only=True)
    name = StrictText(max_length=FEED_NAME_MAX_LENGTH)
    options = OptionsField(required=False)
    url = serializers.URLField(
        read_only=True,
        allow_null=True,
        help_text="Secret. This and the next three are null for a read token, and if the secret key has changed until "
        "the feed is rotated.",
    )
    webcal_url = serializers.CharField(read_only=True, allow_null=True)
    google_url = serializers.URLField(read_only=True, allow_null=True)
    outlook_url = serializers.URLField(read_only=True, allow_null=True)
    health = FeedHealthSerializer(read_only=True)
    created_at = serializers.CharField(read_only=True, help_text="UTC, to the second.")


def represent_feeds(feeds: Iterable[Feed], request: Request) -> list[dict]:
    return [represent_feed(feed, request) for feed in feeds]


def represent_feed(feed: Feed, request: Request) -> dict:
    """Return a feed, loaded as by list_feeds, as the API shows it: its secret address included."""
    health = feed_health(feed)
    return {
        "id": str(feed.pk),
        "name": feed.name,
        "options": asdict(feed.calendar.options),
        **asdict(feed_links(feed, request)),
        "health": {
            "events": health.events,
            "bytes": health.bytes,
            "first_deadline": _to_the_second(health.first_deadline),
            "last_deadline": _to_the_second(health.last_deadline),
            "set_aside": health.skipped,
            "warning": health.warning,
            "clients": [_represent_client(known) for known in health.clients],
        },
        "created_at": _to_the_second(feed.created_at),
    }


def _represent_client(known: ClientHealth) -> dict:
    fetch = asdict(known.fetch) | {"answer": known.fetch.answer}
    return {"client": known.client, "habits": known.habits, **fetch}


def _to_the_second(moment: datetime | None) -> str | None:
    return moment and moment.strftime("%Y-%m-%dT%H:%M:%S")
