"""A month of deadlines: which todos are due on which day, and which come again on it.

One query reads only what places all todos on their days; a second one reads the todos that are shown.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter

from django.db.models import Q

from todos.agenda import ZONE_MARGIN, Clock
from todos.deadlines import FIRST_YEAR, LAST_YEAR, Deadline
from todos.listing import Entry, describe, describe_coming
from todos.models import TodoList
from todos.priorities import rank
from todos.repeating import Series, find_coming

AGENDA = "agenda"  # the view that lists a month's deadlines
DAYS_OF_WEEK = 7
SHOWN_A_DAY = 3
PAGE_SIZE = 100


# The id of a todo on a day: where it is due, or with the deadline with which it comes again.
Place = tuple[int, Deadline | None]


@dataclass
class Day:
    """A day: all todos due on it, then all that come again on it, and the entries that are shown."""

    date: date
    is_in_month: bool
    is_today: bool
    due: list[Place] = field(default_factory=list)
    coming: list[Place] = field(default_factory=list)
    open_count: int = 0
    entries: list[Entry] = field(default_factory=list)

    @property
    def places(self) -> list[Place]:
        return self.due + self.coming

    @property
    def few(self) -> list[Place]:
        """What is shown in the grid: all if they fit, otherwise one fewer, to leave room for the count."""
        return self.places if len(self.places) <= SHOWN_A_DAY else self.places[: SHOWN_A_DAY - 1]

    @property
    def more(self) -> int:
        return len(self.places) - len(self.few)


@dataclass
class Month:
    """A month in whole weeks, with one page of the day that is open, or of the agenda."""

    first: date
    weeks: list[list[Day]]
    day: Day | None = None
    entries: list[Entry] = field(default_factory=list)
    page: int = 1
    pages: int = 1
    is_partial: bool = False  # more may come again

    @property
    def days(self) -> list[Day]:
        """The days of the month, without those of its neighbours."""
        return [day for week in self.weeks for day in week if day.is_in_month]

    @property
    def is_empty(self) -> bool:
        return not any(day.places for day in self.days)

    @property
    def has_today(self) -> bool:
        return any(day.is_today for day in self.days)

    @property
    def previous(self) -> date:
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def next(self) -> date:
        return (self.first + timedelta(days=31)).replace(day=1)


def get_month(
    todo_list: TodoList, first: date, clock: Clock, *, view: str = "", day: int = 0, page: int = 1
) -> Month:
    """Return the month that begins on ``first``, with the list's deadlines.

    The page lists the whole month in the agenda, otherwise ``day``. Raises ValueError outside of the years that
    deadlines can have.
    """
    if not FIRST_YEAR < first.year < LAST_YEAR:
        raise ValueError(first)
    month = _with_places(todo_list, first, clock)
    month.day = next((one for one in month.days if one.date.day == day), None)
    days = month.days if view == AGENDA else [month.day] if month.day else []
    listed = [place for one in days for place in one.places]
    month.pages = max(1, -(-len(listed) // PAGE_SIZE))
    month.page = min(page, month.pages)
    listed = listed[(month.page - 1) * PAGE_SIZE : month.page * PAGE_SIZE]
    grid = [] if view == AGENDA else [place for one in month.days for place in one.few]
    shown = todo_list.todos.visible().filter(pk__in={pk for pk, _ in listed + grid})
    entries = {todo.pk: describe(todo, clock) for todo in shown}

    def entries_at(places: list[Place]) -> list[Entry]:
        # A todo may have been deleted since the first query.
        return [
            describe_coming(entries[pk], deadline, clock) if deadline else entries[pk]
            for pk, deadline in places
            if pk in entries
        ]

    month.entries = entries_at(listed)
    for one in month.days:
        here = {*listed}.intersection(one.places) if view == AGENDA else {*one.few}
        one.entries = entries_at([place for place in one.places if place in here])
    return month


def _with_places(todo_list: TodoList, first: date, clock: Clock) -> Month:
    start = first - timedelta(days=(first.weekday() - clock.week_start) % DAYS_OF_WEEK)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    weeks = (last - start).days // DAYS_OF_WEEK + 1
    dates = [start + timedelta(days=n) for n in range(weeks * DAYS_OF_WEEK)]
    days = {day: Day(day, first <= day <= last, day == clock.today) for day in dates}
    midnight = datetime.combine(start, time.min, tzinfo=UTC)
    begin, end = midnight - ZONE_MARGIN, midnight + timedelta(days=len(dates)) + ZONE_MARGIN
    is_wanted = Q(deadline__gte=begin)
    if dates[-1] >= clock.today:
        is_wanted |= ~Q(rule="") & Q(completed=False)
    rows = (
        todo_list.todos.visible()
        .filter(is_wanted, deadline__lt=end)
        .values_list(
            "deadline",
            "deadline_kind",
            "priority",
            "id",
            "completed",
            "rule",
            "occurrence",
            "repeats_from_completion",
        )
    )
    due = (
        (Deadline(moment, kind).on_clock(clock.zone), rank(priority), pk, completed, Series(*series))
        for moment, kind, priority, pk, completed, *series in rows
    )
    repeating = []
    for wall, _, pk, completed, series in sorted(due, key=itemgetter(0, 1, 2)):
        if day := days.get(wall.date()):
            day.due.append((pk, None))
            day.open_count += not completed
        if series.rule and not completed:
            repeating.append((pk, series, clock))
    coming = find_coming(repeating, dates[0], dates[-1] + timedelta(days=1))
    for day, deadline, pk in sorted(coming.dates, key=lambda one: (one[1].on_clock(clock.zone), one[2])):
        days[day].coming.append((pk, deadline))
    cells = list(days.values())
    grid = [cells[n : n + DAYS_OF_WEEK] for n in range(0, len(cells), DAYS_OF_WEEK)]
    return Month(first, grid, is_partial=coming.is_partial)
