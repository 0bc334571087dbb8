"""What a todo becomes whose entry repeats (RFC 5545, 3.8.5): its rule is kept if our grammar has it.

A todo is at one date of its series after the other, and an import begins at the current one. What a todo does not know
of a series is counted for the plan: dates that were done, and later ones that differ from the rule.
"""

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.utils.translation import gettext, gettext_noop

from calendars.ical.series import FROM_COMPLETION, OCCURRENCE
from calendars.imports.fitting import note_of_rule
from calendars.imports.moments import NotImportable, parse_moment, parse_occurrence
from calendars.imports.not_kept import FIRST_DATE, WORDS, Note
from calendars.imports.parser import Component, Property
from todos.agenda import Clock
from todos.deadlines import Deadline, DeadlineKind
from todos.recurrence import occurrence as occurrences
from todos.recurrence.dates import dates_from
from todos.recurrence.occurrence import Occurrence, anchored, first_occurrence
from todos.recurrence.rule import MAX_LENGTH, Frequency, Rule, RuleError, WeekdayNumber, parse_rule
from todos.services.series import NO_DEADLINE, TOO_LONG, InvalidRule, start_series
from web.translations import group_digits, ngettext_noop

MAX_COUNTED_DATES = 1000  # dates of a rule with COUNT, which have to be counted
# Sentences below name it.
MAX_YEARS = 100  # in which they are counted, or a date is looked for that is not left out
YEARS = timedelta(days=MAX_YEARS * 365 + MAX_YEARS // 4)
MAX_EFFORT = 1_000_000  # of a file, about two seconds: one is a period of a rule that is looked at
EFFORT_OF_DATE = 20  # of one by another clock than the series'
# It may be a day later by another clock.
MARGIN = timedelta(days=2)

OVER = gettext_noop("It repeats, and all of its dates are over.")
ALL_LEFT_OUT = gettext_noop("It repeats, and leaves out all of its dates for 100 years.")
TOO_OLD = gettext_noop("It repeats a number of times, and began over 100 years ago.")
TOO_MUCH_EFFORT = gettext_noop("The rules of this file take too long; split it.")
NEXT_DATE = Note(
    *ngettext_noop(
        "event began in the past and repeats: its todo is due on the next date.",
        "events began in the past and repeat: their todos are due on the next dates.",
    ),
    gettext_noop("It began in the past, and is due on the next date."),
)

Due = Callable[[Component], Deadline | None]


class Effort:
    """What the rules of one file may still cost: each is cheap, but a file has thousands."""

    def __init__(self) -> None:
        self.left = MAX_EFFORT

    def spend(self, cost: int = 1) -> None:
        """Raises NotImportable when nothing is left."""
        self.left -= cost
        if self.left < 0:
            raise NotImportable(gettext(TOO_MUCH_EFFORT))


def without_rule(component: Component, reason: str) -> Note:
    words = {
        "VTODO": ngettext_noop(
            "task is imported without its rule. %(reason)s", "tasks are imported without their rules. %(reason)s"
        ),
        "VEVENT": ngettext_noop(
            "event is imported without its rule. %(reason)s", "events are imported without their rules. %(reason)s"
        ),
    }
    return note_of_rule(words[component.kind], reason)


def has_rule(component: Component) -> bool:
    return "RRULE" in component.repeated


def read_series(
    component: Component, changed: Sequence[Component], due: Due, clock: Clock, effort: Effort
) -> dict[str, Any]:
    """Return when a todo is due and how it repeats, by the names that services take; nothing if it is imported once.

    ``changed`` are the entries of single dates, and ``due`` says when an entry is due. Raises NotImportable.
    """
    effort.spend()
    try:
        start, first = _start(component, due)
        rule = _rule(component, start, first)
        if len(str(rule)) > MAX_LENGTH:
            raise RuleError(TOO_LONG)
    except RuleError as error:
        if component.kind == "VEVENT":  # nobody knows when it is next
            sentence = gettext("Its rule is not supported. %(reason)s")
            raise NotImportable(sentence % {"reason": error}) from error
        component.notes[without_rule(component, str(error))] += 1
        return {}
    current = first_occurrence(rule, first)
    if current and current != first:
        component.notes[FIRST_DATE] += 1
    if current and component.kind == "VEVENT" and not component.is_own:
        current, rule = _from_now_on(component, rule, current, clock, effort)
    dates = Dates(component, changed, start, first, effort)
    if current and _status(component) != "COMPLETED":
        current, rule = _past(rule, current, dates.left_out | dates.done, effort)
    if current is None:
        raise NotImportable(gettext(OVER))
    dates.count_lost(current.date)
    moved = dates.changed.get(current.date)
    return {
        "due": (due(moved) if moved else None) or current.deadline,
        "rule": str(rule),
        "occurrence": str(current),
    }


def read_from_completion(component: Component, due: Deadline | None, clock: Clock) -> dict[str, Any]:
    """Return how a todo repeats from its completion, as our own files say; nothing if it does not.

    An RRULE beside that, which another program has added, comes first.
    """
    if not (prop := component.properties.get(FROM_COMPLETION)):
        return {}
    try:
        if due is None:
            raise InvalidRule(NO_DEADLINE)
        current = _clock_of(prop, due, clock)
        rule, _ = start_series(prop.value.strip(), current, from_completion=True)
    except InvalidRule as error:
        component.notes[without_rule(component, str(error))] += 1
        return {}
    return {"rule": str(rule), "repeats_from_completion": True, "occurrence": str(current)}


def _clock_of(prop: Property, due: Deadline, clock: Clock) -> Occurrence:
    """Return what the clock of a series shows at its deadline, which another program may have moved since."""
    zone = clock.zone.key
    with contextlib.suppress(ValueError, OverflowError):
        digits, _, name = prop.parameters.get(OCCURRENCE, "").partition(" ")
        written = occurrences.parse_occurrence(f"{datetime.fromisoformat(digits).isoformat()} {name}")
        zone = written.zone
        if written.deadline == due:
            return written
    return Occurrence.of(due, zone)


class Dates:
    """The dates of a series that are not as its rule says, by the day on which each is due; None is one of no date."""

    def __init__(
        self,
        component: Component,
        changed: Sequence[Component],
        start: Occurrence,
        first: Occurrence,
        effort: Effort,
    ) -> None:
        origin = component.properties["DTSTART" if "DTSTART" in component.properties else "DUE"]
        form, later = _form(origin), first.date - start.date

        def day_of(prop: Property) -> date | None:
            is_same_clock = _form(prop) == form  # most are, and there may be many
            if not is_same_clock:
                effort.spend(EFFORT_OF_DATE)
            try:
                written = date.fromisoformat(prop.value.strip()[:8])
                if not is_same_clock:
                    named = parse_moment(component, prop)
                    if named.kind == start.kind == DeadlineKind.INSTANT:
                        written = Occurrence.of(named, start.zone).date
                return written + later
            except (NotImportable, ValueError, OverflowError):
                return None

        self.component = component
        by_day = {day_of(one.properties["RECURRENCE-ID"]): one for one in reversed(changed)}
        self.done = {day for day, one in by_day.items() if _status(one) == "COMPLETED"}
        cancelled = {day for day, one in by_day.items() if _status(one) == "CANCELLED"}
        self.changed = {day: one for day, one in by_day.items() if day not in self.done | cancelled}
        self.left_out = {day_of(prop) for prop in _dates(component, "EXDATE")} | cancelled
        self.extra = {day_of(prop) for prop in _dates(component, "RDATE")}

    def count_lost(self, current: date) -> None:
        """Count what a todo does not have that is at this date: those that are done, and later ones."""
        _count(self.component, "COMPLETED", self.done)
        for name, days in (("RECURRENCE-ID", self.changed), ("EXDATE", self.left_out), ("RDATE", self.extra)):
            _count(self.component, name, [day for day in days if day is None or day > current])


def count_dates(component: Component, changed: Sequence[Component]) -> None:
    """Count the other dates of an entry that has no rule."""
    _count(component, "RDATE", list(_dates(component, "RDATE")))
    _count(component, "RECURRENCE-ID", changed)


def _count(component: Component, name: str, lost: Collection) -> None:
    if lost:
        component.not_kept[WORDS[name]] += len(lost)


def _start(component: Component, due: Due) -> tuple[Occurrence, Occurrence]:
    """Return the first date of the series, by which the others are named, and when that one is due."""
    properties = component.properties
    start = parse_occurrence(component, properties["DTSTART"]) if "DTSTART" in properties else None
    if component.kind == "VTODO" and "DUE" in properties:
        first = parse_occurrence(component, properties["DUE"])
    elif component.kind == "VTODO" and start and (deadline := due(component)):  # by its DURATION
        first = Occurrence.of(deadline, start.zone)
    elif start:
        first = start
    else:
        raise RuleError(gettext("It has no date."))
    return start if start and start.kind == first.kind else first, first


def _rule(component: Component, start: Occurrence, first: Occurrence) -> Rule:
    """Return the rule, with the days on which it is due. Raises RuleError."""
    rules = component.repeated["RRULE"]
    if len(rules) != 1:
        raise RuleError(gettext("It has several rules.") if rules else gettext("It cannot be read."))
    rule = parse_rule(rules[0].value.strip(), start)
    later = (first.date - start.date).days
    if not later or (rule.names_days and first_occurrence(rule, first) == first):
        return anchored(rule, first)
    if rule.freq == Frequency.WEEKLY and not rule.by_month:
        days = [WeekdayNumber((day.weekday + later) % 7) for day in anchored(rule, start).by_day]
        week_start = (rule.week_start + later) % 7 if rule.interval > 1 else 0
        rule = replace(rule, by_day=tuple(sorted(days)), week_start=week_start)
    elif rule.freq != Frequency.DAILY or rule.has_by_parts:
        raise RuleError(gettext("Its rule names the days of its start, but it is due on other days."))
    return replace(rule, until=rule.until and rule.until + timedelta(days=later))


def _from_now_on(
    component: Component, rule: Rule, first: Occurrence, clock: Clock, effort: Effort
) -> tuple[Occurrence | None, Rule]:
    """Return the first occurrence that is not over, and the rule from there on."""
    if not clock.is_over(first.deadline):
        return first, rule
    component.notes[NEXT_DATE] += 1
    place, surely_over = 0, clock.today - MARGIN
    if rule.count:
        if clock.today - first.date > YEARS:
            raise NotImportable(gettext(TOO_OLD))
        days = dates_from(rule, first.date, look=effort.spend)
        days = islice(days, min(rule.count, MAX_COUNTED_DATES))
    else:
        days = dates_from(rule, _skip_ahead(rule, first.date, surely_over), look=effort.spend)
    for place, day in enumerate(days, 1):
        if day >= surely_over and not clock.is_over(first.on(day).deadline):
            return first.on(day), replace(rule, count=rule.count and rule.count - place + 1)
    if rule.count and place == MAX_COUNTED_DATES:
        sentence = gettext("It repeats, and has had over %(most)s dates.")
        raise NotImportable(sentence % {"most": group_digits(MAX_COUNTED_DATES)})
    return None, rule


def _skip_ahead(rule: Rule, first: date, day: date) -> date:
    """Return a date from which on a rule has the dates that it has from the first one, little before ``day``."""
    match rule.freq:
        case Frequency.DAILY | Frequency.WEEKLY:
            length = rule.interval * (1 if rule.freq == Frequency.DAILY else 7)
            return first + timedelta(days=max(0, (day - first).days) // length * length)
        case Frequency.MONTHLY:
            months = (day.year - first.year) * 12 + day.month - first.month
            year, month = divmod(first.year * 12 + first.month - 1 + months - months % rule.interval, 12)
            return max(first, date(year, month + 1, 1))
    return max(first, date(day.year - (day.year - first.year) % rule.interval, 1, 1))


def _past(
    rule: Rule, current: Occurrence, days: set[date | None], effort: Effort
) -> tuple[Occurrence | None, Rule]:
    """Return the first occurrence that is on none of the days, and the rule from there on."""
    if current.date not in days:
        return current, rule
    dates = dates_from(rule, current.date, look=effort.spend)
    for place, day in enumerate(islice(dates, rule.count)):
        if day not in days:
            return current.on(day), replace(rule, count=rule.count and rule.count - place)
        if day - current.date > YEARS:
            raise NotImportable(gettext(ALL_LEFT_OUT))
    return None, rule


def _dates(component: Component, name: str) -> Iterator[Property]:
    """Yield the dates of a property that is a list of them, each as one of its own. Of a period, it is the start."""
    for prop in component.repeated.get(name, ()):
        for value in prop.value.split(","):
            yield prop._replace(value=value.partition("/")[0])


def _form(prop: Property) -> tuple[str | None, int, bool]:
    """Return what two properties have in common whose dates are those of the same clock."""
    value = prop.value.strip()
    return prop.parameters.get("TZID"), len(value), value.endswith("Z")


def _status(component: Component) -> str:
    return component.text("STATUS").upper()
