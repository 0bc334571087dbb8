"""Repetitions: "jeden Freitag", "alle 2 Wochen am Montag", "jeden letzten Tag im Monat", "täglich", "bis 24.12."."""

from dataclasses import replace
from typing import Any

from todos.quick_add.german import words
from todos.quick_add.german.days import DaysAndTimes
from todos.quick_add.grammar import DayRead, RepeatRead
from todos.quick_add.tokens import Kind
from todos.quick_add.values import MORNING, Certainty, Part, Repeat
from todos.recurrence.rule import MAX_COUNT, MAX_INTERVAL, WORKDAYS, Frequency, Rule, WeekdayNumber

_WORKDAYS = tuple(WeekdayNumber(day) for day in WORKDAYS)
_SATURDAY = (WeekdayNumber(5),)
_LAST_DAY = Rule(Frequency.MONTHLY, by_month_day=(-1,))


class Repeats(DaysAndTimes):
    def repeat(self, i: int) -> RepeatRead | None:
        word = self.word(i)
        if word in words.EACH:
            return self._each(i + 1)
        if word == "alle":  # with a number alone: "an alle Freunde"
            unit = self._unit(i + 1) if self._amount(i + 1) or self.token(i + 1).kind == Kind.NUMBER else None
            return self._of_unit(unit)
        if word in words.ADVERBS_OF_REPEATS:
            freq, interval = words.ADVERBS_OF_REPEATS[word]
            return self._detailed(Rule(Frequency(freq), interval), i + 1, Certainty.WORDLIKE)
        if word in words.ADVERBS_OF_WORKDAYS:
            return RepeatRead(Repeat(Rule(Frequency.WEEKLY, by_day=_WORKDAYS), Certainty.WORDLIKE), i + 1)
        if weekdays := self._weekdays(i, words.ADVERBS_OF_WEEKDAYS):
            return RepeatRead(Repeat(self._weekly(weekdays[0]), Certainty.WORDLIKE), weekdays[1])
        if self.word(i) == "ende" and (end := self._says_one_of(i + 1, words.MONTHS_OF_RULES[2:])):
            return RepeatRead(Repeat(_LAST_DAY), end)
        # "1. jedes Monats", "letzten Freitag im Monat"; that of "des Monats" may be this month's
        found = self._days_of_month(i)
        end = found and self._says_one_of(found[1], words.MONTHS_OF_RULES[1:])
        return RepeatRead(Repeat(Rule(Frequency.MONTHLY, **found[0])), end) if found and end else None

    def repeat_end(self, i: int, link: str, repeat: Repeat) -> RepeatRead | None:
        rule, token = repeat.rule, self.token(i)
        has_end = rule.count or rule.until or repeat.lasts != (0, 0)
        is_until = link == "bis" or (link == "zum" and self.word(i - 2) == "bis")
        if not has_end and is_until and (found := self.day(i, "bis")):
            return RepeatRead(replace(repeat, rule=replace(rule, until=found.day.date)), found.end)
        amount = self._amount(i)
        if not has_end and amount and (link == "für" or self.word(amount[2]) == "lang"):
            number, unit, end = amount
            days, months = words.DAYS.get(unit, 0), words.MONTH_UNITS.get(unit, 0)
            if (days or months) and number == int(number) and 1 <= number <= MAX_INTERVAL:
                lasts = days * int(number), months * int(number)
                return RepeatRead(replace(repeat, lasts=lasts), self.skip(end, "lang"))
        number = token.value if token.kind == Kind.NUMBER else words.NUMBERS.get(token.text, 0)
        # "Täglich 3 mal" is three times a day.
        is_count = rule.freq != Frequency.DAILY and self.word(i + 1) == "mal"
        if not has_end and is_count and 1 <= number <= MAX_COUNT:
            return RepeatRead(replace(repeat, rule=replace(rule, count=number)), i + 2)
        if not (repeat.from_completion or rule.has_by_parts) and (end := self._says_one_of(i, words.AFTER_DONE)):
            return RepeatRead(replace(repeat, from_completion=True, certainty=Certainty.CLEAR), end)
        return None

    def repeat_start(self, i: int) -> DayRead | None:
        return self.day(self.skip(i + 1, "dem", "den"), "bis") if self.word(i) == "ab" else None

    def continues(self, i: int) -> bool:
        return bool(self._says_one_of(i, words.AFTER_DONE)) or super().continues(i)

    def _each(self, i: int) -> RepeatRead | None:
        word = self.word(i)
        found = self._days_of_month(i)
        if found:
            fields, end = found
            if of := self._says_one_of(end, words.MONTHS_OF_RULES[:2]):
                return RepeatRead(Repeat(Rule(Frequency.MONTHLY, **fields)), of)
            if self.word(end) == "im" and (month := words.MONTHS.get(self.word(end + 1))):
                return RepeatRead(Repeat(Rule(Frequency.YEARLY, by_month=(month,), **fields)), end + 2)
        if word == "monatsende":
            return RepeatRead(Repeat(_LAST_DAY), i + 1)
        if word in words.EVENINGS:
            weekday, part = words.EVENINGS[word]
            return RepeatRead(Repeat(self._weekly({weekday})), i + 1, part)
        nth, after_nth = self._nth(i)
        if weekdays := self._weekdays(after_nth if nth == 2 else i, words.WEEKDAYS | words.SHORT_WEEKDAYS):
            return RepeatRead(Repeat(self._weekly(weekdays[0], 2 if nth == 2 else 1)), weekdays[1])
        if read := self._of_unit(self._unit(i)):
            return read
        if word in words.WORKDAYS:
            return RepeatRead(Repeat(Rule(Frequency.WEEKLY, by_day=_WORKDAYS)), i + 1)
        if word == "wochenende":
            return RepeatRead(Repeat(Rule(Frequency.WEEKLY, by_day=_SATURDAY), Certainty.PERIOD), i + 1)
        if part := self._part(word):
            return RepeatRead(Repeat(Rule(Frequency.DAILY), Certainty.PERIOD), i + 1, part)
        if date := self._date(i, ""):
            return RepeatRead(Repeat(self._yearly(date)), date.end)
        if found and (self.token(i).kind == Kind.NUMBER or nth in (1, -1)):  # not "jeden dritten Freitag"
            return RepeatRead(Repeat(Rule(Frequency.MONTHLY, **found[0])), found[1])
        return None

    @staticmethod
    def _part(word: str) -> Part | None:
        return MORNING if word == "morgen" else words.PARTS.get(word)

    def _weekly(self, days: set[int], interval: int = 1) -> Rule:
        by_day = tuple(WeekdayNumber(day) for day in sorted(days))
        return Rule(Frequency.WEEKLY, interval, by_day=by_day, week_start=self.clock.week_start)

    def _yearly(self, read: DayRead) -> Rule:
        return Rule(Frequency.YEARLY, by_month=(read.day.date.month,), by_month_day=(read.day.date.day,))

    def _of_unit(self, unit: tuple[Frequency, int, int, bool] | None) -> RepeatRead | None:
        if not unit or unit[1] > MAX_INTERVAL:
            return None
        freq, interval, end, has_number = unit
        return self._detailed(Rule(freq, interval), end, Certainty.CLEAR if has_number else Certainty.PERIOD)

    def _unit(self, i: int) -> tuple[Frequency, int, int, bool] | None:
        """Read "Tag", "3 Monate", "zweite Woche" and "halbe Jahr", and whether there is a number."""
        if end := self.says(i, "halbe jahr"):
            return Frequency.MONTHLY, 6, end, True
        nth, after = self._nth(i)
        if nth:
            number, unit, end = nth, self.word(after), after + 1
        elif amount := self._amount(i):
            number, unit, end = amount
        elif self.token(i).kind == Kind.NUMBER:
            number, unit, end = self.token(i).value, self.word(i + 1), i + 2  # "3 Quartale"
        else:
            number, unit, end = 1, self.word(i), i + 1
        if unit not in words.REPEATED_UNITS or number != int(number) or number < 1 or nth == 1:
            return None
        freq, interval = words.REPEATED_UNITS[unit]
        return Frequency(freq), int(number) * interval, end, end > i + 1

    def _nth(self, i: int) -> tuple[int, int]:
        """Return the number of "2." or "zweiten" and the index after it, or 0; "letzten" is -1."""
        token, point = self.token(i), self.token(i + 1)
        if token.kind == Kind.NUMBER and point.text == "." and point.start == token.end and 1 <= token.value <= 31:
            return token.value, i + 2
        nth = words.ORDINALS.get(self.word(i), 0)
        return nth, i + 1 if nth else i

    def _detailed(self, rule: Rule, end: int, certainty: Certainty) -> RepeatRead:
        """Read what follows "alle 2 Wochen": "am Montag und Freitag", "am 15.", "am 24. Dezember", "freitags"."""
        plain, on = RepeatRead(Repeat(rule, certainty), end), self.skip(end, "am")
        if rule.freq == Frequency.WEEKLY:
            names = words.ADVERBS_OF_WEEKDAYS if on == end else words.WEEKDAYS | words.SHORT_WEEKDAYS
            weekdays = self._weekdays(on, names)
            return RepeatRead(Repeat(self._weekly(weekdays[0], rule.interval)), weekdays[1]) if weekdays else plain
        if on == end:
            return plain
        if rule.freq == Frequency.MONTHLY:
            if self.word(on) == "monatsende":
                return RepeatRead(Repeat(replace(rule, by_month_day=(-1,))), on + 1)
            if found := self._days_of_month(on):
                end = self._says_one_of(found[1], words.MONTHS_OF_RULES[:2]) or found[1]
                return RepeatRead(Repeat(replace(rule, **found[0])), end)
        if rule.freq == Frequency.YEARLY:
            if date := self._date(on, ""):
                return RepeatRead(Repeat(replace(self._yearly(date), interval=rule.interval)), date.end)
            found = self._days_of_month(on)
            if found and self.word(found[1]) == "im" and (month := words.MONTHS.get(self.word(found[1] + 1))):
                return RepeatRead(Repeat(replace(rule, by_month=(month,), **found[0])), found[1] + 2)
        return plain

    def _weekdays(self, i: int, names: dict[str, int]) -> tuple[set[int], int] | None:
        """Read "montag", "mo, mi und fr", "mo-fr" and "montag bis freitag"."""
        first, dash, last = self.word(i).partition("-")
        end = i + 1
        if not dash and first in names and self.word(i + 1) == "bis":
            dash, last, end = "bis", self.word(i + 2), i + 3
        if dash and first in names and last in names:
            begin = names[first]
            return {(begin + ahead) % 7 for ahead in range((names[last] - begin) % 7 + 1)}, end
        days: set[int] = set()
        end = at = i
        while len(days) < 7 and self.word(at) in names:
            days.add(names[self.word(at)])
            end = at + 1
            at = self.skip(self.skip_comma(end), "und", "&")
            if at == end:
                break
        return (days, end) if days else None

    def _days_of_month(self, i: int) -> tuple[dict[str, Any], int] | None:
        """Return fields of a rule: "1. und 15.", "ersten Montag", "letzten Tag", "letzten Werktag", "Ersten"."""
        month_days: set[int] = set()
        waiting: set[int] = set()  # of "1. und 15.", and of "ersten und dritten Montag"
        weekdays: set[WeekdayNumber] = set()
        at = end = i
        for _ in range(5):
            at = self.skip(at, "dem", "den", "am", "der")
            nth, after = self._nth(at)
            following = self.word(after)
            if not nth:
                break
            if following in words.WEEKDAYS and max(nth, *waiting, 0) <= 5:
                weekdays |= {WeekdayNumber(words.WEEKDAYS[following], number) for number in {nth, *waiting}}
                waiting.clear()
                end = after + 1
            elif following in words.WORKDAYS and not (month_days or waiting or weekdays) and nth <= 5:
                return {"by_day": _WORKDAYS, "by_set_pos": (nth,)}, after + 1
            elif following == "tag":
                month_days.add(nth)
                end = after + 1
            elif self._says_one_of(after, words.MONTHS_OF_RULES):
                month_days.add(nth)
                end = after
            elif self.token(at).kind == Kind.NUMBER or self._nth(self.skip(after, "und", "&"))[0]:
                waiting.add(nth)
                end = after
            else:
                break
            at = self.skip(self.skip_comma(end), "und", "&")
            if at == end:
                break
        month_days |= waiting
        if bool(month_days) == bool(weekdays):
            return None
        return {"by_month_day": tuple(month_days)} if month_days else {"by_day": tuple(weekdays)}, end

    def _says_one_of(self, i: int, phrases: tuple[str, ...]) -> int:
        return max((self.says(i, phrase) for phrase in phrases), default=0)
