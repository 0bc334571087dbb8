"""What tokens mean in French and Spanish: words have no accents, and "15h30", "8:30h" and "9h-10h" are times."""

import re
from dataclasses import dataclass, replace

from todos.quick_add.romance.words import without_accents
from todos.quick_add.tokens import Kind, Token, clock_digits, range_of

_CLOCK = re.compile(r"(\d{1,2})[:.](\d\d)h", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\.(\d\d)", re.ASCII)
_RANGE = re.compile(r"(\d{1,2})h(\d\d)?[-–—](\d{1,2})h(\d\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class HourToken(Token):
    """ "9h": an amount, or a time."""

    @property
    def looks_like_time(self) -> bool:
        return True


def romance_tokens(tokens: list[Token]) -> list[Token]:
    """Return the tokens as French and Spanish have them; "p. m." is one."""
    found: list[Token] = []
    for token in map(in_romance, tokens):
        before = [one.text for one in found[-2:]]
        if token.text == "m" and before in (["a", "."], ["p", "."]):
            start = found[-2]
            del found[-2:]
            token = Token(Kind.WORD, f"{start.text}m", start.start, token.end)
        elif token.text == "." and found and found[-1].text in ("am", "pm") and found[-1].end == token.start:
            token = replace(found.pop(), end=token.end)
        elif before[-1:] == ["las"] and (match := _DOTTED.fullmatch(token.text)):  # "a las 14.30"
            digits = clock_digits(*match.groups(), "")
            token = replace(token, kind=Kind.CLOCK, value=digits) if digits else token
        found.append(token)
    return found


def in_romance(token: Token) -> Token:
    if token.kind == Kind.AMOUNT and token.value[1] == "h":
        return HourToken(token.kind, token.text, token.start, token.end, token.value)
    if token.kind == Kind.OTHER and token.is_numeric:
        return _read_as_time(token)
    return token if token.text.isascii() else replace(token, text=without_accents(token.text))


def _read_as_time(token: Token) -> Token:
    if match := _CLOCK.fullmatch(token.text):
        digits = clock_digits(*match.groups(), "")
        return replace(token, kind=Kind.CLOCK, value=digits) if digits else token
    if match := _RANGE.fullmatch(token.text):
        hour, minute, last_hour, last_minute = match.groups()
        ends = clock_digits(hour, minute, ""), clock_digits(last_hour, last_minute, "")
        return token if None in ends else replace(token, kind=Kind.RANGE, value=range_of(*ends))
    return token
