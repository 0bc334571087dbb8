"""Rules and occurrences for property tests and judges."""

from datetime import date, datetime

from hypothesis import strategies as st

from todos.deadlines import DeadlineKind
from todos.recurrence.occurrence import Occurrence
from todos.recurrence.rule import WEEKDAYS, Rule, RuleError, parse_rule

ZONES = [
    "UTC", "Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Lisbon", "America/New_York", "America/Chicago",
    "America/Los_Angeles", "America/St_Johns", "America/Sao_Paulo", "America/Santiago", "America/Havana",
    "Africa/Casablanca", "Africa/Cairo", "Asia/Kathmandu", "Asia/Tokyo", "Australia/Brisbane", "Australia/Lord_Howe",
    "Pacific/Auckland", "Pacific/Apia",
]  # fmt: skip


def _some(values: st.SearchStrategy, most: int) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=most, unique=True).map(lambda items: ",".join(map(str, items)))


month_days = st.one_of(st.integers(1, 31), st.integers(-31, -1), st.sampled_from([1, 15, 28, 29, 30, 31, -1]))
weekdays = st.sampled_from(WEEKDAYS)


@st.composite
def rules(draw: st.DrawFn, *, ends: bool = True, most_interval: int = 999) -> Rule:
    """Draw rules that pass the grammar, usual ones more often than others."""
    freq = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = {"FREQ": freq}

    def add(name: str, values: st.SearchStrategy, one_in: int) -> None:
        if draw(st.integers(1, one_in)) == 1:
            parts[name] = str(draw(values))

    add("INTERVAL", st.one_of(st.integers(1, min(5, most_interval)), st.integers(1, most_interval)), 2)
    add("BYMONTH", _some(st.integers(1, 12), 4), 2 if freq == "YEARLY" else 5)
    if freq != "WEEKLY":
        add("BYMONTHDAY", _some(month_days, 5), 3)
    if freq in ("MONTHLY", "YEARLY") and "BYMONTHDAY" not in parts and draw(st.booleans()):
        most = 5 if freq == "MONTHLY" or "BYMONTH" in parts else 53
        numbered = st.tuples(st.integers(1, most), st.sampled_from(["", "-"]), weekdays)
        add("BYDAY", _some(numbered.map(lambda day: f"{day[1]}{day[0]}{day[2]}"), 3), 1)
    else:
        add("BYDAY", _some(weekdays, 7), 2)
    if freq != "DAILY" and parts.keys() & {"BYDAY", "BYMONTHDAY"}:
        add("BYSETPOS", _some(st.sampled_from([1, 2, 3, -1, -2, 5, 31, -31]), 2), 4)
    add("WKST", weekdays, 4)
    if ends:
        if draw(st.booleans()):
            add("COUNT", st.integers(1, 9999), 3)
        else:
            add("UNTIL", st.dates(date(2026, 1, 1), date(2040, 1, 1)).map(lambda day: f"{day:%Y%m%d}"), 3)
    try:
        return parse_rule(";".join(f"{name}={value}" for name, value in parts.items()))
    except RuleError:  # it never happens
        return parse_rule(f"FREQ={freq}")


@st.composite
def occurrences(draw: st.DrawFn) -> Occurrence:
    wall = draw(st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1))).replace(microsecond=0)
    kind = draw(st.sampled_from(DeadlineKind.values))
    if kind == DeadlineKind.DAY:
        return Occurrence(datetime(wall.year, wall.month, wall.day), kind)
    return Occurrence(wall, kind, draw(st.sampled_from(ZONES)) if kind == DeadlineKind.INSTANT else "")
