"""What people put into todos, and what the worst of them do: titles, descriptions, deadlines, options."""

from datetime import UTC, date, datetime, time, timedelta, timezone

from hypothesis import strategies as st

MAX_TITLE, MAX_DESCRIPTION = 255, 10_000

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


titles = texts(MAX_TITLE).map(str.strip).filter(bool)
descriptions = st.none() | texts(MAX_DESCRIPTION)

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

# Told apart as in `judges.events.Event`, but with offsets; isoformat() is what a client sends.
deadlines = st.one_of(floating_deadlines, instant_deadlines, day_deadlines)


def as_read(deadline: date) -> date:
    """What a judge should read in the file for this deadline."""
    if isinstance(deadline, datetime) and deadline.tzinfo:
        return deadline.astimezone(UTC)
    return deadline


def as_wall_clock(deadline: date) -> datetime:
    """The same for a judge that knows neither floating moments nor days."""
    read = as_read(deadline)
    return read.replace(tzinfo=None) if isinstance(read, datetime) else datetime.combine(read, time.min)


calendar_options = st.fixed_dictionaries(
    {
        "completed": st.sampled_from(["all", "open", "done"]),
        "mark_completed": st.booleans(),
        "shape": st.sampled_from(["moment", "before", "after"]),
        "block_minutes": st.sampled_from([1, 15, 30, 60, 24 * 60]),
        "components": st.sampled_from(["event", "todo", "both"]),
        "alarm_minutes": st.sampled_from([None, 0, 1, 15, 90, 7 * 24 * 60]),
    }
)
