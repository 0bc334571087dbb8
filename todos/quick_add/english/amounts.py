"""Amounts of time: "3 days", "an hour and a half", "in 20 min"."""

from todos.quick_add.english import words
from todos.quick_add.grammar import Grammar
from todos.quick_add.tokens import Kind


class Amounts(Grammar):
    def delay(self, i: int) -> tuple[float, int, bool] | None:
        has_in = self.word(i) in ("in", "within")
        start = i + 1 if has_in else i
        found = self._minutes(start)
        if not found:
            return None
        minutes, end = found
        if minutes < 1 or self.word(end) == "ago":
            return None
        if has_in:
            return minutes, self.skip(self.says(end, "or so") or end, "time"), False
        if self.says(end, "from now"):
            return minutes, end + 2, False
        unit = self.token(end - 1)
        is_clear = (
            unit.value[1] if unit.kind == Kind.AMOUNT else unit.text
        ) in words.BARE_UNITS or end > start + 2
        return (minutes, end, True) if is_clear else None

    def _minutes(self, i: int) -> tuple[float, int] | None:
        """Read an amount of hours and minutes, which may have several words for both."""
        if end := self.says(i, "half an hour") or self.says(i, "half hour") or self.says(i, "a half hour"):
            return 30, end
        if end := self.says(self.skip(i, "a"), "quarter of an hour"):
            return 15, end
        if end := self.says(i, "three quarters of an hour"):
            return 45, end
        token = self.token(i)
        if token.kind == Kind.AMOUNT and token.value[2]:
            number, unit, minutes = token.value
            is_hours = words.MINUTES.get(unit) == 60 and number == int(number) and minutes < 60
            return (number * 60 + minutes, i + 1) if is_hours else None
        # "one and a half hours"
        number = token.value if token.kind == Kind.NUMBER else words.NUMBERS.get(token.text)
        if number and (end := self.says(i + 1, "and a half")) and words.MINUTES.get(self.word(end)) == 60:
            return number * 60 + 30, end + 1
        amount = self.amount(i)
        if not amount or amount[1] not in words.MINUTES:
            return None
        number, unit, end = amount
        minutes = number * words.MINUTES[unit]
        if words.MINUTES[unit] == 60:
            if half := self.says(end, "and a half"):
                return minutes + 30, half
            rest = self.amount(self.skip(end, "and"))
            if rest and words.MINUTES.get(rest[1]) == 1 and rest[0] < 60:
                return minutes + rest[0], rest[2]
        return minutes, end

    def is_duration(self, i: int) -> bool:
        """Whether an amount at the end of the line, beginning here, says how long something takes."""
        before = self.token(i - 1)
        return (
            not self.token(i).is_numeric  # "wait a minute"
            or before.text in words.NOT_BEFORE_AN_AMOUNT | words.UNITS
            or before.is_numeric
            or any(self.word(j) in words.TAKES_TIME for j in range(i))
        )

    def amount(self, i: int) -> tuple[float, str, int] | None:
        """Read a number and a unit, or the unit after "a" or "a couple of"."""
        token = self.token(i)
        if token.kind == Kind.AMOUNT and token.value[1] in words.UNITS and not token.value[2]:
            return token.value[0], token.value[1], i + 1
        number: float
        if token.kind == Kind.NUMBER or (token.kind == Kind.AMOUNT and not token.value[1]):
            number, end = (token.value if token.kind == Kind.NUMBER else token.value[0]), i + 1
        elif token.text in words.NUMBERS:
            number, end = words.NUMBERS[token.text], i + 1
        elif end := self.says(i, "a couple"):
            number, end = 2, self.skip(end, "of")
        elif end := self.says(i, "a few"):
            number = 3
        elif token.text in ("a", "an"):
            number, end = 1, i + 1
        else:
            return None
        unit = self.word(end)
        return (number, unit, end + 1) if unit in words.UNITS else None
