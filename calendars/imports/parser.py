"""A parser for other programs' iCalendar files: lenient about their form, strict about their size.

It reads line by line and keeps only what can become a todo, so neither deep nesting nor long lines cost memory. No
file takes much longer than an honest one of its size: lines, parameters and the length of what is kept are limited.
No library does that, and those we tried do not unescape TEXT correctly.
"""

import re
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from io import BytesIO
from typing import NamedTuple

from django.utils.translation import gettext, ngettext

from calendars.ical.renderer import PRODID
from calendars.imports.encodings import (
    BYTE_ORDER_MARK,
    GUESSED,
    decode,
    decode_quoted_printable,
    is_quoted_printable,
)
from calendars.imports.files import MAX_ENTRIES, FileTooLarge, UnreadableFile
from calendars.imports.not_kept import Note, NotKept, count_component, count_property
from calendars.imports.time_zones import Lines, TimeZone
from web.translations import group_digits

MAX_LINES = 400_000
MAX_LINE_BYTES = 1_000_000  # unfolded; events may have pictures attached, but not of any size
MAX_PROPERTY_BYTES = 200_000  # of a line that the import reads
MAX_REPEATED = 100  # properties of one name in a component, where the import reads more than one
MAX_DATES = 500  # that a series has besides its rule, or leaves out
MAX_PARAMETERS = 20  # of such a line; RFC 5545 defines 20 in all
MAX_DEPTH = 10  # RFC 5545 needs 3
MAX_TIME_ZONES = 600  # as many as there are
MAX_TIME_ZONE_BYTES = 1_000_000  # of all of them; one with all of its history has 20,000

LAST_LINE = b"END:VCALENDAR"
OWN_PRODID = f"PRODID:{PRODID}".encode()
IMPORTED_COMPONENTS = {b"VEVENT", b"VTODO"}
# The properties whose parameters say when they are.
MOMENTS = {"DTSTART", "DUE", "COMPLETED", "RECURRENCE-ID"}
# The properties that may stand in a component several times, and those of them that are lists of moments.
DATES = {"RDATE", "EXDATE"}
REPEATED = {"CATEGORIES", "RRULE"} | DATES
# Of the entries that it names, only the parent is read, which it is unless RELTYPE says something else (3.8.4.5).
PARENT = "RELATED-TO"
TIME_ZONE_PROPERTIES = {"DTSTART", "RRULE", "RDATE", "TZOFFSETFROM", "TZOFFSETTO"}

_NAME = re.compile(rb"[A-Za-z0-9-]+")
# Possessive quantifiers (++, *+) never backtrack, so a long line costs neither time nor memory. The parameter without
# a value is one of vCalendar 1.0.
_CONTENT_LINE = re.compile(
    rb"[A-Za-z0-9-]++("
    rb'(?:;(?:(?i:QUOTED-PRINTABLE)(?=[;:])|[A-Za-z0-9-]++=(?:"[^"]*+"|[^";:]++)*+)){0,%d}+'
    rb"):(.*)" % MAX_PARAMETERS,
    re.DOTALL,
)
_ITEM = re.compile(r"(?:[^,;\\]++|\\.?)++", re.DOTALL)
_PARAMETER = re.compile(r';([A-Za-z0-9-]++)=((?:"[^"]*+"|[^";:]++)*+)')
_HEAD_BYTES = 500  # in which a line says that it is in quoted-printable


class Property(NamedTuple):
    parameters: dict[str, str]
    value: str
    is_quoted_printable: bool = False

    @property
    def text(self) -> str:
        """The unescaped value of a TEXT property (RFC 5545, 3.3.11)."""
        return self.unescaped(self.value)

    @property
    def items(self) -> list[str]:
        """The values of a list of TEXT, still escaped.

        In vCalendar 1.0 semicolons stand between them; in RFC 5545 no TEXT has an unescaped one.
        """
        return _ITEM.findall(self.value)

    def unescaped(self, value: str) -> str:
        if "\\" not in value:
            return value
        if self.is_quoted_printable:  # and so of vCalendar 1.0, where newlines are =0D=0A
            return value.replace("\\;", ";").replace("\\,", ",")
        # By str.replace, because a regular expression would call a function for each of millions of escapes. What
        # stands between two escaped backslashes has no other backslash than those of escapes.
        *parts, last = value.split(r"\\")
        tail = "\\" if last.endswith("\\") else ""  # escapes nothing
        unescaped = [part.replace(r"\n", "\n").replace(r"\N", "\n").replace("\\", "") for part in (*parts, last)]
        return "\\".join(unescaped) + tail


