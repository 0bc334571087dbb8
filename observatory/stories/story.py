"""The story of a job or a calendar: what happened to it, in order. Pages and commands show the same."""

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.db.models import Q
from django.utils.translation import gettext

from calendars.models import Calendar, CalendarJob, JobStatus
from database.clock import NowMs
from observability.events import Kind
from observatory.models import Event
from observatory.stories.steps import (
    FETCHES,
    MARGIN,
    Step,
    grouped,
    merged,
    moment_of,
    steps_of_calendar,
    steps_of_job,
    to_ms,
    told,
    with_durations,
)
from observatory.stories.summaries import gaps_of, summary_of_calendar, summary_of_job

# Of one story: a feed that many apps fetch has thousands in a day, and a page has at most 100 kB.
MAX_EVENTS = 100
MAX_JOBS = 20


@dataclass(frozen=True)
class Story:
    """What happened, in order, and in one sentence how things stand."""

    summary: str
    steps: list[Step]
    gaps: list[str]  # why some of it is not told


def find_job(job_id: uuid.UUID) -> CalendarJob:
    """Return any job, with its calendar, list and file, but not the file's bytes. Raises CalendarJob.DoesNotExist."""
    jobs = CalendarJob.objects.select_related("calendar__list", "file").defer("file__body", "file__gzip_body")
    job = jobs.annotate(now_ms=NowMs()).get(pk=job_id)
    job.calendar.read_at_ms = job.now_ms
    return job


def find_calendar(calendar_id: int) -> Calendar:
    """Return any calendar, with its list and file, but not the file's bytes. Raises Calendar.DoesNotExist."""
    calendars = Calendar.objects.select_related("list", "current_file")
    return (
        calendars.defer("current_file__body", "current_file__gzip_body")
        .annotate(read_at_ms=NowMs())
        .get(pk=calendar_id)
    )


def newest_jobs(calendar: Calendar) -> list[CalendarJob]:
    return list(calendar.jobs.order_by("-created_at", "pk")[:MAX_JOBS])


def story_of_job(job: CalendarJob) -> Story:
    """Tell what happened to a job that find_job returned."""
    events, is_cut = _events_of_job(job)
    steps = merged(steps_of_job(job), told(events, job))
    if _joined_what_was_under_way(job, events):
        note = gettext("No message was needed: a build of this calendar was already on its way.")
        steps = [
            replace(step, text=f"{step.text} {note}") if step.kind == Kind.REQUEST else step for step in steps
        ]
    gaps = gaps_of(job.created_at, is_missing=_is_missing(job, events))
    if is_cut:
        gaps.append(gettext("Only the first %(count)s events are shown.") % {"count": MAX_EVENTS})
    return Story(summary_of_job(job, events), with_durations(steps), gaps)


def story_of_calendar(calendar: Calendar, jobs: list[CalendarJob]) -> Story:
    """Tell what happened lately to a calendar that find_calendar returned, and to these jobs; and to its list."""
    about = Q(calendar_id=calendar.pk) | Q(list_id=calendar.list_id, kind=Kind.CHANGE)
    events = list(Event.objects.filter(about).order_by("-at_ms", "-pk")[: MAX_EVENTS + 1])[::-1]
    rows = list(steps_of_calendar(calendar, jobs))
    gaps = gaps_of(min((step.at for step in rows), default=datetime.now(UTC)))
    if len(events) > MAX_EVENTS:
        events = events[1:]
        rows = [step for step in rows if step.at >= moment_of(events[0].at_ms)]
        gaps = [gettext("Only the newest %(count)s events are shown.") % {"count": MAX_EVENTS}]
    steps = merged(rows, told(events))
    return Story(summary_of_calendar(calendar, events), with_durations(grouped(steps)), gaps)


def _events_of_job(job: CalendarJob) -> tuple[list[Event], bool]:
    """Return the job's own events; its calendar's until the build that ended it; and who fetched the file.

    Also return whether there are more, which are left out.
    """
    about = Q(job_id=job.pk) | Q(calendar_id=job.calendar_id, job_id=None)
    since = Event.objects.filter(at_ms__gte=to_ms(job.created_at))
    found = since.filter(about).order_by("at_ms", "pk")[: MAX_EVENTS + 1]
    last = {JobStatus.SUCCESS: Kind.BUILD_DONE, JobStatus.FAILURE: Kind.BUILD_FAILED}.get(JobStatus(job.status))
    events, is_ended, is_replaced = [], False, False
    for event in found[:MAX_EVENTS]:
        is_fetch = event.kind in FETCHES
        is_before_end = not job.is_final or event.at_ms < to_ms(job.finished_at)
        is_end = (
            not is_ended
            and not is_before_end
            and event.kind == last
            and event.at_ms <= to_ms(job.finished_at + MARGIN)
        )
        is_replaced |= event.kind == Kind.BUILD_DONE and not is_before_end and not is_end
        is_ended |= is_end
        if event.job_id or is_end or (is_fetch is not is_before_end and not is_replaced):
            events.append(event)
    return events, len(found) > MAX_EVENTS


def _joined_what_was_under_way(job: CalendarJob, events: list[Event]) -> bool:
    """Return whether no message was sent for the job, as far as it is known what happened."""
    is_known = any(event.kind == Kind.REQUEST for event in events)
    sent = {event.request_id for event in events if event.kind in {Kind.MESSAGE_SENT, Kind.MESSAGE_FAILED}}
    return is_known and not job.was_immediate and not job.retried_at and job.request_id not in sent


def _is_missing(job: CalendarJob, events: list[Event]) -> bool:
    """Return whether there should be events that are not there. Those of a moment ago may not be written yet."""
    if datetime.now(UTC) - (job.finished_at or job.created_at) < MARGIN:
        return False
    expected = {Kind.REQUEST}
    if job.status == JobStatus.SUCCESS and not job.was_immediate:
        expected |= {Kind.BUILD_DONE}
    return not {event.kind for event in events} >= expected
