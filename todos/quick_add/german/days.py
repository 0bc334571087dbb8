"""Days and times: "morgen um 9", "freitagabend", "in einer halben Stunde", "am 24. Dezember"."""

import re
from datetime import date, timedelta

from todos.quick_add.german import words
from todos.quick_add.grammar import DayRead, Grammar, TimeRead, last_of_month
from todos.quick_add.tokens import ClockDigits, Kind, clock_digits
from todos.quick_add.values import MORNING, NIGHT, Certainty, Day, Time

_SATURDAY = 5
_DOTTED_CLOCK = re.compile(r"(\d{1,2})\.(\d\d)", re.ASCII)


class DaysAndTimes(Grammar):
    # Days.

    def day(self, i: int, link: str) -> DayRead | None:
        found = self._single(i) or self._weekday(i) or self._in_days(i) or self._next(i) or self._weekend(i, link)
        found = found or self._end_of(i) or self._date(i, link) or self._month(i, link)
        if found and link in self.DATE_LINKS and self.word(i) in words.SINGLE_DAYS:
            return None
        return found

    def _single(self, i: int) -> DayRead | None:
        word = self.word(i)
        if word in words.TODAY:
            if self.word(i + 1) == "morgen":
                return DayRead(Day(self.clock.today), i + 2, MORNING)
            week = self._amount(i + 2) if self.word(i + 1) == "in" else None
            if week and week[1] in words.WEEK_UNITS:
                return DayRead(Day(self.plus_days(7 * int(week[0]))), week[2])
        for names, days in ((words.TODAY, 0), (words.TOMORROW, 1), (words.AFTER_TOMORROW, 2)):
            if word in names:
                part = words.PARTS.get(self.word(i + 1))
                return DayRead(Day(self.plus_days(days)), i + 2 if part else i + 1, part)
        return None

    def _weekday(self, i: int) -> DayRead | None:
        word = self.word(i)
        if word in words.EVENINGS:
            weekday, part = words.EVENINGS[word]
            return DayRead(Day(self.coming(weekday), Certainty.LEADING), i + 1, part)
        short = words.SHORT_WEEKDAYS.get(word)
        weekday = words.WEEKDAYS.get(word, short)
        if weekday is None:
            return None
        if short is not None and self.token(i + 1).text == ".":
            i += 1
        if found := self._date(self.skip(self.skip_comma(i + 1), "der", "den"), "am"):
            return found if found.day.date.weekday() == weekday else None
        if self.word(i + 1) == "in" and (week := self._amount(i + 2)) and week[1] in words.WEEK_UNITS:
            return DayRead(Day(self.coming(weekday) + timedelta(days=7 * int(week[0]))), week[2])
        if self.word(i + 1) in words.NEXT and self.word(i + 2) == "woche":
            return DayRead(Day(self.weekday_of_week(weekday, 1)), i + 3)
        certainty = Certainty.LEADING if short is None else Certainty.WORDLIKE
        return DayRead(Day(self.coming(weekday), certainty), i + 1)

    def _in_days(self, i: int) -> DayRead | None:
        amount = self._amount(i + 1) if self.word(i) == "in" else None
        if not amount or amount[0] < 1 or amount[0] != int(amount[0]):
            return None
        number, unit, end = int(amount[0]), amount[1], amount[2]
        if unit in words.MONTH_UNITS:
            return DayRead(Day(self.plus_months(number * words.MONTH_UNITS[unit])), end)
        if unit not in words.DAYS:
            return None
        on = self.skip(end, "am")
        weekday = words.WEEKDAYS.get(self.word(on))
        if unit in words.WEEK_UNITS and weekday is not None:
            return DayRead(Day(self.weekday_of_week(weekday, number)), on + 1)
        return DayRead(Day(self.plus_days(number * words.DAYS[unit])), end)

    def _next(self, i: int) -> DayRead | None:
        is_next, is_this, word = self.word(i) in words.NEXT, self.word(i) in words.THIS, self.word(i + 1)
        if not (is_next or is_this):
            return None
        if (weekday := words.WEEKDAYS.get(word)) is not None:
            if self.word(i) in words.COMING:
                day = self.coming(weekday)
            else:
                day = self.weekday_of_week(weekday, 1) if is_next else self.coming(weekday, including_today=True)
            return DayRead(Day(day, Certainty.LEADING), i + 2)
        if word == "wochenende":
            is_later = is_next and (self.word(i) not in words.COMING or self.clock.today.weekday() >= _SATURDAY)
            return self._weekend(i + 1, "am", later=int(is_later))
        if not is_next:
            return None
        if word == "woche":
            if (weekday := words.WEEKDAYS.get(self.word(on := self.skip(i + 2, "am")))) is not None:
                return DayRead(Day(self.weekday_of_week(weekday, 1)), on + 1)
            return DayRead(Day(self.clock.week_end + timedelta(days=1), Certainty.LEADING), i + 2)
        if word == "monat":
            return DayRead(Day(self._first_of_month(1), Certainty.LEADING), i + 2)
        if word == "jahr":
            return DayRead(Day(date(self.clock.today.year + 1, 1, 1), Certainty.LEADING), i + 2)
        return None

    def _weekend(self, i: int, link: str, later: int = 0) -> DayRead | None:
        if self.word(i) != "wochenende" or link not in ("am", "bis", "zum"):
            return None
        return DayRead(Day(self.weekend(later), Certainty.LEADING), i + 1)

    def _end_of(self, i: int) -> DayRead | None:
        today, word = self.clock.today, self.word(i)
        if end := self.says(i, "monatsende") or self.says(i, "ende des monats"):
            return DayRead(Day(last_of_month(today.year, today.month), Certainty.PERIOD), end)
        if end := self.says(i, "jahresende") or self.says(i, "ende des jahres"):
            return DayRead(Day(date(today.year, 12, 31), Certainty.PERIOD), end)
        if end := self.says(i, "ende der woche"):
            friday = self.weekday_of_week(4, 0)
            return DayRead(Day(friday if friday >= today else self.clock.week_end, Certainty.PERIOD), end)
        if word == "ende" and self.word(i + 1) in words.NEXT and self.word(i + 2) == "woche":
            return DayRead(Day(self.weekday_of_week(4, 1), Certainty.PERIOD), i + 3)
        if word == "ende" and (month := words.MONTHS.get(self.word(i + 1))):
            year = today.year if today.month <= month else today.year + 1
            return DayRead(Day(last_of_month(year, month), Certainty.PERIOD), i + 2)
        return None

    def _date(self, i: int, link: str) -> DayRead | None:
        """Read "24.12.", "24. Dezember 2026", and "am 24."."""
        if day := self.day_in_digits(i):
            return DayRead(day, i + 1)
        token, after = self.token(i), i + 1
        if token.kind != Kind.NUMBER or len(token.text) > 2 or not 1 <= token.value <= 31:
            return None
        has_point = self.token(after).text == "." and self.token(after).start == token.end
        after += has_point
        if month := words.MONTHS.get(self.word(after)):
            after = self.after_month(after)
            year = self.token(after)
            has_year = year.kind == Kind.NUMBER and 1900 <= year.value <= 2999
            found = self.next_day(token.value, month, year.value if has_year else None, Certainty.NAMED)
            return DayRead(found, after + has_year) if found else None
        if has_point and link in ("am", "bis", "zum", "vor"):
            found = self.next_day(token.value, None, None, Certainty.ORDINAL)
            return DayRead(found, after) if found else None
        return None

    def _month(self, i: int, link: str) -> DayRead | None:
        at = i + 1 if self.word(i) == "im" else i
        month = words.MONTHS.get(self.word(at))
        if not month or (at == i and link not in ("bis", "vor")) or month == self.clock.today.month:
            return None
        year = self.token(at + 1)
        if year.kind == Kind.NUMBER and 1900 <= year.value <= 2999:
            return DayRead(Day(date(year.value, month, 1), Certainty.LEADING, has_year=True), at + 2)
        today = self.clock.today
        return DayRead(Day(date(today.year + (month < today.month), month, 1), Certainty.LEADING), at + 1)

    def _first_of_month(self, later: int) -> date:
        year, month = divmod(self.clock.today.year * 12 + self.clock.today.month - 1 + later, 12)
        return date(year, month + 1, 1)

    # Times.

    def time_in_words(self, i: int, *, has_day: bool) -> TimeRead | None:
        word = self.word(i)
        if word == "mitternacht":
            return TimeRead(i + 1, Time(23, 59, is_last_minute=True))
        if word in words.ADVERBS_OF_PARTS:
            return TimeRead(i + 1, part=words.ADVERBS_OF_PARTS[word])
        part = MORNING if word == "morgen" else words.PARTS.get(word)
        is_of_hour = word == "früh" and (
            self.word(i - 1) == "uhr" or self.token(i - 1).is_numeric
        )  # "um 4 Uhr früh"
        if part and (has_day or is_of_hour or (self.word(i - 1) == "am" and part != NIGHT)):
            return TimeRead(i + 1, part=part)
        return self._spoken(i)

    def clock_at(self, i: int) -> tuple[ClockDigits, int] | None:
        """Read "15:30 Uhr", "15.30 Uhr", "15 Uhr" and "15 Uhr 30", too."""
        token = self.token(i)
        if found := super().clock_at(i):
            return found[0], self.skip(found[1], "uhr")
        if self.word(i + 1) != "uhr":
            return None
        if token.kind == Kind.OTHER and (match := _DOTTED_CLOCK.fullmatch(token.text)):
            digits = clock_digits(*match.groups(), "")
            return (digits, i + 2) if digits else None
        if token.kind != Kind.NUMBER or len(token.text) > 2 or not 0 < token.value < 24:
            return None
        minutes, end = self.token(i + 2), i + 3
        if minutes.kind != Kind.NUMBER or len(minutes.text) != 2 or self._date(i + 2, "am"):
            return clock_digits(token.text, None, ""), i + 2
        if self.word(end) and self.word(end) not in words.AFTER_CLOCKS | self.LINKS | self.RANGE_JOINERS:
            return None  # "um 20 Uhr 15 Gäste"
        digits = clock_digits(token.text, minutes.text, "")
        return (digits, end) if digits else None

    def _spoken(self, i: int) -> TimeRead | None:
        """Read "9 Uhr", "um neun", "halb 3", "viertel nach 3" and "dreiviertel 4"."""
        word = self.word(i)
        quarters = {"halb": -30, "dreiviertel": -15}
        if word in quarters and (hour := self._hour(i + 1)):
            return self._clock(hour, quarters[word], i + 2)
        if word == "viertel" and self.word(i + 1) in ("nach", "vor") and (hour := self._hour(i + 2)):
            return self._clock(hour, 15 if self.word(i + 1) == "nach" else -15, i + 3)
        found = self.clock_at(i)
        if found and "uhr" in (self.word(i + 1), self.word(found[1] - 1)):
            is_range = self.token(found[1]).text in self.RANGE_JOINERS and self.clock_at(found[1] + 1)
            return None if is_range else TimeRead(found[1], self.at_clock(found[0]), is_introduced=True)
        if self.word(i + 1) == "uhr" and (number := words.NUMBERS.get(word, 0)):
            return TimeRead(i + 2, Time(number, 0, number > 12, is_spoken=True), is_introduced=True)
        is_told = self.word(i - 1) in self.CLOCK_LINKS and self.word(i - 1) not in words.DISTANCES
        if is_told and word in words.NUMBERS and (hour := self._hour(i)):
            return TimeRead(i + 1, Time(hour, is_spoken=True), is_introduced=True, is_bare=True)
        return None

    def _clock(self, hour: int, minutes: int, end: int) -> TimeRead:
        at = (hour * 60 + minutes) % 720
        end = self.skip(end, "uhr")
        return TimeRead(end, Time(at // 60 or 12, at % 60, is_spoken=True), is_introduced=True)

    def _hour(self, i: int) -> int:
        token = self.token(i)
        number = token.value if token.kind == Kind.NUMBER else words.NUMBERS.get(token.text, 0)
        return number if 1 <= number <= 12 else 0

    # From now.

    def delay(self, i: int) -> tuple[float, int, bool] | None:
        if self.word(i) != "in":
            return None
        for phrase, minutes in (
            ("einer halben stunde", 30), ("einer viertelstunde", 15), ("einer dreiviertelstunde", 45),
            ("anderthalb stunden", 90), ("eineinhalb stunden", 90),
        ):  # fmt: skip
            if end := self.says(i + 1, phrase):
                return minutes, end, False
        amount = self._amount(i + 1)
        if not amount or amount[1] not in words.MINUTES:
            return None
        minutes = amount[0] * words.MINUTES[amount[1]]
        return (minutes, amount[2], False) if minutes >= 1 else None

    def _amount(self, i: int) -> tuple[float, str, int] | None:
        token = self.token(i)
        if token.kind == Kind.AMOUNT and token.value[1] in words.UNITS and not token.value[2]:
            return token.value[0], token.value[1], i + 1
        if token.kind == Kind.NUMBER or (token.kind == Kind.AMOUNT and not token.value[1]):
            number = token.value if token.kind == Kind.NUMBER else token.value[0]
        else:
            number = words.NUMBERS.get(self.word(i), 0)
        unit = self.word(i + 1)
        return (number, unit, i + 2) if number and unit in words.UNITS else None

    def is_duration(self, i: int) -> bool:
        return True  # an amount without "in"

    def continues(self, i: int) -> bool:
        if self.word(i) == "uhr" or (self.word(i - 1) == "uhr" and self.token(i).kind == Kind.NUMBER):
            return True
        return self.word(i) == "oder" and self.word(i + 1) in words.NUMBERS