@dataclass
class Component:
    """A VEVENT or VTODO, and what is wrong with it if it cannot be read."""

    kind: str
    # Those that its calendar defines, by their names; complete when the file has been read.
    time_zones: dict[str, TimeZone] = field(default_factory=dict)
    properties: dict[str, Property] = field(default_factory=dict)
    repeated: dict[str, list[Property]] = field(default_factory=dict)  # those of REPEATED
    error: str = ""
    not_kept: NotKept = field(default_factory=Counter)
    notes: Counter[Note] = field(default_factory=Counter)  # what was made of it
    date_count: int = 0
    is_own: bool = False  # in a file that this program wrote

    def text(self, name: str) -> str:
        return self.properties[name].text.strip() if name in self.properties else ""


@dataclass
class ParsedFile:
    """The events and tasks of a file, and what a person should know of how it was read."""

    components: list[Component] = field(default_factory=list)
    not_kept: NotKept = field(default_factory=Counter)  # outside of events and tasks
    encodings: Counter[str] = field(default_factory=Counter)  # lines that are not in UTF-8
    lines_after_the_end: int = 0

    @property
    def notes(self) -> list[str]:
        """Sentences for the person who imports the file."""
        notes = []
        for name, count in self.encodings.items():
            if name == GUESSED:
                text = ngettext(
                    "%(count)s line was not in UTF-8 and was read as Latin-1. Check the accents in the titles.",
                    "%(count)s lines were not in UTF-8 and were read as Latin-1. Check the accents in the titles.",
                    count,
                )
            else:
                text = ngettext(
                    "%(count)s line in %(encoding)s, an old encoding, was converted.",
                    "%(count)s lines in %(encoding)s, an old encoding, were converted.",
                    count,
                )
            notes.append(text % {"count": group_digits(count), "encoding": name})
        if count := self.lines_after_the_end:
            text = ngettext(
                "%(count)s line after the end of the calendar was ignored.",
                "%(count)s lines after the end of the calendar were ignored.",
                count,
            )
            notes.append(text % {"count": group_digits(count)})
        return notes


def parse_file(body: bytes, *, properties: Set[str]) -> ParsedFile:
    """Return the events and tasks of a file with these of their properties, or raise UnreadableFile."""
    parser = _Parser(properties)
    for number, line in _content_lines(body.removeprefix(BYTE_ORDER_MARK)):
        parser.feed(number, line)
    if parser.stack:
        raise UnreadableFile(gettext("The file is cut off: its last lines are missing."))
    if not parser.calendars:
        raise UnreadableFile(gettext("The file is empty."))
    return parser.file


