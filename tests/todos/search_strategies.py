"""What people search for, and todos that have some of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.calendars.strategies import EDGES, GAPS, HOSTILE_TEXTS, parsed, priorities
from todos.agenda import Clock
from todos.labels import parse_labels
from todos.recurrence.dates import LAST_DAY
from todos.search.language import Query
from todos.search.terms import Days, Due, Has, InList, Is, Labelled, OfPriority, Term, Text

LIST_NAMES = ["Work", "second  year", "Ärger, „viel“", '"quoted"', "-x"]
# Letters with two forms or none, and what patterns are made of.
PIECES = [
    "essay", "ESSAY", "Essay", "ssa", "é", "É", "e\u0301", "ä", "Ä", "ß", "ẞ", "ss", "σ", "ς", "Σ", "ı", "İ",
    "i", "I", "K", "\u212a", "ſ", "s", "ǆ", "ǅ", "Ǆ", "Ж", "ж", "ⓐ", "Ⓐ", "漢字", "%", "_", "*",
    "?", "[", "]", "[a-z]", "^", "\\", ".", "(", ")", "{", "}", "|", "$", "+",
    "a", "b", "ab", "abc", "-", "'", '"', ":", "is:open", "due:", "\u200b",
]  # fmt: skip
ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe",
    # Where midnight is skipped, or comes twice, or a whole day is left out.
    "America/Sao_Paulo", "America/Havana", "America/St_Johns", "Africa/Cairo", "Pacific/Apia",
]  # fmt: skip
# Each can begin on any day.
RULES = ["FREQ=DAILY", "FREQ=DAILY;COUNT=2", "FREQ=WEEKLY;INTERVAL=2", "FREQ=MONTHLY", "FREQ=YEARLY"]
NOW = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)

_characters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
_pieces = st.sampled_from(PIECES) | st.text(_characters, max_size=3)
words = (
    st.lists(_pieces | st.just(" "), min_size=1, max_size=4)
    .map(lambda pieces: " ".join("".join(pieces).split()))
    .filter(bool)
)
texts = st.lists(_pieces | st.sampled_from(HOSTILE_TEXTS) | st.sampled_from([" ", "\n", "\r\n"]), max_size=6).map(
    "".join
)
titles = texts.map(lambda text: text.strip()[:255]).filter(bool)

zones = st.sampled_from(ZONES).map(ZoneInfo)
clocks = st.builds(
    Clock,
    st.sampled_from(GAPS).map(lambda wall: wall.replace(tzinfo=UTC))
    | st.datetimes(NOW.replace(tzinfo=None) - timedelta(2), NOW.replace(tzinfo=None) + timedelta(2)).map(
        lambda moment: moment.replace(tzinfo=UTC)
    ),
    zones,
)
_near = st.datetimes(datetime(2026, 3, 5), datetime(2026, 3, 12)) | st.sampled_from(GAPS)
_hours = st.integers(-36, 36).flatmap(
    lambda hours: st.sampled_from(GAPS).map(lambda wall: wall.replace(hour=0, minute=0) + timedelta(hours=hours))
)
_walls = (_near | _hours | st.sampled_from(EDGES)).map(lambda moment: moment.replace(microsecond=0))
deadlines = st.one_of(
    _walls.map(lambda wall: parsed(wall)),
    _walls.filter(lambda wall: 1000 < wall.year < 9998).map(lambda wall: parsed(wall.replace(tzinfo=UTC))),
    _walls.map(lambda wall: parsed(wall.date())),
)

days = st.one_of(
    _walls.map(datetime.date),
    st.dates(date(1000, 1, 1), date(9998, 12, 31)),
    st.integers(-9_999, 9_999),
    st.integers(-3, 3),
)
ABSOLUTE = st.builds(
    Days, st.sampled_from(["<", "<=", ">", ">=", ""]), days.filter(lambda day: isinstance(day, date))
)
_days = st.builds(Days, st.sampled_from(["<", "<=", ">", ">=", ""]), days)


def _some(values: st.SearchStrategy) -> st.SearchStrategy[tuple]:
    return st.lists(values, min_size=1, max_size=3, unique=True).map(tuple)


def _terms(kind: type[Term], values: st.SearchStrategy[tuple]) -> st.SearchStrategy[Term]:
    return st.builds(kind, values, st.booleans())


labels = st.sampled_from(
    ["uni", "UNI", "Uni work", "ä", "Ä*", "[a]", "50%", "work", "a_b", "straße", "STRASSE", "a\u0308", "ﬁx", "FIX"]
)
_text = _terms(Text, words.map(lambda word: (word,)))
_timeless = [
    _text,
    _text,
    _terms(Has, _some(st.sampled_from(Has.choices))),
    _terms(OfPriority, _some(st.sampled_from(OfPriority.choices))),
    _terms(Labelled, _some(labels)),
]
_of_any_list = [*_timeless, _terms(Is, _some(st.sampled_from(["open", "done", "repeating"])))]
# What a calendar can be narrowed by.
calendar_queries = st.lists(
    st.one_of(*_of_any_list, _terms(Due, _some(ABSOLUTE | st.just("none")))), min_size=1, max_size=4
).map(lambda terms: Query(tuple(terms)))
queries = st.lists(
    st.one_of(
        *_timeless,
        _terms(Is, _some(st.sampled_from(Is.choices))),
        _terms(Due, _some(_days | st.just("none"))),
        _terms(InList, _some(st.sampled_from(LIST_NAMES).map(lambda name: " ".join(name.split())) | words)),
    ),
    max_size=4,
).map(lambda terms: Query(tuple(terms)))


@st.composite
def todo_values(draw: st.DrawFn, *, may_repeat: bool = False) -> dict[str, Any]:
    due = draw(st.none() | deadlines)
    can_repeat = may_repeat and due is not None and due.moment.date() <= LAST_DAY
    is_repeating = can_repeat and draw(st.booleans())
    return {
        "title": draw(titles),
        "description": draw(st.none() | texts),
        "completed": draw(st.booleans()),
        "due": due,
        "priority": draw(priorities),
        "labels": parse_labels(draw(st.lists(labels, max_size=2))),
        "rule": draw(st.sampled_from(RULES)) if is_repeating else "",
        "repeats_from_completion": is_repeating and draw(st.booleans()),
    }
