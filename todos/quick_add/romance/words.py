"""Tables of words for French and Spanish, and the times that both divide the day into."""

import unicodedata
from collections.abc import Iterable
from datetime import time

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
