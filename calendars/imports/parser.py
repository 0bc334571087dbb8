"""Reading iCalendar files that others wrote: lenient about their form, strict about their size.

A file is read line by line and only what can become a todo is kept, so that neither its depth nor the length
of a line costs memory. No library does that, and those at hand do not undo TEXT's escapes right.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import NamedTuple

from django.conf import settings

MAX_ENTRIES = 10_000
MAX_LINE_BYTES = 1_000_000  # unfolded; pictures may be attached to an event, but not of any size
MAX_DEPTH = 10  # RFC 5545 needs 3

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
ENTRIES = {b"VEVENT", b"VTODO"}
# What decides whether and how an entry becomes a todo.
PROPERTIES = {
    "UID", "SUMMARY", "DESCRIPTION", "DTSTART", "DUE", "STATUS", "COMPLETED", "RRULE", "RDATE", "RECURRENCE-ID",
}  # fmt: skip

_NAME = re.compile(rb"[A-Za-z0-9-]+")
# Nothing here is tried twice (the second plus of each): a long line costs neither time nor memory.
_CONTENT_LINE = re.compile(r'[A-Za-z0-9-]++((?:;[A-Za-z0-9-]++=(?:"[^"]*+"|[^";:]++)*+)*+):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([A-Za-z0-9-]++)=((?:"[^"]*+"|[^";:]++)*+)')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class UnreadableCalendar(ValueError):
    """The file as a whole cannot be taken; the message is a sentence for whoever sent it."""


class CalendarTooLarge(UnreadableCalendar):
    """It may be a good file, but it is longer or holds more than is taken at once."""


class Property(NamedTuple):
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value of a TEXT property, as it was before it was escaped (RFC 5545, 3.3.11)."""
        return _ESCAPE.sub(lambda escape: "\n" if escape[1] in "nN" else escape[1], self.value)


@dataclass
class Entry:
    """A VEVENT or VTODO, and why it cannot be read, where it cannot."""

    kind: str
    properties: dict[str, Property] = field(default_factory=dict)
    fault: str = ""

    def text(self, name: str) -> str:
        return self.properties[name].text if name in self.properties else ""


def read_entries(body: bytes) -> list[Entry]:
    """Return the entries of a file, or raise UnreadableCalendar."""
    if len(body) > settings.MAX_IMPORT_BYTES:
        raise CalendarTooLarge(f"The file is over {settings.MAX_IMPORT_BYTES:,} bytes.")
    entries, stack = [], []
    for number, line in _content_lines(body.removeprefix(BYTE_ORDER_MARK)):
        keyword, _, component = line.upper().partition(b":") if len(line) < 100 else (b"", b"", b"")
        if not stack and (keyword, component.strip()) != (b"BEGIN", b"VCALENDAR"):
            raise UnreadableCalendar(f"This is no calendar file: line {number} stands outside of a VCALENDAR.")
        if keyword == b"BEGIN":
            stack.append(component.strip())
            if len(stack) > MAX_DEPTH:
                raise UnreadableCalendar(f"Line {number}: components are nested too deep.")
            if len(stack) == 2 and stack[1] in ENTRIES:
                entries.append(Entry(stack[1].decode()))
                if len(entries) > MAX_ENTRIES:
                    raise CalendarTooLarge(f"The file holds over {MAX_ENTRIES:,} entries; split it.")
        elif keyword == b"END":
            if stack.pop() != component.strip():
                raise UnreadableCalendar(f"Line {number} ends a component other than the one that is open.")
        elif len(stack) == 2 and stack[1] in ENTRIES:
            _take(entries[-1], number, line)
    if stack:
        raise UnreadableCalendar("The file is cut off: its last lines are missing.")
    if not body.strip():
        raise UnreadableCalendar("The file is empty.")
    return entries


def _content_lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each line, unfolded, with the number at which it begins. Bytes, since folds may split characters."""
    line, start = bytearray(), 0
    for number, octets in enumerate(BytesIO(body), 1):
        octets = octets.rstrip(b"\r\n")
        if octets[:1] in (b" ", b"\t"):
            line += octets[1:]
        else:
            if line:
                yield start, bytes(line)
            line, start = bytearray(octets), number
        if len(line) > MAX_LINE_BYTES:
            raise UnreadableCalendar(f"Line {start} is over {MAX_LINE_BYTES:,} bytes.")
    if line:
        yield start, bytes(line)


def _take(entry: Entry, number: int, line: bytes) -> None:
    """Keep the line's property if it matters; of several with one name, the first."""
    name = _NAME.match(line)
    name = name[0].decode().upper() if name else ""
    if name not in PROPERTIES or name in entry.properties:
        return
    try:
        match = _CONTENT_LINE.fullmatch(line.decode())
    except UnicodeDecodeError:
        match = None
    if match is None:
        entry.fault = f"Line {number} of the file cannot be read."
        return
    parameters = {key.upper(): value.strip('"') for key, value in _PARAMETER.findall(match[1])}
    entry.properties[name] = Property(parameters, match[2])
