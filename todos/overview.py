"""Today and Upcoming: the open todos of several lists that have a deadline, by day.

One query reads only what places them on their days, in whichever list they are; a second one reads those that are
shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from todos.agenda import ZONE_MARGIN, Clock
from todos.deadlines import Deadline
from todos.humanize import time_of_day
from todos.listing import PAGE_SIZE, Entry, add_relatives, describe
from todos.models import Todo, TodoList

# The first that are due, on all pages together: nobody reads more, and it bounds what a request loads.
MAX_TODOS_SHOWN = 10_000


class Scope(StrEnum):
    """What an overview shows beside what is overdue."""

    TODAY = "today"
    UPCOMING = "upcoming"


@dataclass
class Day:
    """A section of one page: what is overdue, or a day; ``total`` counts its todos on all pages."""

    date: date | None  # None: what is overdue
    today: date
    ids: list[int] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.ids)

    @property
    def key(self) -> str:
        return "overdue" if self.date is None else "today" if self.date == self.today else f"{self.date}"

    @property
    def near(self) -> str:
        """The day's name, if it has one."""
        days = {None: "Overdue", self.today: "Today", self.today + timedelta(days=1): "Tomorrow"}
        return days.get(self.date, "")


@dataclass
class Overview:
    """One page of an overview."""

    scope: Scope
    clock: Clock
    days: list[Day]
    page: int
    pages: int


def get_overview(lists: Sequence[TodoList], scope: Scope, page: int = 1) -> Overview:
    """Return a page of the overview over these lists, of which the first says which day today is."""
    clocks = {todo_list.pk: Clock.of(todo_list) for todo_list in lists}
    clock = clocks[lists[0].pk]
    days = _sort_into_days(clocks, scope, clock)
    pages = max(1, -(-sum(day.total for day in days) // PAGE_SIZE))
    page = min(page, pages)
    shown = [pk for day in days for pk in day.ids][(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    todos = Todo.objects.visible().in_bulk(shown)
    by_id = {todo_list.pk: todo_list for todo_list in lists}
    for day in days:
        # A todo may have been deleted, or moved to another list, since the first query.
        for todo in [todos[pk] for pk in day.ids if pk in todos and todos[pk].list_id in by_id]:
            todo.list = by_id[todo.list_id]
            entry = describe(todo, clocks[todo.list_id])
            if day.date:  # which the section says already
                entry.due = time_of_day(entry.deadline, clocks[todo.list_id])
            day.entries.append(entry)
    add_relatives([entry for day in days for entry in day.entries])
    return Overview(scope, clock, [day for day in days if day.entries], page, pages)


def _sort_into_days(clocks: dict[int, Clock], scope: Scope, clock: Clock) -> list[Day]:
    """Return what is due in order: first what is overdue, then by days. Each list's clock says when a deadline is."""
    todos = Todo.objects.visible().completed(False).filter(list__in=clocks, deadline__isnull=False)
    if scope == Scope.TODAY:
        midnight = datetime.combine(datetime.now(UTC) + timedelta(days=1), time.min, tzinfo=UTC)
        todos = todos.filter(deadline__lt=midnight + ZONE_MARGIN)
    due = []
    first = todos.order_by("deadline", "pk").values_list("id", "list", "deadline", "deadline_kind")[
        :MAX_TODOS_SHOWN
    ]
    for pk, list_id, moment, kind in first:
        deadline, own = Deadline(moment, kind), clocks[list_id]
        day = deadline.on_clock(own.zone).date()
        if scope == Scope.TODAY and day > own.today:
            continue
        due.append((date.min if own.is_over(deadline) else day, deadline.ends_at(own.zone), pk))
    days: dict[date, Day] = {}
    for day, _, pk in sorted(due):
        days.setdefault(day, Day(None if day == date.min else day, clock.today)).ids.append(pk)
    return [*days.values()]
