"""``manage.py jobs``: inspect and manage calendar jobs."""

import json
import uuid
from typing import Any

import dramatiq
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count, QuerySet, Sum
from dramatiq.errors import BrokerConnectionError

from brokers.management.arguments import positive_integer
from calendars.builds.sweeper import living_workers
from calendars.jobs.services import repeat_job
from calendars.models import Calendar, CalendarJob, JobStatus
from todos.access import OWNERS


class Command(BaseCommand):
    help = "List, retry, cancel and count calendar jobs, or put dead letters back into the queue."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        listing = actions.add_parser("list", help="the newest jobs, newest first")
        listing.add_argument("--status", choices=JobStatus.values, help="only jobs in this state")
        listing.add_argument("--limit", type=positive_integer, default=20, help="how many (default: 20)")
        retry = actions.add_parser("retry", help="request the same calendars again, as new jobs")
        cancel = actions.add_parser("cancel", help="cancel jobs that are not finished")
        for action in (retry, cancel):
            action.add_argument("ids", nargs="+", metavar="ID", type=uuid.UUID)
        summary = actions.add_parser("summary", help="jobs by status, builds, calendars due, living workers")
        redrive = actions.add_parser("redrive", help="put dead letters back into the queue")
        for action in (listing, retry, cancel, summary, redrive):
            action.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *, action: str, **options: Any) -> None:
        actions = {
            "list": list_jobs,
            "retry": retry_jobs,
            "cancel": cancel_jobs,
            "summary": summarise,
            "redrive": redrive_dead_letters,
        }
        result = actions[action](options)
        if options["json"]:
            self.stdout.write(json.dumps(result, indent=2))
        elif isinstance(result, dict):
            for name, value in result.items():
                self.stdout.write(f"{name:<20}{value}")
        else:
            if result:
                self.stdout.write(" ".join(f"{name.upper():<{width}}" for name, width in WIDTHS.items()).rstrip())
            for job in result:
                self.stdout.write(
                    " ".join(f"{value or '-'!s:<{WIDTHS[name]}}" for name, value in job.items()).rstrip()
                )
            if not result:
                self.stdout.write("There are no such jobs.")


WIDTHS = {"id": 36, "status": 8, "list": 12, "created_at": 20, "finished_at": 20, "error": 0}


def list_jobs(options: dict[str, Any]) -> list[dict]:
    jobs = CalendarJob.objects.order_by("-created_at", "pk")
    if options["status"]:
        jobs = jobs.filter(status=options["status"])
    return represent(jobs[: options["limit"]])


def retry_jobs(options: dict[str, Any]) -> list[dict]:
    again = [repeat_job(job).pk for job in find(options["ids"]).select_related("calendar__list")]
    return represent(CalendarJob.objects.filter(pk__in=again))


def cancel_jobs(options: dict[str, Any]) -> list[dict]:
    find(options["ids"]).revoke()
    return represent(find(options["ids"]))


def summarise(options: dict[str, Any]) -> dict[str, int]:
    counts = dict(CalendarJob.objects.order_by().values_list("status").annotate(Count("pk")))
    return {
        **{status: counts.get(status, 0) for status in JobStatus.values},
        "builds": Calendar.objects.aggregate(Sum("build_count"))["build_count__sum"] or 0,
        "calendars due": Calendar.objects.due().count(),
        "living workers": living_workers(),
    }


def redrive_dead_letters(options: dict[str, Any]) -> dict[str, int]:
    try:
        return {"put back": dramatiq.get_broker().redrive(settings.CALENDAR_QUEUE)}
    except BrokerConnectionError as error:
        raise CommandError(f"The broker does not answer: {error}") from None


def find(ids: list[uuid.UUID]) -> QuerySet[CalendarJob]:
    """Return these jobs. Raises CommandError if one of them does not exist."""
    jobs = CalendarJob.objects.filter(pk__in=ids)
    if missing := set(ids) - set(jobs.values_list("pk", flat=True)):
        raise CommandError(f"There is no job {', '.join(map(str, sorted(missing)))}.")
    return jobs


def represent(jobs: QuerySet[CalendarJob]) -> list[dict]:
    return [
        {
            "id": str(job.pk),
            "status": job.status,
            "list": str(job.calendar.list.owner or "open"),
            "created_at": f"{job.created_at:%Y-%m-%dT%H:%M:%SZ}",
            "finished_at": f"{job.finished_at:%Y-%m-%dT%H:%M:%SZ}" if job.finished_at else None,
            "error": job.error or None,
        }
        for job in jobs.select_related(*(f"calendar__list__{owner}" for owner in OWNERS))
    ]
