"""The stream, before anything in it has a meaning: RFC 5545, 3.1."""

import re
from typing import NamedTuple

MAX_LINE_OCTETS = 75  # https://datatracker.ietf.org/doc/html/rfc5545#section-3.1, the CRLF not counted

# What no value holds. A tab may; CR and LF are seen to as line ends; NEL, LS and PS should be an escaped \n.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")


class Line(NamedTuple):
    """A content line, unfolded, and the number of the physical line where it starts."""

    number: int
    text: str


def stream_faults(body: bytes) -> list[str]:
    """What is wrong with the octets, one sentence each."""
    faults = []
    if body.startswith(b"\xef\xbb\xbf"):
        faults.append("The stream begins with a byte order mark.")
    if not body.endswith(b"\r\n"):
        faults.append("The last line does not end with CRLF.")
    for number, octets in enumerate(body.removesuffix(b"\r\n").split(b"\r\n"), 1):
        faults += [f"Line {number} {fault}" for fault in _line_faults(octets, first=number == 1)]
    return faults


def _line_faults(octets: bytes, *, first: bool) -> list[str]:
    faults = []
    if b"\r" in octets or b"\n" in octets:
        faults.append("holds a bare CR or LF.")
    if not octets:
        faults.append("is empty.")
    if first and octets.startswith((b" ", b"\t")):
        faults.append("continues a line, and there is none before it.")
    if len(octets) > MAX_LINE_OCTETS:
        faults.append(f"has {len(octets)} octets, more than {MAX_LINE_OCTETS}.")
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        faults.append("is not UTF-8 by itself: a fold splits a character, or the encoding is another.")
    else:
        if control := CONTROL.search(text.replace("\r", "").replace("\n", "")):
            faults.append(f"holds the control character U+{ord(control[0]):04X}.")
    return faults


def unfold(body: bytes) -> list[Line]:
    """The content lines, as a lenient reader sees them: bytes that are no UTF-8 become U+FFFD."""
    lines: list[tuple[int, bytes]] = []
    for number, octets in enumerate(body.removesuffix(b"\r\n").split(b"\r\n"), 1):
        if octets[:1] in (b" ", b"\t") and lines:
            start, so_far = lines[-1]
            lines[-1] = (start, so_far + octets[1:])
        else:
            lines.append((number, octets))
    return [Line(number, octets.decode(errors="replace")) for number, octets in lines]
