"""From "every friday" to its first deadline and a rule."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import islice

from todos.agenda import Clock
from todos.deadlines import Deadline
from todos.quick_add.values import Day, Part, Repeat, Time, resolve
from todos.recurrence.dates import add_months, dates_from
from todos.recurrence.occurrence import Occurrence, anchored
from todos.recurrence.rule import Rule, parse_rule


def resolve_repeat(
    repeat: Repeat, day: Day | None, at: Time | None, part: Part | None, clock: Clock
) -> tuple[Deadline, str] | None:
    """Return the first occurrence to come, on ``day`` or after it, and the rule from there on."""
    if part and at is None:  # "every evening" begins tomorrow if this one is over
        at, part = Time(part.begins.hour, part.begins.minute, is_exact=True), None
    elif at and part is None:  # "every day at 8" is in the morning, also if this morning is over
        usual = next(at.candidates(None, is_today=False))[1]
        at = Time(usual.hour, usual.minute, is_exact=True)
    for candidate in _first_days(repeat, day, clock):
        if deadline := resolve(candidate, at, part, clock):
            break
    else:
        return None
    occurrence = Occurrence.of(deadline, clock.zone.key)
    rule = repeat.rule if repeat.from_completion else anchored(repeat.rule, occurrence)
    try:
        rule = parse_rule(str(_with_last_day(rule, repeat, occurrence.date)))
    except (ValueError, OverflowError):  # it is too far away
        return None
    return (deadline, str(rule)) if rule.until is None or rule.until >= occurrence.date else None


def _first_days(repeat: Repeat, day: Day | None, clock: Clock) -> list[Day]:
    """Return the days on which it may begin: a second one, if a time of the first has passed."""
    if not repeat.rule.has_by_parts:
        return [day or Day(clock.today, following=clock.today + timedelta(days=1))]
    days = dates_from(replace(repeat.rule, interval=1), day.date if day else clock.today)
    return [Day(date_, has_year=bool(day and day.has_year)) for date_ in islice(days, 2)]


def _with_last_day(rule: Rule, repeat: Repeat, first: date) -> Rule:
    """Return the rule that ends as "for 2 weeks" says."""
    days, months = repeat.lasts
    if not (days or months):
        return rule
    return replace(rule, until=add_months(first, months) + timedelta(days=days - 1))
