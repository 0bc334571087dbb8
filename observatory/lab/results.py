"""What happened in an experiment: numbers of the database, and the events of its list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Max, Min, Q, Sum

from calendars.models import Calendar, CalendarJob, JobStatus
from database.clock import now_ms
from observability.events import Kind
from observatory.models import Event, Experiment, ExperimentKind
from observatory.words import number, sentence
from todos.models import TodoList

MAX_EVENTS = 3_000
MAX_STEPS = 60
#: So long after its beginning, nobody waits for the events of an experiment any more.
LATE_MS = 30_000


class Fact(NamedTuple):
    name: str
    value: str


class Step(NamedTuple):
    """One line of what happened, with the seconds since the experiment began."""

    seconds: float
    text: str
    process: str


@dataclass(frozen=True)
class Result:
    """The numbers are the database's; messages and processes are those of events, if they are recorded."""

    experiment: Experiment
    changes: int
    builds: int
    jobs: int
    succeeded: int
    failed: int
    first_seconds: float | None  # from the beginning of the experiment until the first job ended
    last_seconds: float | None
    events: list[Event]
    is_breaking: bool
    is_over: bool

    def count(self, kind: Kind) -> int:
        return sum(_count(event) for event in self.events if event.kind == kind)

    @property
    def lost(self) -> int:
        """How many messages were lost."""
        return self._count_faults(ExperimentKind.DROP)

    @property
    def workers(self) -> list[str]:
        """The processes that built, in the order in which they did."""
        return [*dict.fromkeys(event.process for event in self.events if event.kind == Kind.BUILD_DONE)]

    @property
    def build_ms(self) -> list[float]:
        return [
            event.details["ms"] for event in self.events if event.kind == Kind.BUILD_DONE and "ms" in event.details
        ]

    @property
    def facts(self) -> list[Fact]:
        facts = [Fact("Changes", f"{self.changes:,}")]
        if settings.EVENT_HOURS:
            facts.append(Fact("Messages sent to the broker", str(self.count(Kind.MESSAGE_SENT))))
            if self.lost:
                facts.append(Fact("Messages lost", str(self.lost)))
            facts.append(Fact("Messages taken by workers", str(self.count(Kind.MESSAGE_RECEIVED))))
        facts.append(Fact("Builds", str(self.builds)))
        if self.jobs:
            failed = f", {self.failed} failed" if self.failed else ""
            facts.append(Fact("Jobs finished", f"{self.succeeded} of {self.jobs}{failed}"))
        if self.first_seconds != self.last_seconds:
            facts.append(Fact("First job finished", f"after {self.first_seconds:.2f} s"))
        if self.last_seconds is not None:
            facts.append(Fact("Last job finished", f"after {self.last_seconds:.2f} s"))
        if self.experiment.process:
            verb = "Killed" if self.experiment.kind == ExperimentKind.KILL else "Paused"
            facts.append(Fact(verb, self.experiment.process))
        if self.workers:
            facts.append(Fact("Built by", ", ".join(self.workers)))
        return facts

    @property
    def sentence(self) -> str:
        """Say what has happened so far and, once it is over, why."""
        if self.is_over:
            return _EXPLANATIONS[self.experiment.kind](self)
        done = f"{self.succeeded} of {number(self.jobs, 'job')} finished" if self.jobs else ""
        so_far = done or f"{number(self.changes, 'change')}, {number(self.builds, 'build')}"
        return f"{so_far} so far. {'Something is still broken.' if self.is_breaking else 'It is not over yet.'}"

    @property
    def steps(self) -> list[Step]:
        """What happened, in order; what happened many times in a row is one step."""
        steps = []
        for _, group in groupby(self.events, key=lambda event: event.kind):
            same = list(group)
            # Builds and messages one by one, as far as there is room: they are what this is about.
            if same[0].kind in {Kind.CHANGE, Kind.REQUEST, Kind.JOB_DONE} or len(same) > MAX_STEPS // 6:
                steps.append(self._step(same[0], _text_of_many(same)))
            else:
                steps += [self._step(event, sentence(event)) for event in same]
        return steps[:MAX_STEPS]

    def _step(self, event: Event, text: str) -> Step:
        seconds = max(0, event.at_ms - self.experiment.started_at_ms) / 1000
        return Step(seconds, text, event.process.rpartition(":")[0])  # the host and the process's number

    def _count_faults(self, kind: ExperimentKind) -> int:
        return sum(event.kind == Kind.FAULT and event.details.get("fault") == kind for event in self.events)


