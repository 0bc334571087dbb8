"""The experiments of the lab: what each does, and what to expect of it.

Each has a list of its own, so experiments that run at once do not disturb each other, and nobody's todos are touched.
The page and ``manage.py lab`` share what is here.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from calendars.builds.build import MAX_ATTEMPTS
from calendars.feeds.services import create_feed
from calendars.jobs.services import request_calendar
from calendars.models import Feed
from calendars.options import CalendarOptions
from database.clock import now_ms
from observatory.lab.faults import resume, wait_until_known
from observatory.models import LAB_OWNER, Experiment, ExperimentKind
from todos.deadlines import Deadline
from todos.models import TodoList
from todos.services import ImportedTodo, create_list, erase_list, import_todos, update_todo
from web.quotas import QuotaExceeded

MAX_EXPERIMENTS = 40
KEPT = timedelta(hours=24)
#: A fault that nothing has used up ends then, at the latest.
MAX_FAULT_SECONDS = 120
FEW_TODOS = 20


@dataclass(frozen=True)
class Amount:
    """A number that may be chosen."""

    label: str
    default: int
    most: int
    least: int = 1


@dataclass(frozen=True)
class Definition:
    """One experiment. ``expect`` is sentences to translate; {count} and {seconds} stand for what was chosen."""

    kind: ExperimentKind
    expect: str
    run: Callable[[TodoList, Experiment], None]
    count: Amount | None = None
    seconds: Amount | None = None
    #: How many faults there are to use up, and for how long.
    faults: Callable[[int], int] = lambda count: 0
    lasts: Callable[[int], int] = lambda seconds: 0
    todos: Callable[[int], int] = lambda count: FEW_TODOS

    @property
    def name(self) -> str:
        return self.kind.value

    @property
    def title(self) -> str:
        return str(self.kind.label)


class InvalidAmount(ValueError):
    """The message is a sentence."""


# --- What experiments do ---


def _tick(todo_list: TodoList, experiment: Experiment) -> None:
    """Tick todos one by one, in as many changes, while somebody subscribes to the list."""
    feed = create_feed(todo_list=todo_list, name="The lab")
    now = datetime.now(UTC)
    Feed.objects.record(feed, {}, now=now, every=timedelta(0))
    for todo_id in todo_list.todos.order_by("pk").values_list("pk", flat=True)[: experiment.count]:
        update_todo(todo_list=todo_list, todo_id=todo_id, changes={"completed": True})


def _ask(todo_list: TodoList, experiment: Experiment) -> None:
    for _ in range(experiment.count):
        request_calendar(todo_list=todo_list, options=CalendarOptions())


def _ask_once(todo_list: TodoList, experiment: Experiment) -> None:
    request_calendar(todo_list=todo_list, options=CalendarOptions())


def _ask_differently(todo_list: TodoList, experiment: Experiment) -> None:
    """Ask for as many different calendars, each of which needs a message of its own."""
    for minutes in range(1, experiment.count + 1):
        request_calendar(todo_list=todo_list, options=CalendarOptions(alarm_minutes=minutes))


# One of the sentences names MAX_ATTEMPTS.
DEFINITIONS = {
    definition.name: definition
    for definition in (
        Definition(
            ExperimentKind.TICK,
            gettext_noop(
                "{count} todos are ticked, each in a change of its own, while a calendar app subscribes to the list. "
                "Expect {count} changes and one or two builds: the build waits until the list has been quiet for 1.5 "
                "s, or 8 s after the first change."
            ),
            _tick,
            count=Amount(gettext_lazy("Todos"), 200, 500),
            todos=lambda count: count,
        ),
        Definition(
            ExperimentKind.ASK,
            gettext_noop(
                "{count} people ask for the same file at once. Expect {count} jobs, but only one or two messages and "
                "builds: one build finishes every job that its file is new enough for."
            ),
            _ask,
            count=Amount(gettext_lazy("Files"), 100, 500),
        ),
        Definition(
            ExperimentKind.DROP,
            gettext_noop(
                "A file is asked for, and the broker loses its next messages, {count} in all. Expect the job to wait, "
                "and to finish all the same: the sweep sends another message after 5 s, and then every 10 s."
            ),
            _ask_once,
            count=Amount(gettext_lazy("Messages"), 1, 3),
            faults=lambda count: count,
            lasts=lambda seconds: MAX_FAULT_SECONDS,
        ),
        Definition(
            ExperimentKind.DOUBLE,
            gettext_noop(
                "{count} different calendars are asked for, and each message comes twice. Expect {count} builds and "
                "not twice as many: the second message finds the calendar leased, or its file current, and does "
                "nothing."
            ),
            _ask_differently,
            count=Amount(gettext_lazy("Messages"), 10, 50),
            faults=lambda count: count,
            lasts=lambda seconds: MAX_FAULT_SECONDS,
        ),
        Definition(
            ExperimentKind.DELAY,
            gettext_noop(
                "A file is asked for, and every message of its list takes {seconds} s. Expect the job to finish a "
                "little after that. If it takes more than 5 s, the sweep sends a second message meanwhile, which "
                "changes nothing."
            ),
            _ask_once,
            seconds=Amount(gettext_lazy("Seconds"), 8, 30),
            lasts=lambda seconds: seconds + 30,
        ),
        Definition(
            ExperimentKind.FAIL,
            gettext_noop(
                "A file is asked for, and its next builds fail, {count} in all. Expect another attempt after 1 s, 2 s, "
                "4 s and so on, and a file from the first that succeeds. After 5 attempts the job has failed."
            ),
            _ask_once,
            count=Amount(gettext_lazy("Builds"), 2, MAX_ATTEMPTS),
            faults=lambda count: count,
            lasts=lambda seconds: MAX_FAULT_SECONDS,
        ),
        Definition(
            ExperimentKind.PAUSE,
            gettext_noop(
                "A file is asked for, and the process that builds it is stopped for {seconds} s (SIGSTOP) while it "
                "holds the lease. Expect another worker to build it when the lease has run out, after 10 s. If there "
                "is only this one, everything stands still, and it goes on where it was."
            ),
            _ask_once,
            seconds=Amount(gettext_lazy("Seconds"), 15, 30),
            faults=lambda count: 1,
            lasts=lambda seconds: MAX_FAULT_SECONDS,
        ),
        Definition(
            ExperimentKind.KILL,
            gettext_noop(
                "A file is asked for, and the process that builds it is killed (SIGKILL) while it holds the lease: its "
                "right to build, for 10 s unless it renews it. Expect the job to stay “being built” until then. The "
                "sweep, which looks for what is overdue, sends a new message, and another process builds it."
            ),
            _ask_once,
            faults=lambda count: 1,
            lasts=lambda seconds: MAX_FAULT_SECONDS,
        ),
        Definition(
            ExperimentKind.SWEEP,
            gettext_noop(
                "A file is asked for, its message is lost, and the sweep leaves this list alone for {seconds} s. "
                "Expect nothing at all to happen meanwhile: with neither a message nor a sweep, nobody looks. Then the "
                "sweep finds that the calendar is due, and the job finishes."
            ),
            _ask_once,
            seconds=Amount(gettext_lazy("Seconds"), 20, MAX_FAULT_SECONDS),
            faults=lambda count: 1,
            lasts=lambda seconds: seconds,
        ),
    )
}


def start(
    definition: Definition, *, user_id: int | None, count: int | None = None, seconds: int | None = None
) -> Experiment:
    """Begin an experiment, and do what it does at once; what comes of it, workers do.

    Raises InvalidAmount, and QuotaExceeded if too many others are under way.
    """
    count = _checked(definition.count, count)
    seconds = _checked(definition.seconds, seconds)
    _make_room()
    todo_list = _new_list(definition.todos(count))
    lasts = definition.lasts(seconds)
    now = now_ms()
    experiment = Experiment.objects.create(
        kind=definition.kind,
        list_id=todo_list.pk,
        user_id=user_id,
        count=count,
        seconds=seconds,
        revision=todo_list.revision,
        started_at_ms=now,
        ends_at_ms=now + lasts * 1000,
        left=definition.faults(count),
    )
    if lasts:
        wait_until_known()
        experiment.started_at_ms = now_ms()
        experiment.save(update_fields=["started_at_ms"])
    definition.run(todo_list, experiment)
    return experiment


def _checked(amount: Amount | None, value: int | None) -> int:
    if amount is None:
        if value is not None:
            raise InvalidAmount(gettext("This experiment takes no such number."))
        return 0
    if value is None:
        return amount.default
    if not amount.least <= value <= amount.most:
        sentence = gettext("%(label)s: a number from %(least)s to %(most)s.")
        raise InvalidAmount(sentence % {"label": amount.label, "least": amount.least, "most": amount.most})
    return value


def _new_list(count: int) -> TodoList:
    users = get_user_model().objects.select_for_update(no_key=True)
    with transaction.atomic():  # whoever removes the owner waits, and finds the list
        owner, _ = users.get_or_create(username=LAB_OWNER, defaults={"password": make_password(None)})
        todo_list = create_list(user=owner, name="Experiment")
    todo_list.actor_id = None  # from here on the program itself works on it
    first = datetime.now(UTC).date()
    todos = [
        ImportedTodo(
            str(uuid.uuid4()),
            {"title": f"Todo {number}", "due": Deadline.of_day(first + timedelta(days=number % 28))},
        )
        for number in range(1, count + 1)
    ]
    import_todos(todo_list=todo_list, todos=todos)
    todo_list.refresh_from_db()
    return todo_list


def describe(experiment: Experiment) -> str:
    """Say what to expect of it."""
    expect = gettext(DEFINITIONS[experiment.kind].expect)
    return expect.format(count=experiment.count, seconds=experiment.seconds)


# --- Putting things right ---


def put_right(experiments: list[Experiment]) -> int:
    """End what these experiments break; return how many still broke something. Nothing is deleted."""
    ended = Experiment.objects.filter(pk__in=[experiment.pk for experiment in experiments]).end()
    for experiment in experiments:
        if experiment.kind == ExperimentKind.PAUSE:
            resume(experiment.process)
    return ended


def remove(experiments: list[Experiment]) -> int:
    """Put everything right, and delete the experiments and their lists; return how many they were."""
    put_right(experiments)
    for experiment in experiments:
        # Only a list that is the lab's: whatever a row says, nobody else's list is touched.
        for todo_list in TodoList.objects.filter(pk=experiment.list_id, extra_owner__username=LAB_OWNER):
            erase_list(todo_list=todo_list)
        experiment.delete()
    _remove_owner()
    return len(experiments)


def sweep() -> dict[str, int]:
    """Remove experiments, and lists of the lab without one, that are a day old."""
    before = now_ms() - int(KEPT.total_seconds() * 1000)
    removed = remove(list(Experiment.objects.filter(started_at_ms__lt=before)))
    lists = TodoList.objects.filter(extra_owner__username=LAB_OWNER, created_at__lt=datetime.now(UTC) - KEPT)
    for todo_list in lists.exclude(pk__in=Experiment.objects.values("list_id")):
        erase_list(todo_list=todo_list)
        removed += 1
    _remove_owner()
    return {"experiments_removed": removed}


@transaction.atomic
def _remove_owner() -> None:
    """Remove the user that experiments belong to, once there are none."""
    owner = get_user_model().objects.select_for_update().filter(username=LAB_OWNER).first()
    if owner is None or TodoList.objects.filter(extra_owner=owner).exists():
        return
    for todo_list in TodoList.objects.filter(default_owner=owner):
        erase_list(todo_list=todo_list)
    owner.delete()


def _make_room() -> None:
    most = min(MAX_EXPERIMENTS, settings.MAX_LISTS - 1)  # the owner has a default list too
    oldest = list(Experiment.objects.order_by("-pk")[max(0, most - 1) :])
    running = Experiment.objects.live().filter(pk__in=[experiment.pk for experiment in oldest])
    if most < 1 or running.exists():
        sentence = gettext("Too many experiments are under way: wait for one to end, or put everything right.")
        raise QuotaExceeded(sentence)
    remove(oldest)
