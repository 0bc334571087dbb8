"""A parser for other programs' iCalendar files: lenient about their form, strict about their size.

It reads line by line and keeps only what can become a todo, so neither deep nesting nor long lines cost memory.
No library does that, and those we tried do not unescape TEXT correctly.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import NamedTuple

from django.conf import settings

MAX_COMPONENTS = 10_000
MAX_LINE_BYTES = 1_000_000  # unfolded; events may have pictures attached, but not of any size
MAX_DEPTH = 10  # RFC 5545 needs 3

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
IMPORTED_COMPONENTS = {b"VEVENT", b"VTODO"}
# The properties that the import mapping reads.
IMPORTED_PROPERTIES = {
    "UID", "SUMMARY", "DESCRIPTION", "DTSTART", "DUE", "STATUS", "COMPLETED", "RRULE", "RDATE", "RECURRENCE-ID",
}  # fmt: skip

_NAME = re.compile(rb"[A-Za-z0-9-]+")
# Possessive quantifiers (++, *+) never backtrack, so a long line costs neither time nor memory.
_CONTENT_LINE = re.compile(r'[A-Za-z0-9-]++((?:;[A-Za-z0-9-]++=(?:"[^"]*+"|[^";:]++)*+)*+):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([A-Za-z0-9-]++)=((?:"[^"]*+"|[^";:]++)*+)')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class UnreadableCalendar(ValueError):
    """The file as a whole cannot be imported; the message is a sentence for the person who sent it."""


class CalendarTooLarge(UnreadableCalendar):
    """The file is longer, or has more components, than one import takes."""


class Property(NamedTuple):
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The unescaped value of a TEXT property (RFC 5545, 3.3.11)."""
        return _ESCAPE.sub(lambda escape: "\n" if escape[1] in "nN" else escape[1], self.value)


@dataclass
class Component:
    """A VEVENT or VTODO, and what is wrong with it if it cannot be read."""

    kind: str
    properties: dict[str, Property] = field(default_factory=dict)
    error: str = ""

    def text(self, name: str) -> str:
        return self.properties[name].text if name in self.properties else ""


def parse_components(body: bytes) -> list[Component]:
    """Return the events and tasks of a file, or raise UnreadableCalendar."""
    if len(body) > settings.MAX_IMPORT_BYTES:
        raise CalendarTooLarge(f"The file is over {settings.MAX_IMPORT_BYTES:,} bytes.")
    components, stack = [], []
    for number, line in _content_lines(body.removeprefix(BYTE_ORDER_MARK)):
        keyword, _, name = line.upper().partition(b":") if len(line) < 100 else (b"", b"", b"")
        if not stack and (keyword, name.strip()) != (b"BEGIN", b"VCALENDAR"):
            raise UnreadableCalendar(f"This is not a calendar file: line {number} is outside of a VCALENDAR.")
        if keyword == b"BEGIN":
            stack.append(name.strip())
            if len(stack) > MAX_DEPTH:
                raise UnreadableCalendar(f"Line {number}: components are nested too deep.")
            if len(stack) == 2 and stack[1] in IMPORTED_COMPONENTS:
                components.append(Component(stack[1].decode()))
                if len(components) > MAX_COMPONENTS:
                    raise CalendarTooLarge(f"The file has over {MAX_COMPONENTS:,} events and tasks; split it.")
        elif keyword == b"END":
            if stack.pop() != name.strip():
                raise UnreadableCalendar(f"Line {number} ends a component other than the one that is open.")
        elif len(stack) == 2 and stack[1] in IMPORTED_COMPONENTS:
            _add_property(components[-1], number, line)
    if stack:
        raise UnreadableCalendar("The file is cut off: its last lines are missing.")
    if not body.strip():
        raise UnreadableCalendar("The file is empty.")
    return components


def _content_lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each unfolded line, with the number of its first. Bytes, because a fold may split a character."""
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


def _add_property(component: Component, number: int, line: bytes) -> None:
    """Add the line's property if the import reads it. If a name occurs twice, the first one counts."""
    name = _NAME.match(line)
    name = name[0].decode().upper() if name else ""
    if name not in IMPORTED_PROPERTIES or name in component.properties:
        return
    try:
        match = _CONTENT_LINE.fullmatch(line.decode())
    except UnicodeDecodeError:
        match = None
    if match is None:
        component.error = f"Line {number} of the file cannot be read."
        return
    parameters = {key.upper(): value.strip('"') for key, value in _PARAMETER.findall(match[1])}
    component.properties[name] = Property(parameters, match[2])
