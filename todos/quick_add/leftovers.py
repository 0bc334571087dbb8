"""Looks beside what was read for a day or a time that was not: half of a deadline would mislead."""

import re
from collections.abc import Collection

from todos.quick_add.grammar import Phrase
from todos.quick_add.line import Line
from todos.quick_add.tokens import Kind
from todos.quick_add.values import Certainty

_ZONES = {
    "utc", "gmt", "z", "est", "edt", "cst", "cdt", "mst", "mdt", "pst", "pdt", "bst", "ist", "jst", "cet", "cest", "et",
    "eet", "eest", "wet", "west", "msk", "aest", "aedt", "acst", "awst", "nzst", "nzdt", "pt", "ct", "mt",
}  # fmt: skip
_DOTTED_CLOCK = re.compile(r"\d{1,2}\.\d\d", re.ASCII)
_MINUTES = (5, 10, 15, 20, 25)
_LONGEST_RANGE = 8  # hours: "Réunion 14 à 15h" is one, "Salle 3 à 14h" is none


def is_half_understood(line: Line, chosen: list[Phrase]) -> bool:
    own = {i for phrase in chosen for i in range(phrase.start, phrase.end)}
    rest = [i for i in range(len(line.tokens)) if i not in own]
    if any(_repeats(line, i) or _names_several_days(line, i) for i in rest):
        return True
    if all(phrase.names_no_day for phrase in chosen) and any(_is_unread_date(line, i) for i in rest):
        return True
    has_time = any(phrase.has_time or phrase.stamp or phrase.minutes for phrase in chosen)
    if not has_time and any(_is_unread_time(line, i, own) for i in rest):
        return True
    return any(
        (phrase.start - 1 in rest and _is_unread_before(line, phrase, own))
        or (phrase.end in rest and _is_unread_after(line, phrase, own))
        for phrase in chosen
    )


def _repeats(line: Line, i: int) -> bool:
    """Whether "every" and a day or a unit stand here: "every friday", "toutes les deux semaines"."""
    words = line.words
    if line.word(i) not in words.EVERY:
        return False
    at = i + 2 if line.word(i + 1) in words.NOT_AFTER else i + 1
    if line.token(at).is_numeric or line.token(at).text in words.REPEATED or line.is_day_name(at):
        return True
    return line.word(at) in words.NUMBERS and line.word(at + 1) in words.REPEATED


def _names_several_days(line: Line, i: int) -> bool:
    """Whether "mon-fri", "mon/wed", "sat and sun" or "tuesdays" stands here."""
    token = line.tokens[i]
    if token.kind not in (Kind.WORD, Kind.OTHER):
        return False
    if token.text in line.words.PLURAL_WEEKDAYS:
        return True
    if line.is_day_in_list(i):
        after = i + 2 if line.token(i + 1).text == "." else i + 1
        is_joined = line.token(after).text == "," or line.word(after) in line.words.JOINERS
        return is_joined and line.is_day_in_list(after + 1)
    names = token.text.replace("/", "-").split("-")
    return len(names) > 1 and all(map(line.names_day, names))


def _is_unread_date(line: Line, i: int) -> bool:
    token, beside = line.tokens[i], (line.token(i - 1), line.token(i + 1))
    if token.looks_like_date or token.text in line.words.HOLIDAYS:
        return True
    name = token.text.removesuffix("'s")
    if name in line.words.DAY_NAMES and (name == token.text or name not in line.words.TODAY):
        return True  # "Prep for tomorrow's meeting at 10", but not "Send today's report at 5"
    if token.kind == Kind.ORDINAL:
        before = line.word(i - 1)
        return before in line.grammar.LINKS or before in line.words.ARTICLES or i + 1 == len(line.tokens)
    return token.text in line.words.MONTHS and any(other.kind == Kind.NUMBER for other in beside)


