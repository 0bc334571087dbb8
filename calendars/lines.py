"""Content lines, the text of an iCalendar stream (RFC 5545, 3.1)."""

from collections.abc import Iterable
from datetime import datetime

from icalendar.parser import Contentline

from todos.deadlines import DeadlineKind

MAX_LINE_OCTETS = 75  # https://datatracker.ietf.org/doc/html/rfc5545#section-3.1

# TEXT has four escapes (3.3.11) and no control characters: with one of them, apps refuse the whole file.
# icalendar's own escape is not used, since it makes a newline of a written \N.
_ESCAPES = (
    dict.fromkeys([*range(0x09), *range(0x0B, 0x20), 0x7F])
    | dict.fromkeys(map(ord, "\n\x85\u2028\u2029"), "\\n")
    | {ord(character): f"\\{character}" for character in "\\;,"}
)


def text(name: str, value: str) -> str:
    """Return the line of a TEXT property."""
    return f"{name}:" + value.replace("\r\n", "\n").replace("\r", "\n").translate(_ESCAPES)


def moment(name: str, value: datetime, kind: str = DeadlineKind.INSTANT) -> str:
    """Return the line of a moment as todos.deadlines stores it, in the form of its kind."""
    digits = value.replace(tzinfo=None).isoformat(timespec="seconds").replace("-", "").replace(":", "")
    if kind == DeadlineKind.DAY:
        return f"{name};VALUE=DATE:{digits[:8]}"
    return f"{name}:{digits}Z" if kind == DeadlineKind.INSTANT else f"{name}:{digits}"


def stream(lines: Iterable[str]) -> bytes:
    """Return the lines as bytes, each folded where it is too long, and ended."""
    return b"".join(map(_fold, lines))


def _fold(line: str) -> bytes:
    octets = line.encode()
    if len(octets) > MAX_LINE_OCTETS:
        octets = Contentline(line).to_ical()
    return octets + b"\r\n"
