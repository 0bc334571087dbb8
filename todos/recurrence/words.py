"""Rules in words: "every 2 weeks on Friday, 5 times"."""

from calendar import day_name, month_name
from collections.abc import Iterable
from dataclasses import replace

from todos.recurrence.rule import MONTH_LENGTHS, WORKDAYS, Frequency, Rule

_UNITS = {Frequency.DAILY: "day", Frequency.WEEKLY: "week", Frequency.MONTHLY: "month", Frequency.YEARLY: "year"}
_NTH = ("", "first", "second", "third", "fourth", "fifth")
_WEEKEND = (5, 6)
_MOST_DATES = 4  # of a year, that are written out
_SHORTEST = 28


def describe(rule: Rule, *, from_completion: bool = False) -> str:
    """Return how often and how long the rule repeats, to be read after "Repeats"."""
    return f"{_how_often(rule)}{' after completion' if from_completion else ''}{_end(rule)}"


def skipped_days(rule: Rule) -> str:
    """Return a sentence about days of the rule that some months lack, or nothing."""
    if rule.by_set_pos:
        return ""
    months = rule.by_month or range(1, 13)
    lacking = [
        day
        for day in rule.by_month_day
        if day > _SHORTEST and any(MONTH_LENGTHS[month - 1] < day for month in months)
    ]
    if lacking and tuple(months) == (2,):
        return "Years without a 29 February are skipped."
    names = [ordinal(day) for day in lacking]
    if not names and not (rule.freq == Frequency.YEARLY and not rule.by_month):
        names = [f"fifth {day_name[day.weekday]}" for day in rule.by_day if day.nth == 5]
    return f"Months without a {_list(names, 'or')} are skipped." if names else ""


def ordinal(number: int) -> str:
    """Return "1st", "22nd" or "13th"."""
    suffix = "th" if 10 < number % 100 < 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _end(rule: Rule) -> str:
    if rule.count:
        return ", once" if rule.count == 1 else f", {rule.count} times"
    until = rule.until
    return f", until {until.day} {month_name[until.month]} {until.year}" if until else ""


def _how_often(rule: Rule) -> str:
    weekdays = tuple(day.weekday for day in rule.by_day)
    if rule.freq == Frequency.DAILY and rule.by_month_day and rule.interval == 1:
        rule = replace(rule, freq=Frequency.MONTHLY)  # the same days
    every = f"every {rule.interval} {_UNITS[rule.freq]}s" if rule.interval > 1 else f"every {_UNITS[rule.freq]}"
    if rule.freq == Frequency.YEARLY:
        return f"{every}{_days_of_year(rule)}"
    if rule.freq == Frequency.MONTHLY:
        days = _days(rule)
        return f"{every}{f' on {days}' if days else ''}{_months(rule)}"
    if rule.freq == Frequency.DAILY and rule.interval > 1:
        conditions = [_weekdays(weekdays, "or", "a ")] if weekdays else []
        conditions += [f"the {_list(_month_days(rule), 'or the')}"] if rule.by_month_day else []
        only = f", if it is {' and '.join(conditions)}" if conditions else ""
        return f"{every}{only}{_months(rule)}"
    if rule.by_set_pos:
        return f"{every} on {_days(rule)}{_months(rule)}"
    if not weekdays:
        return f"{every}{_months(rule)}"
    if rule.interval == 1:
        return f"every {_weekdays(weekdays, 'and')}{_months(rule)}"
    start = f", in weeks that begin on {day_name[rule.week_start]}" if rule.week_start else ""
    names = "weekdays" if weekdays == WORKDAYS else _weekdays(weekdays, "and")
    return f"{every} on {names}{_months(rule)}{start}"


def _days_of_year(rule: Rule) -> str:
    dates = len(rule.by_month) * len(rule.by_month_day)
    if 0 < dates <= _MOST_DATES and not rule.by_day and not rule.by_set_pos and min(rule.by_month_day) > 0:
        names = [f"{day} {month_name[month]}" for month in rule.by_month for day in rule.by_month_day]
        return f" on {_list(names)}"
    days = _days(rule)
    if not days:
        return _months(rule)
    if rule.by_month:
        return f" on {days} of {_list(month_name[month] for month in rule.by_month)}"
    return f" on {days} of {'each month' if rule.by_month_day and not rule.by_set_pos else 'the year'}"


def _days(rule: Rule) -> str:
    """Return the days of a week, month or year: "the 1st and the last day", "the first Monday", "each Monday"."""
    weekdays = tuple(day.weekday for day in rule.by_day)
    if rule.has_nth_weekdays:
        days = f"the {_list(f'{_nth(day.nth)} {day_name[day.weekday]}' for day in rule.by_day)}"
        return f"the {_list(map(_nth, rule.by_set_pos))} of {days}" if rule.by_set_pos else days
    if rule.by_month_day:
        days = f"the {_list(_month_days(rule), 'and the')}"
        if weekdays:
            days += f" if it is {_weekdays(weekdays, 'or', 'a ')}"
        return f"the {_list(map(_nth, rule.by_set_pos))} of {days}" if rule.by_set_pos else days
    if not weekdays:
        return ""
    if not rule.by_set_pos:
        return f"each {_weekdays(weekdays, 'and')}"
    kinds = {WORKDAYS: "weekday", _WEEKEND: "weekend day", tuple(range(7)): "day"}
    return f"the {_list(map(_nth, rule.by_set_pos))} {kinds.get(weekdays) or _weekdays(weekdays, 'or')}"


def _month_days(rule: Rule) -> list[str]:
    return [ordinal(day) if day > 0 else f"{_nth(day)} day" for day in rule.by_month_day]


def _weekdays(weekdays: tuple[int, ...], conjunction: str, article: str = "") -> str:
    if weekdays == WORKDAYS:
        return f"{article}weekday"
    if len(weekdays) == 7:
        return f"{article}day"
    return _list((f"{article}{day_name[day]}" for day in weekdays), conjunction)


def _months(rule: Rule) -> str:
    return f" in {_list(month_name[month] for month in rule.by_month)}" if rule.by_month else ""


def _nth(number: int) -> str:
    place = abs(number)
    word = _NTH[place] if place < len(_NTH) else ordinal(place)
    return word if number > 0 else "last" if number == -1 else f"{word}-to-last"


def _list(names: Iterable[str], conjunction: str = "and") -> str:
    *others, last = names
    return f"{', '.join(others)} {conjunction} {last}" if others else last
