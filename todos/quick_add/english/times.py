"""Times and parts of the day: "half past 3", "5 o'clock", "at five", "in the morning", "eod"."""

from todos.quick_add.english import words
from todos.quick_add.grammar import Grammar, TimeRead
from todos.quick_add.tokens import Kind
from todos.quick_add.values import END_OF_WORK, MORNING, Time


class Times(Grammar):
    def time_in_words(self, i: int, *, has_day: bool) -> TimeRead | None:
        if self.token(i).text == "12" and self.word(i + 1) in ("noon", "midday", "midnight"):
            i += 1
        word = self.word(i)
        if word in ("noon", "midday"):
            return TimeRead(i + 1, Time(12, is_exact=True))
        if word == "midnight":
            return TimeRead(i + 1, Time(23, 59, is_last_minute=True))
        if word in ("eod", "cob"):
            return TimeRead(i + 1, part=END_OF_WORK)
        if end := self.says(self.skip(i, "the"), "end of day") or self.says(self.skip(i, "the"), "end of the day"):
            return TimeRead(end, part=END_OF_WORK)
        if end := self.says(i, "close of business"):
            return TimeRead(end, part=END_OF_WORK)
        if end := self.says(i, "first thing"):
            in_the_morning = self.says(end, "in the morning")
            is_alone = end == len(self.tokens) or self.word(end) in words.DAY_NAMES
            # But not "first thing to do".
            return TimeRead(in_the_morning or end, part=MORNING) if has_day or in_the_morning or is_alone else None
        if self.says(i, "in the") and (part := words.PARTS.get(self.word(i + 2))):
            return TimeRead(i + 3, part=part, is_introduced=True)
        if word in words.PARTS and has_day:
            return TimeRead(i + 1, part=words.PARTS[word])
        return self._spoken(i, has_day=has_day)

    def _spoken(self, i: int, *, has_day: bool) -> TimeRead | None:
        """Read "half past 3", "quarter to four", "ten past 3pm", "5 o'clock", "at five", and "8 tonight"."""
        minutes, past = self._minutes_past(i)
        if past:
            hour = self._hour(past + 1)
            if not hour:
                return None
            half, end = self._half(past + 1)
            is_past = self.word(past) == "past"
            if not (is_past or half or self.word(past - 1) == "quarter" or self._is_told(i)):
                return None  # "5 to 6 people"
            number = hour if is_past else (hour - 1 or 12)
            minute = minutes if is_past else 60 - minutes
            if half:
                number = number % 12 + (12 if half == "p" else 0)
                if not is_past and hour == 12:
                    number = (number + 12) % 24  # a quarter to 12am is in the evening
            return TimeRead(end, Time(number, minute, bool(half), True), is_introduced=True)
        hour = self._hour(i)
        if not hour or self.token(i).kind == Kind.CLOCK:
            return None
        is_word = self.token(i).kind == Kind.WORD
        following = i + 1
        if says_oclock := self.word(following) in ("o'clock", "oclock"):
            following += 1
        half = self.HALVES.get(self.word(following), "")
        if half and (is_word or says_oclock):
            number = hour % 12 + (12 if half == "p" else 0)
            return TimeRead(following + 1, Time(number, is_exact=True), is_introduced=True)
        if says_oclock:
            return TimeRead(following, Time(hour, is_spoken=True), is_introduced=True)
        if is_word:
            read = TimeRead(following, Time(hour, is_spoken=True), is_introduced=True, is_bare=True)
            return read if self._is_told(i) else None
        if self.word(following) in words.TONIGHT or (
            self.word(following) in ("this", "in")
            and self.word(following + (self.word(following) == "in") + 1) in words.PARTS
        ):
            return TimeRead(following, Time(hour, is_spoken=True))
        # "tomorrow 5", "tonight 8": the last word
        before = self.word(i - 1)
        is_last = following >= len(self.tokens)
        if (
            has_day
            and is_last
            and (before in words.TOMORROW | words.TODAY | words.TONIGHT or before in words.PARTS)
        ):
            return TimeRead(following, Time(hour, is_spoken=True))
        return None

    def _is_told(self, i: int) -> bool:
        """Whether "at" stands before this."""
        return self.word(i - 1) in self.STRONG_CLOCK_LINKS

    def _minutes_past(self, i: int) -> tuple[int, int]:
        """Return the minutes and the index of "past" or "to"; zeros if they are not there."""
        i = self.skip(i, "a")
        token = self.token(i)
        minutes = {"half": 30, "quarter": 15, "five": 5, "ten": 10, "twenty": 20}.get(token.text, 0)
        if token.kind == Kind.NUMBER and token.value in (5, 10, 15, 20, 25):
            minutes = token.value
        if minutes and self.word(i + 1) in ("past", "to") and not (minutes == 30 and self.word(i + 1) == "to"):
            return minutes, i + 1
        return 0, 0

    def _hour(self, i: int) -> int:
        token = self.token(i)
        if token.kind == Kind.NUMBER and len(token.text) <= 2 and 1 <= token.value <= 12:
            return token.value
        if token.kind == Kind.CLOCK and token.value.half and token.value.minute is None:
            return token.value.hour
        number = words.NUMBERS.get(token.text, 0)
        return number if number <= 12 else 0

    def _half(self, i: int) -> tuple[str, int]:
        """Return the half of the day of an hour, and the index after both."""
        token = self.token(i)
        if token.kind == Kind.CLOCK:
            return token.value.half, i + 1
        half = self.HALVES.get(self.word(i + 1), "")
        return half, i + 2 if half else i + 1