def result_of(experiment: Experiment) -> Result:
    calendars = Calendar.objects.filter(list=experiment.list_id)
    jobs = CalendarJob.objects.filter(calendar__list=experiment.list_id)
    revision = TodoList.objects.filter(pk=experiment.list_id).values_list("revision", flat=True).first()
    built = calendars.aggregate(builds=Sum("build_count"), due=Max("due_at_ms"))
    states = jobs.aggregate(
        total=Count("pk"),
        succeeded=Count("pk", filter=Q(status=JobStatus.SUCCESS)),
        failed=Count("pk", filter=Q(status=JobStatus.FAILURE)),
        waiting=Count("pk", filter=Q(finished_at__isnull=True)),
        first=Min("finished_at"),
        last=Max("finished_at"),
    )
    events = _events_of(experiment, calendars)
    now = now_ms()
    # Events are written down a moment after what they tell of.
    is_told = not built["builds"] or any(event.kind == Kind.BUILD_DONE for event in events)
    return Result(
        experiment=experiment,
        changes=(revision or 0) - experiment.revision,
        builds=built["builds"] or 0,
        jobs=states["total"],
        succeeded=states["succeeded"],
        failed=states["failed"],
        first_seconds=_seconds_since(experiment, states["first"]),
        last_seconds=_seconds_since(experiment, states["last"]),
        events=events,
        is_breaking=experiment.is_live(now),
        is_over=not states["waiting"]
        and built["due"] is None
        and (is_told or not settings.EVENT_HOURS or now > experiment.started_at_ms + LATE_MS),
    )


def _events_of(experiment: Experiment, calendars: object) -> list[Event]:
    own = Q(calendar_id__in=list(calendars.values_list("pk", flat=True))) | Q(list_id=experiment.list_id)
    events = Event.objects.filter(own).order_by("at_ms", "pk")[:MAX_EVENTS]
    # Not the change that filled the list.
    return [
        event
        for event in events
        if event.kind != Kind.CHANGE or event.details.get("revision", 0) > experiment.revision
    ]


def _count(event: Event) -> int:
    """Return how many events this one stands for: those that come in crowds are written down as one."""
    return event.details.get("count", 1)


def _text_of_many(events: list[Event]) -> str:
    first, last, count = events[0], events[-1], sum(map(_count, events))
    if count == 1:
        return sentence(first)
    if first.kind == Kind.CHANGE:
        return sentence(Event(kind=Kind.CHANGE, details={**last.details, "count": count}))
    return f"{count:,} times: {sentence(first)}"


def _seconds_since(experiment: Experiment, end: datetime | None) -> float | None:
    return max(0, end.timestamp() - experiment.started_at_ms / 1000) if end else None


# --- What happened, in a few sentences ---


def _done(result: Result) -> str:
    """Say when the job was done, and by whom."""
    if result.failed:
        return f"The job failed after {result.last_seconds:.2f} s."
    by = f" by {result.workers[-1]}" if result.workers else ""
    return f"The job was done{by} {result.last_seconds:.2f} s after it was asked for."


def _ticked(result: Result) -> str:
    of = f" of {sum(result.build_ms):,.0f} ms" if result.build_ms else ""
    return (
        f"{number(result.changes, 'change')} became {number(result.builds, 'build')}{of}. Each change only noted in "
        "the calendar’s row that it is due soon; a build reads all that has changed since the last one."
    )


def _asked(result: Result) -> str:
    return (
        f"{number(result.succeeded, 'job')} finished by {number(result.builds, 'build')}. Who asks while a message or "
        "a build is under way sends none, and the build finishes every job that its file is new enough for."
    )


def _dropped(result: Result) -> str:
    return f"{number(result.lost, 'message')} lost. {_done(result)} The row said that it was due, and the sweep looked."


def _doubled(result: Result) -> str:
    received = result.count(Kind.MESSAGE_RECEIVED)
    return (
        f"{number(received, 'message')} taken, {number(result.builds, 'build')}: who came second found the lease "
        "taken or the file current, and did nothing."
    )


def _delayed(result: Result) -> str:
    sent = result.count(Kind.MESSAGE_SENT)
    again = " Meanwhile the sweep sent another message, which changed nothing." if sent > 1 else ""
    return f"{_done(result)}{again}"


def _failed(result: Result) -> str:
    return f"{number(result.count(Kind.BUILD_FAILED), 'attempt')} failed. {_done(result)}"


def _paused(result: Result) -> str:
    process = result.experiment.process
    who = "It went on by itself" if process in result.workers else "Another process took over"
    return f"{process} was paused while it held the lease. {who}. {_done(result)}"


def _killed(result: Result) -> str:
    return (
        f"{result.experiment.process} was killed while it held the lease, and nobody could build until that had run "
        f"out. {_done(result)} Nothing was lost: that the job waits is in the database, not in the message."
    )


def _stopped(result: Result) -> str:
    return f"For {result.experiment.seconds} s nobody looked. {_done(result)} Nothing was lost."


_EXPLANATIONS: dict[str, Callable[[Result], str]] = {
    ExperimentKind.TICK: _ticked,
    ExperimentKind.ASK: _asked,
    ExperimentKind.DROP: _dropped,
    ExperimentKind.DOUBLE: _doubled,
    ExperimentKind.DELAY: _delayed,
    ExperimentKind.FAIL: _failed,
    ExperimentKind.PAUSE: _paused,
    ExperimentKind.KILL: _killed,
    ExperimentKind.SWEEP: _stopped,
}
