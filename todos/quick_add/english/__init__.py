"""English: ``words`` has its words, the other modules what is said only in English."""

from todos.quick_add.english import words
from todos.quick_add.english.days import BY_WORD
from todos.quick_add.english.repeats import Repeats
from todos.quick_add.english.times import Times


class English(Repeats, Times):
    LINKS = {"due", "deadline", "on", "by", "until", "till", "before", "for"}
    DATE_LINKS = {"on"}
    DELAY_LINKS = {"due", "deadline"}
    LOOSE_LINKS = {"for", "on", "until", "till", "due", "deadline"}
    CLOCK_LINKS = {"at", "@", "around", "about", "after", "~"}
    STRONG_CLOCK_LINKS = {"at", "@", "around"}
    HALVES = {"am": "a", "pm": "p"}
    RANGE_LINKS = {"from", "between"}
    RANGE_JOINERS = {"to", "until", "till", "-", "–", "—", "and"}
    RANGE_AND = "and"
    AFTER_CLOCKS = {"sharp"}
    HALF_PAST = {"half"}  # "half 3" is 3:30 to some, and 2:30 to others
    words = words
    AFTER_NUMBERS = words.AFTER_NUMBERS | HALVES.keys() | RANGE_JOINERS
    FIRST_WORDS = (
        BY_WORD.keys() | LINKS | CLOCK_LINKS | RANGE_LINKS | words.FIRST_OF_TIMES | words.FIRST_OF_REPEATS
    )

    def continues(self, i: int) -> bool:
        if self.word(i) == "of" or self.word(i) in words.WEEK_UNITS:
            return True  # "within 30 days of the notice", "tomorrow week"
        if self.word(i) in self.HALF_PAST and self.token(i + 1).is_numeric:
            return True
        if self.says(i, "after next") or (self.word(i) == "or" and self.word(i + 1) in words.NUMBERS):
            return True
        is_half = self.says(i, "and a") or self.says(i, "and an")
        return bool(is_half) and (self.word(i + 2) in words.UNITS or self.word(i + 2) == "half")
