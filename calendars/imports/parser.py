"""A parser for other programs' iCalendar files: lenient about their form, strict about their size.

It reads line by line and keeps only what can become a todo, so neither deep nesting nor long lines cost memory. No
file takes much longer than an honest one of its size: lines, parameters and the length of what is kept are limited.
No library does that, and those we tried do not unescape TEXT correctly.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import NamedTuple

from django.conf import settings

MAX_COMPONENTS = 10_000
MAX_LINES = 400_000
MAX_LINE_BYTES = 1_000_000  # unfolded; events may have pictures attached, but not of any size
MAX_PROPERTY_BYTES = 200_000  # of a line that the import reads
MAX_PARAMETERS = 20  # of such a line; RFC 5545 defines 20 in all
MAX_DEPTH = 10  # RFC 5545 needs 3

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
IMPORTED_COMPONENTS = {b"VEVENT", b"VTODO"}
# The properties that the import mapping reads.
IMPORTED_PROPERTIES = {
    "UID", "SUMMARY", "DESCRIPTION", "DTSTART", "DUE", "STATUS", "COMPLETED", "RRULE", "RDATE", "RECURRENCE-ID",
}  # fmt: skip
# Those of them whose parameters it reads.
MOMENTS = {"DTSTART", "DUE", "COMPLETED"}

_NAME = re.compile(rb"[A-Za-z0-9-]+")
# Possessive quantifiers (++, *+) never backtrack, so a long line costs neither time nor memory.
_CONTENT_LINE = re.compile(
    rf'[A-Za-z0-9-]++((?:;[A-Za-z0-9-]++=(?:"[^"]*+"|[^";:]++)*+){{0,{MAX_PARAMETERS}}}+):(.*)', re.DOTALL
)
_PARAMETER = re.compile(r';([A-Za-z0-9-]++)=((?:"[^"]*+"|[^";:]++)*+)')


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
        if "\\" not in self.value:
            return self.value
        # By str.replace, because a regular expression would call a function for each of millions of escapes. What
        # stands between two escaped backslashes has no other backslash than those of escapes.
        *parts, last = self.value.split(r"\\")
        tail = "\\" if last.endswith("\\") else ""  # escapes nothing
        unescaped = [part.replace(r"\n", "\n").replace(r"\N", "\n").replace("\\", "") for part in (*parts, last)]
        return "\\".join(unescaped) + tail


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
        if number > MAX_LINES:
            raise CalendarTooLarge(f"The file has over {MAX_LINES:,} lines; split it.")
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
    if len(line) > MAX_PROPERTY_BYTES:
        component.error = f"Line {number} of the file is over {MAX_PROPERTY_BYTES:,} bytes."
        return
    try:
        match = _CONTENT_LINE.fullmatch(line.decode())
    except UnicodeDecodeError:
        match = None
    if match is None:
        component.error = f"Line {number} of the file cannot be read."
        return
    read = _PARAMETER.findall(match[1]) if name in MOMENTS else []
    component.properties[name] = Property({key.upper(): value.strip('"') for key, value in read}, match[2])
