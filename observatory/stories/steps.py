"""The steps of a story, from events and from rows.

The rows say what is true; events add what happened in between, as far as they were recorded and have not expired.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

from django.utils.translation import gettext, gettext_lazy, ngettext

from calendars.models import Calendar, CalendarFile, CalendarJob, JobStatus
from observability.events import Kind
from observatory.models import Event
from observatory.words import sentence
from web import translations
from web.translations import ngettext_noop

# An event is recorded after the commit of what it says, by the clock of the same process. What is further from a row's
# time is something else.
MARGIN = timedelta(seconds=5)
Place = tuple[int, int, int]  # in a story: milliseconds, rows before or after events, number
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Step:
    """Something that happened."""

    at: datetime
    kind: str
    text: str
    is_bad: bool = False
    request_id: str = ""
    trace_id: str = ""  # while traces are recorded; that of a build is not the request's, if others came before
    process: str = ""
    job_id: uuid.UUID | None = None
    count: int = 1  # an event may stand for several
    after: timedelta | None = None  # the step before; None: it is the first


# --- Events ---


BAD = {
    Kind.MESSAGE_FAILED, Kind.BUILD_FAILED, Kind.BUILD_LOST, Kind.LEASE_EXPIRED, Kind.JOB_FAILED,
}  # fmt: skip

ENDS_OF_ATTEMPTS = {Kind.BUILD_DONE, Kind.BUILD_FAILED, Kind.BUILD_LOST, Kind.BUILD_RELEASED}
OF_BUILDS = {Kind.CLAIM, Kind.BUILD_DONE}  # an event says more of a build than a row
FETCHES = {Kind.FEED, Kind.DOWNLOAD}


def step_of(event: Event, job: CalendarJob | None = None) -> Step:
    return Step(
        at=moment_of(event.at_ms),
        kind=event.kind,
        text=f"{sentence(event)}.",
        is_bad=event.kind in BAD,
        request_id=event.request_id,
        trace_id=event.details.get("trace", ""),
        process=event.process,
        job_id=event.job_id if job is None else None,
        count=event.details.get("count", 1),
    )


def told(events: Iterable[Event], job: CalendarJob | None = None) -> list[Step]:
    """Return a step for each event, in order. One that begins an attempt says if that before it just stopped."""
    steps, under_way = [], None
    for event in events:
        step = step_of(event, job)
        if event.kind == Kind.CLAIM:
            if under_way is not None:
                text = gettext(
                    "Attempt %(lost)s ended without a result: its worker was killed, hung or cut off. "
                    "Attempt %(attempt)s began."
                )
                values = {"lost": under_way, "attempt": event.details.get("attempt")}
                step = replace(step, text=text % values, is_bad=True)
            under_way = event.details.get("attempt")
        elif event.kind in ENDS_OF_ATTEMPTS:
            under_way = None
        steps.append(step)
    return steps


def moment_of(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def to_ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


# --- Rows ---

ENDS = {
    JobStatus.SUCCESS: (Kind.JOB_DONE, gettext_lazy("The export is ready")),
    JobStatus.FAILURE: (Kind.JOB_FAILED, gettext_lazy("The export failed")),
    JobStatus.REVOKED: (Kind.JOB_REVOKED, gettext_lazy("The export was cancelled")),
}


def steps_of_job(job: CalendarJob) -> Iterator[Step]:
    """Tell what the job's row and its file's say."""
    yield _asked(job)
    if job.retried_at:
        yield _retried(job)
    if job.started_at and job.started_at != job.finished_at:  # else it ended with a build that had begun before
        yield Step(job.started_at, Kind.CLAIM, gettext("A build began."))
    if job.file and job.file.created_at >= job.created_at:
        yield _stored(job.file)
    if job.is_final:
        yield _ended(job, job.file)


def steps_of_calendar(calendar: Calendar, jobs: Iterable[CalendarJob]) -> Iterator[Step]:
    """Tell what the rows of the calendar's file and of these jobs say."""
    for job in jobs:
        steps = [
            _asked(job),
            *([_retried(job)] if job.retried_at else []),
            *([_ended(job)] if job.is_final else []),
        ]
        yield from (replace(step, job_id=job.pk) for step in steps)
    if calendar.current_file:
        yield _stored(calendar.current_file)


