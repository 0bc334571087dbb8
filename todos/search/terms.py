"""What a search is made of. Each kind of term says once, side by side, what it means in Python and in SQL.

``holds`` and ``condition`` agree for every todo: tests/todos/test_search.py compares them on either database.
Conditions are never null, so that they can be negated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, Protocol
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from todos.agenda import Clock
from todos.deadlines import FIRST_YEAR, LAST_YEAR, Deadline, DeadlineKind
from todos.labels import LabelError, parse_label
from todos.priorities import PHRASES, PRIORITIES, Priority
from todos.recurrence.words import write_date
from todos.search.text import HasLabel, HasText, fold, has_label, has_text


class Row(Protocol):
    """What must be known of a todo: an instance of the model has it, and a row of a build."""

    title: str
    description: str | None
    completed: bool
    deadline: datetime | None
    deadline_kind: str
    priority: int
    label_text: str
    rule: str


class NamedList(Protocol):
    """What must be known of a list."""

    pk: int
    name: str
    owner_id: int | None


class InvalidValue(ValueError):
    """The message is the end of a sentence that begins with the word at fault."""


@dataclass(frozen=True)
class Term:
    """One of the terms of a search, all of which must hold. Of several values, one must."""

    values: tuple[Any, ...]
    negated: bool = False
    start: int = field(default=0, compare=False)

    name: ClassVar[str] = ""
    needs: ClassVar[str] = ""  # what belongs behind the colon

    def __str__(self) -> str:
        values = ",".join(map(self.format_value, self.values))
        return f"{'-' * self.negated}{self.name}:{values}"

    @classmethod
    def read_value(cls, text: str) -> Any:
        """Return the value that was typed. Raises InvalidValue."""
        raise NotImplementedError

    def format_value(self, value: Any) -> str:
        return str(value)

    @property
    def depends_on_clock(self) -> bool:
        """The same todo may hold now and not later."""
        return False

    @property
    def depends_on_zone(self) -> bool:
        return self.depends_on_clock

    def holds(self, todo: Row, clock: Clock, todo_list: NamedList | None = None) -> bool:
        return self.negated != any(self.value_holds(value, todo, clock, todo_list) for value in self.values)

    def value_holds(self, value: Any, todo: Row, clock: Clock, todo_list: NamedList | None) -> bool:
        raise NotImplementedError

    def condition(self, clock: Clock, lists: Sequence[NamedList] = ()) -> Q:
        """Return the same for the ORM, for todos that are in one of these lists."""
        condition = Q()
        for value in self.values:
            condition |= self.value_condition(value, clock, lists)
        return ~condition if self.negated else condition

    def value_condition(self, value: Any, clock: Clock, lists: Sequence[NamedList]) -> Q:
        raise NotImplementedError

    def words(self, clock: Clock) -> str:
        """Return how the term was read, for the person who typed it."""
        said = self.value_words(self.values[0], clock)
        for value in self.values[1:]:
            said = gettext("%(others)s or %(last)s") % {"others": said, "last": self.value_words(value, clock)}
        if not self.negated:
            return said
        form = gettext("not (%(words)s)") if len(self.values) > 1 else gettext("not %(words)s")
        return form % {"words": said}

    def value_words(self, value: Any, clock: Clock) -> str:
        raise NotImplementedError


class Text(Term):
    """A word, or several in quotes, in the title or the description."""

    def __str__(self) -> str:
        return f"{'-' * self.negated}{self.format_value(self.values[0])}"

    def format_value(self, value: str) -> str:
        is_plain = " " not in value and value[0] not in '"-' and not names_filter(value)
        return value if is_plain else quoted(value)

    def value_holds(self, value: str, todo: Row, clock: Clock, todo_list: NamedList | None) -> bool:
        return has_text(todo.title, todo.description, value)

    def value_condition(self, value: str, clock: Clock, lists: Sequence[NamedList]) -> Q:
        return Q(HasText(value))

    def words(self, clock: Clock) -> str:
        form = gettext("without “%(word)s”") if self.negated else gettext("with “%(word)s”")
        return form % {"word": self.values[0]}


class WordsTerm(Term):
    """A term whose values are some of a few words."""

    choices: ClassVar[Sequence[str]]

    @classmethod
    def read_value(cls, text: str) -> str:
        if text.lower() not in cls.choices:
            raise InvalidValue
        return text.lower()


class Is(WordsTerm):
    """The state of a todo. It is overdue once its deadline has passed by the list's clock, a day once it has ended."""

    name = "is"
    choices = ("open", "done", "overdue", "repeating")
    needs = _("use open, done, overdue or repeating")

    @property
    def depends_on_clock(self) -> bool:
        return "overdue" in self.values

    def value_holds(self, value: str, todo: Row, clock: Clock, todo_list: NamedList | None) -> bool:
        if value == "repeating":
            return todo.rule != ""
        if value == "done" or todo.completed:
            return todo.completed and value == "done"
        if value == "open":
            return True
        if todo.deadline is None:
            return False
        if todo.deadline_kind == DeadlineKind.INSTANT:
            return todo.deadline <= clock.now
        if todo.deadline_kind == DeadlineKind.DAY:
            return todo.deadline < midnight(clock.today)
        return todo.deadline <= clock.local_now.replace(tzinfo=UTC)

    def value_condition(self, value: str, clock: Clock, lists: Sequence[NamedList]) -> Q:
        if value == "repeating":
            return ~Q(rule="")
        if value != "overdue":
            return Q(completed=value == "done")
        return Q(completed=False) & (
            Q(deadline_kind=DeadlineKind.INSTANT, deadline__lte=clock.now)
            | Q(deadline_kind=DeadlineKind.DAY, deadline__lt=midnight(clock.today))
            | Q(deadline_kind=DeadlineKind.FLOATING, deadline__lte=clock.local_now.replace(tzinfo=UTC))
        )

    def value_words(self, value: str, clock: Clock) -> str:
        words = {"open": gettext("open"), "done": gettext("completed"), "overdue": gettext("overdue")}
        return words.get(value) or gettext("repeating")


