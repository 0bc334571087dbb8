"""A month of deadlines: which todos are due on which day.

One query reads only what places all todos on their days; a second one reads the todos that are shown.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from todos.agenda import ZONE_MARGIN, Clock
from todos.deadlines import FIRST_YEAR, LAST_YEAR, Deadline
from todos.listing import Entry, describe
from todos.models import TodoList
from todos.priorities import rank

AGENDA = "agenda"  # the view that lists a month's deadlines
DAYS_OF_WEEK = 7
SHOWN_A_DAY = 3
PAGE_SIZE = 100


@dataclass
class Day:
    """A day: the ids of all todos due on it, and the entries that are shown."""

    date: date
    is_in_month: bool
    is_today: bool
    ids: list[int] = field(default_factory=list)
    open_count: int = 0
    entries: list[Entry] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.ids)

    @property
    def few(self) -> list[int]:
        """The ids shown in the grid: all if they fit, otherwise one fewer, to leave room for the count."""
        return self.ids if self.total <= SHOWN_A_DAY else self.ids[: SHOWN_A_DAY - 1]

    @property
    def more(self) -> int:
        return self.total - len(self.few)


@dataclass
class Month:
    """A month in whole weeks, with one page of the day that is open, or of the agenda."""

    first: date
    weeks: list[list[Day]]
    day: Day | None = None
    entries: list[Entry] = field(default_factory=list)
    page: int = 1
    pages: int = 1

    @property
    def days(self) -> list[Day]:
        """The days of the month, without those of its neighbours."""
        return [day for week in self.weeks for day in week if day.is_in_month]

    @property
    def total(self) -> int:
        return sum(day.total for day in self.days)

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
    month = _with_due_ids(todo_list, first, clock)
    month.day = next((one for one in month.days if one.date.day == day), None)
    listed = [pk for one in month.days for pk in one.ids] if view == AGENDA else month.day.ids if month.day else []
    month.pages = max(1, -(-len(listed) // PAGE_SIZE))
    month.page = min(page, month.pages)
    listed = listed[(month.page - 1) * PAGE_SIZE : month.page * PAGE_SIZE]
    grid = [] if view == AGENDA else [pk for one in month.days for pk in one.few]
    entries = {
        todo.pk: describe(todo, clock) for todo in todo_list.todos.visible().filter(pk__in={*listed, *grid})
    }
    # A todo may have been deleted since the first query.
    month.entries = [entries[pk] for pk in listed if pk in entries]
    for one in month.days:
        shown = {*listed}.intersection(one.ids) if view == AGENDA else {*one.few}
        one.entries = [entries[pk] for pk in one.ids if pk in shown and pk in entries]
    return month


def _with_due_ids(todo_list: TodoList, first: date, clock: Clock) -> Month:
    start = first - timedelta(days=(first.weekday() - clock.week_start) % DAYS_OF_WEEK)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    weeks = (last - start).days // DAYS_OF_WEEK + 1
    dates = [start + timedelta(days=n) for n in range(weeks * DAYS_OF_WEEK)]
    days = {day: Day(day, first <= day <= last, day == clock.today) for day in dates}
    midnight = datetime.combine(start, time.min, tzinfo=UTC)
    rows = (
        todo_list.todos.visible()
        .filter(
            deadline__gte=midnight - ZONE_MARGIN,
            deadline__lt=midnight + timedelta(days=len(dates)) + ZONE_MARGIN,
        )
        .values_list("deadline", "deadline_kind", "priority", "id", "completed")
    )
    due = (
        (Deadline(moment, kind).on_clock(clock.zone), rank(priority), pk, completed)
        for moment, kind, priority, pk, completed in rows
    )
    for wall, _, pk, completed in sorted(due):
        if day := days.get(wall.date()):
            day.ids.append(pk)
            day.open_count += not completed
    cells = list(days.values())
    return Month(first, [cells[n : n + DAYS_OF_WEEK] for n in range(0, len(cells), DAYS_OF_WEEK)])