def _is_unread_time(line: Line, i: int, own: Collection[int]) -> bool:
    """Whether an hour stands here that was not read: "antes de las 10", "à 14.30"."""
    if line.tokens[i].text in line.grammar.HOUR_WORDS:
        return True
    if line.tokens[i].text not in line.grammar.STRONG_CLOCK_LINKS:
        return False
    token = line.token(i + 1)
    is_hour = (
        token.looks_like_time
        or (token.kind == Kind.NUMBER and token.value <= 24)
        or _DOTTED_CLOCK.fullmatch(token.text)
    )
    return bool(is_hour) and (i + 2 in own or line.token(i + 2).kind == Kind.PUNCTUATION)


def _is_unread(line: Line, i: int) -> bool:
    """Whether this is a day or a time beside the deadline, such as "25:00" or "every"."""
    token = line.token(i)
    return token.looks_like_time or token.looks_like_date or line.word(i) in line.words.REPEATING


def _is_unread_before(line: Line, phrase: Phrase, own: Collection[int]) -> bool:
    i = phrase.start - 1
    if _is_unread(line, i) or _is_zone(line, i):
        return True
    if _is_distance(line, phrase, own) or _is_last_of_numbers(line, phrase) or _may_end_a_range(line, phrase):
        return True
    if line.token(i).text == "." and line.word(i - 1) in line.words.JOINERS:
        i -= 1  # "Di u. Do"
    token = line.token(i)
    if token.text in line.words.ORDINALS and line.word(phrase.start) in line.words.WEEKDAYS:
        return True  # "am ersten Montag im Monat"
    if token.kind == Kind.NUMBER and line.word(i - 1) in line.grammar.HALF_PAST:
        return True
    if token.text == "," or line.word(i) in line.words.JOINERS or line.is_dash(i):
        if i == 0 or i - 1 in own:
            return False
        before = line.token(i - 1)
        is_range = before.looks_like_time or (
            before.kind == Kind.NUMBER and (line.is_dash(i) or line.word(i) in line.words.RANGE_TO)
        )
        return line.is_day_in_list(i - 1) or (is_range and token.text != ",")
    return line.is_day_name(i) and i > 0


def _is_distance(line: Line, phrase: Phrase, own: Collection[int]) -> bool:
    """Whether the deadline is another by so much: "2 days before friday"."""
    words = line.words
    at = phrase.start if line.word(phrase.start) in words.DISTANCES else phrase.start - 1
    if line.word(at) not in words.DISTANCES or at - 1 in own:
        return False  # "nächste Woche nach 17 Uhr"
    unit = line.token(at - 1)
    number = unit.value if unit.kind == Kind.NUMBER else words.NUMBERS.get(unit.text)
    if phrase.at and number in _MINUTES:
        return True  # "fünf nach 9 Uhr"
    return (unit.value[1] if unit.kind == Kind.AMOUNT else unit.text) in words.UNITS


def _is_last_of_numbers(line: Line, phrase: Phrase) -> bool:
    """Whether this ends "the 3rd or the 4th of december" or "vom 3. bis 5.12."."""
    joiners, first = line.words.JOINERS, phrase.start
    while line.word(first) in line.grammar.LINKS | line.words.ARTICLES:
        first += 1
    at = phrase.start if line.word(phrase.start) in joiners else phrase.start - 1
    before = at - 2 if line.token(at - 1).text == "." else at - 1
    is_numbered = line.token(first).is_numeric and line.token(before).kind in (Kind.NUMBER, Kind.ORDINAL)
    if not (is_numbered and line.grammar.day(first, line.word(first - 1))):
        return False
    is_date = line.word(before - 1) in line.grammar.LINKS | line.words.ARTICLES
    return line.word(at) in joiners or line.is_dash(at) or (line.token(at).text == "," and is_date)


def _may_end_a_range(line: Line, phrase: Phrase) -> bool:
    number, words = line.token(phrase.start - 1), line.words
    if not phrase.at or number.kind != Kind.NUMBER or line.word(phrase.start) not in words.RANGE_TO:
        return False
    if not line.token(phrase.start + 1).is_numeric:
        return False  # "Sala 5 a las 7:15"
    is_counted = line.word(phrase.start - 2) in words.FOLLOWERS  # "Table pour 8 à 10h"
    return not is_counted and 0 < phrase.at.hour - number.value <= _LONGEST_RANGE


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
        if following.looks_like_time or following.looks_like_date or line.is_day_in_list(i + 1):
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
