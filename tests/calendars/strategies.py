"""What people put into todos, and what the worst of them do: titles, descriptions, deadlines, options."""

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import strategies as st

from calendars.ical.components import TodoRow
from calendars.options import MAX_ALARM_MINUTES, MAX_BLOCK_MINUTES, CalendarOptions, Completed, Components, Shape
from tests.todos.recurrence.strategies import occurrences, rules
from todos.deadlines import Deadline, parse_deadline
from todos.labels import MAX_LABELS_OF_TODO, NAME_MAX_LENGTH, LabelError, join_labels, key_of, parse_label
from todos.models import DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH
from todos.priorities import Priority
from todos.recurrence.occurrence import Occurrence, anchored, first_occurrence
from todos.recurrence.rule import Rule, parse_rule

# Each of these has broken some calendar, spreadsheet or page.
HOSTILE_TEXTS = [
    "\\", ";", ",", ":", '"', "\\n", "\\N", "\\\\;,", "\r\n", "\n", "\r", "\t", " ", "  ",
    "\x01", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\u200b", "\u00a0", "\uffff",
    "END:VEVENT", "\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n", "\nATTENDEE:mailto:a@example.org", "BEGIN:VCALENDAR",
    "🧑🏽\u200d🚀", "🇦🇺", "é", "e\u0301", "ß", "𝔘𝔫𝔦", "漢字", "שלום", "مرحبا", "\u202eabc\u202c", "Z̸͎a̶͝l̷̓g",
    "{{ title }}", "{% csrf_token %}", "${7*7}", "<script>alert(1)</script>", "&amp;", "%0d%0a", "%s",
    "=1+1", "@SUM(A1)", "+1", "-1", '=HYPERLINK("x")', "'; DROP TABLE todo; --", "null", "0", "True",
]  # fmt: skip

# NUL and lone surrogates no todo can have: the API answers 400 to them.
_characters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
_pieces = st.one_of(st.sampled_from(HOSTILE_TEXTS), st.text(_characters, max_size=12))


def texts(max_size: int) -> st.SearchStrategy[str]:
    """Ordinary and hostile pieces in a row; long enough to be folded many times, now and then."""
    joined = st.lists(_pieces, max_size=8).map("".join)
    long = st.tuples(_pieces, st.integers(1, 300)).map(lambda drawn: drawn[0] * drawn[1])
    return st.one_of(joined, joined, long).map(lambda text: text[:max_size])


titles = texts(TITLE_MAX_LENGTH).map(str.strip).filter(bool)
descriptions = st.none() | texts(DESCRIPTION_MAX_LENGTH)

FIRST, LAST = datetime(1000, 1, 1), datetime(9998, 12, 31, 23, 59, 59)
A_DAY = timedelta(days=1)

# Wall clocks that never were: New York, Berlin, Lord Howe (half an hour), Apia (a whole day left out).
GAPS = [
    datetime(2026, 3, 8, 2, 30),
    datetime(2026, 3, 29, 2, 30),
    datetime(2026, 10, 4, 2, 15),
    datetime(2011, 12, 30, 12, 0),
]
EDGES = [
    FIRST,
    LAST,
    datetime(1582, 10, 10),
    datetime(1900, 2, 28),
    datetime(2000, 2, 29),
    datetime(2038, 1, 19),
]

_wall_clocks = st.one_of(
    st.sampled_from(GAPS + EDGES),
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),
    st.datetimes(FIRST, LAST),
).map(lambda moment: moment.replace(microsecond=0))
_offsets = st.sampled_from([-660, -210, 0, 0, 60, 345, 600, 825, 840]).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)

floating_deadlines = _wall_clocks
instant_deadlines = st.builds(
    lambda moment, zone: max(min(moment, LAST - A_DAY), FIRST + A_DAY).replace(tzinfo=zone),
    _wall_clocks,
    _offsets,
)
day_deadlines = _wall_clocks.map(datetime.date)

deadlines = st.one_of(floating_deadlines, instant_deadlines, day_deadlines)


def parsed(deadline: date) -> Deadline:
    return parse_deadline(deadline.isoformat())


priorities = st.sampled_from(Priority.values)


def _is_label(text: str) -> bool:
    try:
        return parse_label(text) == text
    except LabelError:
        return False


label_names = texts(NAME_MAX_LENGTH).map(lambda text: " ".join(text.replace(",", "").split())).filter(_is_label)
label_lists = st.lists(label_names, max_size=4, unique_by=key_of).map(tuple) | st.lists(
    label_names, max_size=MAX_LABELS_OF_TODO, unique_by=key_of
).map(tuple)

calendar_options = st.builds(
    CalendarOptions,
    completed=st.sampled_from(Completed.values),
    mark_completed=st.booleans(),
    shape=st.sampled_from(Shape.values),
    block_minutes=st.sampled_from([1, 30, 60, MAX_BLOCK_MINUTES]),
    components=st.sampled_from(Components.values),
    alarm_minutes=st.sampled_from([None, 0, 15, MAX_ALARM_MINUTES]),
)

_changes = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@st.composite
def series(draw: st.DrawFn) -> tuple[Rule, Occurrence]:
    """A rule that names its days, and an occurrence of it."""
    rule, start = draw(rules()), draw(occurrences())
    current = first_occurrence(rule, start)
    if current is None:  # "the fifth of three days"
        return parse_rule("FREQ=DAILY"), start
    return anchored(rule, current), current


@st.composite
def todo_rows(draw: st.DrawFn) -> TodoRow:
    """What a calendar reads of a todo, be it one that it shows or not, and whether it repeats or not."""
    deadline, repeats = draw(st.none() | deadlines.map(parsed)), {}
    if draw(st.integers(0, 2)) == 0:
        rule, current = draw(series())
        from_completion = draw(st.booleans())
        if from_completion:  # then it names no days, and its deadline is where it counts from
            rule = Rule(rule.freq, rule.interval, rule.count, rule.until)
        repeats = {"rule": str(rule), "occurrence": str(current), "repeats_from_completion": from_completion}
        deadline = current.deadline if from_completion or draw(st.integers(0, 2)) else deadline
    completed = draw(st.booleans())
    return TodoRow(
        uid=draw(st.uuids(version=4)),
        title=draw(titles),
        description=draw(descriptions),
        completed=completed,
        completed_at=draw(_changes) if completed else None,
        deadline=deadline and deadline.moment,
        deadline_kind=deadline.kind if deadline else "",
        priority=draw(priorities),
        label_text=join_labels(draw(label_lists)),
        sequence=draw(st.integers(0, 2**31 - 1)),
        updated_at=draw(_changes),
        deleted_at=draw(st.none() | st.none() | _changes),
        parent=draw(st.none() | st.uuids(version=4)),
        **repeats,
    )
