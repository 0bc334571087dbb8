"""``manage.py jobs``: inspect and manage calendar jobs."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import dramatiq
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count, QuerySet, Sum
from dramatiq.errors import BrokerConnectionError

from brokers.management.arguments import positive_integer
from calendars.builds.sweeper import living_workers
from calendars.jobs import services
from calendars.models import Calendar, CalendarJob, JobStatus
from observatory.durations import in_words
from observatory.recorder import recording
from observatory.stories.story import find_job, story_of_job
from todos.access import OWNERS


class Command(BaseCommand):
    help = "List, show, retry, cancel and count calendar jobs, or put dead letters back into the queue."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        listing = actions.add_parser("list", help="the newest jobs, newest first")
        listing.add_argument("--status", choices=JobStatus.values, help="only jobs in this state")
        listing.add_argument("--limit", type=positive_integer, default=20, help="how many (default: 20)")
        show = actions.add_parser("show", help="what happened to a job, in order")
        show.add_argument("id", metavar="ID", type=uuid.UUID)
        retry = actions.add_parser("retry", help="try failed jobs again; all others stay as they are")
        retry.add_argument("ids", nargs="*", metavar="ID", type=uuid.UUID)
        retry.add_argument("--all", action="store_true", help="all jobs that have failed")
        cancel = actions.add_parser("cancel", help="cancel jobs that are not finished")
        cancel.add_argument("ids", nargs="+", metavar="ID", type=uuid.UUID)
        summary = actions.add_parser("summary", help="jobs by status, builds, calendars due, living workers")
        redrive = actions.add_parser("redrive", help="put dead letters back into the queue")
        for action in (listing, show, retry, cancel, summary, redrive):
            action.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *, action: str, **options: Any) -> None:
        actions = {
            "list": list_jobs,
            "show": show_job,
            "retry": retry_jobs,
            "cancel": cancel_jobs,
            "summary": summarise,
            "redrive": redrive_dead_letters,
        }
        with recording():
            result = actions[action](options)
        if options["json"]:
            self.stdout.write(json.dumps(result, indent=2))
        elif action == "show":
            self.stdout.write("\n".join(lines_of(result)))
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


def show_job(options: dict[str, Any]) -> dict[str, Any]:
    find([options["id"]])
    job = find_job(options["id"])
    story = story_of_job(job)
    return {
        **represent(CalendarJob.objects.filter(pk=job.pk))[0],
        "calendar": job.calendar_id,
        "summary": story.summary,
        "steps": [
            {
                "at": f"{step.at:%Y-%m-%dT%H:%M:%S}.{step.at.microsecond // 1000:03}Z",
                "after_ms": None if step.after is None else round(step.after.total_seconds() * 1000),
                "kind": str(step.kind),
                "text": step.text,
                "request_id": step.request_id or None,
                "trace_id": step.trace_id or None,
                "process": step.process or None,
            }
            for step in story.steps
        ],
        "gaps": story.gaps,
    }


def lines_of(shown: dict[str, Any]) -> Iterator[str]:
    """Return a job's story as lines of text."""
    yield f"Job {shown['id']} of calendar {shown['calendar']}, list of {shown['list']}: {shown['status']}"
    yield shown["summary"]
    yield from shown["gaps"]
    for step in shown["steps"]:
        after = "" if step["after_ms"] is None else f"+{in_words(step['after_ms'] / 1000)}"
        known = [
            step["request_id"] and f"request {step['request_id']}",
            step["trace_id"] and f"trace {step['trace_id']}",
            step["process"],
        ]
        source = ", ".join(filter(None, known))
        yield f"{step['at']}  {after:>10}  {step['text']}" + (f" [{source}]" if source else "")


def retry_jobs(options: dict[str, Any]) -> list[dict] | dict[str, int]:
    if options["all"] == bool(options["ids"]):
        raise CommandError("Name jobs, or give --all.")
    if options["all"]:
        return {"retried": services.retry_jobs(CalendarJob.objects.all())}
    services.retry_jobs(find(options["ids"]))
    return represent(find(options["ids"]))


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
