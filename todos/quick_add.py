"""Finds the deadline in a line that somebody types: "Project proposal friday 2pm".

Our own grammar finds the words that can only mean a deadline; dateparser finds out which day they mean. A date
parser alone takes the 2 in "Buy 2 apples", and every "may", for a date.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import dateparser

from todos.agenda import Clock
from todos.deadlines import FIRST_YEAR, LAST_YEAR, Deadline, DeadlineError, parse_deadline

_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_SHORT_WEEKDAY = r"(?:tues?|thu(?:rs?)?|fri)"
_WORDLIKE_WEEKDAY = r"(?:mon|wed|sat|sun)"  # also ordinary words: "watch the sun"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY_OF_MONTH = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+[12]\d{3})?"
_NUMBER = r"(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|\d{1,4})"
_DATE = (
    r"(?P<plain>\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.\d{4}|(?:the\s+)?day\s+after\s+tomorrow|today|tonight|tomorrow"
    rf"|in\s+{_NUMBER}\s+(?:minute|hour|day|week|month|year)s?|next\s+(?:week|month|year))"
    rf"|(?P<named>(?:this\s+|next\s+)?(?:{_WEEKDAY}|{_SHORT_WEEKDAY})"
    rf"|(?:the\s+)?{_DAY_OF_MONTH}\s+(?:of\s+)?{_MONTH}{_YEAR}|{_MONTH}\s+(?:the\s+)?{_DAY_OF_MONTH}{_YEAR}"
    r"|\d{1,2}\.\d{1,2}\.)"
    rf"|(?P<wordlike>(?:this\s+|next\s+)?{_WORDLIKE_WEEKDAY})"
    r"|(?P<ordinal>(?:the\s+)?(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th))"
)
_TIME = (
    r"(?:at\s+)?(?:(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)\s*(?P<half>[ap]m)?"
    r"|(?P<hour12>1[0-2]|0?[1-9])\s*(?P<half12>[ap]m)|(?P<word>noon|midnight))"
    r"|at\s+(?P<bare>[01]?\d|2[0-3])(?!\s*%|[.,]?\d)"
)
_LINK = r"(?P<link>(?:due|on|by|until|till|before|for)\s+(?:on\s+|by\s+)?)?"


def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'’/.:-]){_LINK}(?:{phrase})(?![\w'’/-]|[.:]\d)", re.IGNORECASE | re.ASCII)


_PHRASES = [
    _pattern(r"(?P<stamp>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)"),
    _pattern(rf"(?:{_DATE})(?:T|,?\s+)(?:{_TIME})"),
    _pattern(rf"(?:{_TIME}),?\s+(?:on\s+)?(?:{_DATE})"),
    _pattern(_DATE),
    _pattern(_TIME),
]
# A day that recurs, is over, or is part of a name is not a deadline.
_NO_DEADLINE_AFTER = re.compile(
    r"(?:\b(?:every|each|last|past|black|good|of|the|a|an|per|since))\s*$", re.IGNORECASE
)
# Words that may mean a day or a time but were not understood. Next to them, a deadline would be half understood.
_SLASHED = r"(?:0?[1-9]|[12]\d|3[01])"
_UNREAD_DATE = re.compile(
    rf"(?<![\w$€£.:/-])(?:\d{{1,4}}([./-])\d\d?\1(?:\d\d|\d{{4}})?|{_SLASHED}[./]{_SLASHED})(?![./-]?\w)"
    rf"|\b(?:on|by|due|until|till|before|the)\s+{_SLASHED}(?:st|nd|rd|th)\b|\b{_SLASHED}(?:st|nd|rd|th)\s*$"
    rf"|\b(?:{_WEEKDAY}|{_SHORT_WEEKDAY})\b|\b\d\d?\s+{_MONTH}\b|\b{_MONTH}\s+\d\d?\b",
    re.IGNORECASE | re.ASCII,
)
_SOME_TIME = r"(?:\d{1,2}:\d\d(?:\s*[ap]m)?|\d{1,2}\s*[ap]m)"
_UNREAD_BEFORE = re.compile(
    rf"(?<![\w.])(?:{_SOME_TIME}\s*(?:[-–—]|to|and|until|till)?)\s*$", re.IGNORECASE | re.ASCII
)
_UNREAD_AFTER = re.compile(
    rf",?\s*(?:(?:at|to|and|until|till|from|[-–—])?\s*{_SOME_TIME}\b|(?:at|[-–—])\s*\d"
    r"|(?:and\s+)?\d+\s*(?:h|hrs?|mins?|minutes?|hours?|days?|weeks?|months?)\b)",
    re.IGNORECASE | re.ASCII,
)
_ZONE_AFTER = re.compile(r"\s*(?:UTC|GMT|Z|[ABCEIJMPW][SDE]?[SDW]?T|AE[SD]T|CEST)\b|\s*[+-]\d", re.ASCII)
_TONIGHT = time(20)


@dataclass(frozen=True)
class Reading:
    """What a line means: a title, and a deadline if it has one."""

    title: str
    deadline: Deadline | None = None
    lacks_title: bool = False


def read(text: str, clock: Clock) -> Reading:
    """Return the title and the deadline in ``text``. Without a deadline, the whole text is the title."""
    for match in _candidates(text):
        if deadline := _deadline(match, clock):
            if _is_half_understood(match):
                break
            title = _without(text, match)
            return Reading(title, deadline) if title else Reading(text.strip(), lacks_title=True)
    return Reading(text.strip())


def _candidates(text: str) -> Iterator[re.Match[str]]:
    """Yield the phrases that may mean a deadline: the most complete first, and later ones before earlier ones."""
    for pattern in _PHRASES:
        yield from reversed([match for match in pattern.finditer(text) if _is_plausible(match)])


def _is_plausible(match: re.Match[str]) -> bool:
    groups = match.groupdict()
    before, after = match.string[: match.start()].strip(), match.string[match.end() :].strip()
    if _NO_DEADLINE_AFTER.search(before):
        return False
    if groups.get("stamp"):
        return True
    has_date, has_time = _has_date(groups), _has_time(groups)
    is_introduced = bool(match["link"])
    if not has_date:
        # Without a day, only an obvious time counts: "Read John 3:16" and "look at 5 flats" have none.
        is_told = groups["half"] or groups["half12"] or groups["word"] or match[0].lower().startswith("at ")
        return bool(is_told) and not groups["bare"] and (not after or bool(before))
    if groups["ordinal"]:
        # "For the 2nd time", "the 24th of each month"
        return (has_time or is_introduced) and (
            not after or after[0] in ",:;" or (has_time and after[:3] != "of ")
        )
    if groups["plain"] or has_time or is_introduced:
        return True
    if groups["wordlike"]:
        return " " in groups["wordlike"]  # "next sun", but not "sun"
    # In "Sunday roast" or "Friday prayers" the day is not a deadline, and other words follow it.
    return not after or after[0] in ",:;"


def _has_date(groups: dict[str, str | None]) -> bool:
    return any(groups.get(name) for name in ("stamp", "plain", "named", "wordlike", "ordinal"))


def _has_time(groups: dict[str, str | None]) -> bool:
    return any(groups.get(name) for name in ("stamp", "hour", "hour12", "word", "bare"))


def _is_half_understood(match: re.Match[str]) -> bool:
    """Whether a day or time next to the phrase was not understood, so that the phrase alone would mislead."""
    groups = match.groupdict()
    before, after = match.string[: match.start()], match.string[match.end() :]
    if _UNREAD_BEFORE.search(before) or _UNREAD_AFTER.match(after):
        return True
    if _has_time(groups) and _ZONE_AFTER.match(after):
        return True
    return not _has_date(groups) and bool(_UNREAD_DATE.search(before) or _UNREAD_DATE.search(after))


def _deadline(match: re.Match[str], clock: Clock) -> Deadline | None:
    groups = match.groupdict()
    if stamp := groups.get("stamp"):
        try:
            return parse_deadline(stamp.upper())
        except DeadlineError:
            return None
    at = _time(groups)
    words = next((groups[name] for name in ("plain", "named", "wordlike", "ordinal") if groups.get(name)), None)
    if words is None:
        day = clock.today
        if at and datetime.combine(day, at) <= clock.local_now:
            day += timedelta(days=1)
    else:
        words = " ".join(words.lower().removeprefix("the ").split())
        if words.endswith(("minutes", "minute", "hours", "hour")):
            moment = _parse(words, clock)
            return moment and Deadline.of_clock(moment.replace(second=0, microsecond=0))
        if words == "tonight":
            day, at = clock.today, at or _TONIGHT
        elif words == "next week":
            day = clock.week_end + timedelta(days=1)
        elif numbers := re.match(r"(\d+)(?:\.(\d+)\.(\d+)?|[a-z]{2}$)", words):
            found = _next_day(*(int(number) if number else None for number in numbers.groups()), clock.today)
            if found is None:
                return None
            day = found
        elif parsed := _parse(words, clock):
            day = parsed.date()
        else:
            return None
    if not FIRST_YEAR < day.year < LAST_YEAR:
        return None
    if at is None:
        return Deadline.of_day(day)
    return Deadline.of_clock(datetime.combine(day, at))


def _next_day(day: int, month: int | None, year: int | None, today: date) -> date | None:
    """Return the next day that matches, possibly today. A month or year of None matches any."""
    # There may be eight years between two 29ths of February.
    years = [year] if year else range(today.year, today.year + 9)
    for a_year in years:
        for a_month in [month] if month else range(1, 13):
            try:
                found = date(a_year, a_month, day)
            except ValueError:
                continue
            if year or found >= today:
                return found
    return None


def _parse(words: str, clock: Clock) -> datetime | None:
    """Return the day that the words mean: the next one, if they fit several."""
    try:
        return datetime.combine(date.fromisoformat(words), time.min)
    except ValueError:
        settings = {"RELATIVE_BASE": clock.local_now, "PREFER_DATES_FROM": "future"}
        return dateparser.parse(words.replace(" of ", " "), languages=["en"], settings=settings)


def _time(groups: dict[str, str | None]) -> time | None:
    if word := groups.get("word"):
        return time(12) if word.lower() == "noon" else time(23, 59)
    if bare := groups.get("bare"):
        return time(int(bare))
    hour = groups.get("hour") or groups.get("hour12")
    if hour is None:
        return None
    half = (groups.get("half") or groups.get("half12") or "").lower()
    number = int(hour)
    if half and not 1 <= number <= 12:
        return None
    if half:
        number = number % 12 + (12 if half == "pm" else 0)
    return time(number, int(groups.get("minute") or 0))


def _without(text: str, match: re.Match[str]) -> str:
    """Return the text without the phrase: the title."""
    before, after = text[: match.start()].rstrip(" ,;:–—-"), text[match.end() :].lstrip(" ,;:–—-")
    return f"{before} {after}".strip()
