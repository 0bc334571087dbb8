"""Finds the priority in a line: "!high", "!medium" or "!low", or "!1" to "!3", as a word of its own."""

import re

from todos.priorities import PRIORITIES, Priority

_BY_MARKER = PRIORITIES | {"1": Priority.HIGH, "2": Priority.MEDIUM, "3": Priority.LOW}
_MARKER = re.compile(r"(?<!\S)!((?ai:high|medium|low)|[123])(?!\S)\s*")


def take_priority(text: str) -> tuple[str, Priority]:
    """Return the text without its markers, and the priority they mean; markers that disagree are text."""
    found = {_BY_MARKER[marker.lower()] for marker in _MARKER.findall(text)}
    return (_MARKER.sub("", text).strip(), found.pop()) if len(found) == 1 else (text, Priority.NONE)
