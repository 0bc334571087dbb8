"""Calendars, the jobs that ask for them, the files they become, and the workers that build them."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import pgettext_lazy

from background.models import LeasedModel, LeasedQuerySet
from calendars.options import CalendarOptions
from database.fields import CompressedField
from observability import tracing
from todos.models import TodoList

FEED_NAME_MAX_LENGTH = 100


class CalendarQuerySet(LeasedQuerySet):
    def give_up(self, token: uuid.UUID, **values: object) -> int:
        return super().give_up(token, first_change_at_ms=None, **values)


class Calendar(LeasedModel):
    """A list with certain options. Builds make its files, jobs wait for them, feeds show them."""

    list = models.ForeignKey(TodoList, on_delete=models.CASCADE, related_name="calendars", db_index=False)
    options_key = models.CharField(max_length=255, help_text="CalendarOptions as canonical JSON.")
    current_file = models.ForeignKey(
        "CalendarFile", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    current_revision = models.BigIntegerField(
        null=True, blank=True, help_text="The list's revision that the current file is known to show."
    )
    # The lease's fields, in the columns of the first release.
    due_at_ms = models.BigIntegerField(
        null=True, blank=True, db_column="due_at", help_text="When it must be built or looked at again."
    )
    first_change_at_ms = models.BigIntegerField(
        null=True,
        blank=True,
        db_column="first_change_at",
        help_text="The first change that no build has started for.",
    )
    lease_until_ms = models.BigIntegerField(
        null=True, blank=True, db_column="lease_until", help_text="No other worker builds it before."
    )
    attempts = models.IntegerField(default=0, help_text="Builds begun since the last that succeeded.")
    build_count = models.BigIntegerField(
        default=0, db_default=0, db_column="builds", help_text="Successful builds that rendered a file."
    )

    # When this process has taken the lease, by its own clock.
    claimed_at: float

    objects = CalendarQuerySet.as_manager()

    class Meta(LeasedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["list", "options_key"], name="one_calendar_for_each_options"),
        ]

    def __str__(self) -> str:
        return f"Calendar {self.pk} of {self.list}"

    @property
    def options(self) -> CalendarOptions:
        return CalendarOptions.from_key(self.options_key)


class CalendarFile(models.Model):
    """A calendar at one revision of its list. It never changes."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="files")
    revision = models.BigIntegerField()
    renderer = models.IntegerField(help_text="The version of the renderer that made it.")
    body = CompressedField()
    gzip_body = models.BinaryField(null=True)  # not used: only release 0.1.0 writes and reads it
    digest = models.CharField(max_length=64, help_text="SHA-256 of the body, in hexadecimal.")
    size = models.IntegerField(help_text="Bytes of the body.")
    events = models.IntegerField()
    skipped = models.JSONField(
        default=list, db_column="set_aside", help_text="Todos that could not be rendered, with the reason."
    )
    first_deadline = models.DateTimeField(null=True)
    last_deadline = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="file_by_age")]  # the sweep, for what is unused

    def __str__(self) -> str:
        return f"Revision {self.revision} of calendar {self.calendar_id}"


class JobStatus(models.TextChoices):
    """The names that Celery's clients know."""

    PENDING = "PENDING", pgettext_lazy("export", "waiting")
    STARTED = "STARTED", pgettext_lazy("export", "being built")
    SUCCESS = "SUCCESS", pgettext_lazy("export", "finished")
    FAILURE = "FAILURE", pgettext_lazy("export", "failed")
    REVOKED = "REVOKED", pgettext_lazy("export", "cancelled")


#: When a job was asked for the last time: what its age is counted from.
ASKED_AT = Coalesce("retried_at", "created_at")
FINAL_STATUSES = frozenset({JobStatus.SUCCESS, JobStatus.FAILURE, JobStatus.REVOKED})


class CalendarJobQuerySet(models.QuerySet):
    def waiting(self) -> Self:
        return self.filter(status__in=[JobStatus.PENDING, JobStatus.STARTED])

    def of_list(self, todo_list: TodoList) -> Self:
        return self.filter(calendar__list=todo_list)

    def fail(self, calendar: Calendar, error: str) -> int:
        return (
            self.waiting()
            .filter(calendar=calendar)
            .update(status=JobStatus.FAILURE, error=error, finished_at=datetime.now(UTC))
        )

    def retry(self) -> int:
        """Have failed jobs wait again. All others stay as they are, so doing this twice does nothing more."""
        return self.filter(status=JobStatus.FAILURE).update(
            status=JobStatus.PENDING, error="", started_at=None, finished_at=None, retried_at=datetime.now(UTC)
        )

    def revoke(self) -> int:
        return self.waiting().update(status=JobStatus.REVOKED, finished_at=datetime.now(UTC))


