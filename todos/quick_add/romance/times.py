"""Times: "à 15h30", "à 9 heures moins le quart", "a las 9 y media de la tarde", and "dans 2 heures"."""

from dataclasses import replace
from typing import ClassVar

from todos.quick_add.grammar import TimeRead
from todos.quick_add.romance.days import Days
from todos.quick_add.tokens import ClockDigits, Kind
from todos.quick_add.values import Time

_FIRST_SURE_HOUR = 13  # "8h" alone may be how long something takes
_FIRST_USUAL_HOUR = 7  # and "2h demain", too


class Times(Days):
    HALVES = {"am": "a", "pm": "p"}
    HAS_24_HOURS = True
    BARE_NEEDS_DAY: ClassVar[bool] = False  # whether "à 8" may be anything

    def time(self, i: int, *, has_day: bool, link: str) -> TimeRead | None:
        read = super().time(i, has_day=has_day, link=link)
        if read and read.at and (end := self.says_one_of(read.end, self.words.AFTER_CLOCK)):
            return replace(read, end=end, is_introduced=True)
        if read is None or has_day:
            return read
        if read.is_bare and self.BARE_NEEDS_DAY:
            return None
        is_range = (
            self.token(read.end - 1).kind == Kind.RANGE or self.token(read.end - 2).text in self.RANGE_JOINERS
        )
        is_told = read.at is None or read.is_introduced or is_range or read.at.is_exact or not read.at.is_spoken
        if is_told or read.at.hour >= _FIRST_SURE_HOUR:
            return read
        return read if read.at.hour >= _FIRST_USUAL_HOUR and self.day(read.end, "") else None  # "9h demain"

    def clock_at(self, i: int) -> tuple[ClockDigits, int] | None:
        """Read "9h" and "15h30", too."""
        token = self.token(i)
        if token.kind == Kind.AMOUNT and token.value[1] == "h":
            hour, minute = token.value[0], token.value[2]
            if hour != int(hour) or hour > 23 or minute > 59:
                return None
            has_minutes = token.text[-1].isdigit()
            return ClockDigits(int(hour), minute if has_minutes else None, "", token.text[0] == "0"), i + 1
        found = super().clock_at(i)
        if found and self.word(found[1]) in self.words.HOUR_WORDS:
            return found[0], found[1] + 1
        return found

    def time_in_words(self, i: int, *, has_day: bool) -> TimeRead | None:
        words = self.words
        if self.word(i) and self.word(i) not in self.beginnings.times:
            return None
        before = self.word(i - 1)
        if before not in words.HABITUAL_ARTICLES:
            if end := self.says_one_of(i, words.MIDNIGHT):
                return TimeRead(end, Time(23, 59, is_last_minute=True))
            if end := self.says_one_of(i, words.MIDDAY):
                half = self.says_one_of(end, words.AND_A_HALF)
                return TimeRead(half or end, Time(12, 30 if half else 0, is_exact=True))
        if self._follows_hour(i) and (end := self.says_one_of(i, words.OF_PART)):
            part = words.PARTS.get(self.word(end))
            return TimeRead(end + 1, part=part, is_introduced=True) if part else None
        if (end := self.says_one_of(i, words.IN_PART)) and (part := words.PARTS.get(self.word(end))):
            return TimeRead(end + 1, part=part)
        if has_day and words.PARTS_STAND_ALONE and (part := words.PARTS.get(self.word(i))):
            return TimeRead(i + 1, part=part)
        return self._spoken(i)

    def _follows_hour(self, i: int) -> bool:
        before = self.token(i - 1)
        words = self.words
        return before.is_numeric or before.text in words.HOUR_WORDS | words.ENDS_OF_HOURS | words.NUMBERS.keys()

    def _spoken(self, i: int) -> TimeRead | None:
        """Read an hour in words, or with words after it: "9 heures", "neuf heures et demie", "las 9 y media"."""
        words, token, end = self.words, self.token(i), i + 1
        is_told = self.word(i - 1) in words.BEFORE_HOURS
        if found := self.clock_at(i) if token.kind == Kind.AMOUNT else None:
            digits, end = found
            hour, minute, has_unit, is_padded = digits.hour, digits.minute, False, digits.is_padded
        else:
            is_number = token.kind == Kind.NUMBER and len(token.text) <= 2
            hour, minute = token.value if is_number else words.NUMBERS.get(self.word(i), 0), None
            is_padded = is_number and token.text[0] == "0"
            has_unit = self.word(end) in words.HOUR_WORDS
            end += has_unit
            following = self.token(end)
            if has_unit and following.kind == Kind.NUMBER and len(following.text) == 2 and following.value < 60:
                minute, end = following.value, end + 1
            elif has_unit and following.text in words.MINUTE_NUMBERS:
                minute, end = words.MINUTE_NUMBERS[following.text], end + 1
        if is_told and self.word(i - 1) in words.BEFORE_ONE:
            is_told = hour == 1 and self.word(i - 2) in self.CLOCK_LINKS  # "a la 1", but not "en la 1"
        if not 0 < hour < 24:
            return None
        offset, after = self._minutes(end) if minute is None and (is_told or has_unit or found) else (0, 0)
        is_plain = token.kind == Kind.NUMBER and self.word(i - 1) in self.STRONG_CLOCK_LINKS
        if not after and not has_unit and (found or not is_told or is_plain):
            return None  # the other productions read "9h" and "las 9"
        total = hour * 60 + (minute or 0) + offset
        is_exact = hour > 12 or is_padded
        hour, minute_ = divmod(total if is_exact else (total % 720 or 720), 60)
        # "À six heures" may be in the evening, "à 6 heures" and "à 6 heures 30" are not.
        is_literal = has_unit and not after and token.kind == Kind.NUMBER
        at = Time(hour or 12, minute_, is_exact, is_spoken=minute is None, is_literal=is_literal)
        is_bare = not has_unit and not after
        return TimeRead(after or end, at, is_introduced=is_told or bool(after), is_bare=is_bare)

    def _minutes(self, i: int) -> tuple[int, int]:
        """Return how many minutes are added to an hour, and the index after them, or zeros."""
        if self.word(i) in self.words.FIRST_OF_MINUTES:
            for phrase, minutes in self.words.MINUTES_AFTER.items():
                if end := self.says(i, phrase):
                    return minutes, end
        return 0, 0

    def continues(self, i: int) -> bool:
        return self._has_more_minutes(i) or super().continues(i)

    def _has_more_minutes(self, i: int) -> bool:
        """Whether minutes follow an hour that were not read: "midi et quart", "17h 30"."""
        words, before = self.words, self.word(i - 1)
        if not (self._follows_hour(i) or before in words.NOON_AND_MIDNIGHT):
            return False
        if self.word(i) in words.MORE_MINUTES:
            following = self.word(i + 1)
            is_part = following in words.NUMBERS.keys() | words.MINUTE_NUMBERS.keys() | words.ENDS_OF_HOURS
            return is_part or self.token(i + 1).is_numeric or following == "le"
        return (
            self.token(i).kind == Kind.NUMBER or self.word(i) in words.NUMBERS.keys() | words.MINUTE_NUMBERS.keys()
        )

    # From now.

    def delay(self, i: int) -> tuple[float, int, bool] | None:
        if not (after := self.says_one_of(i, self.words.IN)):
            return None
        for phrase, minutes in self.words.PARTS_OF_HOURS.items():
            if end := self.says(after, phrase):
                return minutes, end, False
        amount = self.amount(after)
        if not amount or amount[1] not in self.words.MINUTES:
            return None
        minutes = amount[0] * self.words.MINUTES[amount[1]]
        return (minutes, amount[2], False) if minutes >= 1 else None

    def is_duration(self, i: int) -> bool:
        return True  # an amount without "dans"
