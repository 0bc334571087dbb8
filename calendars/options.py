"""The options of a calendar: what goes into it and how it looks.

Each option is declared once, in CalendarOptions. The API, its schema, the forms, the summary and the check of
values are made from these declarations.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext, gettext_lazy, ngettext

from todos.search.language import Query, QueryError, parse
from todos.search.terms import InList


class Completed(models.TextChoices):
    ALL = "all", gettext_lazy("All of them")
    OPEN = "open", gettext_lazy("Only those still open")
    DONE = "done", gettext_lazy("Only those completed")


class Shape(models.TextChoices):
    MOMENT = "moment", gettext_lazy("a moment")
    BEFORE = "before", gettext_lazy("a block that ends at the deadline")
    AFTER = "after", gettext_lazy("a block that starts at the deadline")


class Components(models.TextChoices):
    """What a todo becomes; some apps show only one of them."""

    EVENT = "event", gettext_lazy("events, which every app shows")
    TODO = "todo", gettext_lazy("tasks, for apps that have them")
    BOTH = "both", gettext_lazy("events and tasks")


MIN_BLOCK_MINUTES = 1
MAX_BLOCK_MINUTES = 24 * 60
MAX_ALARM_MINUTES = 4 * 7 * 24 * 60
MAX_FILTER_LENGTH = 110  # with all other options, a key has at most 255 characters


class OptionsError(ValueError):
    """Invalid options; ``errors`` has a sentence for each name at fault."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True, kw_only=True)
class Option:
    """What is known of an option besides its name and default."""

    label: str
    help_text: str = ""
    # False in the first release with this option: it obeys stored keys that have it, but nobody can choose it. Releases
    # that run side by side during an upgrade must all be able to read a key.
    is_offered: bool = True
    # What it adds to the summary of a calendar, if anything.
    words: Callable[["CalendarOptions"], str] = lambda options: ""

    def error(self, value: Any) -> str | None:
        """Return a sentence if this is not a value of the option."""
        raise NotImplementedError

    def clean(self, value: Any) -> Any:
        """Return a value as it is kept."""
        return value

    @property
    def can_be_empty(self) -> bool:
        """An empty field of a form is a value too."""
        return False


@dataclass(frozen=True, kw_only=True)
class Choice(Option):
    """One of a few values; ``is_first`` if a form asks for it before all others."""

    choices: type[models.TextChoices]
    is_first: bool = False

    def error(self, value: Any) -> str | None:
        values = self.choices.values
        if isinstance(value, str) and value in values:
            return None
        return f"This must be {', '.join(values[:-1])} or {values[-1]}."


@dataclass(frozen=True, kw_only=True)
class Minutes(Option):
    """A whole number of minutes, or None where that is allowed."""

    least: int
    most: int
    allow_none: bool = False

    def error(self, value: Any) -> str | None:
        if value is None and self.allow_none:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most:
            return None
        return f"This must be a number from {self.least} to {self.most}."

    @property
    def can_be_empty(self) -> bool:
        return self.allow_none


@dataclass(frozen=True, kw_only=True)
class Flag(Option):
    """True or false."""

    def error(self, value: Any) -> str | None:
        return None if isinstance(value, bool) else "This must be true or false."


@dataclass(frozen=True, kw_only=True)
class Filter(Option):
    """A search whose answer depends only on the list's todos, as canonical text; empty, it finds all."""

    def error(self, value: Any) -> str | None:
        if not isinstance(value, str):
            return "This must be text."
        try:
            query = parse(value)
        except QueryError as error:
            return str(error)
        for term in query.terms:
            # The file would have to change while the list does not.
            if term.depends_on_clock:
                return gettext(
                    "“%(term)s”: a calendar cannot depend on the time; use dates, such as due:<2026-03-01."
                ) % {"term": term}
            if isinstance(term, InList):
                return gettext("“%(term)s”: a calendar has the todos of one list.") % {"term": term}
        if len(_as_json(str(query))) > len('""') + MAX_FILTER_LENGTH:
            return gettext("A calendar’s filter has %(most)s characters at most.") % {"most": MAX_FILTER_LENGTH}
        return None

    def clean(self, value: str) -> str:
        return str(parse(value))

    @property
    def can_be_empty(self) -> bool:
        return True


def declare(option: Option, *, default: Any) -> Any:
    return field(default=default, metadata={"option": option})


def _which_todos(options: "CalendarOptions") -> str:
    match options.completed:
        case Completed.OPEN:
            return gettext("Open todos with a deadline")
        case Completed.DONE:
            return gettext("Completed todos with a deadline")
    return gettext("All todos with a deadline")