class CalendarJob(models.Model):
    """One request for a calendar file, and the only record of its result."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="jobs", db_index=False)
    revision = models.BigIntegerField(help_text="The file must be at least this new.")
    status = models.CharField(max_length=7, choices=JobStatus, default=JobStatus.PENDING)
    error = models.TextField(blank=True, help_text="What went wrong, for the person who asked.")
    request_id = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="Of the HTTP request that asked."
    )
    file = models.ForeignKey(CalendarFile, null=True, blank=True, on_delete=models.SET_NULL, related_name="jobs")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    trace_context = models.CharField(
        max_length=tracing.TRACEPARENT_LENGTH,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="The span that asked for it, as a traceparent.",
    )
    retried_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was last tried again after it had failed."
    )

    objects = CalendarJobQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["calendar", "created_at"], name="job_of_calendar"),  # recent exports of a list
            models.Index(  # a build: who waits for it
                fields=["calendar"], condition=Q(status__in=["PENDING", "STARTED"]), name="job_waiting"
            ),
            models.Index(fields=["finished_at"], name="job_by_end"),  # the sweep, for what has expired
            models.Index(fields=["created_at"], name="job_by_creation"),  # the newest of all lists
            models.Index(  # those that can be tried again
                fields=["created_at"], condition=Q(status="FAILURE"), name="job_failed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.status})"

    @property
    def trace_id(self) -> str:
        return tracing.trace_id_of(self.trace_context)

    @property
    def asked_at(self) -> datetime:
        return self.retried_at or self.created_at

    @property
    def is_final(self) -> bool:
        return self.status in FINAL_STATUSES

    @property
    def was_immediate(self) -> bool:
        """Finished as it was asked for: there was a file that was new enough."""
        return self.finished_at == self.created_at

    @property
    def is_expired(self) -> bool:
        """Finished, but its file has expired or been deleted."""
        return self.status == JobStatus.SUCCESS and (
            self.file_id is None or self.finished_at < job_file_cutoff(datetime.now(UTC))
        )


def job_file_cutoff(now: datetime) -> datetime:
    """Return the time before which a job must have finished for its file to have expired."""
    return now - timedelta(hours=settings.CALENDAR_FILE_TTL_HOURS)


class FeedQuerySet(models.QuerySet):
    def of_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The user's feeds, of all lists that they may read: those that they created, and those of nobody on their own
        lists.
        """
        own = Q(created_by__isnull=True, calendar__list__in=TodoList.objects.owned_by(user).order_by())
        if not user.is_authenticated:
            return self.filter(own)
        readable = TodoList.objects.readable_by(user)
        return self.filter(own | Q(created_by=user, calendar__list__in=readable))

    def of_list(self, todo_list: TodoList) -> Self:
        """The list's feeds that are of whoever works on it. For the program itself, all."""
        feeds = self.filter(calendar__list=todo_list)
        if todo_list.actor_id is None:
            return feeds
        own = Q(created_by=todo_list.actor_id)
        return feeds.filter(own | Q(created_by__isnull=True)) if todo_list.is_own else feeds.filter(own)

    def with_calendar(self) -> Self:
        """Load the calendar, its list and its file, but not the file's bytes, in one query."""
        return self.select_related("calendar__list", "calendar__current_file").defer(
            "calendar__current_file__body", "calendar__current_file__gzip_body"
        )

    def record(self, feed: "Feed", clients: dict, *, now: datetime, every: timedelta) -> int:
        """Record the last fetches, unless that was done less than ``every`` ago."""
        return (
            self.filter(pk=feed.pk, token_version=feed.token_version)
            .filter(Q(last_fetched_at__isnull=True) | Q(last_fetched_at__lte=now - every))
            .update(clients=clients, last_fetched_at=now)
        )


class Feed(models.Model):
    """A calendar at a secret address, for calendar apps to subscribe to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="feeds")
    name = models.CharField(max_length=FEED_NAME_MAX_LENGTH)
    token_version = models.IntegerField(
        default=1, editable=False, db_column="generation", help_text="Increases when the address is rotated."
    )
    token_hash = models.CharField(
        max_length=64, unique=True, editable=False, help_text="SHA-256 of the token, in hexadecimal."
    )
    clients = models.JSONField(default=dict, editable=False, help_text="For each kind of client, its last fetch.")
    last_fetched_at = models.DateTimeField(null=True, editable=False, help_text="To the minute.")
    created_at = models.DateTimeField(auto_now_add=True)
    # Nobody else sees the address. Null: the owner of the list, or everybody on the open list. A feed whose creator may
    # not read the list any more answers nobody.
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="+",
    )

    objects = FeedQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Worker(models.Model):
    """A process that builds calendars, and its last heartbeat."""

    id = models.CharField(max_length=100, primary_key=True)
    last_heartbeat_ms = models.BigIntegerField(db_column="seen_at")

    def __str__(self) -> str:
        return self.id
