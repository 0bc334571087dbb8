"""The measurements of benchmarks.calendars. Import it after the database is configured."""

import hashlib
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from django.contrib.auth.models import User

from benchmarks.machine import ROOT
from benchmarks.plain_calendar import render_with_icalendar
from calendars.builds.build import build_calendar, snapshot
from calendars.ical.renderer import RENDERER_VERSION, render_calendar
from calendars.jobs.services import request_calendar
from calendars.models import Calendar, CalendarFile
from calendars.options import CalendarOptions
from todos.models import Todo, TodoList
from todos.services import Action, BulkItem, change_todos

CHANGED = 20
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """Seconds of our code and of a baseline. The target is the maximum ratio to the baseline."""

    what: str
    ours: list[float]
    against: str
    other: list[float]
    target: float | None = None

    def cells(self) -> tuple[str, ...]:
        ratio = median(self.ours) / median(self.other)
        met = "" if self.target is None else "yes" if ratio <= self.target else "NO"
        return (
            *(self.what, spread(self.ours), self.against, spread(self.other)),
            *(times(ratio), f"at most {times(self.target)}" if self.target else "", met),
        )


def times(ratio: float) -> str:
    return f"1/{1 / ratio:.3g}" if ratio < 1 else f"{ratio:.3g}×"


def spread(seconds: list[float]) -> str:
    """Return the median and the range in milliseconds."""
    low, middle, high = (f"{value * 1000:,.1f}" for value in (min(seconds), median(seconds), max(seconds)))
    return f"{middle} ms ({low} to {high})"


def timed(action: Callable[..., object], *arguments: object) -> float:
    start = time.perf_counter()
    action(*arguments)
    return time.perf_counter() - start


def renders(sizes: dict[int, int]) -> Iterator[Row]:
    """Measure full renders of rows in memory."""
    for size, rounds in sizes.items():
        todos = snapshot(fill_list(size).pk, since=0).changed
        ours, plain = [], []
        for _ in range(rounds):
            ours.append(timed(render_calendar, "Todos", todos, CalendarOptions()))
            plain.append(timed(render_with_icalendar, "Todos", todos))
        yield Row(f"full render of {size:,} todos", ours, "plain icalendar", plain)


def builds(sizes: dict[int, int]) -> Iterator[Row]:
    """Measure builds with a few changed todos, from claiming the lease to committing the file."""
    for size, rounds in sizes.items():
        todo_list = fill_list(size)
        calendar_id = build_anew(todo_list)
        ours, floor, plain = [], [], []
        for number in range(rounds):
            tick(todo_list, number)
            floor.append(timed(read_hash_write, calendar_id))
            ours.append(timed(build, calendar_id))
            if number % 3 == 0:
                plain.append(timed(build_with_icalendar, todo_list, calendar_id))
        what = f"build of {size:,} todos with {CHANGED} changed, on PostgreSQL"
        target = 1 / 20 if size == 10_000 else None
        yield Row(what, ours, "plain icalendar: read all, render, hash, write", plain, target)
        yield Row(what, ours, "lower bound: read as many bytes, hash, write", floor, 3)


def memory(size: int) -> Iterator[str]:
    """Measure the peak memory of a separate worker: idle, and after a full and an incremental build."""
    todo_list = fill_list(size)
    for steps in ([], ["first"], ["next"]):
        command = [sys.executable, "-m", "benchmarks.calendar_worker", str(todo_list.pk), *steps]
        ran = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
        when = f"the {steps[0]} build of {size:,} todos" if steps else "any build"
        yield f"peak memory of a worker {'after' if steps else 'before'} {when}: {ran.stdout.strip()}"


def peak_of_memory() -> str:
    """Return this process's peak memory from /proc, because a child's ru_maxrss starts with its parent's."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return f"{int(status['VmHWM'].split()[0]) / 1000:,.0f} MB"


def fill_list(size: int) -> TodoList:
    """Create a list with this many todos, all with a deadline."""
    owner = User.objects.create(username=uuid.uuid4().hex)
    todo_list = TodoList.objects.create(default_owner=owner, revision=1)
    Todo.objects.bulk_create(
        (
            Todo(
                list=todo_list,
                title=f"Watch the lecture of week {number}",
                description="Watch it on ECHO360, then write down what was said about queues and caches.",
                deadline=START + timedelta(minutes=15 * number),
                deadline_kind="floating",
                revision=1,
                created_at=START,
                updated_at=START,
            )
            for number in range(size)
        ),
        batch_size=5_000,
    )
    return todo_list


def tick(todo_list: TodoList, number: int) -> None:
    """Complete todos across the list, or reopen them in the next round."""
    ids = list(todo_list.todos.order_by("pk").values_list("pk", flat=True))
    action = Action.REOPEN if number % 2 else Action.COMPLETE
    change_todos(
        todo_list=todo_list, items=[BulkItem(todo_id, action) for todo_id in ids[:: len(ids) // CHANGED][:CHANGED]]
    )


def build_anew(todo_list: TodoList) -> int:
    """Build the list's calendar for the first time and return its id."""
    calendar_id = request_calendar(todo_list=todo_list, options=CalendarOptions()).calendar_id
    build(calendar_id)
    return calendar_id


def build(calendar_id: int) -> None:
    if not build_calendar(calendar_id):
        raise RuntimeError("The calendar was not built.")


def build_with_icalendar(todo_list: TodoList, calendar_id: int) -> None:
    """Build without a previous file, and without finishing waiting jobs."""
    write(calendar_id, render_with_icalendar("Todos", snapshot(todo_list.pk, since=0).changed))


def read_hash_write(calendar_id: int) -> None:
    write(calendar_id, bytes(Calendar.objects.get(pk=calendar_id).current_file.body))


def write(calendar_id: int, body: bytes) -> None:
    CalendarFile.objects.create(
        calendar_id=calendar_id,
        revision=0,
        renderer=RENDERER_VERSION,
        body=body,
        digest=hashlib.sha256(body).hexdigest(),
        size=len(body),
        events=0,
        created_at=START,
    )
