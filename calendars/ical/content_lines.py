"""Content lines, the text of an iCalendar stream (RFC 5545, 3.1)."""

from collections.abc import Iterable
from datetime import datetime

from icalendar.parser import Contentline

from todos.deadlines import DeadlineKind

MAX_LINE_OCTETS = 75  # https://datatracker.ietf.org/doc/html/rfc5545#section-3.1

# With a control character in it, apps refuse the whole file.
_CLEAN = dict.fromkeys([*range(0x09), *range(0x0B, 0x20), 0x7F]) | dict.fromkeys([0x85, 0x2028, 0x2029], "\n")
# The four of TEXT (3.3.11). icalendar's own escape is not used, since it makes a newline of a written \N.
_ESCAPES = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n"})


def cleaned(text: str) -> str:
    """Return the text without what a calendar cannot hold, and with one kind of newline.

    It is empty where nothing is left to be seen: libical takes an empty property for an error.
    """
    clean = text.replace("\r\n", "\n").replace("\r", "\n").translate(_CLEAN)
    return "" if clean.isspace() else clean


def text(name: str, clean: str) -> list[str]:
    """Return the line of a TEXT property, or none without any text."""
    return [f"{name}:{clean.translate(_ESCAPES)}"] if clean else []


def texts(name: str, clean: Iterable[str]) -> list[str]:
    """Return the line of a property that is a list of TEXT values, or none without any."""
    listed = ",".join(value.translate(_ESCAPES) for value in clean)
    return [f"{name}:{listed}"] if listed else []


def moment(name: str, value: datetime, kind: str = DeadlineKind.INSTANT) -> str:
    """Return the line of a moment as todos.deadlines stores it, in the form of its kind."""
    if kind == DeadlineKind.DAY:
        return f"{name};VALUE=DATE:{digits(value)[:8]}"
    return f"{name}:{digits(value)}Z" if kind == DeadlineKind.INSTANT else f"{name}:{digits(value)}"


def digits(value: datetime) -> str:
    """Return the date and time of a moment as a value has them."""
    return value.replace(tzinfo=None).isoformat(timespec="seconds").replace("-", "").replace(":", "")


def stream(lines: Iterable[str]) -> bytes:
    """Return the lines as bytes, each folded where it is too long, and ended."""
    return b"".join(map(_fold, lines))


def _fold(line: str) -> bytes:
    octets = line.encode()
    if len(octets) > MAX_LINE_OCTETS:
        octets = Contentline(line).to_ical()
    return octets + b"\r\n"
