"""Calendar jobs as JSON."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request

from calendars.models import CalendarJob, JobStatus


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


def absolute_url(request: Request, name: str, **kwargs: Any) -> str:
    """Return a view's address as clients reach it: under PUBLIC_URL where that is set."""
    path = reverse(name, kwargs=kwargs)
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)


def represent_created(job: CalendarJob, request: Request) -> dict:
    return {"task_id": str(job.pk), "task_url": absolute_url(request, "api:job-status", job_id=job.pk)}


def represent_job(job: CalendarJob, request: Request) -> dict:
    return {
        "task_id": str(job.pk),
        "task_status": job.status,
        "result_url": absolute_url(request, "api:job-result", job_id=job.pk),
        **{
            name: moment.strftime("%Y-%m-%dT%H:%M:%S") if (moment := getattr(job, name)) else None
            for name in ("created_at", "started_at", "finished_at")
        },
        "error": job.error or None,
    }
