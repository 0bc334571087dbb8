"""The grammar of rules: what is read, in which form it is kept, and what is refused with which sentence."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.todos.recurrence.counting import counted_calls
from tests.todos.recurrence.strategies import rules
from todos.recurrence.occurrence import parse_occurrence
from todos.recurrence.rule import MAX_LENGTH, RuleError, parse_rule


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("FREQ=DAILY", "FREQ=DAILY"),
        ("rrule:freq=weekly;byday=fr", "FREQ=WEEKLY;BYDAY=FR"),
        (" RRULE:FREQ=DAILY\r\n", "FREQ=DAILY"),
        ("BYDAY=FR;COUNT=05;FREQ=WEEKLY;INTERVAL=02", "FREQ=WEEKLY;INTERVAL=2;COUNT=5;BYDAY=FR"),
        ("FREQ=DAILY;INTERVAL=1", "FREQ=DAILY"),
        ("FREQ=WEEKLY;BYDAY=FR,MO,FR", "FREQ=WEEKLY;BYDAY=MO,FR"),
        ("FREQ=MONTHLY;BYDAY=-1FR,+1MO", "FREQ=MONTHLY;BYDAY=1MO,-1FR"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1,15,+1", "FREQ=MONTHLY;BYMONTHDAY=1,15,-1"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
        ("FREQ=YEARLY;BYMONTH=9;BYDAY=1MO", "FREQ=YEARLY;BYMONTH=9;BYDAY=1MO"),
        ("FREQ=YEARLY;BYDAY=20MO", "FREQ=YEARLY;BYDAY=20MO"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU", "FREQ=WEEKLY;INTERVAL=2;WKST=SU"),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=MO", "FREQ=WEEKLY;INTERVAL=2"),
        ("FREQ=WEEKLY;BYDAY=MO,SU;BYSETPOS=1;WKST=SU", "FREQ=WEEKLY;BYDAY=MO,SU;BYSETPOS=1;WKST=SU"),
        ("FREQ=MONTHLY;INTERVAL=2;WKST=SU", "FREQ=MONTHLY;INTERVAL=2"),
        ("FREQ=DAILY".ljust(MAX_LENGTH), "FREQ=DAILY"),
        ("FREQ=WEEKLY;BYDAY=FR;WKST=SU", "FREQ=WEEKLY;BYDAY=FR"),
        ("FREQ=DAILY;UNTIL=20261224", "FREQ=DAILY;UNTIL=20261224"),
        ("FREQ=DAILY;UNTIL=20261224T235959Z", "FREQ=DAILY;UNTIL=20261224"),
        ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=-2", "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=-2"),
        ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=3,1", "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1,3"),
        ("FREQ=DAILY;UNTIL=10010101", "FREQ=DAILY;UNTIL=10010101"),
        ("FREQ=DAILY;UNTIL=99981231", "FREQ=DAILY;UNTIL=99981231"),
    ],
)
def test_rule_is_kept_in_canonical_form(text: str, canonical: str) -> None:
    assert str(parse_rule(text)) == canonical


@given(rules())
def test_canonical_form_is_read_as_the_same_rule(rule) -> None:
    assert parse_rule(str(rule)) == rule


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "A rule looks like FREQ=WEEKLY;BYDAY=FR."),
        ("FREQ", "A rule looks like FREQ=WEEKLY;BYDAY=FR."),
        ("FREQ=DAILY;", "A rule looks like FREQ=WEEKLY;BYDAY=FR."),
        ("every friday", "A rule looks like FREQ=WEEKLY;BYDAY=FR."),
        ("FREQ=DAıLY", "A rule has ASCII characters only."),
        ("FREQ=DAILY;COUNT=٣", "A rule has ASCII characters only."),
        ("INTERVAL=2", "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY."),
        ("FREQ=MINUTELY", "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY."),
        ("FREQ=SECONDLY;COUNT=5", "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY."),
        ("FREQ=HOURLY", "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY."),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ can occur only once."),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL must be 1 to 999."),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL must be 1 to 999."),
        ("FREQ=DAILY;INTERVAL=+2", "INTERVAL must be 1 to 999."),
        ("FREQ=DAILY;INTERVAL=" + "9" * 200, "INTERVAL must be 1 to 999."),
        ("FREQ=DAILY;INTERVAL=1000", "INTERVAL must be 1 to 999."),
        ("FREQ=DAILY;INTERVAL=1.5", "INTERVAL must be 1 to 999."),
        ("FREQ=DAILY;COUNT=0", "COUNT must be 1 to 9999."),
        ("FREQ=DAILY;COUNT=999999999", "COUNT must be 1 to 9999."),
        ("FREQ=DAILY;COUNT=5;UNTIL=20261224", "A rule can have COUNT or UNTIL, not both."),
        ("FREQ=DAILY;UNTIL=2026-12-24", "UNTIL looks like 20261224 or 20261224T120000Z."),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL is no date or time that exists: 20260230."),
        ("FREQ=DAILY;UNTIL=20260227T250000Z", "UNTIL is no date or time that exists: 20260227T250000Z."),
        ("FREQ=DAILY;UNTIL=99991231T235959Z", "UNTIL must be between the years 1001 and 9998."),
        ("FREQ=DAILY;UNTIL=10001231", "UNTIL must be between the years 1001 and 9998."),
        ("FREQ=DAILY;UNTIL=00000101", "UNTIL must be between the years 1001 and 9998."),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY must be days like MO, 2TU or -1FR, separated by commas."),
        ("FREQ=WEEKLY;BYDAY=MO,", "BYDAY must be days like MO, 2TU or -1FR, separated by commas."),
        ("FREQ=YEARLY;BYDAY=0MO", "BYDAY must be days like MO, 2TU or -1FR, separated by commas."),
        ("FREQ=YEARLY;BYDAY=54MO", "BYDAY must be days like MO, 2TU or -1FR, separated by commas."),
        ("FREQ=MONTHLY;BYDAY=6MO", "BYDAY can have numbers up to 5 within a month."),
        ("FREQ=YEARLY;BYMONTH=1;BYDAY=-6MO", "BYDAY can have numbers up to 5 within a month."),
        ("FREQ=MONTHLY;BYDAY=MO,1FR", "Either all days of BYDAY have a number, or none."),
        ("FREQ=WEEKLY;BYDAY=1FR", "BYDAY can have numbers only if FREQ is MONTHLY or YEARLY."),
        ("FREQ=DAILY;BYDAY=1FR", "BYDAY can have numbers only if FREQ is MONTHLY or YEARLY."),
        ("FREQ=MONTHLY;BYDAY=1FR;BYMONTHDAY=1", "BYDAY can have no numbers beside BYMONTHDAY."),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY must be 1 to 31 or -31 to -1, separated by commas."),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY must be 1 to 31 or -31 to -1, separated by commas."),
        ("FREQ=MONTHLY;BYMONTHDAY=1,x", "BYMONTHDAY must be 1 to 31 or -31 to -1, separated by commas."),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY cannot be used with FREQ=WEEKLY."),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH must be 1 to 12, separated by commas."),
        ("FREQ=YEARLY;BYMONTH=-1", "BYMONTH must be 1 to 12, separated by commas."),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=32", "BYSETPOS must be 1 to 31 or -31 to -1, separated by commas."),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS needs BYDAY or BYMONTHDAY."),
        ("FREQ=DAILY;BYDAY=MO;BYSETPOS=1", "BYSETPOS cannot be used with FREQ=DAILY."),
        ("FREQ=WEEKLY;WKST=1", "WKST must be a day like MO."),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "No date matches this BYMONTH and BYMONTHDAY."),
        ("FREQ=DAILY;BYMONTH=4,6;BYMONTHDAY=31", "No date matches this BYMONTH and BYMONTHDAY."),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=-30", "No date matches this BYMONTH and BYMONTHDAY."),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "No date matches this BYDAY and BYSETPOS."),
        ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=3", "No date matches this BYDAY and BYSETPOS."),
        ("FREQ=MONTHLY;BYMONTHDAY=1,2;BYSETPOS=-3", "No date matches this BYMONTHDAY and BYSETPOS."),
        ("FREQ=YEARLY;BYDAY=1MO;BYSETPOS=2", "No date matches this BYDAY and BYSETPOS."),
    ],
)  # fmt: skip
def test_rule_outside_the_grammar_is_refused_with_the_name_of_the_part(text: str, sentence: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_rule(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("name", ["BYHOUR", "BYMINUTE", "BYSECOND", "BYYEARDAY", "BYWEEKNO", "RSCALE", "X-FOO"])
def test_other_parts_are_refused_by_name(name: str) -> None:
    with pytest.raises(RuleError, match=f"^{name} is not supported; use FREQ, "):
        parse_rule(f"FREQ=YEARLY;{name}=1")


@pytest.mark.parametrize(
    "text",
    [
        "F" * 10_000_000,
        ";" * 10_000_000,
        "FREQ=DAILY;" + ";".join(["BYDAY=MO"] * 100_000),
        "FREQ=MONTHLY;BYMONTHDAY=" + ",".join(["1"] * 100_000),
        "FREQ=DAILY;COUNT=" + "9" * 5000,
    ],
)
def test_long_text_is_refused_unread(text: str) -> None:
    with pytest.raises(RuleError, match=f"^A rule can have up to {MAX_LENGTH} characters.$"):
        parse_rule(text)


_PIECES = """
    FREQ= DAILY WEEKLY MONTHLY YEARLY HOURLY ; ; ; INTERVAL= COUNT= UNTIL= BYDAY= BYMONTHDAY= BYMONTH= BYSETPOS= WKST=
    BYHOUR= RRULE: 0 1 2 -1 -31 31 999 1000 , , MO 1MO -1FR SU 20261224 T120000Z = freq= mo é
