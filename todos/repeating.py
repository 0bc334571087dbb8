"""Todos that repeat, as pages show them: their rule in words, and the dates to come.

A date to come is computed, not stored. So there are bounds: how many todos of a page are looked at, and how far ahead
for each.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Protocol

from django.utils.translation import gettext as _

from todos.agenda import Clock
from todos.deadlines import Deadline
from todos.models import Todo
from todos.recurrence.occurrence import Occurrence, following, next_after_completion, parse_series
from todos.recurrence.rule import Rule, RuleError, parse_rule
from todos.recurrence.words import describe, skipped_days
from todos.services import InvalidRule, upcoming
from todos.services.series import settle

SHOWN_DATES = 5  # in a form, with the current one
MAX_TODOS = 100  # of one page
MAX_DATES = 100  # of one todo


@dataclass(frozen=True)
class Series:
    """What must be known of a todo to tell its coming dates: a query for a whole page need not load more."""

    rule: str
    occurrence: str
    repeats_from_completion: bool

    def coming(self, end: date) -> list[Occurrence]:
        """Return what comes after the current occurrence, to about the day ``end``.

        It is nothing if that depends on when the current one is completed.
        """
        if self.repeats_from_completion:
            return []
        if not (series := parse_series(self.rule, self.occurrence)):
            return []
        rule, current = series
        limit = min(MAX_DATES, (end - current.date).days)  # no rule has two on one day
        last = end + timedelta(days=1)  # by some clock it may be a day earlier
        rule = replace(rule, until=min(rule.until or last, last))
        return following(rule, current, limit) if limit > 0 else []


@dataclass(frozen=True)
class Coming:
    """Deadlines to come, each with its day and the id of its todo; ``is_partial`` if there may be more of them."""

    dates: list[tuple[date, Deadline, int]]
    is_partial: bool


def find_coming(todos: Sequence[tuple[int, Series, Clock]], first: date, end: date) -> Coming:
    """Return what comes from the day ``first`` until before ``end``, and not before today, by each todo's clock."""
    dates, is_partial = [], len(todos) > MAX_TODOS
    for pk, series, clock in todos[:MAX_TODOS]:
        occurrences = series.coming(end)
        is_partial |= len(occurrences) == MAX_DATES
        for occurrence in occurrences:
            day = occurrence.deadline.on_clock(clock.zone).date()
            if max(first, clock.today) <= day < end:
                dates.append((day, occurrence.deadline, pk))
    return Coming(dates, is_partial)


class Repeating(Protocol):
    """A todo, or a line that was read."""

    rule: str | Rule
    repeats_from_completion: bool


def in_words(todo: Repeating) -> str:
    """Say how often a todo with a rule repeats."""
    try:
        rule = parse_rule(str(todo.rule))
    except RuleError:  # a later release wrote what this one cannot read
        return _("by %(rule)s") % {"rule": todo.rule}
    return describe(rule, from_completion=todo.repeats_from_completion)


@dataclass(frozen=True)
class Dates:
    """A rule in words, and the dates that it makes; or why it makes none."""

    words: str = ""
    skipped: str = ""  # a sentence about days that some months do not have
    deadlines: Sequence[Deadline] = ()
    from_completion: bool = False
    error: str = ""


def dates_after(todo: Todo, changes: Mapping[str, Any], clock: Clock) -> Dates | None:
    """Return the dates that a todo would have after changes, for the services; None if it would not repeat."""
    todo = copy(todo)
    try:
        settled = settle(todo, changes)
    except InvalidRule as error:
        return Dates(error=str(error))
    for name, value in settled.items():
        setattr(todo, name, value)
    if not todo.is_repeating:
        return None
    if not (series := parse_series(todo.rule, todo.occurrence)):
        return Dates(in_words(todo), deadlines=[todo.due])
    rule, current = series
    if todo.repeats_from_completion:
        coming = next_after_completion(rule, current, clock.today)
        return Dates(in_words(todo), deadlines=[coming.deadline] if coming else [], from_completion=True)
    return Dates(in_words(todo), skipped_days(rule), [todo.due, *upcoming(todo, SHOWN_DATES - 1)])
