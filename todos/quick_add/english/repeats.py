"""Repetitions: "every friday", "every 2 weeks on monday", "every last day of the month", "daily", "until 24 dec"."""

from dataclasses import replace
from typing import Any

from todos.quick_add.english import words
from todos.quick_add.english.days import Days
from todos.quick_add.grammar import DayRead, RepeatRead
from todos.quick_add.tokens import Kind
from todos.quick_add.values import Certainty, Repeat
from todos.recurrence.rule import MAX_COUNT, MAX_INTERVAL, WORKDAYS, Frequency, Rule, WeekdayNumber

_WORKDAYS = tuple(WeekdayNumber(day) for day in WORKDAYS)
_SATURDAY = (WeekdayNumber(5),)
_MONTHS_OF_RULES = ("of the month", "of every month", "of each month", "every month", "each month", "in the month")


class Repeats(Days):
    def repeat(self, i: int) -> RepeatRead | None:
        word = self.word(i)
        if word in words.EVERY:
            return self._every(i + 1)
        if word in words.ADVERBS_OF_REPEATS:
            freq, interval = words.ADVERBS_OF_REPEATS[word]
            return self._detailed(Rule(Frequency(freq), interval), i + 1, Certainty.WORDLIKE)
        if word == "weekdays":
            return RepeatRead(Repeat(Rule(Frequency.WEEKLY, by_day=_WORKDAYS), Certainty.WORDLIKE), i + 1)
        if end := self.says(i, "end of every month") or self.says(i, "end of each month"):
            return RepeatRead(Repeat(Rule(Frequency.MONTHLY, by_month_day=(-1,))), end)
        # "1st of every month", "the last friday of each month"
        found = self._days_of_month(i)
        end = found and self._says_one_of(found[1], _MONTHS_OF_RULES[1:3])
        return RepeatRead(Repeat(Rule(Frequency.MONTHLY, **found[0])), end) if found and end else None

    def repeat_end(self, i: int, link: str, repeat: Repeat) -> RepeatRead | None:
        rule, token = repeat.rule, self.token(i)
        has_end = rule.count or rule.until or repeat.lasts != (0, 0)
        if not has_end and link in words.UNTIL and (found := self.day(i, link)):
            return RepeatRead(replace(repeat, rule=replace(rule, until=found.day.date)), found.end)
        if not has_end and link == "for" and (amount := self.amount(i)):
            number, unit, end = amount
            days, months = words.DAYS.get(unit, 0), words.MONTH_UNITS.get(unit, 0)
            if (days or months) and number == int(number) and 1 <= number <= MAX_INTERVAL:
                return RepeatRead(replace(repeat, lasts=(days * int(number), months * int(number))), end)
        number = token.value if token.kind == Kind.NUMBER else words.NUMBERS.get(token.text, 0)
        if not has_end and 1 <= number <= MAX_COUNT and self.word(i + 1) == "times":
            return RepeatRead(replace(repeat, rule=replace(rule, count=number)), i + 2)
        if not (repeat.from_completion or repeat.rule.has_by_parts) and (
            end := self._says_one_of(i, words.AFTER_DONE)
        ):
            return RepeatRead(replace(repeat, from_completion=True, certainty=Certainty.CLEAR), end)
        return None

    def repeat_start(self, i: int) -> DayRead | None:
        return self.day(self.skip(i + 1, "on", "from"), "") if self.word(i) in words.STARTING else None

    def _every(self, i: int) -> RepeatRead | None:
        word = self.word(i)
        if found := self._days_of_month(i):
            fields, end = found
            if of := self._says_one_of(end, _MONTHS_OF_RULES):
                return RepeatRead(Repeat(Rule(Frequency.MONTHLY, **fields)), of)
            if self.word(end) in ("of", "in") and (month := words.MONTHS.get(self.word(end + 1))):
                return RepeatRead(Repeat(Rule(Frequency.YEARLY, by_month=(month,), **fields)), end + 2)
        if end := self.says(i, "end of the month") or self.says(i, "end of month"):
            return RepeatRead(Repeat(Rule(Frequency.MONTHLY, by_month_day=(-1,))), end)
        is_other = word in ("other", "second") or self.token(i).text == "2nd"
        if weekdays := self._weekdays(i + is_other):
            rule = Rule(
                Frequency.WEEKLY, 2 if is_other else 1, by_day=weekdays[0], week_start=self.clock.week_start
            )
            return RepeatRead(Repeat(rule), weekdays[1])
        if unit := self._unit(i):
            freq, interval, end = unit
            certainty = Certainty.CLEAR if end > i + 1 else Certainty.PERIOD
            return self._detailed(Rule(freq, interval), end, certainty) if interval <= MAX_INTERVAL else None
        if word in words.WORKDAYS or self.says(i, "working day") or self.says(i, "business day"):
            end = i + 1 if word in words.WORKDAYS else i + 2
            return RepeatRead(Repeat(Rule(Frequency.WEEKLY, by_day=_WORKDAYS)), end)
        if word == "weekend":
            return RepeatRead(Repeat(Rule(Frequency.WEEKLY, by_day=_SATURDAY), Certainty.PERIOD), i + 1)
        if word in words.PARTS:
            return RepeatRead(Repeat(Rule(Frequency.DAILY), Certainty.PERIOD), i + 1, words.PARTS[word])
        if date := self._month_day(i) or self._digits(i):
            return RepeatRead(Repeat(self._yearly(date)), date.end)
        if found and self._is_day_alone(i):
            return RepeatRead(Repeat(Rule(Frequency.MONTHLY, **found[0])), found[1])
        return None

    def _is_day_alone(self, i: int) -> bool:
        """Whether "every 15th" and "every last friday" stand here, rather than "every third friday"."""
        token = self.token(i)
        is_number = token.kind == Kind.ORDINAL and self.word(i + 1) not in words.WEEKDAYS
        return is_number or token.text in ("first", "1st", "last")

    def _unit(self, i: int) -> tuple[Frequency, int, int] | None:
        """Read "day", "other week", "3 months", "third day" and "2w"."""
        number, at = 1, i
        token = self.token(i)
        if token.text == "other":
            number, at = 2, i + 1
        elif token.kind == Kind.ORDINAL or token.text in words.ORDINALS:
            number, at = token.value if token.kind == Kind.ORDINAL else words.ORDINALS[token.text], i + 1
        if at == i and self.word(i) not in words.REPEATED_UNITS:
            amount = self.amount(i)
            if token.kind == Kind.NUMBER and self.word(i + 1) in words.REPEATED_UNITS:
                amount = token.value, self.word(i + 1), i + 2  # "3 quarters"
            if not amount or amount[1] not in words.REPEATED_UNITS or amount[0] != int(amount[0]) or amount[0] < 1:
                return None
            number, unit, at = int(amount[0]), amount[1], amount[2] - 1
        else:
            unit = self.word(at)
        if unit not in words.REPEATED_UNITS or token.text in ("first", "1st"):
            return None
        freq, interval = words.REPEATED_UNITS[unit]
        return Frequency(freq), number * interval, at + 1

    def _detailed(self, rule: Rule, end: int, certainty: Certainty) -> RepeatRead:
        """Read what follows "every 2 weeks": "on monday and friday", "on the 15th", "on 24 dec"."""
        on = self.skip(end, "on")
        plain = RepeatRead(Repeat(rule, certainty), end)
        if on == end:
            return plain
        if rule.freq == Frequency.WEEKLY and (weekdays := self._weekdays(on)):
            rule = replace(rule, by_day=weekdays[0], week_start=self.clock.week_start)
            return RepeatRead(Repeat(rule), weekdays[1])
        if rule.freq == Frequency.MONTHLY and (found := self._days_of_month(on)):
            end = self._says_one_of(found[1], _MONTHS_OF_RULES[:1]) or found[1]
            return RepeatRead(Repeat(replace(rule, **found[0])), end)
        if rule.freq == Frequency.YEARLY:
            found, date = self._days_of_month(on), self._month_day(on) or self._digits(on)
            if found and self.word(found[1]) in ("of", "in") and self.word(found[1] + 1) in words.MONTHS:
                month = words.MONTHS[self.word(found[1] + 1)]
                return RepeatRead(Repeat(replace(rule, by_month=(month,), **found[0])), found[1] + 2)
            if date:
                return RepeatRead(Repeat(replace(self._yearly(date), interval=rule.interval)), date.end)
        return plain

    def _yearly(self, read: DayRead) -> Rule:
        return Rule(Frequency.YEARLY, by_month=(read.day.date.month,), by_month_day=(read.day.date.day,))

    def _weekdays(self, i: int) -> tuple[tuple[WeekdayNumber, ...], int] | None:
        """Read "monday", "mon, wed and fri" and "mon-fri"."""
        days: set[int] = set()
        first, dash, last = self.word(i).partition("-")
        if dash and first in words.WEEKDAYS and last in words.WEEKDAYS:
            begin, end_day = words.WEEKDAYS[first], words.WEEKDAYS[last]
            days = {(begin + ahead) % 7 for ahead in range((end_day - begin) % 7 + 1)}
            return tuple(WeekdayNumber(day) for day in sorted(days)), i + 1
        end = at = i
        while len(days) < 7 and self.word(at) in words.WEEKDAYS:
            days.add(words.WEEKDAYS[self.word(at)])
            end = at + 1
            at = self.skip(self.skip_comma(end), "and", "&")
            if at == end:
                break
        return (tuple(WeekdayNumber(day) for day in sorted(days)), end) if days else None

    def _days_of_month(self, i: int) -> tuple[dict[str, Any], int] | None:
        """Return fields of a rule: "the 1st and 15th", "the first monday", "the last day", "the last weekday"."""
        month_days: set[int] = set()
        weekdays: set[WeekdayNumber] = set()
        at = end = i
        for _ in range(5):
            at = self.skip(at, "the")
            token = self.token(at)
            nth = token.value if token.kind == Kind.ORDINAL else words.ORDINALS.get(self.word(at), 0)
            nth = -1 if self.word(at) == "last" else nth
            following = self.word(at + 1)
            if not nth:
                break
            if following in words.WEEKDAYS and nth <= 5:
                weekdays.add(WeekdayNumber(words.WEEKDAYS[following], nth))
                end = at + 2
            elif following in words.WORKDAYS and at <= i + 1 and nth <= 5:
                return {"by_day": _WORKDAYS, "by_set_pos": (nth,)}, at + 2
            elif following == "day":
                month_days.add(nth)
                end = at + 2
            elif token.kind == Kind.ORDINAL or self._says_one_of(at + 1, _MONTHS_OF_RULES):
                month_days.add(nth)
                end = at + 1
            else:
                break
            at = self.skip(self.skip_comma(end), "and", "&")
            if at == end:
                break
        if bool(month_days) == bool(weekdays):
            return None
        return {"by_month_day": tuple(month_days)} if month_days else {"by_day": tuple(weekdays)}, end

    def _says_one_of(self, i: int, phrases: tuple[str, ...]) -> int:
        return max((self.says(i, phrase) for phrase in phrases), default=0)
