"""Days: "vendredi prochain", "le 24 décembre", "pasado mañana", "el viernes que viene", "dans 3 jours"."""

from datetime import date, timedelta
from typing import ClassVar

from todos.agenda import Clock
from todos.quick_add.grammar import DayRead, Grammar, last_of_month
from todos.quick_add.romance.tokens import romance_tokens
from todos.quick_add.tokens import Kind, Token
from todos.quick_add.values import Certainty, Day, Part

_FRIDAY = 4


class Days(Grammar):
    NEXT_IS_OF_NEXT_WEEK: ClassVar[bool] = False  # else "next friday" is the coming one

    def __init__(self, tokens: list[Token], clock: Clock) -> None:
        super().__init__(romance_tokens(tokens), clock)

    def day(self, i: int, link: str) -> DayRead | None:
        if link in self.words.OF_ARTICLES and self.word(i - 2) not in self.words.BEFORE_OF:
            return None  # "notas del viernes", but "antes del viernes"
        word = self.word(i)
        if not word:
            return self._date(i, link)
        if word not in self.beginnings.days:
            return None
        found = self._single(i) if link not in self.words.ARTICLES else None
        found = (
            found
            or self._weekend(i, link)
            or self._weekday(i, link)
            or self._next(i)
            or self._in_days(i)
            or self._end_of(i)
        )
        return found or self._date(i, link) or self._month(i)

    def says_one_of(self, i: int, phrases: tuple[str, ...]) -> int:
        """Return the index after the longest of the phrases that stand here, else 0."""
        end, first = 0, self.word(i)
        for phrase in phrases:
            if first and phrase.startswith(first):
                end = max(end, self.says(i, phrase))
        return end

    def skip_articles(self, i: int) -> int:
        return self.skip(i, *self.words.ARTICLES)

    def _single(self, i: int) -> DayRead | None:
        words = self.words
        if self.word(i) in words.THIS and (part := words.PARTS.get(self.word(i + 1))):
            return DayRead(Day(self.clock.today), i + 2, part)
        for phrases, days in ((words.TODAY, 0), (words.TOMORROW, 1), (words.AFTER_TOMORROW, 2)):
            if end := self.says_one_of(i, phrases):
                part, after = self.part_of_day(end)
                return DayRead(Day(self.plus_days(days)), after or end, part)
        return None

    def part_of_day(self, i: int) -> tuple[Part | None, int]:
        """Return the part that is said of a day, and the index after it: "matin", "por la tarde"."""
        end = self.says_one_of(i, self.words.IN_PART)
        part = self.words.PARTS.get(self.word(end or i)) if end or self.words.PARTS_STAND_ALONE else None
        return (part, (end or i) + 1) if part else (None, 0)

    def _weekday(self, i: int, link: str) -> DayRead | None:
        words = self.words
        is_this, is_next = self.word(i) in words.THIS, self.word(i) in words.NEXT
        i += is_this or is_next
        weekday = words.WEEKDAYS.get(self.word(i))
        if weekday is None and self._is_before_clock(i):
            weekday = words.WEEKDAYS_BEFORE_CLOCKS.get(self.word(i))
        if weekday is None:
            return None
        certainty = Certainty.WORDLIKE if self.word(i) in words.WORDLIKE_WEEKDAYS else Certainty.LEADING
        after = i + 1
        if self.token(after).text == ".":
            after += 1
        if is_this:
            return DayRead(Day(self.coming(weekday, including_today=True), certainty), after)
        if end := self.says_one_of(after, words.OF_NEXT_WEEK):
            return DayRead(Day(self.weekday_of_week(weekday, 1)), end)
        if (end := self.says_one_of(after, words.NEXT_AFTER)) or is_next:
            day = self.weekday_of_week(weekday, 1) if self.NEXT_IS_OF_NEXT_WEEK else self.coming(weekday)
            return DayRead(Day(day), end or after)
        for phrase, days in words.WEEKS_LATER.items():
            if end := self.says(after, phrase):
                return DayRead(Day(self.coming(weekday) + timedelta(days=days)), end)
        on = self.skip_articles(self.skip_comma(after))
        if (found := self._date(on, "")) or (found := self._day_of_month(on)):
            return found if found.day.date.weekday() == weekday else None
        if link in words.HABITUAL_ARTICLES:
            return None  # "le lundi" is every Monday
        return DayRead(Day(self.coming(weekday), certainty), after)

    def _is_before_clock(self, i: int) -> bool:
        after = i + 2 if self.token(i + 1).text == "." else i + 1
        return self.clock_at(self.skip(after, *self.CLOCK_LINKS)) is not None

    def _next(self, i: int) -> DayRead | None:
        """Read "la semaine prochaine", "el mes que viene"."""
        words, today = self.words, self.clock.today
        if end := self.says_one_of(i, words.NEXT_WEEK):
            return DayRead(Day(self.clock.week_end + timedelta(days=1), Certainty.LEADING), end)
        if end := self.says_one_of(i, words.NEXT_MONTH):
            year, month = divmod(today.year * 12 + today.month, 12)
            return DayRead(Day(date(year, month + 1, 1), Certainty.LEADING), end)
        if end := self.says_one_of(i, words.NEXT_YEAR):
            return DayRead(Day(date(today.year + 1, 1, 1), Certainty.LEADING), end)
        return None

    def _weekend(self, i: int, link: str) -> DayRead | None:
        words = self.words
        is_this, is_next = self.word(i) in words.THIS, self.word(i) in words.NEXT
        if not (end := self.says_one_of(i + (is_this or is_next), words.WEEKENDS)):
            return None
        if after := self.says_one_of(end, words.NEXT_AFTER):
            is_next, end = True, after
        if not (is_this or is_next or (link and link not in words.HABITUAL_ARTICLES)):
            return None
        return DayRead(Day(self.weekend(int(is_next)), Certainty.LEADING), end)

    def _in_days(self, i: int) -> DayRead | None:
        amount = self.amount(after) if (after := self.says_one_of(i, self.words.IN)) else None
        if not amount or amount[0] < 1 or amount[0] != int(amount[0]):
            return None
        number, unit, end = int(amount[0]), amount[1], amount[2]
        if unit in self.words.MONTH_UNITS:
            return DayRead(Day(self.plus_months(number * self.words.MONTH_UNITS[unit])), end)
        if unit not in self.words.DAYS:
            return None
        return DayRead(Day(self.plus_days(number * self.words.DAYS[unit])), end)

    def _end_of(self, i: int) -> DayRead | None:
        words, today = self.words, self.clock.today
        if end := self.says_one_of(i, words.MONTH_END):
            return DayRead(Day(last_of_month(today.year, today.month), Certainty.PERIOD), end)
        if end := self.says_one_of(i, words.YEAR_END):
            return DayRead(Day(date(today.year, 12, 31), Certainty.PERIOD), end)
        if end := self.says_one_of(i, words.WEEK_END):
            friday = self.weekday_of_week(_FRIDAY, 0)
            return DayRead(Day(friday if friday >= today else self.clock.week_end, Certainty.PERIOD), end)
        if (end := self.says_one_of(i, words.END_OF)) and (month := words.MONTHS.get(self.word(end))):
            year = today.year if today.month <= month else today.year + 1
            return DayRead(Day(last_of_month(year, month), Certainty.PERIOD), end + 1)
        return None

    def number_of_day(self, i: int) -> tuple[int, int]:
        """Return the day of the month here and the index after it, or zeros: "24", "1er", "premier"."""
        token = self.token(self.skip(i, *self.words.DAY_WORDS))
        end = self.skip(i, *self.words.DAY_WORDS) + 1
        if token.kind == Kind.NUMBER and len(token.text) <= 2 and 1 <= token.value <= 31:
            return token.value, end
        is_first = token.text in self.words.FIRST_OF_MONTH
        return (1, end) if is_first else (0, 0)

    def _date(self, i: int, link: str) -> DayRead | None:
        """Read "24/12", "24 décembre 2026", "24 de diciembre de 2026", and "le 24"."""
        if day := self._in_digits(i, link):
            return DayRead(day, i + 1)
        number, end = self.number_of_day(i)
        if not number:
            return None
        of = self.skip(end, *self.words.OF_MONTH)
        if month := self.words.MONTHS.get(self.word(of)):
            after = self.after_month(of)
            at_year = self.skip(after, *self.words.OF_MONTH)
            year = self.token(at_year)
            has_year = year.kind == Kind.NUMBER and 1900 <= year.value <= 2999
            found = self.next_day(number, month, year.value if has_year else None, Certainty.NAMED)
            return DayRead(found, at_year + 1 if has_year else after) if found else None
        return self._day_of_month(i) if link in self.words.DAY_LINKS else None

    def _day_of_month(self, i: int) -> DayRead | None:
        number, end = self.number_of_day(i)
        others = self.words.UNITS | self.HALVES.keys()  # "vendredi 5 pm"
        is_of = self.word(end) in self.words.OF and not self._range(end, has_day=False)  # "le 24 de chaque mois"
        is_amount = self.token(end).kind == Kind.NUMBER and not self.clock_at(end)
        if not number or self.word(end) in others or is_of or is_amount:
            return None
        found = self.next_day(number, None, None, Certainty.ORDINAL)
        return DayRead(found, end) if found else None

    def _in_digits(self, i: int, link: str) -> Day | None:
        token = self.token(i)
        if token.kind == Kind.DATE and token.value.is_day_first is None and token.value.second <= 12:
            # The day comes first. "5/6" alone may be a fraction.
            digits = token.value
            if link or digits.year:
                certainty = Certainty.CLEAR if digits.year else Certainty.NAMED
                return self.next_day(digits.first, digits.second, digits.year, certainty)
        return self.day_in_digits(i)

    def _month(self, i: int) -> DayRead | None:
        month = self.words.MONTHS.get(self.word(i + 1)) if self.word(i) == "en" else None
        if not month or month == self.clock.today.month:
            return None
        year = self.token(at := self.skip(i + 2, *self.words.OF_MONTH))
        if year.kind == Kind.NUMBER and 1900 <= year.value <= 2999:
            return DayRead(Day(date(year.value, month, 1), Certainty.LEADING, has_year=True), at + 1)
        today = self.clock.today
        return DayRead(Day(date(today.year + (month < today.month), month, 1), Certainty.LEADING), i + 2)

    # Amounts.

    def amount(self, i: int) -> tuple[float, str, int] | None:
        """Return the number, the unit and the index after "2 heures", "1h30", "une heure et demie"."""
        token = self.token(i)
        if token.kind == Kind.AMOUNT and token.value[1] in self.words.UNITS:
            return token.value[0] + token.value[2] / 60, token.value[1], i + 1
        if token.kind == Kind.NUMBER or (token.kind == Kind.AMOUNT and not token.value[1]):
            number = token.value if token.kind == Kind.NUMBER else token.value[0]
        else:
            number = self.words.NUMBERS.get(self.word(i), 0)
        unit, end = self.word(i + 1), i + 2
        if not number or unit not in self.words.UNITS:
            return None
        if half := self.says_one_of(end, self.words.AND_A_HALF):
            if unit not in self.words.MINUTES:
                return None
            return number + 0.5, unit, half
        return number, unit, end

    def continues(self, i: int) -> bool:
        token = self.token(i)
        if token.text in self.words.DISTANCES and any(self.token(at).is_numeric for at in range(i + 1, i + 4)):
            return True  # "mañana antes de las 10"
        return token.text in self.words.CONTINUES or (token.kind == Kind.OTHER and token.is_numeric)  # "9h-10h"
