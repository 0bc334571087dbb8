"""An independent program finds the same occurrences. tests/system/test_recurrence.py asks two about many more rules."""

from tests.todos.recurrence.judging import agrees_with_recurring_ical_events, cases


def test_recurring_ical_events_finds_the_same_occurrences() -> None:
    assert [str(case) for case in cases(seed=1, number=300) if not agrees_with_recurring_ical_events(case)] == []
