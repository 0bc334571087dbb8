"""Repetitions: "tous les lundis", "toutes les 2 semaines", "el 15 de cada mes", "los martes a las 18h", "5 fois"."""

from dataclasses import replace
from typing import Any

from todos.quick_add.grammar import DayRead, RepeatRead
from todos.quick_add.romance.times import Times
from todos.quick_add.romance.words import Beginnings
from todos.quick_add.tokens import Kind
from todos.quick_add.values import Certainty, Repeat
from todos.recurrence.rule import MAX_COUNT, MAX_INTERVAL, WORKDAYS, Frequency, Rule, WeekdayNumber

_WORKDAYS = Rule(Frequency.WEEKLY, by_day=tuple(WeekdayNumber(day) for day in WORKDAYS))
_SATURDAYS = Rule(Frequency.WEEKLY, by_day=(WeekdayNumber(5),))


class Romance(Times):
    def __init_subclass__(cls) -> None:
        """Collect what phrases can begin with, and what can come after numbers."""
        cls.beginnings = Beginnings.of(cls.words)
        cls.AFTER_NUMBERS = cls.words.AFTER_NUMBERS | cls.RANGE_JOINERS | cls.HALVES.keys()
        cls.FIRST_WORDS = frozenset().union(*cls.beginnings, cls.LINKS, cls.CLOCK_LINKS, cls.RANGE_LINKS)

    def repeat(self, i: int) -> RepeatRead | None:
        words, word = self.words, self.word(i)
        if word and word not in self.beginnings.repeats:
            return None
        if end := self.says_one_of(i, words.ON_WORKDAYS):
            return RepeatRead(Repeat(_WORKDAYS), end)
        if end := self.says_one_of(i, words.EACH):
            return self._each(end)
        if word in words.ADVERBS_OF_REPEATS:
            freq, interval = words.ADVERBS_OF_REPEATS[word]
            return self._detailed(Rule(Frequency(freq), interval), i + 1, Certainty.WORDLIKE)
        if word in words.ON_EACH and (found := self._weekdays(i + 1, words.WEEKDAYS_OF_RULES)):
            return RepeatRead(Repeat(self._weekly(found[0]), Certainty.PERIOD), found[1])
        # "le 15 de chaque mois", "el primer lunes de cada mes"
        found = self._days_of_month(i)
        end = found and self.says_one_of(found[1], words.OF_EACH_MONTH)
        return RepeatRead(Repeat(Rule(Frequency.MONTHLY, **found[0])), end) if found and end else None

    def repeat_end(self, i: int, link: str, repeat: Repeat) -> RepeatRead | None:
        words, rule, token = self.words, repeat.rule, self.token(i)
        has_end = rule.count or rule.until or repeat.lasts != (0, 0)
        is_until = any(self.word(at) in words.UNTIL for at in (i - 1, i - 2))
        if not has_end and is_until and (found := self.day(i, link)):
            return RepeatRead(replace(repeat, rule=replace(rule, until=found.day.date)), found.end)
        if not has_end and self.word(i) in words.DURING and (amount := self.amount(i + 1)):
            number, unit, end = amount
            days, months = words.DAYS.get(unit, 0), words.MONTH_UNITS.get(unit, 0)
            if (days or months) and number == int(number) and 1 <= number <= MAX_INTERVAL:
                return RepeatRead(replace(repeat, lasts=(days * int(number), months * int(number))), end)
        number = token.value if token.kind == Kind.NUMBER else words.NUMBERS.get(token.text, 0)
        # "Tous les jours 3 fois" is three times a day.
        is_count = rule.freq != Frequency.DAILY and self.word(i + 1) in words.TIMES
        if not has_end and is_count and 1 <= number <= MAX_COUNT:
            return RepeatRead(replace(repeat, rule=replace(rule, count=number)), i + 2)
        if not (repeat.from_completion or rule.has_by_parts) and (end := self.says_one_of(i, words.AFTER_DONE)):
            return RepeatRead(replace(repeat, from_completion=True, certainty=Certainty.CLEAR), end)
        return None

    def repeat_start(self, i: int) -> DayRead | None:
        start = self.says_one_of(i, self.words.STARTING)
        return self.day(self.skip_articles(start), self.words.DAY_LINK) if start else None

    def continues(self, i: int) -> bool:
        return bool(self.says_one_of(i, self.words.AFTER_DONE)) or super().continues(i)

    def _each(self, i: int) -> RepeatRead | None:
        words, word = self.words, self.word(i)
        if weekdays := self._weekdays(i, words.WEEKDAYS_OF_RULES):
            return RepeatRead(Repeat(self._weekly(weekdays[0])), weekdays[1])
        if (found := self._days_of_month(i)) and (end := self.says_one_of(found[1], words.OF_MONTHS)):
            return RepeatRead(Repeat(Rule(Frequency.MONTHLY, **found[0])), end)
        if unit := self._unit(i):
            freq, interval, end = unit
            certainty = Certainty.CLEAR if end > i + 1 else Certainty.PERIOD
            return self._detailed(Rule(freq, interval), end, certainty)
        if end := self.says_one_of(i, words.WEEKENDS):
            return RepeatRead(Repeat(_SATURDAYS, Certainty.PERIOD), end)
        if part := words.PARTS_OF_RULES.get(word):
            return RepeatRead(Repeat(Rule(Frequency.DAILY), Certainty.PERIOD), i + 1, part)
        date = self._date(i, "")
        return RepeatRead(Repeat(self._yearly(date)), date.end) if date else None

    def _weekly(self, days: set[int], interval: int = 1) -> Rule:
        by_day = tuple(WeekdayNumber(day) for day in sorted(days))
        return Rule(Frequency.WEEKLY, interval, by_day=by_day, week_start=self.clock.week_start)

    def _yearly(self, read: DayRead) -> Rule:
        return Rule(Frequency.YEARLY, by_month=(read.day.date.month,), by_month_day=(read.day.date.day,))

    def _unit(self, i: int) -> tuple[Frequency, int, int] | None:
        """Read "jours", "2 semaines", "deux mois"."""
        token = self.token(i)
        number = token.value if token.kind == Kind.NUMBER else self.words.NUMBERS.get(self.word(i), 0)
        end = i + 1 if number else i
        unit = self.words.REPEATED_UNITS.get(self.word(end))
        if not unit or not 1 <= (number or 1) * unit[1] <= MAX_INTERVAL or token.text == "0":
            return None
        return Frequency(unit[0]), (number or 1) * unit[1], end + 1

    def _detailed(self, rule: Rule, end: int, certainty: Certainty) -> RepeatRead:
        """Read what follows "toutes les 2 semaines": "le lundi et le jeudi", "le 15", "le 24 décembre"."""
        plain = RepeatRead(Repeat(rule, certainty), end)
        on = self.skip(end, *self.words.ARTICLES, *self.words.ON_EACH)
        if on == end:
            return plain
        if rule.freq == Frequency.WEEKLY and (weekdays := self._weekdays(on, self.words.WEEKDAYS_OF_RULES)):
            return RepeatRead(Repeat(self._weekly(weekdays[0], rule.interval)), weekdays[1])
        if rule.freq == Frequency.MONTHLY and (found := self._days_of_month(on)):
            return RepeatRead(Repeat(replace(rule, **found[0])), found[1])
        if rule.freq == Frequency.YEARLY and (date := self._date(on, "")):
            return RepeatRead(Repeat(replace(self._yearly(date), interval=rule.interval)), date.end)
        return plain

    def _weekdays(self, i: int, names: dict[str, int]) -> tuple[set[int], int] | None:
        """Read "lundi", "lundi, mercredi et vendredi" and "lundi et le jeudi"."""
        days: set[int] = set()
        end = at = i
        while len(days) < 7 and self.word(at) in names:
            days.add(names[self.word(at)])
            end = at + 1
            joined = self.skip(self.skip_comma(end), *self.words.AND)
            if joined == end:
                break
            at = self.skip(joined, *self.words.ARTICLES, *self.words.ON_EACH)
        return (days, end) if days else None

    def _days_of_month(self, i: int) -> tuple[dict[str, Any], int] | None:
        """Return fields of a rule: "1er et 15", "premier lundi", "dernier jour"."""
        words, month_days, weekdays = self.words, set(), set()
        at = end = i
        for _ in range(5):
            at = self.skip_articles(at)
            nth, following = words.ORDINALS.get(self.word(at), 0), self.word(at + 1)
            number, after = self.number_of_day(at)
            if nth and following in words.WEEKDAYS:
                weekdays.add(WeekdayNumber(words.WEEKDAYS[following], nth))
                end = at + 2
            elif nth and following in words.DAY_UNITS:
                month_days.add(nth)
                end = at + 2
            elif number and self.word(after) not in words.UNITS:
                month_days.add(number)
                end = after
            else:
                break
            at = self.skip(self.skip_comma(end), *words.AND)
            if at == end:
                break
        if bool(month_days) == bool(weekdays):
            return None
        return {"by_month_day": tuple(month_days)} if month_days else {"by_day": tuple(weekdays)}, end