def _block(options: "CalendarOptions") -> str:
    if options.shape == Shape.MOMENT:
        return ""
    if options.shape == Shape.BEFORE:
        text = gettext("a block that ends at the deadline, %(minutes)s minutes long")
    else:
        text = gettext("a block that starts at the deadline, %(minutes)s minutes long")
    return text % {"minutes": options.block_minutes}


def _alarm(options: "CalendarOptions") -> str:
    if options.alarm_minutes is None:
        return ""
    if not options.alarm_minutes:
        return gettext("an alarm at the deadline")
    text = ngettext(
        "an alarm %(minutes)s minute before", "an alarm %(minutes)s minutes before", options.alarm_minutes
    )
    return text % {"minutes": options.alarm_minutes}


@dataclass(frozen=True)
class CalendarOptions:
    """The options of a calendar.

    A stored key holds only the values that differ from these defaults. So a new option changes no key, and a default
    must never change. Jobs use these defaults, feeds use FEED_DEFAULTS.
    """

    completed: str = declare(
        Choice(
            choices=Completed,
            label=gettext_lazy("Which todos"),
            help_text=gettext_lazy("Todos without a deadline are not included, not even as tasks."),
            is_first=True,
            words=_which_todos,
        ),
        default=Completed.ALL,
    )
    mark_completed: bool = declare(Flag(label=gettext_lazy("Mark completed todos with ✓")), default=False)
    shape: str = declare(
        Choice(choices=Shape, label=gettext_lazy("Show deadlines as"), words=_block), default=Shape.MOMENT
    )
    block_minutes: int = declare(
        Minutes(least=MIN_BLOCK_MINUTES, most=MAX_BLOCK_MINUTES, label=gettext_lazy("Block length (minutes)")),
        default=30,
    )
    components: str = declare(
        Choice(
            choices=Components,
            label=gettext_lazy("Add todos as"),
            words=lambda options: {
                Components.TODO: gettext("as tasks"),
                Components.BOTH: gettext("as events and tasks"),
            }.get(options.components, ""),
        ),
        default=Components.EVENT,
    )
    alarm_minutes: int | None = declare(
        Minutes(
            least=0,
            most=MAX_ALARM_MINUTES,
            allow_none=True,
            label=gettext_lazy("Alarm (minutes before)"),
            help_text=gettext_lazy("Leave it empty for no alarm. Google ignores alarms of subscribed calendars."),
            words=_alarm,
        ),
        default=None,
    )
    # Release 0.1.0 cannot read a key with it: docs/operations.md.
    filter: str = declare(
        Filter(
            label=gettext_lazy("Filter"),
            help_text=gettext_lazy("A search, such as “priority:high essay”: only what it finds is included."),
            words=lambda options: (
                gettext("only “%(filter)s”") % {"filter": options.filter} if options.filter else ""
            ),
        ),
        default="",
    )

    @property
    def key(self) -> str:
        """The options that are not the default, as canonical JSON: equal options have equal keys."""
        return _key(self)

    @classmethod
    def from_key(cls, key: str) -> Self:
        """Read a key; one of an earlier release may name the defaults too."""
        return cls(**json.loads(key))

    @property
    def query(self) -> Query:
        """The filter."""
        return _query(self.filter)

    @property
    def has_tasks(self) -> bool:
        return self.components != Components.EVENT

    @property
    def summary(self) -> str:
        """What goes into a calendar, in one line."""
        return ", ".join(words for option in OPTIONS.values() if (words := option.words(self)))

    def changed(self, values: Mapping[str, Any]) -> Self:
        """Return a copy with ``values``, which are checked here and nowhere else. Raises OptionsError."""
        if errors := {name: error for name, value in values.items() if (error := _error(name, value))}:
            raise OptionsError(errors)
        return replace(self, **{name: OPTIONS[name].clean(value) for name, value in values.items()})


def offered(options: type[CalendarOptions]) -> dict[str, Option]:
    """Return the options that people may choose, by name."""
    declared = {option.name: option.metadata["option"] for option in fields(options)}
    return {name: option for name, option in declared.items() if option.is_offered}


OPTIONS = offered(CalendarOptions)
FEED_DEFAULTS = CalendarOptions(completed=Completed.OPEN)


@lru_cache(maxsize=1000)  # every job asks for it, and few kinds of calendar are asked for
def _key(options: CalendarOptions) -> str:
    values = ((option.name, getattr(options, option.name), option.default) for option in fields(options))
    chosen = {name: value for name, value, default in values if value != default}
    return _as_json(chosen)


def _as_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


_query = lru_cache(maxsize=1000)(parse)


def _error(name: str, value: Any) -> str | None:
    if name not in OPTIONS:
        return f"There is no such option; these are: {', '.join(OPTIONS)}."
    return OPTIONS[name].error(value)
