"""What metrics and readiness show about calendars; `CalendarsConfig.ready` registers both."""

from collections.abc import Iterator

from django.db.models import Count, Min
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from calendars.builds.sweeper import WORKER_ALIVE_MS, living_workers, newest_heartbeat_ms
from calendars.models import ASKED_AT, Calendar, CalendarJob, JobStatus
from database.clock import now_ms
from observability.health import NotReady

MAX_COUNTED = 100_000


class CalendarCollector(Collector):
    """Metrics from the database, the same in every process."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = now_ms()
        jobs = GaugeMetricFamily("taskoverflow_jobs", "Jobs by their state", labels=["status"])
        counts = dict(CalendarJob.objects.order_by().values_list("status").annotate(Count("pk")))
        for status in JobStatus.values:
            jobs.add_metric([status], counts.get(status, 0))
        yield jobs
        asked_at = CalendarJob.objects.waiting().aggregate(asked_at=Min(ASKED_AT))["asked_at"]
        age = 0.0 if asked_at is None else max(0.0, now / 1000 - asked_at.timestamp())
        yield GaugeMetricFamily("taskoverflow_oldest_job_seconds", "Age of the oldest unfinished job", age)
        # An index has the calendars that are due or will be.
        followed = Calendar.objects.filter(due_at_ms__isnull=False, first_change_at_ms__isnull=False)
        changed_ms = followed.aggregate(changed_ms=Min("first_change_at_ms"))["changed_ms"]
        age = 0.0 if changed_ms is None else max(0.0, (now - changed_ms) / 1000)
        yield GaugeMetricFamily(
            "taskoverflow_oldest_change_seconds",
            "Age of the oldest change that feeds wait for and no build has begun",
            age,
        )
        due = Calendar.objects.filter(due_at_ms__lte=now).order_by()[:MAX_COUNTED].count()
        yield GaugeMetricFamily("taskoverflow_queue_depth", "Calendars that are due to be built", due)
        yield GaugeMetricFamily("taskoverflow_workers", "Workers with a recent heartbeat", living_workers())


def check_worker() -> str:
    """Readiness check: a worker has a recent heartbeat."""
    age = newest_heartbeat_ms()
    if age is None or age > WORKER_ALIVE_MS:
        ago = "" if age is None else f"; the last one was seen {age // 1000} s ago"
        raise NotReady(f"No worker is running{ago}.")
    return f"One was seen {age // 1000} s ago."
