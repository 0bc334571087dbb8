"""Rules in words, in the active language: "every 2 weeks on Friday, 5 times".

A phrase is put together from parts, each of which is a text to translate. The names of days and of numbers stand where
all languages that we have need the same form of them: "on the first Monday", "am ersten Montag".
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.utils.dateformat import format as format_date
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from todos.recurrence.rule import MONTH_LENGTHS, WORKDAYS, Frequency, Rule

_WEEKEND = (5, 6)
_MOST_DATES = 4  # of a year, that are written out
_SHORTEST = 28
_LEAP_YEAR = 2000


def describe(rule: Rule, *, from_completion: bool = False) -> str:
    """Return how often and how long the rule repeats, to be read after "Repeats"."""
    words = _how_often(rule)
    if from_completion:
        words = _("%(rule)s after completion") % {"rule": words}
    if rule.count:
        return ngettext("%(rule)s, once", "%(rule)s, %(count)d times", rule.count) % {
            "rule": words,
            "count": rule.count,
        }
    if rule.until:
        return _("%(rule)s, until %(day)s") % {
            "rule": words,
            "day": write_date(rule.until, pgettext("date format", "j F Y")),
        }
    return words


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
        return _("Years without a 29 February are skipped.")
    names = [ordinal(day) for day in lacking]
    if not names and not (rule.freq == Frequency.YEARLY and not rule.by_month):
        names = [_nth_weekday(5, day.weekday) for day in rule.by_day if day.nth == 5]
    return _("Months without a %(days)s are skipped.") % {"days": _or(names)} if names else ""


def ordinal(number: int) -> str:
    """Return "1st", "22nd" or "13th"."""
    if number == 1:
        return _("1st")
    teen, last = 10 < number % 100 < 20, number % 10
    if last == 1 and not teen:
        form = _("%(number)dst")
    elif last == 2 and not teen:
        form = _("%(number)dnd")
    elif last == 3 and not teen:
        form = _("%(number)drd")
    else:
        form = _("%(number)dth")
    return form % {"number": number}


def _every(rule: Rule) -> str:
    match rule.freq:
        case Frequency.DAILY:
            words = ngettext("every day", "every %(count)d days", rule.interval)
        case Frequency.WEEKLY:
            words = ngettext("every week", "every %(count)d weeks", rule.interval)
        case Frequency.MONTHLY:
            words = ngettext("every month", "every %(count)d months", rule.interval)
        case _:
            words = ngettext("every year", "every %(count)d years", rule.interval)
    return words % {"count": rule.interval}


def _how_often(rule: Rule) -> str:
    weekdays = tuple(day.weekday for day in rule.by_day)
    if rule.freq == Frequency.DAILY and rule.by_month_day and rule.interval == 1:
        rule = replace(rule, freq=Frequency.MONTHLY)  # the same days
    every = _every(rule)
    if rule.freq == Frequency.YEARLY:
        return _in_year(every, rule)
    if rule.freq == Frequency.MONTHLY:
        return _in_months(_on(every, rule), rule)
    if rule.freq == Frequency.DAILY and rule.interval > 1:
        return _in_months(_if(every, _conditions(rule, weekdays)), rule)
    if rule.by_set_pos:
        return _in_months(_on(every, rule), rule)
    if not weekdays:
        return _in_months(every, rule)
    if rule.interval == 1:
        return _in_months(_each_week(weekdays), rule)
    if weekdays == WORKDAYS:
        words = _("%(every)s on weekdays") % {"every": every}
    else:
        words = _("%(every)s on %(days)s") % {"every": every, "days": _and(_names(weekdays))}
    words = _in_months(words, rule)
    if rule.week_start:
        start = {"rule": words, "weekday": WEEKDAYS[rule.week_start]}
        return _("%(rule)s, in weeks that begin on %(weekday)s") % start
    return words


def _each_week(weekdays: tuple[int, ...]) -> str:
    if weekdays == WORKDAYS:
        return _("every weekday")
    if len(weekdays) == 7:
        return ngettext("every day", "every %(count)d days", 1)
    return _("every %(weekdays)s") % {"weekdays": _and(_names(weekdays))}


def _conditions(rule: Rule, weekdays: tuple[int, ...]) -> list[str]:
    """Return what must be true of a day, such as "a Monday" and "the 1st or the 15th"."""
    conditions = [_one_of(weekdays)] if weekdays else []
    return conditions + ([_("the %(days)s") % {"days": _or_the(_month_days(rule))}] if rule.by_month_day else [])


def _if(words: str, conditions: list[str]) -> str:
    if not conditions:
        return words
    return _("%(rule)s, if it is %(conditions)s") % {"rule": words, "conditions": _and(conditions)}


def _on(every: str, rule: Rule) -> str:
    """Return the phrase with its days: "every month on the 1st and the last day", "every month on each Monday"."""
    if _is_each_weekday(rule):
        return _("%(every)s on each %(weekdays)s") % {"every": every, "weekdays": _kinds(rule)}
    days = _days(rule)
    return _("%(every)s on %(days)s") % {"every": every, "days": days} if days else every


def _in_year(every: str, rule: Rule) -> str:
    dates = len(rule.by_month) * len(rule.by_month_day)
    if 0 < dates <= _MOST_DATES and not rule.by_day and not rule.by_set_pos and min(rule.by_month_day) > 0:
        form = pgettext("date format", "j F")
        names = [_day_of_year(month, day, form) for month in rule.by_month for day in rule.by_month_day]
        return _("%(every)s on %(days)s") % {"every": every, "days": _and(names)}
    words = _on(every, rule)
    if words == every:
        return _in_months(every, rule)
    if rule.by_month:
        return _("%(rule)s of %(months)s") % {"rule": words, "months": _month_names(rule)}
    if rule.by_month_day and not rule.by_set_pos:
        return _("%(rule)s of each month") % {"rule": words}
    return _("%(rule)s of the year") % {"rule": words}


def _is_each_weekday(rule: Rule) -> bool:
    return bool(rule.by_day) and not (rule.has_nth_weekdays or rule.by_month_day or rule.by_set_pos)


def _days(rule: Rule) -> str:
    """Return the days of a week, month or year: "the 1st and the last day", "the first Monday"."""
    weekdays = tuple(day.weekday for day in rule.by_day)
    if rule.has_nth_weekdays:
        names = _and(_nth_weekday(day.nth, day.weekday) for day in rule.by_day)
        return _of_these(rule, _("the %(days)s") % {"days": names})
    if rule.by_month_day:
        days = _("the %(days)s") % {"days": _and_the(_month_days(rule))}
        if weekdays:
            days = _("%(days)s if it is %(weekday)s") % {"days": days, "weekday": _one_of(weekdays)}
        return _of_these(rule, days)
    if not rule.by_set_pos:
        return ""
    return _("the %(places)s %(weekday)s") % {"places": _places(rule), "weekday": _kinds(rule, is_or=True)}


def _of_these(rule: Rule, days: str) -> str:
    if not rule.by_set_pos:
        return days
    return _("the %(places)s of %(days)s") % {"places": _places(rule), "days": days}


def _places(rule: Rule) -> str:
    return _and(map(_nth, rule.by_set_pos))


def _kinds(rule: Rule, *, is_or: bool = False) -> str:
    """Return what days a rule takes of all: "weekday", "Monday and Friday"."""
    weekdays = tuple(day.weekday for day in rule.by_day)
    if weekdays == WORKDAYS:
        return _("weekday")
    if len(weekdays) == 7:
        return _("day")
    if is_or and weekdays == _WEEKEND:
        return _("weekend day")
    return _or(_names(weekdays)) if is_or else _and(_names(weekdays))


def _one_of(weekdays: tuple[int, ...]) -> str:
    if weekdays == WORKDAYS:
        return _("a weekday")
    if len(weekdays) == 7:
        return _("a day")
    return _or(_("a %(weekday)s") % {"weekday": name} for name in _names(weekdays))


def _month_days(rule: Rule) -> list[str]:
    return [ordinal(day) if day > 0 else _("%(nth)s day") % {"nth": _nth(day)} for day in rule.by_month_day]


def _in_months(words: str, rule: Rule) -> str:
    return _("%(rule)s in %(months)s") % {"rule": words, "months": _month_names(rule)} if rule.by_month else words


def _month_names(rule: Rule) -> str:
    return _and(str(MONTHS[month]) for month in rule.by_month)


def _names(weekdays: Iterable[int]) -> list[str]:
    return [str(WEEKDAYS[day]) for day in weekdays]


def _nth_weekday(nth: int, weekday: int) -> str:
    return _("%(nth)s %(weekday)s") % {"nth": _nth(nth), "weekday": WEEKDAYS[weekday]}


def _nth(number: int) -> str:
    words = ("", _("first"), _("second"), _("third"), _("fourth"), _("fifth"))
    place = abs(number)
    word = words[place] if place < len(words) else ordinal(place)
    if number > 0:
        return word
    if number == -1:
        return _("last")
    return _("second-to-last") if number == -2 else _("%(nth)s-to-last") % {"nth": word}


def _day_of_year(month: int, day: int, form: str) -> str:
    try:
        return write_date(date(_LEAP_YEAR, month, day), form)
    except ValueError:  # 31 June, which no year has
        return f"{day} {MONTHS[month]}"


def write_date(day: date, form: str) -> str:
    """Return the day in a format of Django's; the first of a month as the active language writes it, such as "1er"."""
    return format_date(
        day, form.replace("j", pgettext("format of the first day of a month", "j")) if day.day == 1 else form
    )


def _and(names: Iterable[str]) -> str:
    return _listed(names, _("%(others)s and %(last)s"))


def _or(names: Iterable[str]) -> str:
    return _listed(names, _("%(others)s or %(last)s"))


def _and_the(names: Iterable[str]) -> str:
    return _listed(names, _("%(others)s and the %(last)s"))


def _or_the(names: Iterable[str]) -> str:
    return _listed(names, _("%(others)s or the %(last)s"))


def _listed(names: Iterable[str], form: str) -> str:
    *others, last = names
    return form % {"others": ", ".join(others), "last": last} if others else last
