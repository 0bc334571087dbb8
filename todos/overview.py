"""Today and Upcoming: the open todos of several lists that have a deadline, by day.

One query reads only what places them on their days, in whichever list they are; a second one reads those that are
shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from operator import itemgetter

from django.utils.translation import gettext as _

from todos.agenda import ZONE_MARGIN, Clock
from todos.deadlines import Deadline
from todos.humanize import time_of_day
from todos.listing import PAGE_SIZE, Entry, add_relatives, describe, describe_coming
from todos.models import Todo, TodoList
from todos.repeating import Series, find_coming

# The first that are due, on all pages together: nobody reads more, and it bounds what a request loads.
MAX_TODOS_SHOWN = 10_000
# Upcoming shows todos that come again in these days, today included: later ones would hide what is due once.
COMING_DAYS = 8


class Scope(StrEnum):
    """What an overview shows beside what is overdue."""

    TODAY = "today"
    UPCOMING = "upcoming"


@dataclass
class Day:
    """A section of one page: what is overdue, or a day; ``total`` counts what is due on all pages.

    A place is the id of a todo, with a deadline if it is one with which it comes again.
    """

    date: date | None  # None: what is overdue
    today: date
    places: list[tuple[int, Deadline | None]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(deadline is None for _, deadline in self.places)

    @property
    def key(self) -> str:
        return "overdue" if self.date is None else "today" if self.date == self.today else f"{self.date}"

    @property
    def near(self) -> str:
        """The day's name, if it has one."""
        days = {None: _("Overdue"), self.today: _("Today"), self.today + timedelta(days=1): _("Tomorrow")}
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
    pages = max(1, -(-sum(len(day.places) for day in days) // PAGE_SIZE))
    page = min(page, pages)
    shown = [place for day in days for place in day.places][(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    todos = Todo.objects.visible().in_bulk({pk for pk, _ in shown})
    by_id = {todo_list.pk: todo_list for todo_list in lists}
    is_shown = {*shown}
    for day in days:
        for pk, coming in [place for place in day.places if place in is_shown]:
            # A todo may have been deleted, or moved to another list, since the first query.
            if (todo := todos.get(pk)) is None or todo.list_id not in by_id:
                continue
            todo.list = by_id[todo.list_id]
            entry = describe(todo, clocks[todo.list_id])
            if coming:
                entry = describe_coming(entry, coming, clocks[todo.list_id])
            if day.date:  # which the section says already
                entry.due = time_of_day(entry.deadline, clocks[todo.list_id])
            day.entries.append(entry)
    add_relatives([entry for day in days for entry in day.entries if not entry.is_coming])
    return Overview(scope, clock, [day for day in days if day.entries], page, pages)


def _sort_into_days(clocks: dict[int, Clock], scope: Scope, clock: Clock) -> list[Day]:
    """Return what is due in order: first what is overdue, then by days. Each list's clock says when a deadline is."""
    todos = Todo.objects.visible().completed(False).filter(list__in=clocks, deadline__isnull=False)
    if scope == Scope.TODAY:
        midnight = datetime.combine(datetime.now(UTC) + timedelta(days=1), time.min, tzinfo=UTC)
        todos = todos.filter(deadline__lt=midnight + ZONE_MARGIN)
    due, repeating = [], []
    columns = ("pk", "list", "deadline", "deadline_kind", "rule", "occurrence", "repeats_from_completion")
    first = todos.order_by("deadline", "pk").values_list(*columns)[:MAX_TODOS_SHOWN]
    for pk, list_id, moment, kind, *series in first:
        deadline, own = Deadline(moment, kind), clocks[list_id]
        day = deadline.on_clock(own.zone).date()
        if scope == Scope.TODAY and day > own.today:
            continue
        due.append((date.min if own.is_over(deadline) else day, False, deadline.ends_at(own.zone), pk, None))
        if series[0] and scope == Scope.UPCOMING:
            repeating.append((pk, Series(*series), own))
    coming = find_coming(repeating, clock.today, clock.today + timedelta(days=COMING_DAYS))
    due += [(day, True, deadline.ends_at(clock.zone), pk, deadline) for day, deadline, pk in coming.dates]
    days: dict[date, Day] = {}
    for day, _is_coming, _end, pk, deadline in sorted(due, key=itemgetter(0, 1, 2, 3)):
        section = days.setdefault(day, Day(None if day == date.min else day, clock.today))
        section.places.append((pk, deadline))
    return [*days.values()]