class Has(WordsTerm):
    name = "has"
    choices = ("deadline", "description", "priority", "label")
    needs = _("use deadline, description, priority or label")

    def value_holds(self, value: str, todo: Row, clock: Clock, todo_list: NamedList | None) -> bool:
        return bool(todo.label_text if value == "label" else getattr(todo, value))

    def value_condition(self, value: str, clock: Clock, lists: Sequence[NamedList]) -> Q:
        return {
            "deadline": Q(deadline__isnull=False),
            "description": Q(description__isnull=False) & ~Q(description=""),
            "priority": ~Q(priority=Priority.NONE),
            "label": ~Q(label_text=""),
        }[value]

    def value_words(self, value: str, clock: Clock) -> str:
        return {
            "deadline": gettext("with a deadline"),
            "description": gettext("with a description"),
            "priority": gettext("with a priority"),
            "label": gettext("with a label"),
        }[value]


class OfPriority(WordsTerm):
    name = "priority"
    choices = tuple(PRIORITIES)
    needs = _("use high, medium, low or none")

    def value_holds(self, value: str, todo: Row, clock: Clock, todo_list: NamedList | None) -> bool:
        return todo.priority == PRIORITIES[value]

    def value_condition(self, value: str, clock: Clock, lists: Sequence[NamedList]) -> Q:
        return Q(priority=PRIORITIES[value])

    def value_words(self, value: str, clock: Clock) -> str:
        return str(PHRASES[PRIORITIES[value]])


NO_DEADLINE = "none"
_NAMED_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_COMPARISONS = {
    "<": _("due before %(day)s"),
    "<=": _("due by %(day)s"),
    ">": _("due after %(day)s"),
    ">=": _("due on or after %(day)s"),
    "": _("due on %(day)s"),
}
MAX_DAYS = 9_999


@dataclass(frozen=True)
class Days:
    """Some days: a comparison, and what with. A number is of days from today."""

    comparison: str
    day: date | int

    def __str__(self) -> str:
        names = {offset: name for name, offset in _NAMED_DAYS.items()}
        day = names.get(self.day, f"{self.day}d") if isinstance(self.day, int) else f"{self.day}"
        return f"{self.comparison}{day}"

    def day_of(self, clock: Clock) -> date:
        return clock.today + timedelta(days=self.day) if isinstance(self.day, int) else self.day

    def bounds(self, clock: Clock) -> tuple[date | None, date | None]:
        """Return the first day, and the day after the last; None where there is no bound."""
        day = self.day_of(clock)
        after = day + timedelta(days=1)
        return {
            "<": (None, day),
            "<=": (None, after),
            ">": (after, None),
            ">=": (day, None),
            "": (day, after),
        }[self.comparison]


