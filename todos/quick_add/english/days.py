"""Days: "friday", "24 dec", "a week from tuesday", "next month", "end of the week"."""

from datetime import date, timedelta

from todos.quick_add.english import words
from todos.quick_add.english.amounts import Amounts
from todos.quick_add.grammar import DayRead, last_of_month
from todos.quick_add.tokens import Kind
from todos.quick_add.values import NIGHT, Certainty, Day


class Days(Amounts):
    def day(self, i: int, link: str) -> DayRead | None:
        token, word = self.token(i), self.word(i)
        productions = BY_WORD.get(word, ()) if word else _BY_KIND.get(token.kind, ())
        for read in productions:
            if found := read(self, i):
                break
        else:
            found = self._month_alone(i, link) if link or word in ("in", "next") else None
        if found and link in self.DATE_LINKS and word and word not in words.AFTER_ON:
            return None  # "Turn the heating on tomorrow"
        return found

    def _named_day(self, i: int) -> DayRead | None:
        word, today = self.word(i), self.clock.today
        if word in words.TODAY:
            return DayRead(Day(today), i + 1)
        if word in words.TONIGHT:
            return DayRead(Day(today), i + 1, NIGHT)
        if word in words.TOMORROW:
            return DayRead(Day(self.plus_days(1)), i + 1)
        if word == "this" and (part := words.PARTS.get(self.word(i + 1))) and part != NIGHT:
            return DayRead(Day(today), i + 2, part)
        if self.word(end := self.says(self.skip(i, "the"), "day after")) in words.TOMORROW and end:
            return DayRead(Day(self.plus_days(2)), end + 1)
        return None

    def _digits(self, i: int) -> DayRead | None:
        day = self.day_in_digits(i)
        return DayRead(day, i + 1) if day else None

    def _in_days(self, i: int) -> DayRead | None:
        """Read "in 3 days", "3 days from now", "a week from tuesday", and "in 2 weeks on friday"."""
        has_in = self.word(i) in ("in", "within")
        amount = self.amount(i + 1 if has_in else i)
        if not amount:
            return None
        number, unit, end = amount
        if number != int(number) or number < 1 or not (unit in words.DAYS or unit in words.MONTH_UNITS):
            return None
        days = int(number) * words.DAYS.get(unit, 0)
        months = int(number) * words.MONTH_UNITS.get(unit, 0)
        target = self.plus_months(months) if months else self.plus_days(days)
        if has_in:
            end = self.skip(end, "time")
            is_in_weeks = days and unit not in ("d", "day", "days")
            weekday = words.WEEKDAYS.get(self.word(self.skip(end, "on")))
            if is_in_weeks and weekday is not None:
                return DayRead(Day(self.weekday_of_week(weekday, days // 7)), self.skip(end, "on") + 1)
            return DayRead(Day(target), end)
        if self.word(end) == "from":
            if self.word(end + 1) in words.TODAY | {"now"}:
                return DayRead(Day(target), end + 2)
            if self.word(end + 1) in words.TOMORROW and days:
                return DayRead(Day(self.plus_days(days + 1)), end + 2)
        if not days:
            return None
        on = self.skip(end, "from") if unit not in words.WEEK_UNITS else self.skip(end, "from", "on")
        weekday = words.WEEKDAYS.get(self.word(on))
        if weekday is not None and (on > end or unit in words.WEEK_UNITS):
            return DayRead(Day(self.coming(weekday) + timedelta(days=days)), on + 1)
        if self.word(end) in words.TODAY | words.TOMORROW:  # "a week today"
            return DayRead(Day(self.plus_days(days + (self.word(end) in words.TOMORROW))), end + 1)
        return None

    def _weekday(self, i: int) -> DayRead | None:
        word = self.word(i)
        weekday = words.WEEKDAYS[word]
        certainty = Certainty.WORDLIKE if word in words.WORDLIKE_WEEKDAYS else Certainty.NAMED
        i += 1
        if self.token(i).text == "." and not word.endswith("day"):
            i += 1
        after_comma = self.skip_comma(i)
        # "Friday 4 December", "Thursday the 3rd": the weekday has to be right.
        for read in (self._digits, self._month_day, self._nth):
            if found := read(after_comma):
                is_right = found.day.date.weekday() == weekday
                return DayRead(Day(found.day.date, has_year=found.day.has_year), found.end) if is_right else None
        if end := self.says(i, "next week"):
            return DayRead(Day(self.weekday_of_week(weekday, 1)), end)
        if self.word(i) == "in" and (amount := self.amount(i + 1)) and amount[1] in ("week", "weeks", "w"):
            if amount[0] == int(amount[0]) < 5000:
                return DayRead(Day(self.weekday_of_week(weekday, int(amount[0]))), amount[2])
            return None
        if self.word(i) == "week":
            return DayRead(Day(self.coming(weekday) + timedelta(days=7)), i + 1)
        return DayRead(Day(self.coming(weekday), certainty), i)

    def _next(self, i: int) -> DayRead | None:
        which = self.word(i)
        today = self.clock.today
        if end := self.says(self.skip(i, "the"), "week after next"):
            return DayRead(Day(self.clock.week_end + timedelta(days=8), Certainty.PERIOD), end)
        if which == "sometime":
            found = self._next(i + 1)
            return found if found and self.word(i + 1) == "next" else None
        if which not in ("next", "this", "coming"):
            return None
        word = self.word(i + 1)
        if which == "this" and word == "coming":
            return self._next(i + 1)
        if (weekday := words.WEEKDAYS.get(word)) is not None:
            day = (
                self.weekday_of_week(weekday, 1)
                if which == "next"
                else self.coming(weekday, including_today=which == "this")
            )
            certainty = Certainty.NAMED if word in words.WORDLIKE_WEEKDAYS else Certainty.LEADING
            return DayRead(Day(day, certainty), i + 2)
        if which != "next":
            return None
        if word == "week":
            on = self.skip(i + 2, "on")
            if (weekday := words.WEEKDAYS.get(self.word(on))) is not None:
                return DayRead(Day(self.weekday_of_week(weekday, 1)), on + 1)
            return DayRead(Day(self.clock.week_end + timedelta(days=1), Certainty.PERIOD), i + 2)
        if word == "month":
            return DayRead(Day(self._first_of_month(1), Certainty.PERIOD), i + 2)
        if word == "year":
            return DayRead(Day(date(today.year + 1, 1, 1), Certainty.PERIOD), i + 2)
        return None

    def _weekend(self, i: int) -> DayRead | None:
        which = self.word(i)
        end = self.says(self.skip(i, "this", "next", "at", "on", "the"), "weekend")
        if not end:
            end = (
                self.says(i, "at the weekend")
                or self.says(i, "on the weekend")
                or self.says(i, "over the weekend")
            )
        if not end or which == "weekend":
            return None
        return DayRead(Day(self.weekend(int(which == "next")), Certainty.PERIOD), end)

    def _end_of(self, i: int) -> DayRead | None:
        today, word = self.clock.today, self.word(i)
        if word in ("eow", "eom", "eoy"):
            last = self._last_of({"eow": "week", "eom": "month", "eoy": "year"}[word], 0)
            return DayRead(Day(last, Certainty.PERIOD), i + 1)
        start = self.skip(i, "the")
        if self.word(start) not in ("end", "start", "beginning") or self.word(start + 1) != "of":
            return None
        is_end = self.word(start) == "end"
        unit_at = self.skip(start + 2, "the", "this", "next")
        is_next = self.word(unit_at - 1) == "next"
        unit = self.word(unit_at)
        if (month := words.MONTHS.get(unit)) and is_end:
            year = today.year if today.month <= month else today.year + 1
            return DayRead(Day(last_of_month(year, month), Certainty.PERIOD), unit_at + 1)
        if unit not in ("week", "month", "year") or not (is_end or is_next):
            return None
        if is_end:
            return DayRead(Day(self._last_of(unit, int(is_next)), Certainty.PERIOD), unit_at + 1)
        return self._next(unit_at - 1)

    def _last_of(self, unit: str, later: int) -> date:
        today = self.clock.today
        if unit == "week":
            friday = self.weekday_of_week(4, later)
            return friday if friday >= today else self.clock.week_end
        if unit == "month":
            first = self._first_of_month(later)
            return last_of_month(first.year, first.month)
        return date(today.year + later, 12, 31)

    def _first_of_month(self, later: int) -> date:
        year, month = divmod(self.clock.today.year * 12 + self.clock.today.month - 1 + later, 12)
        return date(year, month + 1, 1)

    def _month_day(self, i: int) -> DayRead | None:
        """Read "24 Dec", "Dec 24th, 2026", "the 24th of December" and "24dec"."""
        token = self.token(i)
        if token.kind == Kind.AMOUNT and token.value[1] in words.MONTHS and not token.value[2]:
            return self._date(int(token.value[0]), words.MONTHS[token.value[1]], i + 1)
        if month := words.MONTHS.get(token.text):
            i = self.skip(i + 2 if self.token(i + 1).text == "." else i + 1, "the")
            day = self._day_of_month(i)
            is_counted = self.word(i + 1) in words.COUNTED or self.word(i + 1) in self.HALVES
            return self._date(day, month, i + 1) if day and not is_counted else None
        i = self.skip(i, "the")
        day = self._day_of_month(i)
        of = i + 1
        if not day and (day := words.ORDINALS.get(self.word(i), 0)) and self.word(of) != "of":
            return None
        of = self.skip(of, "of")
        month = words.MONTHS.get(self.word(of), 0)
        return self._date(day, month, of + 1) if day and month else None

    def _day_of_month(self, i: int) -> int:
        token = self.token(i)
        is_day = token.kind == Kind.ORDINAL or (token.kind == Kind.NUMBER and len(token.text) <= 2)
        return token.value if is_day and 1 <= token.value <= 31 else 0

    def _date(self, day: int, month: int, end: int) -> DayRead | None:
        year_at = self.skip_comma(end)
        token = self.token(year_at)
        year = token.value if token.kind == Kind.NUMBER and 1900 <= token.value <= 2999 else None
        found = self.next_day(day, month, year, Certainty.NAMED)
        return DayRead(found, year_at + 1 if year else end) if found else None

    def _nth(self, i: int) -> DayRead | None:
        """Read "the 24th" and "1st of next month"."""
        at = self.skip(i, "the")
        token = self.token(at)
        if token.kind != Kind.ORDINAL:
            return None
        if end := self.says(at + 1, "of next month"):
            first = self._first_of_month(1)
            day = min(first + timedelta(days=token.value - 1), last_of_month(first.year, first.month))
            return DayRead(Day(day), end) if day.day == token.value else None
        day = self.next_day(token.value, None, None, Certainty.ORDINAL)
        return DayRead(day, at + 1) if day else None

    def _month_alone(self, i: int, link: str) -> DayRead | None:
        """Read "in March", "by December 2027" and "next May" as the first day of the month."""
        before = self.word(i) if self.word(i) in ("in", "next") else link
        at = i + 1 if self.word(i) in ("in", "next") else i
        month = words.MONTHS.get(self.word(at))
        if (
            not month
            or before not in ("in", "next", "by", "until", "till", "before", "due")
            or len(self.word(at)) < 3
        ):
            return None
        today = self.clock.today
        token = self.token(at + 1)
        if token.kind == Kind.NUMBER and 1900 <= token.value <= 2999:
            return DayRead(Day(date(token.value, month, 1), Certainty.LEADING, has_year=True), at + 2)
        if month == today.month:
            return None  # this one or the next?
        year = today.year if month > today.month else today.year + 1
        return DayRead(Day(date(year, month, 1), Certainty.LEADING), at + 1)


# What to try for the first word of a day, or the kind of its first token.
BY_WORD = {
    **dict.fromkeys(words.SINGLE_DAYS, (Days._named_day,)),
    **dict.fromkeys(words.WEEKDAYS, (Days._weekday,)),
    **dict.fromkeys(words.MONTHS, (Days._month_day,)),
    **dict.fromkeys(words.ORDINALS, (Days._month_day,)),
    **dict.fromkeys(words.NUMBERS, (Days._in_days,)),
    **dict.fromkeys(("in", "within", "a", "an"), (Days._in_days,)),
    **dict.fromkeys(("at", "on", "over"), (Days._weekend,)),
    **dict.fromkeys(("eow", "eom", "eoy", "end", "start", "beginning"), (Days._end_of,)),
    **dict.fromkeys(("coming", "week", "sometime"), (Days._next,)),
    "next": (Days._next, Days._weekend),
    "this": (Days._named_day, Days._next, Days._weekend),
    "day": (Days._named_day,),
    "the": (Days._named_day, Days._next, Days._weekend, Days._end_of, Days._month_day, Days._nth),
}  # fmt: skip
_BY_KIND = {
    Kind.DATE: (Days._digits,),
    Kind.NUMBER: (Days._month_day, Days._in_days),
    Kind.AMOUNT: (Days._month_day, Days._in_days),
    Kind.ORDINAL: (Days._month_day, Days._nth),
}
