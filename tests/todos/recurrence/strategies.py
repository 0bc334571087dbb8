"""Rules and occurrences for property tests and judges."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

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
MONTH_DAYS = [*range(1, 32), *range(-31, 0), *[1, 15, 28, 29, 30, 31, -1] * 3]


def random_rule(random: Random, *, ends: bool = True, most_interval: int = 999) -> Rule:
    """Return a rule that passes the grammar; usual ones are more likely than others."""

    def some(values: Sequence, most: int) -> str:
        return ",".join(map(str, random.sample(values, random.randint(1, min(most, len(values))))))

    freq = random.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = {"FREQ": freq}
    if random.random() < 0.5:
        parts["INTERVAL"] = str(random.randint(1, random.choice([5, most_interval])))
    if random.random() < (0.5 if freq == "YEARLY" else 0.2):
        parts["BYMONTH"] = some(range(1, 13), 4)
    if freq != "WEEKLY" and random.random() < 0.3:
        parts["BYMONTHDAY"] = some(MONTH_DAYS, 5)
    if freq in ("MONTHLY", "YEARLY") and "BYMONTHDAY" not in parts and random.random() < 0.5:
        most = 5 if freq == "MONTHLY" or "BYMONTH" in parts else 53
        parts["BYDAY"] = some(
            [f"{sign}{nth}{day}" for sign in ("", "-") for nth in range(1, most + 1) for day in WEEKDAYS], 3
        )
    elif random.random() < 0.5:
        parts["BYDAY"] = some(WEEKDAYS, 7)
    if freq != "DAILY" and parts.keys() & {"BYDAY", "BYMONTHDAY"} and random.random() < 0.25:
        parts["BYSETPOS"] = some([1, 2, 3, -1, -2, 5, 31, -31], 2)
    if random.random() < 0.25:
        parts["WKST"] = random.choice(WEEKDAYS)
    if ends and random.random() < 0.5:
        until = date(2026, 1, 1) + timedelta(days=random.randint(0, 5000))
        parts |= random.choice([{"COUNT": str(random.randint(1, 60))}, {"UNTIL": f"{until:%Y%m%d}"}])
    try:
        return parse_rule(";".join(f"{name}={value}" for name, value in parts.items()))
    except RuleError:  # it never happens
        return parse_rule(f"FREQ={freq}")


def random_occurrence(random: Random) -> Occurrence:
    wall = datetime(2020, 1, 1) + timedelta(seconds=random.randint(0, 40 * 365 * 86400))
    kind = random.choice(DeadlineKind.values)
    if kind == DeadlineKind.DAY:
        return Occurrence(datetime(wall.year, wall.month, wall.day), kind)
    return Occurrence(wall, kind, random.choice(ZONES) if kind == DeadlineKind.INSTANT else "")


def rules(*, ends: bool = True) -> st.SearchStrategy[Rule]:
    return st.randoms(use_true_random=False).map(lambda random: random_rule(random, ends=ends))


def occurrences() -> st.SearchStrategy[Occurrence]:
    return st.randoms(use_true_random=False).map(random_occurrence)
