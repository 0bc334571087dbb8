"""What is due by, before and from a moment: each to the second, for each kind of deadline."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.factories import make_list, make_todo
from todos.agenda import Clock
from todos.listing import ListQuery, browse
from todos.models import Todo

pytestmark = pytest.mark.django_db

BRISBANE = ZoneInfo("Australia/Brisbane")  # ten hours ahead, all year
CLOCK = Clock(datetime(2026, 2, 27, 5, tzinfo=UTC), BRISBANE)
MOMENT = datetime(2026, 2, 27, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("deadline", ["2026-02-27T18:00:00", "2026-02-27T08:00:00Z"])
def test_the_very_moment_is_due_by_it_and_from_it_but_not_before_it(deadline: str) -> None:
    todo = make_todo("now", deadline)

    def due(moment: datetime) -> set[str]:
        found = {
            "by": Todo.objects.due_by(moment, BRISBANE),
            "before": Todo.objects.due_before(moment, BRISBANE),
            "from": Todo.objects.due_from(moment, BRISBANE),
        }
        return {name for name, todos in found.items() if todo in todos}

    assert due(MOMENT - SECOND) == {"from"}
    assert due(MOMENT) == {"by", "from"}
    assert due(MOMENT + SECOND) == {"by", "before"}


def test_day_is_due_from_its_first_moment() -> None:
    make_todo("day", "2026-02-27")
    midnight = datetime(2026, 2, 26, 14, tzinfo=UTC)
    assert not Todo.objects.due_by(midnight - SECOND, BRISBANE)
    assert Todo.objects.due_by(midnight, BRISBANE)


@pytest.mark.parametrize(
    ("window", "last", "too_late"),
    [
        ("0", "2026-02-27T23:59:59", "2026-02-28T00:00:00"),
        ("0", "2026-02-27T13:59:59Z", "2026-02-27T14:00:00Z"),
        ("0", "2026-02-27", "2026-02-28"),
        ("7", "2026-03-06T23:59:59", "2026-03-07T00:00:00"),
        ("overdue", "2026-02-27T15:00:00", "2026-02-27T15:00:01"),
        ("overdue", "2026-02-27T05:00:00Z", "2026-02-27T05:00:01Z"),
        ("overdue", "2026-02-26", "2026-02-27"),
    ],
)
def test_page_of_a_window_ends_with_its_last_second(window: str, last: str, too_late: str) -> None:
    make_todo("last", last)
    make_todo("too late", too_late)

    listing = browse(make_list(), ListQuery(window=window), CLOCK)

    assert [entry.todo.title for group in listing.groups for entry in group.entries] == ["last"]