def _asked(job: CalendarJob) -> Step:
    text = gettext(
        "The export was asked for: its file must show revision %(revision)s of the list, or a later one."
    )
    text %= {"revision": job.revision}
    return Step(job.created_at, Kind.REQUEST, text, request_id=job.request_id, trace_id=job.trace_id)


def _retried(job: CalendarJob) -> Step:
    return Step(job.retried_at, Kind.JOB_RETRIED, gettext("It had failed, and is tried again."))


def _ended(job: CalendarJob, file: CalendarFile | None = None) -> Step:
    kind, text = ENDS[JobStatus(job.status)]
    shown = f"{text}."
    if file:
        words = ngettext(
            "%(text)s: a file of revision %(revision)s, with %(count)s event.",
            "%(text)s: a file of revision %(revision)s, with %(count)s events.",
            file.events,
        )
        shown = words % {"text": text, "revision": file.revision, "count": translations.group_digits(file.events)}
    return Step(job.finished_at, kind, shown, is_bad=kind in BAD)


def _stored(file: CalendarFile) -> Step:
    text = ngettext(
        "A build stored revision %(revision)s: %(count)s event, %(size)s bytes.",
        "A build stored revision %(revision)s: %(count)s events, %(size)s bytes.",
        file.events,
    )
    values = {
        "revision": file.revision,
        "count": translations.group_digits(file.events),
        "size": translations.group_digits(file.size),
    }
    return Step(file.created_at, Kind.BUILD_DONE, text % values)


# --- Together ---


def merged(rows: Iterable[Step], events: list[Step]) -> list[Step]:
    """Return all steps in order, but for those of rows that events tell better.

    Events have whole milliseconds; those of the same one are in the order in which they were recorded.
    """
    placed = {(to_ms(step.at), 1, position): step for position, step in enumerate(events)}
    for position, row in enumerate(rows):
        place = to_ms(row.at), 0 if row.kind == Kind.REQUEST else 2, position
        if (same := _place_of_same(row, placed)) is None:
            placed[place] = row
        elif row.kind not in OF_BUILDS:
            event = placed.pop(same)
            row = replace(
                row,
                process=event.process,
                request_id=row.request_id or event.request_id,
                trace_id=row.trace_id or event.trace_id,
            )
            if row.kind != Kind.REQUEST:  # at the event's time: what a build did came before
                row, place = replace(row, at=event.at), same
            placed[place] = row
    return [placed[place] for place in sorted(placed)]


def _place_of_same(row: Step, placed: dict[Place, Step]) -> Place | None:
    """Return where the event stands that says the same as the row."""
    same = {
        place: abs(step.at - row.at)
        for place, step in placed.items()
        if place[1] == 1 and step.kind == row.kind and step.job_id == row.job_id
    }
    nearest = min(same, key=same.__getitem__, default=None)
    return nearest if nearest and same[nearest] <= MARGIN else None


def with_durations(steps: list[Step]) -> list[Step]:
    return [
        replace(step, after=step.at - steps[index - 1].at if index else None) for index, step in enumerate(steps)
    ]


def grouped(steps: list[Step]) -> list[Step]:
    """Return the steps with one for each run of the same kind: a burst of changes, jobs that one build finished."""
    texts = {
        Kind.CHANGE: ngettext_noop(
            "The list changed %(count)s time. The last: %(text)s",
            "The list changed %(count)s times. The last: %(text)s",
        ),
        Kind.REQUEST: ngettext_noop("%(count)s export was asked for.", "%(count)s exports were asked for."),
        Kind.JOB_DONE: ngettext_noop("%(count)s export is ready.", "%(count)s exports are ready."),
        Kind.JOB_FAILED: ngettext_noop("%(count)s export failed.", "%(count)s exports failed."),
        Kind.JOB_RETRIED: ngettext_noop(
            "%(count)s failed export is tried again.", "%(count)s failed exports are tried again."
        ),
        Kind.FEED: ngettext_noop(
            "A feed was fetched %(count)s time. The last: %(text)s",
            "A feed was fetched %(count)s times. The last: %(text)s",
        ),
    }
    shown = []
    for kind, run in groupby(steps, key=lambda step: step.kind):
        same = list(run)
        if kind in texts and len(same) > 1:
            last = same[-1]
            count = sum(step.count for step in same)
            text = ngettext(*texts[kind], count) % {"count": translations.group_digits(count), "text": last.text}
            shown.append(Step(last.at, kind, text, is_bad=last.is_bad))
        else:
            shown += same
    return shown
