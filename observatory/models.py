"""Events, as they were recorded (`observability/events.py`)."""

from django.db import models


class Event(models.Model):
    """Something that has happened. Nothing depends on it.

    No foreign keys: what it is about may be deleted before the event is.
    """

    at_ms = models.BigIntegerField(help_text="By the clock of the process.")
    kind = models.CharField(max_length=20)
    list_id = models.BigIntegerField(null=True)
    calendar_id = models.BigIntegerField(null=True)
    job_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    process = models.CharField(max_length=100)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["at_ms"], name="event_by_age"),  # the sweep, and what happened in a time
            models.Index(fields=["job_id", "id"], condition=models.Q(job_id__isnull=False), name="event_of_job"),
            models.Index(
                fields=["calendar_id", "id"],
                condition=models.Q(calendar_id__isnull=False),
                name="event_of_calendar",
            ),
            models.Index(
                fields=["list_id", "id"], condition=models.Q(list_id__isnull=False), name="event_of_list"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
