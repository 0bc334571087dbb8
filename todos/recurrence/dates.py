"""The calendar of a rule: on which days it falls.

A search looks at one period after another, and at no more than MAX_PERIODS of them without a date. python-dateutil
is not used for it: where a rule has no further date ("every 7 days on Mondays", from a Tuesday; 29 February every
four years, from 2027), it goes on to the year 9999.
"""

from calendar import isleap, monthrange
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from todos.deadlines import LAST_YEAR
from todos.recurrence.rule import Frequency, Rule

# Years repeat after 400, so that is enough for every rule that counts years. Dates that are a thousand months or weeks
# apart are taken for none.
MAX_PERIODS = 1000
_SHORTEST_MONTH = 28
LAST_DAY = date(LAST_YEAR, 12, 30)  # a moment on this day is in its year in every time zone
_END, _END_YEAR = LAST_DAY.toordinal() + 1, LAST_YEAR + 1


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or the last day of one that is shorter.

    Raises OverflowError after LAST_DAY's year.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > LAST_DAY.year:
        raise OverflowError
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def dates_from(rule: Rule, start: date, *, look: Callable[[], None] | None = None) -> Iterator[date]:
    """Yield the dates of a rule that names its days, from ``start`` on: its intervals begin in the period of that day.

    UNTIL ends them; COUNT does not. ``look`` is called before each period, and may raise an error to end the search.
    """
    first, last = start.toordinal(), min(rule.until or LAST_DAY, LAST_DAY).toordinal()
    empty = 0
    for days in _PERIODS[rule.freq](rule, start):
        if look:
            look()
        empty += 1
        for day in days:
            if day > last:
                return
            if day >= first:
                empty = 0
                yield date.fromordinal(day)
        if empty >= MAX_PERIODS:
            return


# Each yields the days of one period after another, as ordinals.


def _days(rule: Rule, start: date) -> Iterator[Sequence[int]]:
    first = start.toordinal()
    if not rule.has_by_parts:
        for day in range(first, _END, rule.interval):
            yield (day,)
    elif rule.interval < _SHORTEST_MONTH:
        for days in _months(rule, start, interval=1):
            yield [day for day in days if (day - first) % rule.interval == 0]
    else:
        named = _DaysOfMonths(rule)
        for ordinal in range(first, _END, rule.interval):
            day = date.fromordinal(ordinal)
            yield (ordinal,) if day.day in named.of(day.year, day.month) else ()


def _weeks(rule: Rule, start: date) -> Iterator[Sequence[int]]:
    week = start.toordinal() - (start.weekday() - rule.week_start) % 7
    offsets = sorted((day.weekday - rule.week_start) % 7 for day in rule.by_day)
    for monday in range(week, _END, 7 * rule.interval):
        days = [monday + offset for offset in offsets]
        if rule.by_month:
            days = [day for day in days if date.fromordinal(day).month in rule.by_month]
        yield rule.choose(days)


def _months(rule: Rule, start: date, interval: int) -> Iterator[Sequence[int]]:
    named = _DaysOfMonths(rule)
    for number in range(start.year * 12 + start.month - 1, _END_YEAR * 12, interval):
        year, month = number // 12, number % 12 + 1
        if days := named.of(year, month):
            before = date(year, month, 1).toordinal() - 1
            yield [before + day for day in days]
        else:
            yield ()


class _DaysOfMonths:
    """The days that a rule names of each month. There are 28 kinds of months."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.known: dict[tuple[int, int], list[int]] = {}

    def of(self, year: int, month: int) -> Sequence[int]:
        if self.rule.by_month and month not in self.rule.by_month:
            return ()
        weekday, length = kind = monthrange(year, month)
        if kind not in self.known:
            self.known[kind] = self.rule.days_of_month(length, weekday)
        return self.known[kind]


def _years(rule: Rule, start: date) -> Iterator[Sequence[int]]:
    known: dict[tuple[bool, int], list[int]] = {}
    for year in range(start.year, _END_YEAR, rule.interval):
        before = date(year, 1, 1).toordinal() - 1
        kind = isleap(year), before % 7
        if kind not in known:
            known[kind] = rule.days_of_year(*kind)
        yield [before + day for day in known[kind]]


_PERIODS = {
    Frequency.DAILY: _days,
    Frequency.WEEKLY: _weeks,
    Frequency.MONTHLY: lambda rule, start: _months(rule, start, rule.interval),
    Frequency.YEARLY: _years,
}
