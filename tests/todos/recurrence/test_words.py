import pytest
from hypothesis import given

from tests.todos.recurrence.strategies import rules
from todos.recurrence.rule import Rule, parse_rule
from todos.recurrence.words import describe, skipped_days


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "every day"),
        ("FREQ=DAILY;INTERVAL=3", "every 3 days"),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "every weekday"),
        ("FREQ=DAILY;BYMONTH=1", "every day in January"),
        ("FREQ=DAILY;BYMONTHDAY=1,-1", "every month on the 1st and the last day"),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO,FR", "every 2 days, if it is a Monday or a Friday"),
        ("FREQ=WEEKLY", "every week"),
        ("FREQ=WEEKLY;BYDAY=FR", "every Friday"),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "every Monday, Wednesday and Friday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "every day"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "every 2 weeks on Friday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR", "every 2 weeks on weekdays"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU",
         "every 2 weeks on Monday and Sunday, in weeks that begin on Sunday"),
        ("FREQ=WEEKLY;BYDAY=FR;BYMONTH=6,7", "every Friday in June and July"),
        ("FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=1", "every week on the first Monday or Friday"),
        ("FREQ=MONTHLY", "every month"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "every month on the 15th"),
        ("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1,22", "every 3 months on the 1st and the 22nd"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day"),
        ("FREQ=MONTHLY;BYMONTHDAY=-2", "every month on the second-to-last day"),
        ("FREQ=MONTHLY;BYDAY=1MO", "every month on the first Monday"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "every month on the last Friday"),
        ("FREQ=MONTHLY;BYDAY=MO", "every month on each Monday"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "every month on the last weekday"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=1", "every month on the first day"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "every month on the 13th if it is a Friday"),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1", "every month on the last of the 28th and the 29th"),
        ("FREQ=MONTHLY;BYMONTHDAY=1;BYMONTH=1,7", "every month on the 1st in January and July"),
        ("FREQ=YEARLY", "every year"),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", "every year on 24 December"),
        ("FREQ=YEARLY;INTERVAL=2;BYMONTH=1,7;BYMONTHDAY=1", "every 2 years on 1 January and 1 July"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "every year on the last day of February"),
        ("FREQ=YEARLY;BYMONTH=9;BYDAY=1MO", "every year on the first Monday of September"),
        ("FREQ=YEARLY;BYDAY=20MO", "every year on the 20th Monday of the year"),
        ("FREQ=YEARLY;BYMONTH=1;BYDAY=MO", "every year on each Monday of January"),
        ("FREQ=YEARLY;BYMONTHDAY=15", "every year on the 15th of each month"),
        ("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", "every year on the first weekday of the year"),
        ("FREQ=DAILY;COUNT=5", "every day, 5 times"),
        ("FREQ=DAILY;COUNT=1", "every day, once"),
        ("FREQ=DAILY;UNTIL=20261224", "every day, until 24 December 2026"),
    ],
)  # fmt: skip
def test_rule_in_words(rule: str, words: str) -> None:
    assert describe(parse_rule(rule)) == words


def test_rule_from_completion_in_words() -> None:
    rule = parse_rule("FREQ=DAILY;INTERVAL=3;COUNT=5")
    assert describe(rule, from_completion=True) == "every 3 days after completion, 5 times"


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=31", "Months without a 31st are skipped."),
        ("FREQ=MONTHLY;BYMONTHDAY=15,30,31", "Months without a 30th or 31st are skipped."),
        ("FREQ=MONTHLY;BYMONTHDAY=29", "Months without a 29th are skipped."),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "Years without a 29 February are skipped."),
        ("FREQ=MONTHLY;BYDAY=5FR", "Months without a fifth Friday are skipped."),
        ("FREQ=YEARLY;BYDAY=5FR", ""),
        ("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=31", ""),
        ("FREQ=MONTHLY;BYMONTHDAY=28,-1", ""),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", ""),
        ("FREQ=WEEKLY;BYDAY=FR", ""),
    ],
)
def test_skipped_days_are_told(rule: str, sentence: str) -> None:
    assert skipped_days(parse_rule(rule)) == sentence


@given(rules())
def test_every_rule_has_words_of_its_own(rule: Rule) -> None:
    words = describe(rule)
    assert words.startswith("every ")
    assert "  " not in words
