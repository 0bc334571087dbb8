"""What the grammars of all languages share: numbers, dates in digits, clocks, and how a phrase is put together.

A grammar is the words of a language, as data, and a subclass of Grammar with the productions that are its own.
Each production takes the index of a token and returns what it read and the index after it, or None. It looks at a
handful of tokens and never searches, so reading a line takes time in proportion to its length.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import ModuleType
from typing import ClassVar

from todos.agenda import Clock
from todos.deadlines import Deadline, DeadlineError, parse_deadline
from todos.quick_add.tokens import ClockDigits, DateDigits, Kind, Token, range_of
from todos.quick_add.values import Certainty, Day, Part, Repeat, Time

_READ = {Kind.NUMBER, Kind.ORDINAL, Kind.CLOCK, Kind.RANGE, Kind.DATE, Kind.AMOUNT}
_NOTHING = Token(Kind.PUNCTUATION, "", 0, 0)
_SHORT_MONTH = 4  # letters
_MAX_YEARS = 9  # there may be eight years between two 29ths of February


@dataclass(frozen=True)
class DayRead:
    """A day, with the part of it for words like "tonight"."""

    day: Day
    end: int
    part: Part | None = None


@dataclass(frozen=True)
class TimeRead:
    """A time or a part of the day."""

    end: int
    at: Time | None = None
    part: Part | None = None
    is_introduced: bool = False  # "at 5"
    is_bare: bool = False  # "5": any number
    is_plain_clock: bool = False  # "17:30": may be a verse or a score


@dataclass(frozen=True)
class RepeatRead:
    """How often, with the part of the day for words like "every morning"."""

    repeat: Repeat
    end: int
    part: Part | None = None


@dataclass
class Phrase:
    """Words that stand together and may be a deadline, from one token to before another."""

    start: int
    end: int
    link: str = ""
    day: Day | None = None
    at: Time | None = None
    part: Part | None = None
    stamp: Deadline | None = None
    minutes: float | None = None  # from now
    repeat: Repeat | None = None
    is_introduced_time: bool = False
    is_bare: bool = False
    is_plain_clock: bool = False
    is_bare_amount: bool = False  # "20 min" without "in"

    @property
    def has_time(self) -> bool:
        return self.at is not None or self.part is not None

    @property
    def names_no_day(self) -> bool:
        return self.day is None and self.stamp is None and self.minutes is None and self.repeat is None


class Grammar:
    """The grammar of one language, reading one line."""

    words: ClassVar[ModuleType]  # what a line may contain beside a deadline, under the names of english.words
    HALF_PAST: ClassVar[Collection[str]] = ()  # words before a number that make another time of it
    FIRST_WORDS: ClassVar[Collection[str]] = ()  # all words that a phrase can begin with
    AFTER_NUMBERS: ClassVar[Collection[str]] = ()  # all words that a number can have after it at its beginning
    LINKS: ClassVar[Collection[str]] = ()  # words before a deadline that go with it
    DATE_LINKS: ClassVar[Collection[str]] = ()  # those that are only said before weekdays and dates
    DELAY_LINKS: ClassVar[Collection[str]] = ()  # those that are said before "in 20 minutes"
    CLOCK_LINKS: ClassVar[Collection[str]] = ()  # "at"
    STRONG_CLOCK_LINKS: ClassVar[Collection[str]] = ()  # those after which a clock time can only be a deadline
    LOOSE_LINKS: ClassVar[Collection[str]] = ()  # those that are said before many other things too
    AFTER_CLOCKS: ClassVar[Collection[str]] = ()  # "sharp"
    HOUR_WORDS: ClassVar[Collection[str]] = ()  # those that only the time of a day has beside it
    HAS_24_HOURS: ClassVar[bool] = False  # "6:12" is in the morning
    HALVES: ClassVar[dict[str, str]] = {}  # "am", "pm"
    RANGE_LINKS: ClassVar[Collection[str]] = ()  # "from"
    RANGE_JOINERS: ClassVar[Collection[str]] = ()  # "to"
    RANGE_AND: ClassVar[str] = ""  # a joiner that also joins other things

    def __init__(self, tokens: list[Token], clock: Clock) -> None:
        self.tokens = tokens
        self.clock = clock

    # What a subclass reads.

    def day(self, i: int, link: str) -> DayRead | None:
        raise NotImplementedError

    def time_in_words(self, i: int, *, has_day: bool) -> TimeRead | None:
        raise NotImplementedError

    def repeat(self, i: int) -> RepeatRead | None:
        """Read "every friday"."""
        return None

    def repeat_end(self, i: int, link: str, repeat: Repeat) -> RepeatRead | None:
        """Read what else is said of a repetition: "until 24 dec", "5 times", "after done"."""
        return None

    def repeat_start(self, i: int) -> DayRead | None:
        """Read "starting 1 dec" after a repetition."""
        return None

    def delay(self, i: int) -> tuple[float, int, bool] | None:
        """Return the minutes from now, the end, and whether only the amount was said."""
        raise NotImplementedError

    def is_duration(self, i: int) -> bool:
        """Whether an amount at the end of the line, beginning here, says how long something takes."""
        raise NotImplementedError

    def continues(self, i: int) -> bool:
        """Whether the words here make something else of the deadline before them, such as "and a half"."""
        raise NotImplementedError

    # Tokens.

    def token(self, i: int) -> Token:
        return self.tokens[i] if 0 <= i < len(self.tokens) else _NOTHING

    def word(self, i: int) -> str:
        """Return the word, or nothing if this is no word."""
        token = self.token(i)
        return token.text if token.kind == Kind.WORD else ""

    def says(self, i: int, words: str) -> int:
        """Return the index after these words if they stand here, else 0."""
        for word in words.split():
            if self.word(i) != word:
                return 0
            i += 1
        return i

    def skip(self, i: int, *words: str) -> int:
        """Return the index after any one of the words, if one stands here."""
        return i + 1 if self.word(i) in words else i

    def skip_comma(self, i: int) -> int:
        return i + 1 if self.token(i).text == "," else i

    def after_month(self, i: int) -> int:
        """Return the index after a month and the point of a short one: "24 déc. 9h"."""
        is_short = len(self.word(i)) <= _SHORT_MONTH
        return i + 2 if is_short and self.token(i + 1).text == "." else i + 1

    # A phrase.

    def phrase(self, start: int) -> Phrase | None:
        """Return the longest phrase that begins here."""
        token = self.token(start)
        if token.kind == Kind.STAMP:
            return self._stamp(start)
        is_promising = token.text in self.FIRST_WORDS if token.kind == Kind.WORD else token.kind in _READ
        if not is_promising or (
            token.kind == Kind.NUMBER and self.token(start + 1).text not in self.AFTER_NUMBERS
        ):
            return None
        i, link = self._link(start)
        if found := self.delay(i):
            minutes, end, is_bare = found
            if link and (is_bare or link not in self.DELAY_LINKS):
                return None  # "Run for 30 minutes", "Switch it on in 20 minutes"
            return Phrase(start, end, link, minutes=minutes, is_bare_amount=is_bare)
        phrase = Phrase(start, i, link)
        while self._extend(phrase, i):
            i = self._link(self.skip_comma(phrase.end))[0]
        return phrase if phrase.day or phrase.at or phrase.part or phrase.repeat else None

    def _extend(self, phrase: Phrase, i: int) -> bool:
        link = self.word(i - 1) if i > phrase.start and self.word(i - 1) in self.LINKS else ""
        if self._extend_repeat(phrase, i, link):
            return True
        if (
            phrase.day is None
            and not (phrase.repeat and phrase.repeat.rule.has_by_parts)
            and (read := self.day(i, link))
        ):
            if read.part and phrase.part:
                return False
            phrase.day, phrase.end, phrase.part = read.day, read.end, read.part or phrase.part
            return True
        has_day = phrase.day is not None or phrase.repeat is not None
        if read := self.time(i, has_day=has_day, link=link):
            if (read.at and phrase.at) or (read.part and phrase.part):
                return False
            phrase.at, phrase.part = read.at or phrase.at, read.part or phrase.part
            phrase.end = self.skip(read.end, *self.AFTER_CLOCKS)
            if read.at:
                phrase.is_introduced_time = read.is_introduced
                phrase.is_bare, phrase.is_plain_clock = read.is_bare, read.is_plain_clock
            return True
        return False

    def _extend_repeat(self, phrase: Phrase, i: int, link: str) -> bool:
        if phrase.repeat is None:
            read = self.repeat(i)
            if not read or (phrase.day and read.repeat.rule.has_by_parts) or (read.part and phrase.part):
                return False
        elif not (read := self.repeat_end(i, link, phrase.repeat)):
            if phrase.day or not (start := self.repeat_start(i)):
                return False
            phrase.day, phrase.end = start.day, start.end
            return True
        phrase.repeat, phrase.end, phrase.part = read.repeat, read.end, read.part or phrase.part
        return True

    def _link(self, i: int) -> tuple[int, str]:
        """Return the index after words like "due on", and the last of them."""
        link = ""
        for _ in range(3):
            if self.word(i) not in self.LINKS:
                break
            link = self.word(i)
            i += 1
            if self.token(i).text == ":":
                i += 1
        return i, link

    def _stamp(self, i: int) -> Phrase | None:
        try:
            return Phrase(i, i + 1, stamp=parse_deadline(self.token(i).value))
        except DeadlineError:
            return None

    # Days.

    def next_day(self, day: int, month: int | None, year: int | None, certainty: Certainty) -> Day | None:
        """Return the next day that matches, possibly today. A month or year of None matches any."""
        today = self.clock.today
        found: list[date] = []
        for a_year in [year] if year else range(today.year, today.year + _MAX_YEARS):
            for a_month in [month] if month else range(1, 13):
                try:
                    a_day = date(a_year, a_month, day)
                except ValueError:
                    continue
                if year or a_day >= today:
                    found.append(a_day)
                if len(found) == 2 or (found and found[0] != today):
                    return Day(found[0], certainty, (found[1:] or [None])[0], has_year=bool(year))
        return Day(found[0], certainty, has_year=bool(year)) if found else None

    def day_in_digits(self, i: int) -> Day | None:
        token = self.token(i)
        if token.kind != Kind.DATE:
            return None
        digits: DateDigits = token.value
        if digits.is_day_first is None:
            return None  # "5/6" is the fifth of June to some, and the sixth of May to others
        if token.text == "24/7":
            return None
        first, second = digits.first, digits.second
        day, month = (first, second) if digits.is_day_first else (second, first)
        return self.next_day(day, month, digits.year, Certainty.CLEAR if digits.year else Certainty.NAMED)

    def coming(self, weekday: int, *, including_today: bool = False) -> date:
        """Return the coming weekday, in one to seven days, or in none to six."""
        ahead = (weekday - self.clock.today.weekday()) % 7
        return self.plus_days(ahead or (0 if including_today else 7))

    def weekday_of_week(self, weekday: int, weeks: int) -> date:
        """Return a weekday of the week that is so many weeks after this one."""
        first = self.plus_days(-((self.clock.today.weekday() - self.clock.week_start) % 7))
        return first + timedelta(days=(weekday - self.clock.week_start) % 7, weeks=weeks)

    def weekend(self, later: int = 0) -> date:
        """Return this weekend's first day that is not over, or the Saturday of a later one."""
        today = self.clock.today
        saturday = self.plus_days(-1) if today.weekday() == 6 else self.coming(5, including_today=True)
        return max(saturday + timedelta(weeks=later), today)

    def plus_days(self, days: int) -> date:
        try:
            return self.clock.today + timedelta(days=days)
        except OverflowError:
            return date.max

    def plus_months(self, months: int) -> date:
        """Return the same day of another month, or the last day of a shorter one."""
        today = self.clock.today
        year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
        if year > date.max.year:
            return date.max
        return min(date(year, month + 1, 1) + timedelta(days=today.day - 1), last_of_month(year, month + 1))

    # Times.

    def time(self, i: int, *, has_day: bool, link: str) -> TimeRead | None:
        intro = i
        while self.word(i) in self.CLOCK_LINKS and i < intro + 2:
            i += 1
        is_introduced = any(self.word(j) in self.STRONG_CLOCK_LINKS for j in range(intro, i))
        if (read := self.time_in_words(i, has_day=has_day)) and (read.at or i == intro):
            return replace(read, is_introduced=is_introduced or read.is_introduced)
        if found := self._range(i, has_day=has_day and not link):
            at, end = found
            return TimeRead(end, at, None, is_introduced, is_plain_clock=not at.is_exact)
        if found := self.clock_at(i):
            digits, end = found
            return TimeRead(end, self.at_clock(digits), None, is_introduced, is_plain_clock=not digits.half)
        if has_day and self.word(i) in self.RANGE_LINKS and (found := self.clock_at(i + 1)):
            return TimeRead(found[1], self.at_clock(found[0]))  # "saturday from 8pm"
        token = self.token(i)
        # "By 5" and "for 5" count many other things: "by" needs a day.
        if (
            (is_introduced or (has_day and link and link not in self.LOOSE_LINKS))
            and token.kind == Kind.NUMBER
            and 1 <= token.value <= 23
            and len(token.text) <= 2
        ):
            digits = ClockDigits(token.value, None, "", token.text[0] == "0")
            return TimeRead(i + 1, Time.of(digits), None, is_introduced, is_bare=True)
        return None

    def at_clock(self, digits: ClockDigits) -> Time:
        """Return the time that was not said by a number alone."""
        return Time.of(digits, is_literal=self.HAS_24_HOURS)

    def clock_at(self, i: int) -> tuple[ClockDigits, int] | None:
        """Read "5pm", "17:30", "5 pm" or "5:30 pm"."""
        token = self.token(i)
        half = self.HALVES.get(self.word(i + 1), "")
        if token.kind == Kind.CLOCK:
            digits: ClockDigits = token.value
            if not half or digits.half:
                return digits, i + 1
            if not 1 <= digits.hour <= 12:
                return None
            return ClockDigits(digits.hour, digits.minute, half), i + 2
        if half and token.kind == Kind.NUMBER and 1 <= token.value <= 12 and len(token.text) <= 2:
            return ClockDigits(token.value, None, half), i + 2
        return None

    def _range(self, i: int, *, has_day: bool) -> tuple[Time, int] | None:
        """Read the beginning of "3-4pm", "3pm - 4pm", "from 3 to 4pm" or "de 9 à 10h"."""
        intro = self.word(i)
        i = self.skip(i, *self.RANGE_LINKS)
        token = self.token(i)
        if token.kind == Kind.RANGE:
            return self.at_clock(token.value[0]), i + 1
        is_number = False
        if found := self.clock_at(i):
            first, i = found
        elif token.kind == Kind.NUMBER and 1 <= token.value <= 23 and len(token.text) <= 2:
            first, i, is_number = ClockDigits(token.value, None, ""), i + 1, True
        else:
            return None
        joiner = self.token(i).text
        if joiner not in self.RANGE_JOINERS or (joiner == self.RANGE_AND and intro not in self.RANGE_LINKS):
            return None
        found = self.clock_at(i + 1)
        if not found:
            return None
        is_clock = self.token(i + 1).kind in (Kind.AMOUNT, Kind.NUMBER)  # "10h", "15 Uhr"
        has_minutes = first.minute is not None is not found[0].minute
        if not (first.half or found[0].half or has_minutes or is_clock):
            return None
        if is_number and not (found[0].half or has_day or intro in self.RANGE_LINKS):
            return None  # "Salle 3 à 14h"
        return self.at_clock(range_of(first, found[0])[0]), found[1]


def last_of_month(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1) if (year, month) < (9999, 12) else date.max
    return following - timedelta(days=1)