"""
texts = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(_PIECES.split()), max_size=20).map("".join))


@given(texts)
def test_any_text_is_a_rule_or_refused_with_a_sentence(text: str) -> None:
    try:
        rule = parse_rule(text)
    except RuleError as error:
        assert str(error)[0].isupper()
        assert str(error)[-1] == "."
    else:
        assert len(str(rule)) <= len(text)
        assert parse_rule(str(rule)) == rule


@given(texts.map(lambda text: f"FREQ=MONTHLY;{text}"))
def test_reading_a_text_takes_few_calls(text: str) -> None:
    assert calls(text) < 3000


def test_refusing_the_rule_that_is_hardest_to_refuse_takes_few_calls() -> None:
    assert calls("FREQ=YEARLY;BYDAY=1MO,1TU,1WE,1TH,1FR,1SA,1SU;BYMONTH=1,2,3,4;BYSETPOS=29,30,31") < 3000


def calls(text: str) -> int:
    """Return how many Python functions are called to read a text."""
    with counted_calls() as counter, suppress(RuleError):
        parse_rule(text)
    return counter.total()


@pytest.mark.parametrize(
    ("occurrence", "until", "last"),
    [
        ("2026-11-27", "20261224", "2026-12-24"),
        ("2026-11-27", "20261224T000000Z", "2026-12-24"),
        ("2026-11-27T18:00:00", "20261224", "2026-12-24"),
        ("2026-11-27T18:00:00", "20261224T180000", "2026-12-24"),
        ("2026-11-27T18:00:00", "20261224T175959", "2026-12-23"),
        ("2026-11-27T18:00:00 Australia/Brisbane", "20261224", "2026-12-24"),
        ("2026-11-27T18:00:00 Australia/Brisbane", "20261224T080000Z", "2026-12-24"),
        ("2026-11-27T18:00:00 Australia/Brisbane", "20261224T075959Z", "2026-12-23"),
        ("2026-11-27T08:00:00 Australia/Brisbane", "20261224T220000Z", "2026-12-25"),
        ("2026-11-27T22:00:00 America/New_York", "20261225T030000Z", "2026-12-24"),
        ("2026-11-27T18:00:00 America/New_York", "20261224T180000", "2026-12-24"),
        ("2026-03-27T02:30:00 Europe/Berlin", "20260329T012900Z", "2026-03-28"),
        ("2026-03-27T02:30:00 Europe/Berlin", "20260329T013000Z", "2026-03-29"),
    ],
)
def test_until_with_a_time_becomes_the_day_of_the_last_occurrence(occurrence: str, until: str, last: str) -> None:
    rule = parse_rule(f"FREQ=DAILY;UNTIL={until}", parse_occurrence(occurrence))
    assert rule.until == date.fromisoformat(last)


def test_count_is_lowered_to_one() -> None:
    rule = parse_rule("FREQ=DAILY;COUNT=3")
    assert str(rule.after_one()) == "FREQ=DAILY;COUNT=2"
    assert str(rule.after_one().after_one()) == "FREQ=DAILY;COUNT=1"
    assert str(parse_rule("FREQ=DAILY;COUNT=1").after_one()) == "FREQ=DAILY;COUNT=1"  # nothing comes after it
    assert parse_rule("FREQ=DAILY").after_one() == parse_rule("FREQ=DAILY")


@pytest.mark.parametrize(
    ("rule", "names_days"),
    [
        ("FREQ=DAILY", True),
        ("FREQ=WEEKLY", False),
        ("FREQ=WEEKLY;BYDAY=MO", True),
        ("FREQ=MONTHLY;BYMONTH=1", False),
        ("FREQ=MONTHLY;BYMONTHDAY=1", True),
        ("FREQ=MONTHLY;BYDAY=1MO", True),
        ("FREQ=YEARLY;BYMONTH=1", False),
        ("FREQ=YEARLY;BYMONTHDAY=1", False),
        ("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1", True),
        ("FREQ=YEARLY;BYDAY=MO", True),
    ],
)
def test_rule_names_its_days_or_takes_them_from_the_first_occurrence(rule: str, names_days: bool) -> None:
    assert parse_rule(rule).names_days is names_days
