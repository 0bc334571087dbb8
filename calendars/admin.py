from datetime import UTC, datetime

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django_dramatiq.models import Task

from calendars.jobs import services as jobs
from calendars.models import Calendar, CalendarFile, CalendarJob, Worker
from todos.access import OWNERS
from todos.admin import ReadOnlyAdmin

# Nothing writes to it here, since it costs three writes a message; the jobs below are the truth.
admin.site.unregister(Task)

LIST_OWNERS = [f"calendar__list__{owner}" for owner in OWNERS]


@admin.register(Calendar)
class CalendarAdmin(ReadOnlyAdmin):
    list_display = ["id", "list", "options_key", "current_revision", "due_at_ms", "lease_until_ms", "attempts"]
    list_filter = [
        ("due_at_ms", admin.EmptyFieldListFilter),
        ("lease_token", admin.EmptyFieldListFilter),
        "attempts",
    ]
    list_select_related = [f"list__{owner}" for owner in OWNERS]
    search_fields = ["list__name", *(f"list__{owner}__username" for owner in OWNERS)]


@admin.register(CalendarJob)
class CalendarJobAdmin(ReadOnlyAdmin):
    list_display = [
        "id",
        "status",
        "owner",
        "revision",
        "created_at",
        "started_at",
        "finished_at",
        "retried_at",
        "error",
    ]
    list_filter = ["status", "created_at"]
    list_select_related = LIST_OWNERS
    search_fields = ["id", *(f"{owner}__username" for owner in LIST_OWNERS)]
    date_hierarchy = "created_at"
    ordering = ["-created_at"]
    show_full_result_count = False
    actions = ["retry", "run_again", "cancel"]

    def has_run_permission(self, request: HttpRequest) -> bool:
        """Whoever may change jobs may run and cancel them, and nothing else: the form stays read-only."""
        return request.user.has_perm("calendars.change_calendarjob")

    @admin.display(description="owner")
    def owner(self, job: CalendarJob) -> str:
        return str(job.calendar.list.owner or "open")

    @admin.action(description="Try failed jobs again", permissions=["run"])
    def retry(self, request: HttpRequest, queryset: QuerySet[CalendarJob]) -> None:
        retried = jobs.retry_jobs(CalendarJob.objects.filter(pk__in=queryset.values("pk")))
        self.message_user(request, f"Retried {retried} jobs; others stay as they are.", messages.SUCCESS)

    @admin.action(description="Run again, as new jobs", permissions=["run"])
    def run_again(self, request: HttpRequest, queryset: QuerySet[CalendarJob]) -> None:
        for job in queryset.select_related("calendar__list"):
            jobs.repeat_job(job)
        self.message_user(request, f"Asked for {queryset.count()} calendars anew.", messages.SUCCESS)

    @admin.action(description="Cancel", permissions=["run"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[CalendarJob]) -> None:
        cancelled = CalendarJob.objects.filter(pk__in=queryset.values("pk")).revoke()
        self.message_user(
            request, f"Cancelled {cancelled} jobs; finished ones stay as they are.", messages.SUCCESS
        )


@admin.register(CalendarFile)
class CalendarFileAdmin(ReadOnlyAdmin):
    list_display = ["id", "calendar", "revision", "events", "size", "renderer", "created_at"]
    list_filter = ["renderer", "created_at"]
    list_select_related = LIST_OWNERS
    search_fields = ["digest", *(f"{owner}__username" for owner in LIST_OWNERS)]
    exclude = ["body", "gzip_body"]
    ordering = ["-created_at"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[CalendarFile]:
        return super().get_queryset(request).defer("body", "gzip_body")


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    list_display = ["id", "seen"]
    fields = ["id", "seen"]
    readonly_fields = ["seen"]

    @admin.display(description="seen at", ordering="last_heartbeat_ms")
    def seen(self, worker: Worker) -> datetime:
        return datetime.fromtimestamp(worker.last_heartbeat_ms / 1000, UTC)
