"""Rules in words, as pages show them."""

from collections.abc import Iterable
from datetime import time

from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from reminders.models import Reminder
from reminders.times import MINUTES_OF_DAY, Rule, RuleKind
from todos.agenda import Clock
from todos.deadlines import Deadline, DeadlineKind
from todos.humanize import exact_deadline
from todos.services import get_list
from web.time_format import write_time
from web.translations import ngettext_noop

_UNITS = (
    (7 * MINUTES_OF_DAY, ngettext_noop("%(count)s week before", "%(count)s weeks before")),
    (MINUTES_OF_DAY, ngettext_noop("%(count)s day before", "%(count)s days before")),
    (60, ngettext_noop("%(count)s hour before", "%(count)s hours before")),
    (1, ngettext_noop("%(count)s minute before", "%(count)s minutes before")),
)


def describe_rule(rule: Rule, clock: Clock) -> str:
    """Return the rule as a phrase: "10 minutes before", "On the day at 09:00"."""
    match rule.kind:
        case RuleKind.BEFORE:
            return describe_minutes(rule.minutes)
        case RuleKind.DAY:
            at = write_time(time(*divmod(rule.minutes, 60)))
            return gettext("%(day)s at %(time)s") % {"day": describe_day(rule.days), "time": at}
        case RuleKind.MOMENT:
            return exact_deadline(Deadline(rule.moment, DeadlineKind.INSTANT), clock)
    return gettext("No reminder")


def describe_day(days: int) -> str:
    match days:
        case 0:
            return gettext("On the day")
        case 1:
            return gettext("The day before")
        case 7:
            return gettext("A week before")
    return ngettext("%(count)s day before", "%(count)s days before", days) % {"count": days}


def describe_minutes(minutes: int) -> str:
    """Return how long before a deadline, in the largest unit that has a whole number of it: "2 hours before"."""
    if minutes == 0:
        return gettext("When it is due")
    size, words = next((size, words) for size, words in _UNITS if minutes % size == 0)
    count = minutes // size
    return ngettext(*words, count) % {"count": count}


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
