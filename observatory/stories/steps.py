"""The steps of a story, from events and from rows.

The rows say what is true; events add what happened in between, as far as they were recorded and have not expired.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from calendars.feeds.clients import BROWSER, Client
from calendars.models import Calendar, CalendarFile, CalendarJob, JobStatus
from observability.events import Kind
from observatory.models import Event
from observatory.durations import count_of, in_words

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
    process: str = ""
    job_id: uuid.UUID | None = None
    after: timedelta | None = None  # the step before; None: it is the first


# --- Events ---


def _attempt(details: dict[str, Any]) -> str:
    return f"Attempt {details['attempt']}" if "attempt" in details else "An attempt"


def _received(details: dict[str, Any]) -> str:
    waited = (
        f" It had waited {in_words(details['waited_ms'] / 1000)} in the queue." if "waited_ms" in details else ""
    )
    return f"A worker received the message.{waited}"


def _build_done(details: dict[str, Any]) -> str:
    took = f" in {in_words(details['ms'] / 1000)}" if "ms" in details else ""
    jobs = f" It finished {count_of(details['jobs'], 'job')}." if details.get("jobs") else ""
    if "bytes" not in details:
        return f"The build ended{took}: the file was up to date already.{jobs}"
    events, rendered = details.get("events", 0), details.get("rendered", 0)
    new = (
        "" if rendered == events else f", {rendered:,} of them rendered and the rest copied from the previous file"
    )
    return (
        f"The build finished{took}: revision {details.get('revision')} with {count_of(events, 'event')}{new}, "
        f"{details['bytes']:,} bytes.{jobs}"
    )


def _build_failed(details: dict[str, Any]) -> str:
    error = f" ({details['error']})" if details.get("error") else ""
    after = f" The next is {in_words(details['retry_ms'] / 1000)} later." if "retry_ms" in details else ""
    given_up = f" It was the last: {count_of(details['jobs'], 'job')} failed with it." if "jobs" in details else ""
    return f"{_attempt(details)} failed{error}.{after}{given_up}"


def _change(details: dict[str, Any]) -> str:
    revision = f": revision {details['revision']}" if "revision" in details else ""
    todos = f" of {count_of(details['todos'], 'todo')}" if details.get("todos") else ""
    return f"A change{todos} of the list{revision}."


def _fetch(details: dict[str, Any], what: str) -> str:
    who = CLIENTS.get(details.get("client"), "A program")
    answer = {200: "the file", 304: "nothing new (304)", 503: "not ready (503)"}
    got = "the last good file" if details.get("is_stale") else answer.get(details.get("status"), "")
    return f"{who} fetched {what}{': ' + got if got else ''}."


CLIENTS: dict[str | None, str] = {
    **{client.value: str(client.label) for client in Client if client != Client.OTHER},
    BROWSER: "A browser",
}
TEXTS: dict[str, Callable[[dict[str, Any]], str]] = {
    Kind.CHANGE: _change,
    Kind.REQUEST: lambda details: "The calendar was asked for.",
    Kind.MESSAGE_SENT: lambda details: "A message was sent to the queue.",
    Kind.MESSAGE_FAILED: lambda details: "The broker did not take the message. The sweep sends it again.",
    Kind.MESSAGE_RECEIVED: _received,
    Kind.CLAIM: lambda details: f"{_attempt(details)} began: the lease of the calendar was taken.",
    Kind.BUILD_DONE: _build_done,
    Kind.BUILD_FAILED: _build_failed,
    Kind.BUILD_SKIPPED: lambda details: "A worker had nothing to do: another one builds, or it is too soon.",
    Kind.BUILD_LOST: lambda details: "A build had lost its lease: it wrote nothing.",
    Kind.BUILD_RELEASED: lambda details: "The worker was stopped. The attempt does not count.",
    Kind.LEASE_EXPIRED: lambda details: (
        f"The sweep found that the lease of {_attempt(details).lower()} had expired: its worker was killed, hung or cut off."
    ),
    Kind.JOB_DONE: lambda details: "The job finished.",
    Kind.JOB_FAILED: lambda details: "The job failed.",
    Kind.JOB_REVOKED: lambda details: "The job was cancelled.",
    Kind.JOB_RETRIED: lambda details: "The failed job was tried again.",
    Kind.FEED: lambda details: _fetch(details, "a feed of the calendar"),
    Kind.DOWNLOAD: lambda details: _fetch(details, "the job’s file"),
}
BAD = {
    Kind.MESSAGE_FAILED, Kind.BUILD_FAILED, Kind.BUILD_LOST, Kind.LEASE_EXPIRED, Kind.JOB_FAILED,
}  # fmt: skip

ENDS_OF_ATTEMPTS = {Kind.BUILD_DONE, Kind.BUILD_FAILED, Kind.BUILD_LOST, Kind.BUILD_RELEASED}
OF_BUILDS = {Kind.CLAIM, Kind.BUILD_DONE}  # an event says more of a build than a row
FETCHES = {Kind.FEED, Kind.DOWNLOAD}


def step_of(event: Event, job: CalendarJob | None = None) -> Step:
    text = TEXTS.get(event.kind, lambda details: f"{event.kind}.")
    return Step(
        at=moment_of(event.at_ms),
        kind=event.kind,
        text=text(event.details),
        is_bad=event.kind in BAD,
        request_id=event.request_id,
        process=event.process,
        job_id=event.job_id if job is None else None,
    )


def told(events: Iterable[Event], job: CalendarJob | None = None) -> list[Step]:
    """Return a step for each event, in order. One that begins an attempt says if that before it just stopped."""
    steps, under_way = [], None
    for event in events:
        step = step_of(event, job)
        if event.kind == Kind.CLAIM:
            if under_way is not None:
                lost = f"{_attempt(under_way)} had ended without a result: its worker was killed, hung or cut off."
                step = replace(step, text=f"{lost} {step.text}", is_bad=True)
            under_way = event.details
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
    JobStatus.SUCCESS: Kind.JOB_DONE,
    JobStatus.FAILURE: Kind.JOB_FAILED,
    JobStatus.REVOKED: Kind.JOB_REVOKED,
}


def steps_of_job(job: CalendarJob) -> Iterator[Step]:
    """Tell what the job's row and its file's say."""
    wanted = f"The file must show revision {job.revision} of the list, or a later one."
    yield Step(job.created_at, Kind.REQUEST, f"The job was asked for. {wanted}", request_id=job.request_id)
    if job.retried_at:
        yield Step(job.retried_at, Kind.JOB_RETRIED, TEXTS[Kind.JOB_RETRIED]({}))
    if job.started_at and job.started_at != job.finished_at:  # else it ended with a build that had begun before
        yield Step(job.started_at, Kind.CLAIM, "A build began.")
    if job.file and job.file.created_at >= job.created_at:
        yield _stored(job.file)
    if job.is_final:
        yield _end(job, job.file)


def steps_of_calendar(calendar: Calendar, jobs: Iterable[CalendarJob]) -> Iterator[Step]:
    """Tell what the rows of the calendar's file and of these jobs say."""
    for job in jobs:
        yield Step(job.created_at, Kind.REQUEST, TEXTS[Kind.REQUEST]({}), request_id=job.request_id, job_id=job.pk)
        if job.retried_at:
            yield Step(job.retried_at, Kind.JOB_RETRIED, TEXTS[Kind.JOB_RETRIED]({}), job_id=job.pk)
        if job.is_final:
            yield replace(_end(job), job_id=job.pk)
    if calendar.current_file:
        yield _stored(calendar.current_file)


