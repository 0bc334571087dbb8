"""Finds the list in a line: "+groceries" or "+gro", as a word of its own."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from todos.labels import key_of


class Named(Protocol):
    """A list that the todo can be added to."""

    name: str


# It does not end as a sentence does.
_MARKER = re.compile(r"(?<!\S)\+(\S*[^\s.!?,;:…)\]}'\"])(?!\S)\s*")
_BETWEEN_WORDS = re.compile(r"[\s_-]+")


def take_list(text: str, lists: Callable[[], Iterable[Named]]) -> tuple[str, Named | None]:
    """Return the text without its marker, and the list that is meant, if exactly one is.

    ``lists`` is only called if there is a marker. One that means no list, such as "+1", is text.
    """
    if not (markers := set(_MARKER.findall(text))):
        return text, None
    known = list(lists())
    found = {marker: one for marker in markers if (one := _find(marker, known))}
    if len({id(one) for one in found.values()}) != 1:
        return text, None
    rest = _MARKER.sub(lambda match: "" if match[1] in found else match[0], text)
    return rest.strip(), next(iter(found.values()))


def _find(marker: str, lists: Sequence[Named]) -> Named | None:
    """Return the list of this name, or else the only one with a word that begins so."""
    words = _words(marker)
    key = "".join(words)
    same = [one for one in lists if "".join(_words(one.name)) == key]
    if not same and not key.isdecimal():
        same = [one for one in lists if any(word.startswith(key) for word in _words(one.name))]
    return same[0] if key and len(same) == 1 else None


def _words(text: str) -> list[str]:
    return [word for word in _BETWEEN_WORDS.split(key_of(text)) if word]
