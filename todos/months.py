"""A month of deadlines: which todos are due on which of its days, by one query."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from todos.deadlines import FIRST_YEAR, LAST_YEAR
from todos.listing import Entry, describe
from todos.models import TodoList
from todos.sections import Clock

DAYS_OF_WEEK = 7
SHOWN_A_DAY = 3
# A moment's day by some clock, and its day in UTC, are never further apart.
ZONE_MARGIN = timedelta(days=1)


@dataclass
class Day:
    """A day, and what is due on it."""

    date: date
    is_in_month: bool
    is_today: bool
    entries: list[Entry] = field(default_factory=list)

    @property
    def shown(self) -> list[Entry]:
        """Those that have room in a month's grid: all of a few, else fewer, and their number."""
        return self.entries if len(self.entries) <= SHOWN_A_DAY else self.entries[: SHOWN_A_DAY - 1]

    @property
    def more(self) -> int:
        return len(self.entries) - len(self.shown)

    @property
    def open_count(self) -> int:
        return sum(not entry.todo.completed for entry in self.entries)


@dataclass
class Month:
    """A month in whole weeks."""

    first: date
    weeks: list[list[Day]]

    @property
    def days(self) -> list[Day]:
        """The days of the month itself."""
        return [day for week in self.weeks for day in week if day.is_in_month]

    @property
    def previous(self) -> date:
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def next(self) -> date:
        return (self.first + timedelta(days=31)).replace(day=1)


def get_month(todo_list: TodoList, first: date, clock: Clock) -> Month:
    """Return the month that begins on ``first``, with the list's deadlines as ``clock`` shows them.

    Raises ValueError outside the years in which deadlines lie.
    """
    if not FIRST_YEAR < first.year < LAST_YEAR:
        raise ValueError(first)
    start = first - timedelta(days=(first.weekday() - clock.week_start) % DAYS_OF_WEEK)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    weeks = (last - start).days // DAYS_OF_WEEK + 1
    days = [start + timedelta(days=n) for n in range(weeks * DAYS_OF_WEEK)]
    by_date = {day: Day(day, first <= day <= last, day == clock.today) for day in days}
    midnight = datetime.combine(start, time.min, tzinfo=UTC)
    todos = todo_list.todos.visible().filter(
        deadline__gte=midnight - ZONE_MARGIN,
        deadline__lt=midnight + timedelta(days=len(days)) + ZONE_MARGIN,
    )
    for todo in sorted(todos, key=lambda todo: todo.due.on_clock(clock.zone)):
        if day := by_date.get(todo.due.on_clock(clock.zone).date()):
            day.entries.append(describe(todo, clock))
    cells = list(by_date.values())
    return Month(first, [cells[n : n + DAYS_OF_WEEK] for n in range(0, len(cells), DAYS_OF_WEEK)])