class _Parser:
    """What is known while a file is read line by line."""

    def __init__(self, properties: Set[str]) -> None:
        self.properties = properties
        self.file = ParsedFile()
        self.calendars = 0
        self.stack: list[bytes] = []
        self.time_zones: dict[str, TimeZone] = {}  # of this calendar
        self.is_own = False
        self.time_zone_name, self.is_whole = "", True
        self.observances: list[Lines] = []  # of this time zone
        self.time_zone_count = self.time_zone_bytes = 0  # of the file

    def feed(self, number: int, line: bytes) -> None:
        depth = len(self.stack)
        keyword = name = b""
        if line[:1] in b"BbEe" and len(line) < 100:  # most lines are properties: this is the hottest path
            keyword, _, name = line.upper().partition(b":")
            name = name.strip()
        if not depth and (keyword, name) != (b"BEGIN", b"VCALENDAR"):
            self._add_outside(number)
        elif keyword == b"BEGIN":
            self._begin(number, name)
        elif depth == 1 and line[: len(LAST_LINE)].upper() == LAST_LINE:
            self.stack.pop()  # what follows in the same line is padding, or an indented line after the calendar
        elif keyword == b"END":
            self._end(number, name)
        elif depth > 1 and self.stack[1] == b"VTIMEZONE":
            self._add_to_time_zone(line)
        elif depth == 2 and self.stack[1] in IMPORTED_COMPONENTS:
            self._add_property(number, line)
        elif depth == 1 and line == OWN_PRODID:
            self.is_own = True

    def _add_outside(self, number: int) -> None:
        """Ignore what stands after a calendar, such as the end of a mail; before one, the file is something else."""
        if self.calendars == 0:
            sentence = gettext("This is not a calendar file: line %(number)s is outside of a VCALENDAR.")
            raise UnreadableFile(sentence % {"number": number})
        self.file.lines_after_the_end += 1

    def _begin(self, number: int, name: bytes) -> None:
        self.stack.append(name)
        if len(self.stack) > MAX_DEPTH:
            raise UnreadableFile(gettext("Line %(number)s: components are nested too deep.") % {"number": number})
        match self.stack:
            case [_]:
                self.calendars, self.time_zones, self.is_own = self.calendars + 1, {}, False
            case [_, b"VTIMEZONE"]:
                self.time_zone_name, self.is_whole, self.observances = "", True, []
            case [_, b"VTIMEZONE", _]:
                self.observances.append([])
            case [_, kind] if kind in IMPORTED_COMPONENTS:
                self.file.components.append(Component(kind.decode(), self.time_zones, is_own=self.is_own))
                if len(self.file.components) > MAX_ENTRIES:
                    sentence = gettext("The file has over %(most)s events and tasks; split it.")
                    raise FileTooLarge(sentence % {"most": group_digits(MAX_ENTRIES)})
            case [_, kind]:
                count_component(self.file.not_kept, kind.decode(errors="replace"))
            case [_, kind, inner] if kind in IMPORTED_COMPONENTS:
                count_component(self.file.components[-1].not_kept, inner.decode(errors="replace"))

    def _end(self, number: int, name: bytes) -> None:
        if self.stack == [b"VCALENDAR", b"VTIMEZONE"] and self.time_zone_name:
            self.time_zone_count += 1
            # Without all of its lines, what it says would be wrong.
            if self.is_whole and self.time_zone_count <= MAX_TIME_ZONES:
                self.time_zones.setdefault(self.time_zone_name, TimeZone(self.observances))
        if self.stack.pop() != name:
            sentence = gettext("Line %(number)s ends a component other than the one that is open.")
            raise UnreadableFile(sentence % {"number": number})

    def _add_to_time_zone(self, line: bytes) -> None:
        name = _name_of(line)
        is_name = len(self.stack) == 2 and name == "TZID"
        if not is_name and (len(self.stack) != 3 or name not in TIME_ZONE_PROPERTIES):
            return
        self.time_zone_bytes += len(line)
        if self.time_zone_bytes > MAX_TIME_ZONE_BYTES or not (prop := self._parse(line)):
            self.is_whole = False
        elif is_name:
            self.time_zone_name = time_zone_key(prop.value)
        else:
            self.observances[-1].append((name, prop.value))

    def _add_property(self, number: int, line: bytes) -> None:
        """Add the line's property if the import reads it. If a name occurs twice, the first one counts."""
        component, name = self.file.components[-1], _name_of(line)
        if name not in self.properties:
            count_property(component.not_kept, name, line)
            return
        if name in REPEATED:
            self._add_repeated(component.repeated.setdefault(name, []), component, name, line)
            return
        if name == PARENT and not self._is_first_parent(component, line):
            count_property(component.not_kept, name, line)
            return
        if name in component.properties:
            return
        if len(line) > MAX_PROPERTY_BYTES:
            sentence = gettext("Line %(number)s of the file is over %(most)s bytes.")
            component.error = sentence % {"number": number, "most": group_digits(MAX_PROPERTY_BYTES)}
        elif prop := self._parse(line):
            component.properties[name] = _with_whole_time_zone(prop) if name in MOMENTS else prop
        else:
            component.error = gettext("Line %(number)s of the file cannot be read.") % {"number": number}

    def _add_repeated(self, found: list[Property], component: Component, name: str, line: bytes) -> None:
        """Add one of several properties of a name. Without one that cannot be read, the rest is still good."""
        is_short = len(line) <= MAX_PROPERTY_BYTES and len(found) < MAX_REPEATED
        if name in DATES:
            component.date_count += 1 + line.count(b",")
            if component.date_count > MAX_DATES:
                sentence = gettext("It has over %(most)s dates besides its rule.")
                component.error = sentence % {"most": group_digits(MAX_DATES)}
                return
            is_short = True
        if is_short and (prop := self._parse(line)):
            found.append(prop)
        else:
            count_property(component.not_kept, name, line)

    def _is_first_parent(self, component: Component, line: bytes) -> bool:
        if PARENT in component.properties or len(line) > MAX_PROPERTY_BYTES or not (prop := self._parse(line)):
            return False
        return prop.parameters.get("RELTYPE", "PARENT").upper() == "PARENT"

    def _parse(self, line: bytes) -> Property | None:
        """Return the property of a line, or None if it cannot be read."""
        if not (match := _CONTENT_LINE.fullmatch(line)):
            return None
        head, octets = match.groups()
        parameters, encodings, is_quoted = {}, set(), False
        try:
            if head:
                written, encoding = decode(head)
                encodings.add(encoding)
                parameters = {key.upper(): value.strip('"') for key, value in _PARAMETER.findall(written)}
                if is_quoted := is_quoted_printable(head):
                    octets = decode_quoted_printable(octets)
                    encodings.add("quoted-printable")
            value, encoding = decode(octets, parameters.get("CHARSET", ""))
        except UnicodeDecodeError:
            return None
        encodings.add(encoding)
        if encodings != {""}:
            self.file.encodings.update(encodings - {""})
        return Property(parameters, value, is_quoted)


