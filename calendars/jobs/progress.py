"""How far a job is, and what it waits for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext, gettext_lazy, pgettext, pgettext_lazy

from calendars.builds.sweeper import living_workers
from calendars.models import FINAL_STATUSES, CalendarJob, JobStatus

# A worker that has just started says so within seconds: do not cry wolf before.
PATIENCE = timedelta(seconds=10)

HEADLINES = {
    JobStatus.PENDING: gettext_lazy("Waiting for a worker"),
    JobStatus.STARTED: gettext_lazy("Creating your calendar"),
    JobStatus.SUCCESS: gettext_lazy("Your calendar is ready"),
    JobStatus.FAILURE: gettext_lazy("The export failed"),
    JobStatus.REVOKED: pgettext_lazy("export", "Cancelled"),
}


@dataclass(frozen=True)
class Step:
    """One of the states that a job goes through; ``state`` is done, now or ahead."""

    label: str
    state: str


@dataclass(frozen=True)
class Progress:
    """A job as its page shows it. Two that are equal look the same."""

    status: str
    jobs_before: int = 0
    is_without_worker: bool = False
    is_expired: bool = False

    @property
    def is_final(self) -> bool:
        return self.status in FINAL_STATUSES

    @property
    def headline(self) -> str:
        return gettext("The file has expired") if self.is_expired else HEADLINES[self.status]

    @property
    def steps(self) -> list[Step]:
        match self.status:
            case JobStatus.FAILURE:
                end = pgettext("export", "failed")
            case JobStatus.REVOKED:
                end = pgettext("export", "cancelled")
            case _:
                end = pgettext("export", "ready")
        labels = [pgettext("export", "waiting"), pgettext("export", "in progress"), end]
        at = len(labels) if self.is_final else [JobStatus.PENDING, JobStatus.STARTED].index(self.status)
        return [
            Step(label, "done" if place < at else "now" if place == at else "ahead")
            for place, label in enumerate(labels)
        ]

    @property
    def kept_hours(self) -> int:
        return settings.CALENDAR_FILE_TTL_HOURS


def get_progress(job: CalendarJob) -> Progress:
    """Return the progress of a job. What it waits for is queried only while it waits."""
    if job.is_final:
        return Progress(job.status, is_expired=job.is_expired)
    is_late = datetime.now(UTC) - job.asked_at > PATIENCE
    before = 0
    if job.status == JobStatus.PENDING:
        # Jobs of its own calendar are finished together with it.
        earlier = CalendarJob.objects.waiting().filter(created_at__lt=job.created_at)
        before = earlier.exclude(calendar=job.calendar_id).count()
    return Progress(job.status, before, is_without_worker=is_late and not living_workers())
