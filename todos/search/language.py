"""From the text of a search to its terms, and back: ``parse(str(query)) == query``.

    is:open -label:done,dull priority:high,medium due:<7d due:none list:Work "exact words" word -word

A filter is one of FILTERS, a colon and values with commas between; everything else is a word. Words, and names behind a
colon, may be in double quotes, in which a backslash comes before a quote or another backslash. Several spaces count
as one.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from django.utils.translation import gettext as _

from todos.agenda import Clock
from todos.models import QUERY_MAX_LENGTH as MAX_LENGTH
from todos.search.terms import FILTERS, InvalidValue, Is, NamedList, Row, Term, Text

MAX_TERMS = 20
MAX_SHOWN = 40

_SPACES = re.compile(r"\s*")
_FILTER = re.compile(rf"({'|'.join(FILTERS)}):", re.IGNORECASE | re.ASCII)
_WORD = re.compile(r"\S+")
_VALUE = re.compile(r"[^\s,]*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\])')


class QueryError(ValueError):
    """The text is no search. The message is a sentence that names the word; ``start`` and ``end`` say where it is."""

    def __init__(self, sentence: str, start: int, end: int) -> None:
        super().__init__(sentence)
        self.start, self.end = start, end

    @classmethod
    def of_word(cls, text: str, start: int, end: int, reason: str) -> Self:
        word = text[start:end]
        shown = f"{word[:MAX_SHOWN]}…" if len(word) > MAX_SHOWN else word
        return cls(_("“%(word)s”: %(reason)s.") % {"word": shown, "reason": reason}, start, end)


@dataclass(frozen=True)
class Query:
    """A search: terms that must all hold. Without any, all todos are found."""

    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        """The canonical text: equal searches have equal texts."""
        return " ".join(map(str, self.terms))

    def __bool__(self) -> bool:
        return bool(self.terms)

    @cached_property
    def depends_on_clock(self) -> bool:
        return any(term.depends_on_clock for term in self.terms)

    @property
    def texts(self) -> list[str]:
        """The words that a todo must have."""
        return [term.values[0] for term in self.terms if isinstance(term, Text) and not term.negated]

    @property
    def is_completed(self) -> bool | None:
        """Whether all that it finds is done, or all open. None: it may find both."""
        states = [set(term.values) for term in self.terms if isinstance(term, Is) and not term.negated]
        if any(state == {"done"} for state in states):
            return True
        return False if any(state <= {"open", "overdue"} for state in states) else None

    @property
    def has_filters(self) -> bool:
        """It is more than words."""
        return any(term.negated or not isinstance(term, Text) or " " in term.values[0] for term in self.terms)

    def holds(self, todo: Row, clock: Clock, todo_list: NamedList | None = None) -> bool:
        """Return whether it finds the todo, whoever asks by this clock."""
        return all(term.holds(todo, clock, todo_list) for term in self.terms)

    def words(self, clock: Clock) -> str:
        """Return how it was read."""
        return ", ".join(term.words(clock) for term in self.terms)


def parse(text: str) -> Query:
    """Return the search. Raises QueryError."""
    if len(text) > MAX_LENGTH:
        raise _too_long(text)
    for position, character in enumerate(text):
        if character == "\0" or "\ud800" <= character <= "\udfff":
            raise QueryError(_("A search has a character that no todo can have."), position, position + 1)
    terms: list[Term] = []
    position = _SPACES.match(text).end()
    while position < len(text):
        if len(terms) == MAX_TERMS:
            sentence = _("A search has %(count)d words and filters at most.") % {"count": MAX_TERMS}
            raise QueryError(sentence, position, len(text))
        term, position = _read_term(text, position)
        terms.append(term)
        position = _SPACES.match(text, position).end()
    query = Query(tuple(terms))
    if len(str(query)) > MAX_LENGTH:  # it may be a little longer than what was typed
        raise _too_long(text)
    return query


def _too_long(text: str) -> QueryError:
    sentence = _("A search has %(count)d characters at most.") % {"count": MAX_LENGTH}
    return QueryError(sentence, min(len(text), MAX_LENGTH), len(text))


def _read_term(text: str, start: int) -> tuple[Term, int]:
    position = start
    negated = text[start] == "-" and text[start + 1 : start + 2].strip() != ""
    if negated:
        position += 1
    if not (found := _FILTER.match(text, position)):
        value, end = _read_text(text, start, position)
        return Text((value,), negated, start), end
    kind, values, end = FILTERS[found[1].lower()], [], found.end()
    while True:
        value, end = _read_text(text, start, end, is_value=True)
        values.append(value)
        if text[end : end + 1] != ",":
            break
        end += 1
    try:
        read = [kind.read_value(value) for value in values]
    except InvalidValue as error:
        raise QueryError.of_word(text, start, end, str(error) or str(kind.needs)) from error
    return kind(tuple(dict.fromkeys(read)), negated, start), end


def _read_text(text: str, start: int, position: int, *, is_value: bool = False) -> tuple[str, int]:
    """Return the word or the value at a position, in quotes or not, and where it ends."""
    if text[position : position + 1] != '"':
        found = (_VALUE if is_value else _WORD).match(text, position)
        return found[0], found.end()
    if not (found := _QUOTED.match(text, position)):
        raise QueryError.of_word(text, start, len(text), _("the quotation mark at its end is missing"))
    value = " ".join(_ESCAPE.sub(r"\1", found[1]).split())
    if not value:
        raise QueryError.of_word(text, start, found.end(), _("there is nothing between the quotation marks"))
    return value, found.end()
