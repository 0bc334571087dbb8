"""Tables in CSV: read strictly, because a quotation mark too few would make one cell of all lines that follow."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from io import StringIO

from django.utils.translation import gettext, gettext_noop, ngettext

from calendars.imports.encodings import GUESSED, decode
from calendars.imports.files import MAX_ENTRIES, FileTooLarge, UnreadableFile
from calendars.imports.not_kept import NotKept, Words
from web.translations import group_digits, ngettext_noop

MAX_ROWS = 2 * MAX_ENTRIES  # some are comments or sections
MAX_LINES = 400_000  # a cell can have many
MAX_COLUMNS = 100
HEAD_ROWS = 20  # in which the columns are named
HEAD_CHARS = 20_000
DELIMITERS = ",;\t"  # Excel writes semicolons where numbers have commas
MAX_NAME_SHOWN = 40
NOT_UTF_8 = gettext_noop("The file was not in UTF-8 and was read as Latin-1. Check the accents in the titles.")
DAMAGED = gettext_noop("The file is in no encoding that can be read; save it in UTF-8.")

_CONTROL = {code: None for code in (*range(32), 127) if chr(code) not in "\t\n\r"}


@dataclass
class Table:
    """The rows below the names of the columns, by these names in upper case; without empty ones."""

    rows: list[dict[str, str]] = field(default_factory=list)
    not_kept: NotKept = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def has_columns(body: bytes, needed: Set[str]) -> bool:
    """Return whether the first lines of a file name these columns."""
    return _find_delimiter(body[:HEAD_CHARS].decode(errors="replace"), needed) is not None


def read_table(body: bytes, *, needed: Set[str], used: Set[str]) -> Table:
    """Return the rows of a file whose first lines name the ``needed`` columns. Raises UnreadableFile.

    Each row has all columns that are ``used``; what stands in others is counted.
    """
    table = Table()
    text = _clean_text(body, table.notes)
    rows = _read_rows(text, _find_delimiter(text[:HEAD_CHARS], needed) or ",")
    names = next((found for _, cells in rows if needed <= {*(found := _names(cells))}), [])
    _check(names)
    short = beyond = 0
    unused: Counter[str] = Counter()  # cells by the name of their column, of which there may be millions
    for cells in (cells for _, cells in rows if any(map(str.strip, cells))):
        if len(table.rows) == MAX_ROWS:
            raise FileTooLarge(
                gettext("The file has over %(most)s rows; split it.") % {"most": group_digits(MAX_ROWS)}
            )
        short += len(cells) < len(names)
        beyond += sum(1 for cell in cells[len(names) :] if cell.strip())
        row = dict.fromkeys(used, "")
        for name, cell in zip(names, map(str.strip, cells), strict=False):
            if name in used:
                row[name] = cell
            elif cell:
                unused[name] += 1
        table.rows.append(row)
    for name, count in unused.items():
        table.not_kept[_cells_of(name)] += count
    if beyond:
        table.not_kept[ngettext_noop("cell beyond the columns", "cells beyond the columns")] += beyond
    if short:
        text = ngettext(
            "%(count)s line has fewer cells than there are columns; the missing ones are empty.",
            "%(count)s lines have fewer cells than there are columns; the missing ones are empty.",
            short,
        )
        table.notes.append(text % {"count": group_digits(short)})
    return table


def _cells_of(name: str) -> Words:
    """Return what the cells of a column are called."""
    if not name:
        return ngettext_noop("cell of a column without a name", "cells of a column without a name")
    words = ngettext_noop("cell of “%(column)s”", "cells of “%(column)s”")
    column = {"column": name[:MAX_NAME_SHOWN].capitalize()}
    return ngettext(*words, 1) % column, ngettext(*words, 2) % column


def _find_delimiter(head: str, needed: Set[str]) -> str | None:
    for delimiter in DELIMITERS:
        try:
            for number, cells in _read_rows(head, delimiter):
                if needed <= {*_names(cells)}:
                    return delimiter
                if number > HEAD_ROWS:
                    break
        except UnreadableFile:  # where the head ends, or because this is not the delimiter
            continue
    return None


def _clean_text(body: bytes, notes: list[str]) -> str:
    try:
        text, encoding = decode(body)
    except UnicodeDecodeError as error:
        raise UnreadableFile(gettext(DAMAGED)) from error
    if encoding == GUESSED:
        notes.append(gettext(NOT_UTF_8))
    if text.count("\n") + text.count("\r") > MAX_LINES:
        raise FileTooLarge(
            gettext("The file has over %(most)s lines; split it.") % {"most": group_digits(MAX_LINES)}
        )
    length = len(text)
    text = text.translate(_CONTROL)
    if count := length - len(text):
        words = ngettext(
            "%(count)s control character was left out.", "%(count)s control characters were left out.", count
        )
        notes.append(words % {"count": group_digits(count)})
    return text


def _read_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row, with the number of its first line."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "limit" in str(error):
                sentence = gettext("Line %(number)s has a cell of over %(most)s characters.")
            else:
                sentence = gettext(
                    "Line %(number)s is not CSV: a quotation mark in it is too many, or is not closed."
                )
            values = {"number": number, "most": group_digits(csv.field_size_limit())}
            raise UnreadableFile(sentence % values) from error
        yield number, cells


def _names(cells: Sequence[str]) -> list[str]:
    return [" ".join(cell.split()).upper() for cell in cells]


def _check(names: Sequence[str]) -> None:
    if not names:
        raise UnreadableFile(gettext("The first lines of the file name no columns."))
    if len(names) > MAX_COLUMNS:
        raise UnreadableFile(gettext("The file has over %(most)s columns.") % {"most": MAX_COLUMNS})
    for name, count in Counter(names).items():
        if name and count > 1:
            sentence = gettext("The column “%(column)s” is there %(count)s times; it has to be once.")
            raise UnreadableFile(sentence % {"column": name[:MAX_NAME_SHOWN], "count": count})
