"""Cuts a line into tokens: words, numbers, clock times, dates in digits, amounts of time, and punctuation.

Each expression here is tried on one piece of the line between spaces, and none has a repetition inside another,
so the time it takes grows with the length of the line and no faster.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any


class Kind(Enum):
    WORD = auto()
    NUMBER = auto()  # an int
    ORDINAL = auto()  # "1st": an int
    CLOCK = auto()  # "5pm", "17:30", "5.30pm": a ClockDigits
    RANGE = auto()  # "3-4pm": two ClockDigits
    DATE = auto()  # a DateDigits
    STAMP = auto()  # an ISO date with a time
    AMOUNT = auto()  # "2h", "20min", "1h30": a number, a unit, and minutes to add
    PUNCTUATION = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class ClockDigits:
    hour: int
    minute: int | None
    half: str  # "a", "p", or empty
    is_padded: bool = False  # "08:00"


@dataclass(frozen=True, slots=True)
class DateDigits:
    """Three numbers. The day and the month may have to be told apart."""

    first: int
    second: int
    year: int | None
    is_day_first: bool | None  # None: not known


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str  # in lower case
    start: int
    end: int
    value: Any = None

    @property
    def is_numeric(self) -> bool:
        digits = self.text.lstrip("+-") if self.text[:1] in ("+", "-") else self.text
        return digits[:1].isdigit()

    @property
    def looks_like_date(self) -> bool:
        return self.kind == Kind.DATE or (self.kind == Kind.OTHER and bool(_DATE_LIKE.fullmatch(self.text)))

    @property
    def looks_like_time(self) -> bool:
        clocks = (Kind.CLOCK, Kind.RANGE)
        return self.kind in clocks or (self.kind == Kind.OTHER and bool(_TIME_LIKE.fullmatch(self.text)))


_PIECE = re.compile(r"""(?:[^\s,;()\[\]"“”„«»]|(?<=\d),(?=\d))+|[,;()\[\]"“”„«»]""")
_END = re.compile(r"[.:!?…]+$")
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_NUMBER = re.compile(r"\d{1,4}", re.ASCII)
_ORDINAL = re.compile(r"([1-9]|[12]\d|3[01])(st|nd|rd|th)", re.ASCII)
_HALF = r"([ap])\.?m\.?"
_CLOCK = re.compile(rf"(\d{{1,2}})(?:[:.](\d\d))?{_HALF}|(\d{{1,2}}):(\d\d)(?::\d\d)?", re.ASCII)
_RANGE = re.compile(r"(\d{1,2}(?:[:.]\d\d)?(?:[ap]m)?)[-–—](\d{1,2}(?:[:.]\d\d)?(?:[ap]m)?)", re.ASCII)
_RANGE_END = re.compile(r"(\d{1,2})(?:[:.](\d\d))?([ap])?m?", re.ASCII)
_STAMP = re.compile(r"\d{4}-\d\d-\d\dt\d\d:\d\d(?::\d\d)?(?:z|[+-]\d\d:?\d\d)?", re.ASCII)
_ISO = re.compile(r"(\d{4})([-/])(\d\d?)\2(\d\d?)", re.ASCII)
_DOTTED = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})?", re.ASCII)
_SLASHED = re.compile(r"(\d\d?)/(\d\d?)(?:/(\d{4}|\d\d))?|(\d\d?)-(\d\d?)-(\d{4})", re.ASCII)
_AMOUNT = re.compile(r"(\d{1,4}(?:[.,]\d)?)([a-z]{1,7})(?:(\d\d?)(?:m|mins?)?)?", re.ASCII)
_DECIMAL = re.compile(r"(\d{1,3}[.,]\d)", re.ASCII)
_DATE_LIKE = re.compile(r"\d{1,4}([./-])\d\d?\1(?:\d\d|\d{4})|\d\d?/\d\d?|\d\d?\.\d\d?\.", re.ASCII)
_TIME_LIKE = re.compile(r"\d{1,2}:\d\d(?:[ap]m)?|\d{1,2}(?:[:.]\d\d)?[ap]m?[-–—]\d[\d:.apm]*", re.ASCII)
_SUFFIXES = {1: "st", 2: "nd", 3: "rd"}


def tokenize(text: str) -> list[Token]:
    tokens = []
    for match in _PIECE.finditer(text):
        piece, start = match[0].lower().replace("’", "'"), match.start()
        if len(piece) != len(match[0]):
            # A few letters get longer in lower case, such as "İ". They are in no date.
            tokens.append(Token(Kind.OTHER, "?", start, match.end()))
            continue
        if piece[0] == "@" and len(piece) > 1 and piece[1].isdigit():
            tokens.append(Token(Kind.WORD, "@", start, start + 1))
            piece, start = piece[1:], start + 1
        token = _token(piece, start)
        if token.kind == Kind.OTHER and (end := _END.search(piece)) and end.start():
            tokens.append(_token(piece[: end.start()], start))
            start += end.start()
            token = Token(Kind.PUNCTUATION, piece[end.start() :], start, match.end())
        tokens.append(token)
    return tokens


def _token(piece: str, start: int) -> Token:
    if piece.endswith("s'"):  # "in 3 days' time"
        kind, value = _classify(piece[:-1])
        return Token(kind, piece[:-1], start, start + len(piece), value)
    kind, value = _classify(piece)
    if kind == Kind.WORD and piece in ("a.m.", "p.m.", "a.m", "p.m"):
        return Token(kind, piece[0] + "m", start, start + len(piece))
    return Token(kind, piece, start, start + len(piece), value)


def _classify(piece: str) -> tuple[Kind, Any]:
    first = piece[0]
    if first.isalpha():
        if _WORD.fullmatch(piece) or piece in ("a.m.", "p.m.", "a.m", "p.m"):
            return Kind.WORD, None
        return Kind.OTHER, None
    if not first.isascii() or not first.isdigit():
        if piece in ("@", "&", "~", "+", "%", "/"):
            return Kind.WORD, None
        return (Kind.OTHER if any(letter.isalnum() for letter in piece) else Kind.PUNCTUATION), None
    if _NUMBER.fullmatch(piece):
        return Kind.NUMBER, int(piece)
    for kind, read in _READERS:
        if (value := read(piece)) is not None:
            return kind, value
    return Kind.OTHER, None


def _ordinal(piece: str) -> int | None:
    match = _ORDINAL.fullmatch(piece)
    if not match:
        return None
    number = int(match[1])
    suffix = "th" if number in (11, 12, 13) else _SUFFIXES.get(number % 10, "th")
    return number if match[2] == suffix else None


def _clock(piece: str) -> ClockDigits | None:
    match = _CLOCK.fullmatch(piece)
    if not match:
        return None
    hour, minute, half = match[1] or match[4], match[2] or match[5], match[3] or ""
    return clock_digits(hour, minute, half)


def clock_digits(hour: str, minute: str | None, half: str) -> ClockDigits | None:
    number, minutes = int(hour), int(minute) if minute else None
    if minutes is not None and minutes > 59:
        return None
    if not (1 <= number <= 12 if half else number <= 23):
        return None
    return ClockDigits(number, minutes, half, hour[0] == "0")


def _range(piece: str) -> tuple[ClockDigits, ClockDigits] | None:
    match = _RANGE.fullmatch(piece)
    if not match:
        return None
    first, last = (_RANGE_END.fullmatch(end) for end in match.groups())
    if first is None or last is None or not (last[3] or (first[2] and last[2])):
        return None  # "9-5" and verses like "3:16-18" may be anything
    ends = clock_digits(*first.groups(default="")), clock_digits(*last.groups(default=""))
    return None if None in ends else range_of(*ends)


def range_of(first: ClockDigits, last: ClockDigits) -> tuple[ClockDigits, ClockDigits]:
    """Return both ends, the first with the half of the day that the last has: "3-4pm", but "11-1pm"."""
    half = first.half or last.half
    if half and not first.half and last.half == "p" and last.hour % 12 < first.hour % 12:
        half = "a"
    if half and first.hour > 12:
        half = ""
    return ClockDigits(first.hour, first.minute, half, first.is_padded), last


def _stamp(piece: str) -> str | None:
    return piece.upper() if _STAMP.fullmatch(piece) else None


def _date(piece: str) -> DateDigits | None:
    if match := _ISO.fullmatch(piece):
        return DateDigits(int(match[4]), int(match[3]), int(match[1]), True)
    if match := _DOTTED.fullmatch(piece):
        return DateDigits(int(match[1]), int(match[2]), int(match[3]) if match[3] else None, True)
    if match := _SLASHED.fullmatch(piece):
        first, second = int(match[1] or match[4]), int(match[2] or match[5])
        year = match[3] or match[6]
        is_day_first = first > 12 if (first > 12) != (second > 12) else True if first == second else None
        number = int(year) if year else None
        return DateDigits(first, second, 2000 + number if number and number < 100 else number, is_day_first)
    return None


def _amount(piece: str) -> tuple[float, str, int] | None:
    if match := _AMOUNT.fullmatch(piece):
        return float(match[1].replace(",", ".")), match[2], int(match[3] or 0)
    if _DECIMAL.fullmatch(piece):
        return float(piece.replace(",", ".")), "", 0
    return None


_READERS = [
    (Kind.ORDINAL, _ordinal),
    (Kind.CLOCK, _clock),
    (Kind.RANGE, _range),
    (Kind.STAMP, _stamp),
    (Kind.DATE, _date),
    (Kind.AMOUNT, _amount),
]
