"""The part of calendars in the sweep (`background/sweep.py`): messages for those that are due, the worker's heartbeat,
and deleting what has expired.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef

from background.sweep import BATCH, Work
from calendars.builds.dispatch import RESEND_AGAIN_AFTER_MS, dispatch
from calendars.builds.file_quota import expire_excess_files
from calendars.models import (
    FINAL_STATUSES,
    Calendar,
    CalendarFile,
    CalendarJob,
    CalendarJobQuerySet,
    Feed,
    Worker,
    job_file_cutoff,
)
from database.clock import NowMs
from observability.events import Kind, record
from observability.processes import process_name
from todos.services import purge_todos

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0
SWEEP_SECONDS = 60.0
JOB_DAYS = 30
WORKER_ALIVE_MS = 15_000
WORKER_FORGOTTEN_MS = 60 * 60 * 1000
# No row points to a file between its creation and the end of the transaction that makes it current.
FILE_YOUNG = timedelta(minutes=5)


def record_expired_lease(calendar_id: int, attempts: int) -> None:
    """Record that whoever had the lease has not finished, and has not given it back: it may have died."""
    list_id = Calendar.objects.filter(pk=calendar_id).values_list("list", flat=True).first()
    record(Kind.LEASE_EXPIRED, list_id=list_id, calendar_id=calendar_id, attempt=attempts)


# Messages for calendars that are due and that nobody builds.
WORK = Work(Calendar, dispatch, RESEND_AGAIN_AFTER_MS, record_expired_lease)


@dataclass
class Swept:
    """How much of each a sweep found."""

    dispatched: int = 0
    files_expired: int = 0
    files_deleted: int = 0
    jobs_deleted: int = 0
    calendars_deleted: int = 0
    todos_purged: int = 0
    sessions_ended: int = 0


def sweep() -> Swept:
    """Do all of it once."""
    return Swept(
        dispatched=dispatch_due_calendars(), todos_purged=purge_todos(), sessions_ended=end_sessions(), **expire()
    )


def dispatch_due_calendars() -> int:
    """Send a message for every calendar that is due and that nobody builds; return how many were sent."""
    return WORK.dispatch_due()


def end_sessions() -> int:
    """Delete the sessions of browsers that have not come back; return how many."""
    expired = Session.objects.filter(expire_date__lt=datetime.now(UTC))
    return expired.delete()[0] if expired.exists() else 0


def expire() -> dict[str, int]:
    """Detach files from old jobs; delete unused files, old jobs, and calendars without a feed and a job."""
    now = datetime.now(UTC)
    ended = CalendarJob.objects.filter(file__isnull=False, finished_at__lt=job_file_cutoff(now))
    old = CalendarJob.objects.filter(finished_at__lt=now - timedelta(days=JOB_DAYS))
    return {
        "files_expired": _for_jobs(ended, lambda jobs: jobs.update(file=None)) + expire_excess_files(),
        "files_deleted": _delete_unused_files(now),
        "jobs_deleted": _for_jobs(old, lambda jobs: jobs.delete()[0]) + _delete_excess_jobs(),
        "calendars_deleted": _delete_unused_calendars(),
    }


def _delete_excess_jobs() -> int:
    """Delete all but the newest MAX_FINISHED_JOBS finished jobs of each list."""
    finished = CalendarJob.objects.filter(status__in=FINAL_STATUSES)
    counts = finished.order_by().values_list("calendar__list").annotate(count=Count("pk"))
    deleted = 0
    for list_id, count in counts.filter(count__gt=settings.MAX_FINISHED_JOBS):
        oldest = finished.filter(calendar__list=list_id).order_by("created_at", "pk").values_list("pk", flat=True)
        excess = list(oldest[: count - settings.MAX_FINISHED_JOBS])
        for start in range(0, len(excess), BATCH):
            jobs = finished.filter(pk__in=excess[start : start + BATCH])  # one may have been tried again meanwhile
            deleted += _for_jobs(jobs, lambda jobs: jobs.delete()[0])
    return deleted


def _for_jobs(jobs: CalendarJobQuerySet, change: Callable[[CalendarJobQuerySet], int]) -> int:
    """Change the jobs, a batch at a time, without those that another sweep is just changing; return how many."""
    changed = 0
    while jobs.exists():
        with transaction.atomic():
            locked = jobs.order_by("pk").select_for_update(skip_locked=True, of=("self",))
            batch = list(locked.values_list("pk", flat=True)[:BATCH])
            changed += change(CalendarJob.objects.filter(pk__in=batch)) if batch else 0
        if len(batch) < BATCH:
            break
    return changed


def _delete_unused_files(now: datetime) -> int:
    unused = (
        CalendarFile.objects.filter(created_at__lt=now - FILE_YOUNG)
        .exclude(Exists(Calendar.objects.filter(current_file=OuterRef("pk"))))
        .exclude(Exists(CalendarJob.objects.filter(file=OuterRef("pk"))))
    )
    files = list(unused.values_list("pk", flat=True)[:BATCH])
    if not files:
        return 0
    with transaction.atomic():
        # What took one of them is seen by the second look, under this lock; what comes later finds it gone.
        locked = CalendarFile.objects.select_for_update().filter(pk__in=files).order_by("pk")
        ids = list(locked.values_list("pk", flat=True))
        return unused.filter(pk__in=ids).only("pk").delete()[0]  # without reading the bodies


def _delete_unused_calendars() -> int:
    """Delete calendars that no feed shows and no job asked for: feeds that change leave theirs behind."""
    unused = (
        Calendar.objects.filter(due_at_ms=None, lease_token=None)
        .exclude(Exists(Feed.objects.filter(calendar=OuterRef("pk"))))
        .exclude(Exists(CalendarJob.objects.filter(calendar=OuterRef("pk"))))
    )
    deleted = 0
    for calendar_id in list(unused.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            # Who asks for a calendar or makes a feed of it takes this lock too: look again under it.
            if Calendar.objects.select_for_update().filter(pk=calendar_id).first() and (
                calendar := unused.filter(pk=calendar_id).first()
            ):
                calendar.delete()
                deleted += 1
    return deleted


def beat() -> dict[str, int]:
    """Record that this process works."""
    record_heartbeat(process_name())
    return {}


def record_heartbeat(worker_id: str) -> None:
    """Record that the worker is running, and delete the records of those that have been silent for long."""
    if not Worker.objects.filter(pk=worker_id).update(last_heartbeat_ms=NowMs()):
        Worker.objects.create(pk=worker_id, last_heartbeat_ms=NowMs())
    gone = Worker.objects.filter(last_heartbeat_ms__lt=NowMs() - WORKER_FORGOTTEN_MS)
    if gone.exists():
        gone.delete()


def newest_heartbeat_ms() -> int | None:
    """Return the age of the most recent heartbeat of any worker, in milliseconds; None without any."""
    ages = Worker.objects.order_by("-last_heartbeat_ms").annotate(age=NowMs() - F("last_heartbeat_ms"))
    age = ages.values_list("age", flat=True).first()
    return None if age is None else max(0, age)


def living_workers(prefix: str = "") -> int:
    """Return how many workers have a recent heartbeat, of those whose ids begin with the prefix."""
    return Worker.objects.filter(last_heartbeat_ms__gte=NowMs() - WORKER_ALIVE_MS, pk__startswith=prefix).count()
