"""Todos that repeat: what a rule makes of a todo's deadline, and what ending an occurrence does.

All of it is decided in memory; the services that load and save todos do so while their list is locked.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from todos.deadlines import Deadline, DeadlineKind
from todos.models import PastOccurrence, Todo
from todos.recurrence.occurrence import (
    Occurrence,
    anchored,
    check_from_completion,
    first_occurrence,
    following,
    is_occurrence,
    next_after_completion,
    next_occurrence,
    parse_occurrence,
    parse_series,
)
from todos.recurrence.rule import MAX_LENGTH, Rule, RuleError, parse_rule

# What callers say of a series. ``rule_zone`` is the time zone of the rule of an instant; it is stored in `occurrence`.
SERIES_FIELDS = {"rule", "repeats_from_completion", "rule_zone", "occurrence"}
# Every field that belongs to the state of a series: undo compares all of them.
SERIES_STATE = ("due", "rule", "repeats_from_completion", "occurrence", "past_count")
NO_SERIES = {"rule": "", "repeats_from_completion": False, "occurrence": ""}

NOT_REPEATING = _("The todo does not repeat, or it is completed.")
NO_DEADLINE = _("A rule needs a deadline.")
NO_RULE = _("This needs a rule.")
NO_DATE = _("The rule has no date on or after the deadline.")
TOO_LONG = format_lazy(_("A rule can have up to {count} characters, its days included."), count=MAX_LENGTH)
NO_INSTANT = _("A time zone needs a deadline that is an instant, such as 2026-02-27T18:00:00Z.")


class InvalidRule(Exception):
    """The todo cannot repeat like that. The message is a sentence, about the field of the API that is named."""

    def __init__(self, sentence: str, field: str = "rule") -> None:
        super().__init__(str(sentence))
        self.field = field


def settle(todo: Todo, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the changes of a todo together with what follows from them for its series.

    A new rule counts from the deadline, which moves to the rule's first day if it is on none. One that still has the
    current occurrence, whose deadline was moved, counts from that. A new deadline takes the series along if it is on a
    day of the rule; otherwise only this occurrence is moved. Without a deadline there is no rule. Changes that include
    ``occurrence`` say it all: they undo others, or move this deadline alone. Raises InvalidRule.
    """
    if "occurrence" in changes or not changes.keys() & (SERIES_FIELDS | {"due"}):
        return changes
    changes = dict(changes)
    zone = changes.pop("rule_zone", None)
    text, due = changes.get("rule", todo.rule), changes.get("due", todo.due)
    if not text:
        if zone or changes.get("repeats_from_completion"):
            raise InvalidRule(NO_RULE, "rule_zone" if zone else "repeat_from")
        return changes | NO_SERIES if todo.rule else changes
    if due is None:
        if changes.get("rule"):
            raise InvalidRule(NO_DEADLINE)
        return changes | NO_SERIES
    if zone and due.kind != DeadlineKind.INSTANT:
        raise InvalidRule(NO_INSTANT, "rule_zone")
    from_completion = changes.get("repeats_from_completion", todo.repeats_from_completion)
    if from_completion == todo.repeats_from_completion and _is_same(todo, text, due, zone):
        return changes | {"rule": todo.rule, "occurrence": _moved(todo, due)}
    if (kept := _kept(todo, text, due, zone)) and not from_completion:
        return changes | {"rule": str(kept), "repeats_from_completion": False, "occurrence": todo.occurrence}
    rule, first = start_series(text, _shown(todo, due, zone), from_completion=from_completion)
    return changes | {
        "rule": str(rule),
        "repeats_from_completion": from_completion,
        "occurrence": str(first),
        "due": due if _shown(todo, due, zone) == first else first.deadline,
    }


def start_series(text: str, start: Occurrence, *, from_completion: bool = False) -> tuple[Rule, Occurrence]:
    """Return the rule with all its days named, and its first occurrence that is not before ``start``.

    Raises InvalidRule.
    """
    try:
        rule = parse_rule(text, start)
        if from_completion:
            check_from_completion(rule)
            if rule.until and rule.until < start.date:
                raise InvalidRule(NO_DATE)
            return rule, start
        rule = anchored(rule, start)
        if len(str(rule)) > MAX_LENGTH:
            raise InvalidRule(TOO_LONG)
        first = first_occurrence(rule, start)
    except RuleError as error:
        raise InvalidRule(str(error)) from error
    if first is None:
        raise InvalidRule(NO_DATE)
    return rule, first


