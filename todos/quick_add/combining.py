"""Chooses the phrases of a line that are its deadline, and leaves the rest as the title."""

from dataclasses import dataclass
from datetime import date

from todos.deadlines import Deadline
from todos.quick_add.grammar import Phrase
from todos.quick_add.leftovers import is_half_understood
from todos.quick_add.line import Line
from todos.quick_add.repeating import resolve_repeat
from todos.quick_add.roles import Role, role_of
from todos.quick_add.values import EVENING, Day, Part, Repeat, Time, after, resolve

_ENDS = ("!", "?", ".", "…")
_EDGES = " \t\n\r,;:–—-"


@dataclass(frozen=True)
class Found:
    """A deadline, how it repeats, and the phrases that say so."""

    deadline: Deadline
    phrases: list[Phrase]
    rule: str = ""
    from_completion: bool = False


def phrases_of(line: Line) -> list[tuple[Phrase, Role]]:
    """Return all that may be a deadline or a part of one."""
    return [(phrase, role_of(line, phrase)) for phrase in _phrases(line)]


def find_deadline(line: Line, phrases: list[tuple[Phrase, Role]], day: date | None = None) -> Found | None:
    """Return what the line says of its deadline: only a time and how it repeats, if the day was chosen elsewhere."""
    chosen = _choose(phrases)
    if not chosen or is_half_understood(line, chosen) or _is_one_of_several(line, chosen, phrases):
        return None
    if _has_exception(line, chosen, phrases):
        return None
    if day and not all(phrase.names_no_day or (phrase.repeat and not phrase.day) for phrase in chosen):
        return None
    chosen_day = Day(day, has_year=True) if day else None
    if repeat := next((phrase.repeat for phrase in chosen if phrase.repeat), None):
        return _repeating(line, chosen, repeat, chosen_day)
    deadline = _deadline(line, chosen, chosen_day)
    return Found(deadline, chosen) if deadline else None


def _is_one_of_several(line: Line, chosen: list[Phrase], phrases: list[tuple[Phrase, Role]]) -> bool:
    """Whether another deadline is joined to this one: "monday at 9 and tuesday at 10"."""
    ends = {
        phrase.end for phrase, role in phrases if phrase not in chosen and (role == Role.SURE or phrase.is_bare)
    }
    joined = any(
        phrase.start - 1 in ends and line.word(phrase.start - 1) in line.words.JOINERS for phrase in chosen
    )
    # "the week after next friday"
    days = {phrase.end for phrase, _ in phrases if phrase.day and phrase not in chosen}
    return joined or any(phrase.start in days for phrase in chosen)


def _has_exception(line: Line, chosen: list[Phrase], phrases: list[tuple[Phrase, Role]]) -> bool:
    """Whether days are excluded of a repetition: "every monday except 30 nov"."""
    own = {i for phrase in chosen for i in range(phrase.start, phrase.end)}
    repeats = any(phrase.repeat for phrase, _ in phrases) or any(line.word(i) in line.words.EVERY for i in own)
    return repeats and any(token.text in line.words.EXCEPT for i, token in enumerate(line.tokens) if i not in own)


def title_without(line: Line, chosen: list[Phrase]) -> str:
    """Return the text without the phrases."""
    rest, at = [], 0
    for phrase in sorted(chosen, key=lambda phrase: phrase.start):
        start, end = phrase.start, phrase.end
        if line.token(start - 1).text + line.token(end).text in ("()", "[]"):
            start, end = start - 1, end + 1
        rest.append(line.text[at : line.tokens[start].start])
        at = line.tokens[end - 1].end
    rest.append(line.text[at:])
    parts = [rest[0].rstrip(_EDGES), *(part.strip(_EDGES) for part in rest[1:-1]), rest[-1].lstrip(_EDGES)]
    title = " ".join(part for part in parts if part).strip()
    # "Laundry tonight!"
    return f"{parts[0]}{parts[-1]}".strip() if parts[0] and parts[-1] in _ENDS else title


def _phrases(line: Line) -> list[Phrase]:
    phrases, i = [], 0
    while i < len(line.tokens):
        if phrase := line.grammar.phrase(i):
            phrases.append(phrase)
        i = phrase.end if phrase else i + 1
    return phrases


def _choose(phrases: list[tuple[Phrase, Role]]) -> list[Phrase]:
    """Return the last complete phrase, or a day and a time from two places, or else the last day or time."""
    sure = [phrase for phrase, role in phrases if role == Role.SURE]
    if any(phrase.repeat for phrase in sure):
        return _choose_with_repeat(phrases, sure)
    whole = [phrase for phrase in sure if phrase.stamp or phrase.minutes or (phrase.day and phrase.at)]
    if whole:
        return whole[-1:]
    days = [phrase for phrase in sure if phrase.day]
    times = [phrase for phrase in sure if not phrase.day]
    more_days = days or [phrase for phrase, role in phrases if role == Role.WITH_TIME]
    more_times = times or [phrase for phrase, role in phrases if role == Role.WITH_DAY]
    if len(more_days) == 1 and len(more_times) == 1 and sure:
        return [more_days[0], more_times[0]]
    return (days or times)[-1:]


def _choose_with_repeat(phrases: list[tuple[Phrase, Role]], sure: list[Phrase]) -> list[Phrase]:
    """Return what repeats, with a day or a time from other places if it has none."""
    repeating, *others = [phrase for phrase in sure if phrase.repeat]
    if others:
        return []
    days = [phrase for phrase in sure if phrase.day and phrase is not repeating]
    times = [
        phrase for phrase, role in phrases if not phrase.day and phrase.at and role in (Role.SURE, Role.WITH_DAY)
    ]
    chosen = [repeating]
    if len(days) == 1 and not repeating.day and not repeating.repeat.rule.has_by_parts:
        chosen += days
    if len(times) == 1 and not any(phrase.has_time for phrase in chosen):
        chosen += times
    return chosen


def _repeating(line: Line, chosen: list[Phrase], repeat: Repeat, day: Day | None) -> Found | None:
    day = day or next((phrase.day for phrase in chosen if phrase.day), None)
    at = next((phrase.at for phrase in chosen if phrase.at), None)
    parts = [phrase.part for phrase in chosen if phrase.part] or _usual_part(line, at)
    found = (
        resolve_repeat(repeat, day, at, parts[0] if parts else None, line.grammar.clock)
        if len(parts) < 2
        else None
    )
    return Found(found[0], chosen, found[1], repeat.from_completion) if found else None


def _deadline(line: Line, chosen: list[Phrase], day: Day | None) -> Deadline | None:
    clock, first = line.grammar.clock, chosen[0]
    if first.stamp:
        return first.stamp
    if first.minutes:
        return after(first.minutes, clock)
    day = day or next((phrase.day for phrase in chosen if phrase.day), None)
    at = next((phrase.at for phrase in chosen if phrase.at), None)
    parts = [phrase.part for phrase in chosen if phrase.part] or _usual_part(line, at)
    return resolve(day, at, parts[0] if parts else None, clock) if len(parts) < 2 else None


def _usual_part(line: Line, at: Time | None) -> list[Part]:
    """Return the part of the day that a word of the title suggests for an hour alone: "dinner at 8"."""
    if at is None or at.is_exact:
        return []
    parts = [part for token in line.tokens if (part := line.words.USUAL_PARTS.get(token.text))]
    return [
        part for part in parts[:1] if part.hour(at.hour) is not None and (part != EVENING or 5 <= at.hour <= 9)
    ]
