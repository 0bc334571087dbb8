"""German: ``words`` has its words, the other modules what is said only in German."""

from todos.quick_add.german import words
from todos.quick_add.german.repeats import Repeats


class German(Repeats):
    LINKS = {"am", "bis", "vor", "spätestens", "fällig", "zum", "für"}
    DATE_LINKS = {"am", "zum"}
    DELAY_LINKS = {"fällig", "spätestens"}
    LOOSE_LINKS = {"für", "am", "fällig", "zum"}
    HAS_24_HOURS = True
    HOUR_WORDS = {"uhr"}
    CLOCK_LINKS = {"um", "gegen", "ab", "nach", "@"}
    STRONG_CLOCK_LINKS = {"um", "@"}
    RANGE_LINKS = {"von", "zwischen"}
    RANGE_JOINERS = {"bis", "-", "–", "—", "und"}
    RANGE_AND = "und"
    AFTER_NUMBERS = words.AFTER_NUMBERS | RANGE_JOINERS
    words = words
    FIRST_WORDS = (
        words.DAY_NAMES
        | words.SHORT_WEEKDAYS.keys()
        | words.MONTHS.keys()
        | words.NEXT
        | words.THIS
        | words.ADVERBS_OF_PARTS.keys()
        | words.FIRST_OF_REPEATS
        | LINKS
        | CLOCK_LINKS
        | RANGE_LINKS
        | {"im", "in", "ende", "monatsende", "jahresende", "halb", "viertel", "dreiviertel", "mitternacht", "der"}
    )