def _end(job: CalendarJob, file: CalendarFile | None = None) -> Step:
    kind = ENDS[JobStatus(job.status)]
    text = TEXTS[kind]({})
    if file:
        text = f"{text.rstrip('.')} with the file of revision {file.revision}: {count_of(file.events, 'event')}."
    return Step(job.finished_at, kind, text, is_bad=kind in BAD)


def _stored(file: CalendarFile) -> Step:
    text = f"A build stored revision {file.revision}: {count_of(file.events, 'event')}, {file.size:,} bytes."
    return Step(file.created_at, Kind.BUILD_DONE, text)


# --- Together ---


def merged(rows: Iterable[Step], events: list[Step]) -> list[Step]:
    """Return all steps in order, but for those of rows that events tell better.

    Events have whole milliseconds; those of the same one are in the order in which they were recorded.
    """
    placed = {(to_ms(step.at), 1, number): step for number, step in enumerate(events)}
    for number, row in enumerate(rows):
        place = to_ms(row.at), 0 if row.kind == Kind.REQUEST else 2, number
        if (same := _place_of_same(row, placed)) is None:
            placed[place] = row
        elif row.kind not in OF_BUILDS:
            event = placed.pop(same)
            row = replace(row, process=event.process, request_id=row.request_id or event.request_id)
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
        Kind.CHANGE: "The list changed {} times. {}",
        Kind.REQUEST: "The calendar was asked for {} times.",
        Kind.JOB_DONE: "{} jobs finished.",
        Kind.JOB_FAILED: "{} jobs failed.",
        Kind.JOB_RETRIED: "{} failed jobs were tried again.",
        Kind.FEED: "A feed of the calendar was fetched {} times. {}",
    }
    shown = []
    for kind, run in groupby(steps, key=lambda step: step.kind):
        same = list(run)
        if kind in texts and len(same) > 1:
            last = same[-1]
            text = texts[kind].format(len(same), f"The last: {last.text}").strip()
            shown.append(Step(last.at, kind, text, is_bad=last.is_bad))
        else:
            shown += same
    return shown