def settle_import(todo: Todo, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what an import writes in a todo: as ``settle``, and without a rule that cannot be.

    An ``occurrence`` says where in the series a ``due`` stands that the file has moved.
    """
    values = dict(values)
    text = values.pop("occurrence", "")
    try:
        if not text or not values.get("rule") or not values.get("due"):
            return settle(todo, values)
        start = parse_occurrence(text)
        from_completion = values.get("repeats_from_completion", False)
        rule, first = start_series(values["rule"], start, from_completion=from_completion)
    except (InvalidRule, ValueError):
        return {name: value for name, value in values.items() if name not in SERIES_FIELDS}
    values.pop("rule_zone", None)
    due = values["due"] if first == start else first.deadline
    return values | {"rule": str(rule), "occurrence": str(first), "due": due}


def end_occurrence(
    todo: Todo, *, now: datetime, outcome: str = PastOccurrence.Outcome.COMPLETED, ends_series: bool = False
) -> PastOccurrence:
    """Move a todo that repeats to its next occurrence. If there is none, or the series is to end, it is completed.

    Returns the row of its history; the caller saves both. The todo's list knows who does this.
    """
    past = log_occurrence(todo, outcome, now)
    if not ends_series and (coming := _next(todo, now, outcome)):
        rule, occurrence = coming
        todo.rule, todo.occurrence, todo.due = str(rule), str(occurrence), occurrence.deadline
    else:
        todo.completed, todo.completed_at = True, now
    return past


def log_occurrence(todo: Todo, outcome: str, now: datetime) -> PastOccurrence:
    """Return a new row of the todo's history, which says what became of its current occurrence."""
    todo.past_count += 1
    return PastOccurrence(
        todo=todo,
        number=todo.past_count,
        deadline=todo.deadline,
        deadline_kind=todo.deadline_kind,
        outcome=outcome,
        ended_at=now,
        ended_by_id=todo.list.actor_id or None,
    )


def upcoming(todo: Todo, limit: int) -> list[Deadline]:
    """Return the deadlines that will follow the current one, as far as that is known: a todo that repeats from its
    completion has none before it is done.
    """
    series = _series(todo)
    if series is None or todo.completed or todo.repeats_from_completion:
        return []
    return [occurrence.deadline for occurrence in following(*series, limit)]


def _series(todo: Todo) -> tuple[Rule, Occurrence] | None:
    return parse_series(todo.rule, todo.occurrence) if todo.is_repeating else None


def _next(todo: Todo, now: datetime, outcome: str) -> tuple[Rule, Occurrence] | None:
    """Return the rule for what remains after the current occurrence, and the next one."""
    series = _series(todo)
    if series is None:
        return None
    rule, current = series
    if todo.repeats_from_completion:
        day = now.astimezone(todo.list.zone).date()
        if outcome == PastOccurrence.Outcome.SKIPPED:
            day = max(day, current.date)  # what is skipped before it is due comes later, not sooner
        coming = next_after_completion(rule, current, day)
    else:
        coming = next_occurrence(rule, current)
    return (rule.after_one(), coming) if coming else None


def _shown(todo: Todo, due: Deadline, zone: str | None) -> Occurrence:
    """Return what the clock of the todo's series shows at a deadline."""
    current = _current(todo)
    if current and current.deadline == due and zone in {None, current.zone}:
        return current  # which may be at a time that its day does not have
    if due.kind != DeadlineKind.INSTANT:
        return Occurrence.of(due, "")
    return Occurrence.of(due, zone or (current and current.zone) or todo.list.time_zone)


def _current(todo: Todo) -> Occurrence | None:
    series = _series(todo)
    return series and series[1]


def _is_same(todo: Todo, text: str, due: Deadline, zone: str | None) -> bool:
    """Return whether a rule is the one that the todo has."""
    current = _current(todo)
    if current is None or zone not in {None, current.zone}:
        return False
    try:
        rule = parse_rule(text, current)
    except RuleError as error:
        raise InvalidRule(str(error)) from error
    # Beside a new deadline, a rule that does not name its days means those of that deadline.
    is_bare = due == todo.due and not todo.repeats_from_completion
    return str(anchored(rule, current) if is_bare else rule) == todo.rule


def _kept(todo: Todo, text: str, due: Deadline, zone: str | None) -> Rule | None:
    """Return the new rule of a todo whose deadline was moved and stays, if its occurrence is one of that rule too."""
    current = _current(todo)
    is_moved = current and due == todo.due != current.deadline and zone in {None, current.zone}
    if not is_moved or todo.repeats_from_completion:
        return None
    try:
        rule, first = start_series(text, current)
    except InvalidRule:
        return None
    return rule if first == current else None


def _moved(todo: Todo, due: Deadline) -> str:
    """Return where in its series a todo stands whose deadline becomes this one."""
    rule, current = _series(todo)
    if due in {todo.due, current.deadline}:
        return todo.occurrence if due == todo.due else str(current)
    shown = _shown(todo, due, None)
    return str(shown) if todo.repeats_from_completion or is_occurrence(rule, shown) else todo.occurrence
