"""Finds labels in a line: "#uni", as words of their own."""

import re

from todos.labels import LabelError, parse_labels

# It begins with a letter, so that "issue #12" stays as it is, and does not end as a sentence does.
_MARKER = re.compile(r"(?<!\S)#([^\W\d_][^\s,#]*(?<![.!?;:…)\]}'\"]))(?!\S)\s*")


def take_labels(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text without its labels, and their names. If a todo cannot have them, they are text."""
    try:
        names = parse_labels(_MARKER.findall(text))
    except LabelError:
        return text, ()
    return (_MARKER.sub("", text).strip(), names) if names else (text, ())