def time_zone_key(name: str) -> str:
    """Return what the name of a time zone is compared by: some programs escape it at one of its two places only."""
    return name.replace("\\", "").strip().strip('"').strip()


def _with_whole_time_zone(prop: Property) -> Property:
    """Mend TZID=(UTC+01:00) Berlin without its quotes, which ends at the colon."""
    rest, colon, value = prop.value.rpartition(":")
    if not colon or "TZID" not in prop.parameters:
        return prop
    return prop._replace(value=value, parameters=prop.parameters | {"TZID": f"{prop.parameters['TZID']}:{rest}"})


def _name_of(line: bytes) -> str:
    name = _NAME.match(line)
    return name[0].decode().upper() if name else ""


def _content_lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each unfolded line, with the number of its first. Bytes, because a fold may split a character."""
    line, start, may_go_on = bytearray(), 0, False
    for number, octets in enumerate(BytesIO(body), 1):
        if number > MAX_LINES:
            raise FileTooLarge(
                gettext("The file has over %(most)s lines; split it.") % {"most": group_digits(MAX_LINES)}
            )
        octets = octets.rstrip(b"\r\n")
        if may_go_on and _is_soft_break(line, octets):
            line[-1:] = octets
        elif octets[:1] in (b" ", b"\t"):
            line += octets[1:]
        else:
            if line:
                yield start, bytes(line)
            line, start = bytearray(octets), number
        may_go_on = octets[-1:] == b"="
        if len(line) > MAX_LINE_BYTES:
            sentence = gettext("Line %(number)s is over %(most)s bytes.")
            raise UnreadableFile(sentence % {"number": start, "most": group_digits(MAX_LINE_BYTES)})
    if line:
        yield start, bytes(line)


def _is_soft_break(line: bytearray, following: bytes) -> bool:
    """Return whether a line that ends with = goes on in the next one, as in quoted-printable."""
    head = bytes(line[:_HEAD_BYTES]).partition(b":")[0]
    return is_quoted_printable(head) and not following.upper().startswith((b"BEGIN:V", b"END:V"))
