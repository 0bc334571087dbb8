"""Decides from what stands beside a phrase whether it is a deadline.

"Sunday roast recipe" has no deadline, "Sunday roast 6pm" and "Roast, sunday" have one.
"""

from enum import Enum, auto

from todos.quick_add.grammar import Phrase
from todos.quick_add.line import Line
from todos.quick_add.tokens import Kind
from todos.quick_add.values import END_OF_WORK, Certainty

_VERSES = (Kind.CLOCK, Kind.RANGE)


class Role(Enum):
    SURE = auto()
    WITH_TIME = auto()  # a day, if a time is named elsewhere
    WITH_DAY = auto()  # a time, if a day is named elsewhere
    NONE = auto()  # part of the title


def role_of(line: Line, phrase: Phrase) -> Role:
    if line.before(phrase) in line.words.NOT_AFTER or line.is_quoted(phrase):
        return Role.NONE
    if phrase.repeat:
        return _role_of_repeat(line, phrase)
    if phrase.stamp:
        return Role.SURE
    if phrase.minutes:
        return Role.SURE if not phrase.is_bare_amount or _is_from_now(line, phrase) else Role.NONE
    return _role_of_day(line, phrase) if phrase.day else _role_of_time(line, phrase)


def _is_from_now(line: Line, phrase: Phrase) -> bool:
    return phrase.start > 0 and line.ends(phrase) and not line.grammar.is_duration(phrase.start)


def _role_of_repeat(line: Line, phrase: Phrase) -> Role:
    """Return the role of how often: "Wear every day clothes" and "Weekly report" do not say it."""
    certainty, is_first = phrase.repeat.certainty, phrase.start == 0
    if certainty == Certainty.WORDLIKE and is_first and not phrase.has_time and line.token(phrase.end).text != ":":
        return Role.NONE  # "Weekly review"
    if line.goes_on(phrase) or line.ends(phrase) or phrase.has_time:
        return Role.SURE
    if is_first and (certainty == Certainty.CLEAR or line.after(phrase) in line.words.VERBS):
        return Role.SURE  # "every friday laundry", "every day feed the cat"
    return Role.NONE


def _is_verse(line: Line, phrase: Phrase) -> bool:
    """Whether this begins as in "Read John 3:16". In "Call John friday at 3:16", it does not."""
    return line.token(phrase.start).kind in _VERSES and line.before(phrase) in line.words.NAMES_WITH_CLOCKS


def _is_introduced(line: Line, phrase: Phrase) -> bool:
    return bool(phrase.link) and phrase.link not in line.words.WEAK_LINKS


def _role_of_day(line: Line, phrase: Phrase) -> Role:
    certainty, goes_on, is_first = phrase.day.certainty, line.goes_on(phrase), phrase.start == 0
    is_introduced = _is_introduced(line, phrase)
    if phrase.is_bare and not goes_on and not is_first:
        return Role.NONE  # "Look tomorrow at 5 flats"
    if certainty == Certainty.ORDINAL and line.after(phrase) in line.words.OF:
        return Role.NONE  # "the 24th of each month"
    if phrase.at:
        return Role.NONE if _is_verse(line, phrase) else Role.SURE
    match certainty:
        case Certainty.CLEAR:
            return Role.SURE
        case Certainty.ORDINAL:
            is_named = is_introduced or (line.ends(phrase) and line.word(phrase.start) not in line.words.ARTICLES)
            return Role.SURE if is_named and goes_on else Role.WITH_TIME if phrase.part else Role.NONE
        case Certainty.LEADING if is_first:
            return Role.SURE
        case Certainty.WORDLIKE if not phrase.part:
            return _role_of_wordlike(line, phrase)
    if is_introduced or goes_on:
        return Role.SURE
    if not is_first:
        return Role.NONE
    # "Friday prayers" and "End of year report" at the beginning, but "friday call bob" and "Dec 24 presents"
    is_weekday = line.token(phrase.end - 1).text in line.words.WEEKDAYS or phrase.part
    return (
        Role.WITH_TIME
        if (is_weekday or certainty == Certainty.PERIOD) and line.after(phrase) not in line.words.VERBS
        else Role.SURE
    )


def _role_of_wordlike(line: Line, phrase: Phrase) -> Role:
    """Return the role of "sat", "sun" and the like without a time beside them."""
    words, last = line.words, phrase.end - 1
    is_shouted = line.original(last).isupper() and not line.text.isupper()  # "Register for SAT"
    if is_shouted or line.before(phrase) in words.NOT_AFTER_WORDLIKE or phrase.start > line.sitter:
        return Role.NONE
    if _is_introduced(line, phrase):
        return Role.SURE if line.goes_on(phrase) else Role.NONE
    if phrase.start == 0:
        following = line.after(phrase)
        if line.token(phrase.end).text == ":" or following in words.VERBS:
            return Role.SURE
        return Role.NONE if following in words.NAMES_AFTER_WORDLIKE else Role.WITH_TIME
    return Role.SURE if line.ends(phrase) and not line.token(phrase.start - 1).is_numeric else Role.NONE


def _role_of_time(line: Line, phrase: Phrase) -> Role:
    goes_on, is_first = line.goes_on(phrase), phrase.start == 0
    # "9am standup", but not "9am meeting notes"
    begins = is_first and (line.after(phrase) in line.words.VERBS or len(line.tokens) == phrase.end + 1)
    if phrase.at is None:
        is_sure = (
            goes_on
            or (is_first and line.after(phrase) in line.words.VERBS)
            or (phrase.part == END_OF_WORK and phrase.link)
        )
        return Role.SURE if is_sure else Role.WITH_DAY if is_first else Role.NONE
    if phrase.is_bare:
        goes_on = goes_on and line.after(phrase) not in line.words.NOT_AFTER_NUMBERS
        return Role.NONE if not goes_on else Role.WITH_DAY if is_first else Role.SURE
    is_introduced = phrase.is_introduced_time or _is_introduced(line, phrase)
    if begins or (is_introduced and not is_first):
        return Role.SURE
    if phrase.is_plain_clock and not is_introduced:
        if _is_verse(line, phrase):
            return Role.NONE
        is_last = line.ends(phrase) and not is_first
        return Role.SURE if is_last else Role.WITH_DAY if goes_on or is_first else Role.NONE
    if goes_on and (line.ends(phrase) or not phrase.at.is_last_minute):  # "Midnight in Paris"
        return Role.SURE
    return Role.WITH_DAY if is_first else Role.NONE  # "Book 9am flight to Paris"
