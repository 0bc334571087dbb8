"""Looks beside what was read for a day or a time that was not: half of a deadline would mislead."""

from collections.abc import Collection

from todos.quick_add.grammar import Phrase
from todos.quick_add.line import Line
from todos.quick_add.tokens import Kind
from todos.quick_add.values import Certainty

_ZONES = {
    "utc", "gmt", "z", "est", "edt", "cst", "cdt", "mst", "mdt", "pst", "pdt", "bst", "ist", "jst", "cet", "cest", "et",
    "eet", "eest", "wet", "west", "msk", "aest", "aedt", "acst", "awst", "nzst", "nzdt", "pt", "ct", "mt",
}  # fmt: skip


def is_half_understood(line: Line, chosen: list[Phrase]) -> bool:
    own = {i for phrase in chosen for i in range(phrase.start, phrase.end)}
    rest = [i for i in range(len(line.tokens)) if i not in own]
    if any(_repeats(line, i) for i in rest):
        return True
    if all(phrase.names_no_day for phrase in chosen) and any(_is_unread_date(line, i) for i in rest):
        return True
    return any(
        (phrase.start - 1 in rest and _is_unread_before(line, phrase.start - 1, own))
        or (phrase.end in rest and _is_unread_after(line, phrase, own))
        for phrase in chosen
    )


def _repeats(line: Line, i: int) -> bool:
    """Whether "every" and a day or a unit stand here, or "mon-fri"."""
    if "-" in line.word(i) and all(line.names_day(name) for name in line.word(i).split("-")):
        return True
    if line.word(i) not in line.words.EVERY:
        return False
    following = line.token(i + 1)
    return following.is_numeric or following.text in line.words.REPEATED or line.is_day_name(i + 1)


def _is_unread_date(line: Line, i: int) -> bool:
    token, beside = line.tokens[i], (line.token(i - 1), line.token(i + 1))
    if token.looks_like_date or token.text in line.words.DAY_NAMES:
        return True
    if token.kind == Kind.ORDINAL:
        before = line.word(i - 1)
        return before in line.grammar.LINKS or before in line.words.ARTICLES or i + 1 == len(line.tokens)
    return token.text in line.words.MONTHS and any(other.kind == Kind.NUMBER for other in beside)


def _is_unread(line: Line, i: int) -> bool:
    """Whether this is a day or a time beside the deadline, such as "25:00" or "every"."""
    token = line.token(i)
    return token.looks_like_time or token.looks_like_date or line.word(i) in line.words.REPEATING


def _is_unread_before(line: Line, i: int, own: Collection[int]) -> bool:
    if _is_unread(line, i) or _is_zone(line, i):
        return True
    token = line.token(i)
    if token.kind == Kind.NUMBER and line.word(i - 1) in line.grammar.HALF_PAST:
        return True
    if token.text == "," or line.word(i) in line.words.JOINERS or line.is_dash(i):
        if i == 0 or i - 1 in own:
            return False
        before = line.token(i - 1)
        is_range = before.looks_like_time or (
            before.kind == Kind.NUMBER and (line.is_dash(i) or line.word(i) in line.words.RANGE_TO)
        )
        return line.is_day_name(i - 1) or (is_range and token.text != ",")
    return line.is_day_name(i) and i > 0


def _is_unread_after(line: Line, phrase: Phrase, own: Collection[int]) -> bool:
    words, i = line.words, phrase.end
    token, word = line.tokens[i], line.word(i)
    if _is_unread(line, i) or line.is_day_name(i) or line.word(i + 1) in words.EVERY or line.grammar.continues(i):
        return True
    if phrase.at and (_is_zone(line, i) or (token.text[0] in "+-" and token.is_numeric)):
        return True
    if phrase.at and line.word(i + 1) in words.ZONE_NOUNS:
        return True  # "10am London time"
    if (word in words.JOINERS or token.text == "," or line.is_dash(i)) and i + 1 < len(line.tokens):
        if i + 1 in own:
            return False
        following = line.tokens[i + 1]
        if following.looks_like_time or following.looks_like_date or line.is_day_name(i + 1):
            return True
        if token.text != "," and following.is_numeric and (phrase.at or word not in words.AND):
            return True
        i += 1
    amount = line.tokens[i]
    if amount.kind == Kind.AMOUNT and amount.value[1] in words.UNITS:
        return True
    if amount.kind == Kind.NUMBER and line.word(i + 1) in words.UNITS:
        return True
    # "friday 3"
    is_name = phrase.day is not None and not phrase.has_time and phrase.day.certainty != Certainty.CLEAR
    return is_name and token.kind == Kind.NUMBER


def _is_zone(line: Line, i: int) -> bool:
    return line.word(i) in _ZONES and line.original(i).isupper()
