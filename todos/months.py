"""A month or a week of deadlines: which todos are due on which day, and which come again on it.

One query reads only what places all todos on their days; a second one reads the todos that are shown.
"""

from collections.abc import Iterable
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
SHOWN_A_DAY = 3  # in a month
SHOWN_A_DAY_OF_WEEK = 12
PAGE_SIZE = 100


# The id of a todo on a day: where it is due, or with the deadline with which it comes again.
Place = tuple[int, Deadline | None]


@dataclass
class Day:
    """A day: all todos due on it, then all that come again on it, and the entries that are shown."""

    date: date
    is_today: bool
    is_outside: bool = False  # of another month, in the same week
    room: int = SHOWN_A_DAY
    due: list[Place] = field(default_factory=list)
    coming: list[Place] = field(default_factory=list)
    open_count: int = 0
    entries: list[Entry] = field(default_factory=list)

    @property
    def places(self) -> list[Place]:
        return self.due + self.coming

    @property
    def few(self) -> list[Place]:
        """What is shown beside other days: all if they fit, otherwise one fewer, to leave room for the count."""
        return self.places if len(self.places) <= self.room else self.places[: self.room - 1]

    @property
    def is_cut(self) -> bool:
        return len(self.places) > self.room


@dataclass
class Period:
    """Whole weeks around a month or a week, with one page of the day that is open, or of the agenda."""

    first: date
    weeks: list[list[Day]]
    day: Day | None = None
    entries: list[Entry] = field(default_factory=list)
    page: int = 1
    pages: int = 1
    is_partial: bool = False  # more may come again

    @property
    def all_days(self) -> list[Day]:
        return [day for week in self.weeks for day in week]

    @property
    def days(self) -> list[Day]:
        """The days without those of neighbouring months."""
        return [day for day in self.all_days if not day.is_outside]

    @property
    def is_empty(self) -> bool:
        return not any(day.places for day in self.days)

    @property
    def has_today(self) -> bool:
        return any(day.is_today for day in self.days)

    @property
    def middle(self) -> date:
        """The day that is looked at: what another view of the calendar shows."""
        today = next((day for day in self.days if day.is_today), None)
        return (self.day or today or self.days[0]).date


class Month(Period):
    """A month; ``first`` is its first day."""

    @property
    def previous(self) -> date:
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def next(self) -> date:
        return (self.first + timedelta(days=31)).replace(day=1)


class Week(Period):
    """A week; ``first`` is its first day."""

    @property
    def last(self) -> date:
        return self.first + timedelta(days=DAYS_OF_WEEK - 1)

    @property
    def previous(self) -> date:
        return self.first - timedelta(days=DAYS_OF_WEEK)

    @property
    def next(self) -> date:
        return self.first + timedelta(days=DAYS_OF_WEEK)


def get_month(
    todo_list: TodoList, first: date, clock: Clock, *, view: str = "", day: int = 0, page: int = 0
) -> Month:
    """Return the month that begins on ``first``, with the list's deadlines.

    The page lists the whole month in the agenda, otherwise ``day``. Without a number, it is the agenda's page of
    today. Raises ValueError outside of the years that deadlines can have.
    """
    _check(first)
    start, last = _week_of(first, clock), (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    dates = _days_from(start, (last - start).days // DAYS_OF_WEEK + 1)
    month = Month(first, _in_weeks(Day(one, one == clock.today, not first <= one <= last) for one in dates))
    _place(month, todo_list, clock)
    _show(month, todo_list, clock, is_agenda=view == AGENDA, day=day, page=page)
    return month


def get_week(todo_list: TodoList, within: date, clock: Clock, *, day: int = 0, page: int = 0) -> Week:
    """Return the week that has the day ``within``, with the list's deadlines. The page lists ``day``.

    Raises ValueError outside of the years that deadlines can have.
    """
    _check(within)
    first = _week_of(within, clock)
    days = (Day(one, one == clock.today, room=SHOWN_A_DAY_OF_WEEK) for one in _days_from(first, 1))
    week = Week(first, _in_weeks(days))
    _place(week, todo_list, clock)
    _show(week, todo_list, clock, day=day, page=page)
    return week


def _check(day: date) -> None:
    if not FIRST_YEAR < day.year < LAST_YEAR:
        raise ValueError(day)


def _week_of(day: date, clock: Clock) -> date:
    """Return the first day of the day's week."""
    return day - timedelta(days=(day.weekday() - clock.week_start) % DAYS_OF_WEEK)


def _days_from(first: date, weeks: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(weeks * DAYS_OF_WEEK)]


def _in_weeks(days: Iterable[Day]) -> list[list[Day]]:
    cells = list(days)
    return [cells[n : n + DAYS_OF_WEEK] for n in range(0, len(cells), DAYS_OF_WEEK)]


def _show(
    period: Period, todo_list: TodoList, clock: Clock, *, is_agenda: bool = False, day: int, page: int
) -> None:
    """Read the todos that are shown on the period's days, and on the page."""
    period.day = next((one for one in period.days if one.date.day == day), None)
    days = period.days if is_agenda else [period.day] if period.day else []
    listed = [place for one in days for place in one.places]
    if is_agenda and not page and period.has_today:
        page = sum(len(one.places) for one in days if one.date < clock.today) // PAGE_SIZE + 1
    period.pages = max(1, -(-len(listed) // PAGE_SIZE))
    period.page = min(max(1, page), period.pages)
    listed = listed[(period.page - 1) * PAGE_SIZE : period.page * PAGE_SIZE]
    grid = [] if is_agenda else [place for one in period.all_days for place in one.few]
    shown = todo_list.todos.visible().filter(pk__in={pk for pk, _ in listed + grid})
    entries = {todo.pk: describe(todo, clock) for todo in shown}

    def entries_at(places: list[Place]) -> list[Entry]:
        # A todo may have been deleted since the first query.
        return [
            describe_coming(entries[pk], deadline, clock) if deadline else entries[pk]
            for pk, deadline in places
            if pk in entries
        ]

    period.entries = entries_at(listed)
    for one in period.days if is_agenda else period.all_days:
        here = {*listed}.intersection(one.places) if is_agenda else {*one.few}
        one.entries = entries_at([place for place in one.places if place in here])


def _place(period: Period, todo_list: TodoList, clock: Clock) -> None:
    """Put the list's todos on the period's days."""
    days = {day.date: day for day in period.all_days}
    start, last = min(days), max(days)
    midnight = datetime.combine(start, time.min, tzinfo=UTC)
    begin, end = midnight - ZONE_MARGIN, midnight + timedelta(days=len(days)) + ZONE_MARGIN
    is_wanted = Q(deadline__gte=begin)
    if last >= clock.today:
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
    coming = find_coming(repeating, start, last + timedelta(days=1))
    for day, deadline, pk in sorted(coming.dates, key=lambda one: (one[1].on_clock(clock.zone), one[2])):
        days[day].coming.append((pk, deadline))
    period.is_partial = coming.is_partial