class Due(Term):
    """When a todo is due. A day of a moment is the one that the list's time zone has then."""

    name = "due"
    needs = _("use a date such as 2026-02-27, or days such as 7d")

    @classmethod
    def read_value(cls, text: str) -> Days | str:
        text = text.lower()
        if text == NO_DEADLINE:
            return text
        day = text.lstrip("<>=")
        comparison = text.removesuffix(day)
        if comparison not in _COMPARISONS:
            raise InvalidValue
        return Days(comparison, cls._read_day(day))

    @staticmethod
    def _read_day(text: str) -> date | int:
        if text in _NAMED_DAYS:
            return _NAMED_DAYS[text]
        number = text.removesuffix("d").removeprefix("-")
        if text.endswith("d") and number.isascii() and number.isdigit():
            if len(number) > len(str(MAX_DAYS)):
                raise InvalidValue(gettext("use at most %(count)d days") % {"count": MAX_DAYS})
            return int(text.removesuffix("d"))
        parts = text.split("-")
        if not text.isascii() or [len(part) for part in parts] != [4, 2, 2] or not "".join(parts).isdigit():
            raise InvalidValue
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise InvalidValue(gettext("there is no such date")) from error
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            years = {"first": FIRST_YEAR, "last": LAST_YEAR}
            raise InvalidValue(gettext("the year must be between %(first)d and %(last)d") % years)
        return day

    @property
    def depends_on_clock(self) -> bool:
        return any(isinstance(value, Days) and isinstance(value.day, int) for value in self.values)

    @property
    def depends_on_zone(self) -> bool:
        return any(isinstance(value, Days) for value in self.values)

    def value_holds(self, value: Days | str, todo: Row, clock: Clock, todo_list: NamedList | None) -> bool:
        if value == NO_DEADLINE or todo.deadline is None:
            return value == NO_DEADLINE and todo.deadline is None
        first, end = value.bounds(clock)
        zone = clock.zone if todo.deadline_kind == DeadlineKind.INSTANT else None
        return (first is None or todo.deadline >= beginning(first, zone)) and (
            end is None or todo.deadline < beginning(end, zone)
        )

    def value_condition(self, value: Days | str, clock: Clock, lists: Sequence[NamedList]) -> Q:
        if value == NO_DEADLINE:
            return Q(deadline__isnull=True)
        first, end = value.bounds(clock)
        instants, others = (
            Q(deadline_kind=DeadlineKind.INSTANT),
            Q(deadline_kind__in=[DeadlineKind.FLOATING, DeadlineKind.DAY]),
        )
        for comparison, day in (("deadline__gte", first), ("deadline__lt", end)):
            if day is not None:
                instants &= Q(**{comparison: beginning(day, clock.zone)})
                others &= Q(**{comparison: beginning(day, None)})
        return instants | others

    def value_words(self, value: Days | str, clock: Clock) -> str:
        if value == NO_DEADLINE:
            return gettext("without a deadline")
        day = value.day_of(clock)
        return _COMPARISONS[value.comparison] % {"day": write_date(day, pgettext("date format", "D j F Y"))}


class NameTerm(Term):
    """A term whose values are names that people chose."""

    needs = _("use a name")

    @classmethod
    def read_value(cls, text: str) -> str:
        if not text:
            raise InvalidValue
        return text

    def format_value(self, value: str) -> str:
        is_plain = not set(value) & {" ", ","} and not value.startswith('"')
        return value if is_plain else quoted(value)


class InList(NameTerm):
    name = "list"

    def value_holds(self, value: str, todo: Row, clock: Clock, todo_list: NamedList | None) -> bool:
        return todo_list is not None and is_named(todo_list, value)

    def value_condition(self, value: str, clock: Clock, lists: Sequence[NamedList]) -> Q:
        return Q(list__in=[todo_list.pk for todo_list in lists if is_named(todo_list, value)])

    def value_words(self, value: str, clock: Clock) -> str:
        return gettext("in the list “%(list)s”") % {"list": value}


class Labelled(NameTerm):
    """A label of a todo: every spelling that would be the same label."""

    name = "label"
    needs = _("use the name of a label")

    @classmethod
    def read_value(cls, text: str) -> str:
        try:
            return parse_label(text)
        except LabelError as error:
            raise InvalidValue from error

    def value_holds(self, value: str, todo: Row, clock: Clock, todo_list: NamedList | None) -> bool:
        return has_label(todo.label_text, value)

    def value_condition(self, value: str, clock: Clock, lists: Sequence[NamedList]) -> Q:
        condition = Q()
        for owner_id in {todo_list.owner_id for todo_list in lists}:
            own = [todo_list.pk for todo_list in lists if todo_list.owner_id == owner_id]
            condition |= Q(HasLabel(value, owner_id), list__in=own)
        return condition

    def value_words(self, value: str, clock: Clock) -> str:
        return gettext("labelled “%(label)s”") % {"label": value}


FILTERS: dict[str, type[Term]] = {kind.name: kind for kind in (Is, Has, OfPriority, Due, InList, Labelled)}


def names_filter(text: str) -> bool:
    """Return whether a word would be read as a filter."""
    name, colon, _rest = text.partition(":")
    return bool(colon) and name.lower() in FILTERS


def quoted(text: str) -> str:
    return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))


def is_named(todo_list: NamedList, name: str) -> bool:
    return fold(" ".join(todo_list.name.split())) == fold(name)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def beginning(day: date, zone: ZoneInfo | None) -> datetime:
    """Return when a day begins, as deadlines are stored: the instant in a zone, or the wall clock's midnight."""
    return midnight(day) if zone is None else Deadline.of_day(day).begins_at(zone)
