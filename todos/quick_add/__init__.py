"""Finds what a line says that somebody types: "Project proposal friday 2pm !high #uni +work".

A wrong deadline is worse than none. Words are read only where they can hardly mean anything else, and if half of a
deadline is not understood ("tomorrow at 25:00", "10am UTC", "every third friday"), the whole line is the title.

Days

- A weekday is the coming one, in one to seven days: on a Friday, "friday" is in a week and "this friday" is today.
  "Next friday" is the Friday of next week, "friday week" and "a week from friday" are a week after the coming one,
  and "in 2 weeks on friday" is the Friday of the week in which that day is. Weeks begin where the list says.
- "Next week", "next month", "next year" and "in march" are the first day of it. "This weekend" is Saturday, and on
  a Sunday today. "End of the week" is Friday, or from Saturday on the last day of the week.
- A date without a year is the next one, possibly today. "24/12" and "12/25" are read because only one number can be
  the month; "5/6" is not read. Dates with dots begin with the day.
- "Sat", "sun", "mon" and "wed" are days at the end of the line, next to a time, after "on", "by" and the like, and at
  the beginning if a time is named anywhere. "May" and "march" need a number or a word like "in".

Times

- An hour alone is the sensible one: 1 to 6 in the afternoon, 7 to 11 in the morning, 12 at noon. "At 7", "at 8" and
  "at 9" are in the evening if the morning's has passed today. With "tonight", "in the morning" and the like it is the
  hour of that part of the day, and "dinner at 8" and "wake up at 6:30" say which half they mean. Otherwise, with
  minutes, only 1:00 to 6:59 move to the afternoon. "03:30" is in the night. In German, French and Spanish, "6h",
  "6 Uhr" and every time with minutes are by the 24-hour clock, unless the line says a part of the day.
- Without an hour, morning is 9:00, noon 12:00, afternoon 15:00, evening 19:00, and night and "tonight" 20:00. "Eod" and
  "close of business" are 17:00, and midnight is 23:59. If that has passed today, the deadline is the day.
- "3-4pm" is its beginning.
- A time without a day is the next one. A time that has passed on the day that was named is not read.
- "In 10 minutes" and "in 2 hours" are moments, the same for everybody; "in 3 days" is a day. "20 min" and "2h" at the
  end of the line mean "in 20 min", except beside words for what takes so long: "Meditate 20 min".

Repetitions

- "Every friday", "every 2 weeks on monday", "every weekday", "every 15th", "the last day of every month", "every first
  monday", "every 24 dec", "weekly", "daily at 9": the first deadline is the next such day, possibly today.
- A rule that names no day begins on the day that the line names, or today: "every 2 weeks starting monday".
- "Every second friday" is every other one. "Every second friday of the month" is not, and "every third friday" may be
  either, so it is not read.
- "Until 24 dec", "5 times" and "for 3 weeks" end it. "Every 3 days after done" counts from the day of completion.
- "Wear every day clothes" and "Weekly report" are titles: a repetition stands at the end, beside a time, or before a
  word that begins another part of the sentence. At the beginning of a line it must name a day or a number.

Priorities

- "!high", "!medium" and "!low", or "!1", "!2" and "!3", anywhere in the line as words of their own. Every other "!" is
  text, and so are markers that disagree.

Labels

- "#uni" is a label: words of their own that begin with a letter. "#12" is text, and so is what no label can be called.

Lists

- "+work" is the list of that name, or else the only one with a word that begins so. If no list is meant, or more than
  one, it is text. "+group-work" is the list "Group work".

``lists``, ``labels`` and ``priorities`` take the markers out. ``tokens`` cuts the rest into pieces, and a grammar
(``grammar``, ``english``) finds phrases. ``combining`` chooses among them by what stands beside each (``roles``) and by
what would be left (``leftovers``). ``values`` turns the words into a deadline, ``repeating`` into a rule. Another
language is a subclass of Grammar with a module of words, in ``GRAMMARS``; French and Spanish share ``romance``. A line
is read by the grammar of the user's language and as English, and what reads more of it wins. ``read_deadline`` reads
words that are only a deadline.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from todos.agenda import Clock
from todos.deadlines import Deadline
from todos.priorities import Priority
from todos.quick_add.combining import find_deadline, phrases_of, title_without
from todos.quick_add.english import English
from todos.quick_add.french import French
from todos.quick_add.german import German
from todos.quick_add.grammar import Grammar, Phrase
from todos.quick_add.labels import take_labels
from todos.quick_add.line import Line
from todos.quick_add.lists import Named, take_list
from todos.quick_add.priorities import take_priority
from todos.quick_add.roles import Role
from todos.quick_add.spanish import Spanish
from todos.quick_add.tokens import tokenize
from todos.quick_add.values import Certainty
from todos.recurrence.rule import parse_rule
from todos.recurrence.words import describe

GRAMMARS: dict[str, type[Grammar]] = {"en": English, "de": German, "fr": French, "es": Spanish}
DEADLINE_MAX_LENGTH = 100  # of the words for a deadline alone
_TITLE = "Title"  # what these are added to; it is no word of a grammar


@dataclass(frozen=True)
class Reading:
    """What a line means: a title, and what else it says."""

    title: str
    deadline: Deadline | None = None
    rule: str = ""  # how it repeats from this deadline on
    repeats_from_completion: bool = False
    priority: Priority = Priority.NONE
    labels: tuple[str, ...] = ()
    list: Named | None = None
    lacks_title: bool = False

    @property
    def says_more(self) -> bool:
        return bool(self.deadline or self.priority or self.labels or self.list)

    @property
    def repeats(self) -> str:
        """How it repeats, in words."""
        return describe(parse_rule(self.rule), from_completion=self.repeats_from_completion) if self.rule else ""


def no_lists() -> list[Named]:
    return []


def read(
    text: str,
    clock: Clock,
    language: str = "en",
    day: date | None = None,
    *,
    has_deadline: bool = False,
    lists: Callable[[], Iterable[Named]] = no_lists,
) -> Reading:
    """Return what ``text`` means. What is not understood is the title.

    If the ``day`` was chosen elsewhere, only a time of that day is read; if the whole deadline was, none of it.
    ``lists`` returns the lists that the todo may be added to.
    """
    rest, target = take_list(text, lists)
    rest, labels = take_labels(rest)
    rest, priority = take_priority(rest)
    found = None if has_deadline else _read_deadline(rest, clock, language, day)
    title, *when = found or (rest.strip(), None, "", False)
    if not title:
        return Reading(text.strip(), lacks_title=bool(text.strip()))
    return Reading(title, *when, priority, labels, target)


def read_deadline(text: str, clock: Clock, language: str = "en") -> Reading | None:
    """Return what words say that are a deadline and nothing else, or None. The reading has no title."""
    if len(text) > DEADLINE_MAX_LENGTH or not (found := _read_deadline(f"{_TITLE} {text}", clock, language)):
        return None
    title, *when = found
    return Reading("", *when) if title == _TITLE else None


def _read_deadline(
    text: str, clock: Clock, language: str, day: date | None = None
) -> tuple[str, Deadline, str, bool] | None:
    """Return the title, the deadline, its rule and whether that repeats from completion.

    They are read by the grammar of the language, if there is one, or as English, if that reads more of the line.
    """
    tokens, own = tokenize(text), language.partition("-")[0]
    best, most, read_letters = None, 0, set()
    days: dict[str, list[set[int]]] = {}
    winner = ""
    for code in dict.fromkeys((own, "en")):
        if not (type_ := GRAMMARS.get(code)):
            continue
        grammar = type_(tokens, clock)
        line = Line(text, grammar.tokens, grammar)
        phrases = phrases_of(line)
        days[code] = [
            _letters_of(line, [one])
            for one, role in phrases
            if one.day and (role == Role.SURE or one.day.certainty in (Certainty.PERIOD, Certainty.LEADING))
        ]
        found = find_deadline(line, phrases, day)
        is_foreign = code != own and own in GRAMMARS
        if not found or (is_foreign and any(_is_doubtful(line, phrase) for phrase in found.phrases)):
            continue
        count = sum(phrase.end - phrase.start for phrase in found.phrases)
        if count > most:
            title = title_without(line, found.phrases)
            best, most = (title, found.deadline, found.rule, found.from_completion), count
            winner, read_letters = code, _letters_of(line, found.phrases)
    # "Réunion tomorrow à 10h" has a day in the other language.
    others = [letters for code in days if code != winner for letters in days[code]]
    return best if all(letters <= read_letters for letters in others) else None


def _letters_of(line: Line, phrases: list[Phrase]) -> set[int]:
    tokens = [line.tokens[i] for phrase in phrases for i in range(phrase.start, phrase.end)]
    return {letter for token in tokens for letter in range(token.start, token.end)}


def _is_doubtful(line: Line, phrase: Phrase) -> bool:
    """Whether this is English only if the line is: "mon" is a French word, and the user's own grammar reads digits."""
    if phrase.is_bare_amount:
        return True  # "Lire 30 min": what takes so long is known in English alone
    has_words = any(line.word(i) for i in range(phrase.start, phrase.end))
    is_wordlike = phrase.day is not None and phrase.day.certainty == Certainty.WORDLIKE
    return not has_words or (is_wordlike and not phrase.has_time)
