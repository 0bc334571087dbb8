"""What a format gives of a file: its entries as todos, with what is to be said of each, or why it cannot be read."""

from collections import Counter
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from calendars.imports.not_kept import Note, NotKept
from todos.models import TodoList
from todos.services import ImportedTodo

MAX_ENTRIES = 10_000  # events, tasks or todos of a file
# Characters of a name that thousands of entries have in common. None that is longer than 50 can be a label.
MAX_COMMON_NAME = 500


class UnreadableFile(ValueError):
    """The file as a whole cannot be imported; the message is a sentence for the person who sent it."""


class FileTooLarge(UnreadableFile):
    """The file is longer, or has more entries, than one import takes."""


class Skipped(NamedTuple):
    title: str
    reason: str


@dataclass
class Entry:
    """A todo, what of its entry in the file it does not have, and what was made of it."""

    todo: ImportedTodo
    not_kept: NotKept = field(default_factory=Counter)
    notes: Counter[Note] = field(default_factory=Counter)


@dataclass
class ReadFile:
    """The entries of a file, each UID once, and what a person should know of the file as a whole."""

    entries: list[Entry] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    not_kept: NotKept = field(default_factory=Counter)  # outside of the entries
    notes: list[str] = field(default_factory=list)  # sentences


class Format(NamedTuple):
    """A kind of file: its type on the web, whether a file is one, and what it says.

    ``read`` also takes the UIDs that the list has, and raises UnreadableFile. Both are given what is not UTF-16.
    """

    name: str
    media_type: str
    recognizes: Callable[[bytes], bool]
    read: Callable[[bytes, TodoList, Set[UUID]], ReadFile]
