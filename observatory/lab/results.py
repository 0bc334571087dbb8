"""What happened in an experiment: numbers of the database, and the events of its list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Max, Min, Q, Sum
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from calendars.models import Calendar, CalendarJob, JobStatus
from database.clock import now_ms
from observability.events import Kind
from observatory.models import Event, Experiment, ExperimentKind
from observatory.words import sentence
from todos.models import TodoList
from web.translations import group_digits

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
        facts = [Fact(gettext("Changes"), group_digits(self.changes))]
        if settings.EVENT_HOURS:
            facts.append(Fact(gettext("Messages sent to the broker"), str(self.count(Kind.MESSAGE_SENT))))
            if self.lost:
                facts.append(Fact(gettext("Messages lost"), str(self.lost)))
            facts.append(Fact(gettext("Messages taken by workers"), str(self.count(Kind.MESSAGE_RECEIVED))))
        facts.append(Fact(gettext("Builds"), str(self.builds)))
        if self.jobs:
            text = (
                gettext("%(done)s of %(all)s, %(failed)s failed")
                if self.failed
                else gettext("%(done)s of %(all)s")
            )
            values = {"done": self.succeeded, "all": self.jobs, "failed": self.failed}
            facts.append(Fact(gettext("Jobs finished"), text % values))
        if self.first_seconds != self.last_seconds:
            facts.append(Fact(gettext("First job finished"), _after(self.first_seconds)))
        if self.last_seconds is not None:
            facts.append(Fact(gettext("Last job finished"), _after(self.last_seconds)))
        if self.experiment.process:
            verb = gettext("Killed") if self.experiment.kind == ExperimentKind.KILL else gettext("Paused")
            facts.append(Fact(verb, self.experiment.process))
        if self.workers:
            facts.append(Fact(gettext("Built by"), ", ".join(self.workers)))
        return facts

    @property
    def sentence(self) -> str:
        """Say what has happened so far and, once it is over, why."""
        if self.is_over:
            return _EXPLANATIONS[self.experiment.kind](self)
        if self.jobs:
            text = ngettext(
                "%(done)s of %(jobs)s job finished so far.",
                "%(done)s of %(jobs)s jobs finished so far.",
                self.jobs,
            )
            so_far = text % {"done": self.succeeded, "jobs": group_digits(self.jobs)}
        else:
            so_far = gettext("%(changes)s, %(builds)s so far.") % {
                "changes": ngettext("%(count)s change", "%(count)s changes", self.changes)
                % {"count": group_digits(self.changes)},
                "builds": _builds(self.builds),
            }
        rest = gettext("Something is still broken.") if self.is_breaking else gettext("It is not over yet.")
        return f"{so_far} {rest}"

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
    text = ngettext("%(count)s time: %(text)s", "%(count)s times: %(text)s", count)
    return text % {"count": group_digits(count), "text": sentence(first)}


def _seconds_since(experiment: Experiment, end: datetime | None) -> float | None:
    return max(0, end.timestamp() - experiment.started_at_ms / 1000) if end else None


# --- What happened, in a few sentences ---


def _seconds(seconds: float) -> str:
    return number_format(f"{seconds:.2f}")


def _after(seconds: float) -> str:
    return gettext("after %(seconds)s s") % {"seconds": _seconds(seconds)}


def _builds(count: int) -> str:
    return ngettext("%(count)s build", "%(count)s builds", count) % {"count": group_digits(count)}


def _done(result: Result) -> str:
    """Say when the job was done, and by whom."""
    values = {"seconds": _seconds(result.last_seconds)}
    if result.failed:
        return gettext("The job failed after %(seconds)s s.") % values
    if result.workers:
        text = gettext("The job was done by %(process)s %(seconds)s s after it was asked for.")
        return text % {**values, "process": result.workers[-1]}
    return gettext("The job was done %(seconds)s s after it was asked for.") % values


def _ticked(result: Result) -> str:
    if result.build_ms:
        became = ngettext(
            "%(count)s change became %(builds)s of %(ms)s ms.",
            "%(count)s changes became %(builds)s of %(ms)s ms.",
            result.changes,
        )
    else:
        became = ngettext(
            "%(count)s change became %(builds)s.", "%(count)s changes became %(builds)s.", result.changes
        )
    values = {
        "count": group_digits(result.changes),
        "builds": _builds(result.builds),
        "ms": group_digits(round(sum(result.build_ms))),
    }
    why = gettext(
        "Each change only noted in the calendar’s row that it is due soon; a build reads all that has changed since "
        "the last one."
    )
    return f"{became % values} {why}"


def _asked(result: Result) -> str:
    finished = ngettext(
        "%(count)s job finished by %(builds)s.", "%(count)s jobs finished by %(builds)s.", result.succeeded
    )
    why = gettext(
        "Who asks while a message or a build is under way sends none, and the build finishes every job that its file "
        "is new enough for."
    )
    return f"{finished % {'count': group_digits(result.succeeded), 'builds': _builds(result.builds)}} {why}"


def _dropped(result: Result) -> str:
    lost = ngettext("%(count)s message lost.", "%(count)s messages lost.", result.lost)
    why = gettext("The row said that it was due, and the sweep looked.")
    return f"{lost % {'count': group_digits(result.lost)}} {_done(result)} {why}"


def _doubled(result: Result) -> str:
    received = result.count(Kind.MESSAGE_RECEIVED)
    text = ngettext(
        "%(count)s message taken, %(builds)s: who came second found the lease taken or the file current, and did "
        "nothing.",
        "%(count)s messages taken, %(builds)s: who came second found the lease taken or the file current, and did "
        "nothing.",
        received,
    )
    return text % {"count": group_digits(received), "builds": _builds(result.builds)}


def _delayed(result: Result) -> str:
    if result.count(Kind.MESSAGE_SENT) <= 1:
        return _done(result)
    again = gettext("Meanwhile the sweep sent another message, which changed nothing.")
    return f"{_done(result)} {again}"


def _failed(result: Result) -> str:
    count = result.count(Kind.BUILD_FAILED)
    failed = ngettext("%(count)s attempt failed.", "%(count)s attempts failed.", count) % {
        "count": group_digits(count)
    }
    return f"{failed} {_done(result)}"


def _paused(result: Result) -> str:
    process = result.experiment.process
    paused = gettext("%(process)s was paused while it held the lease.") % {"process": process}
    who = gettext("It went on by itself.") if process in result.workers else gettext("Another process took over.")
    return f"{paused} {who} {_done(result)}"


def _killed(result: Result) -> str:
    killed = gettext(
        "%(process)s was killed while it held the lease, and nobody could build until that had run out."
    ) % {"process": result.experiment.process}
    why = gettext("Nothing was lost: that the job waits is in the database, not in the message.")
    return f"{killed} {_done(result)} {why}"


def _stopped(result: Result) -> str:
    looked = gettext("For %(seconds)s s nobody looked.") % {"seconds": result.experiment.seconds}
    return f"{looked} {_done(result)} {gettext('Nothing was lost.')}"


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
