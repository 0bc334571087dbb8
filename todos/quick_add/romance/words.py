"""Tables of words for French and Spanish, and the times that both divide the day into."""

import unicodedata
from collections.abc import Iterable
from datetime import time
from types import ModuleType
from typing import NamedTuple

from todos.quick_add.values import Part

NOON = Part(time(12), 11, 15)


def without_accents(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def words(text: str) -> frozenset[str]:
    return frozenset(without_accents(text).split())


def numbered(text: str, first: int = 0) -> dict[str, int]:
    """Return the number of each word: those between two commas have the same."""
    groups = enumerate(without_accents(text).split(","), first)
    return {word: number for number, group in groups for word in group.split()}


def phrases(text: str) -> tuple[str, ...]:
    """Return phrases that are written with commas between them."""
    return tuple(phrase.strip() for phrase in without_accents(text).split(","))


def first_words(*tables: Iterable[str]) -> frozenset[str]:
    return frozenset(phrase.split()[0] for table in tables for phrase in table)


class Beginnings(NamedTuple):
    """What each kind of phrase can begin with."""

    days: frozenset[str]
    repeats: frozenset[str]
    times: frozenset[str]

    @classmethod
    def of(cls, known: ModuleType) -> "Beginnings":
        """Return those of a language, by its tables."""
        days = (
            known.TODAY,
            known.TOMORROW,
            known.AFTER_TOMORROW,
            known.NEXT_WEEK,
            known.NEXT_MONTH,
            known.NEXT_YEAR,
        )
        ends = (known.WEEKENDS, known.WEEK_END, known.MONTH_END, known.YEAR_END, known.END_OF, known.IN)
        both = known.FIRST_OF_MONTH | known.DAY_WORDS
        return cls(
            first_words(*days, *ends)
            | known.WEEKDAYS.keys()
            | known.WEEKDAYS_BEFORE_CLOCKS.keys()
            | known.THIS
            | known.NEXT
            | both
            | words("en"),
            first_words(known.EACH, known.ON_WORKDAYS)
            | known.ON_EACH
            | known.ORDINALS.keys()
            | both
            | known.ARTICLES
            | known.ADVERBS_OF_REPEATS.keys(),
            first_words(known.MIDDAY, known.MIDNIGHT, known.IN_PART, known.OF_PART)
            | known.PARTS.keys()
            | known.NUMBERS.keys(),
        )
