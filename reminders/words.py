"""Rules in words, as pages show them."""

from collections.abc import Iterable
from datetime import time

from django.http import HttpRequest

from reminders.models import Reminder
from reminders.times import MINUTES_OF_DAY, Rule, RuleKind
from todos.agenda import Clock
from todos.deadlines import Deadline, DeadlineKind
from todos.humanize import exact_deadline
from todos.services import get_list
from web.preferences import write_time

_UNITS = ((7 * MINUTES_OF_DAY, "week"), (MINUTES_OF_DAY, "day"), (60, "hour"), (1, "minute"))


def describe_rule(rule: Rule, clock: Clock) -> str:
    """Return the rule as a phrase: "10 minutes before", "On the day at 09:00"."""
    match rule.kind:
        case RuleKind.BEFORE:
            return "When it is due" if rule.minutes == 0 else f"{amount(rule.minutes)} before"
        case RuleKind.DAY:
            return f"{describe_day(rule.days)} at {write_time(time(*divmod(rule.minutes, 60)))}"
        case RuleKind.MOMENT:
            return exact_deadline(Deadline(rule.moment, DeadlineKind.INSTANT), clock)
    return "No reminder"


def describe_day(days: int) -> str:
    return {0: "On the day", 1: "The day before", 7: "A week before"}.get(days, f"{days} days before")


def amount(minutes: int) -> str:
    """Return the minutes in the largest unit that has a whole number of them: "2 hours"."""
    size, unit = next((size, unit) for size, unit in _UNITS if minutes % size == 0)
    count = minutes // size
    return f"{count} {unit}{'' if count == 1 else 's'}"


def clock_of(request: HttpRequest) -> Clock:
    """Return the clock of whoever is signed in: that of their default list."""
    return Clock.of(get_list(request.user))


def with_words(reminders: Iterable[Reminder], clock: Clock) -> list[Reminder]:
    """Return the reminders, each with its ``words``, and whether it is ``over``."""
    reminders = list(reminders)
    for one in reminders:
        one.words = describe_rule(one.rule, clock)
        one.over = one.moment is not None and one.moment <= clock.now
    return reminders
