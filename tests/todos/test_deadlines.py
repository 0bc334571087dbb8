from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from todos.deadlines import Deadline, DeadlineError, DeadlineKind, parse_deadline


@pytest.mark.parametrize(
    ("sent", "kind", "moment", "sent_back"),
    [
        ("2026-02-27T18:00:00", "floating", datetime(2026, 2, 27, 18), "2026-02-27T18:00:00"),
        ("2026-02-27 18:00:00", "floating", datetime(2026, 2, 27, 18), "2026-02-27T18:00:00"),
        ("2026-11-20 04:30:00.000", "floating", datetime(2026, 11, 20, 4, 30), "2026-11-20T04:30:00"),
        ("2026-02-27T18:00", "floating", datetime(2026, 2, 27, 18), "2026-02-27T18:00:00"),
        ("2026-02-27T18:00:00Z", "instant", datetime(2026, 2, 27, 18), "2026-02-27T18:00:00Z"),
        ("2026-02-27T18:00:00+10:00", "instant", datetime(2026, 2, 27, 8), "2026-02-27T08:00:00Z"),
        ("2026-02-27T18:00:00.5-11:30", "instant", datetime(2026, 2, 28, 5, 30), "2026-02-28T05:30:00Z"),
        ("2026-02-27", "day", datetime(2026, 2, 27), "2026-02-27"),
        ("1000-01-01", "day", datetime(1000, 1, 1), "1000-01-01"),
        ("9998-12-31T23:59:59", "floating", datetime(9998, 12, 31, 23, 59, 59), "9998-12-31T23:59:59"),
    ],
)
def test_deadline_comes_back_in_the_form_it_was_sent(sent, kind, moment, sent_back):
    deadline = parse_deadline(sent)

    assert deadline == Deadline(moment.replace(tzinfo=UTC), kind)
    assert str(deadline) == sent_back


@pytest.mark.parametrize(
    "text",
    [
        "", "tomorrow", "2026", "2026-02", "20260227", "2026-W09-5", "27.02.2026", "2026-2-7", " 2026-02-27",
        "2026-02-27\n", "2026-02-30", "2026-02-29T10:00:00", "2026-13-01", "2026-02-27T24:00:00", "2026-02-27T18",
        "2026-02-27T18:00:60", "2026-02-27T18:00:00+24:00", "2026-02-27T18:00:00+10:60", "2026-02-27Z",
        "0000-01-01", "0999-12-31", "9999-01-01", "10000-01-01", "-1000-01-01", "1000-01-01T00:00:00+14:00",
        "9998-12-31T23:00:00-02:00", "٢٠٢٦-٠٢-٢٧",
    ],
)  # fmt: skip
def test_parse_deadline_refuses_other_forms_and_dates_that_do_not_exist(text):
    with pytest.raises(DeadlineError, match=r"^[A-Z].*\.$"):
        parse_deadline(text)


@pytest.mark.parametrize(
    ("deadline", "ends_at"),
    [
        (Deadline(datetime(2026, 2, 27, 18, tzinfo=UTC), DeadlineKind.INSTANT), datetime(2026, 2, 27, 18)),
        (Deadline(datetime(2026, 2, 27, 18, tzinfo=UTC), DeadlineKind.FLOATING), datetime(2026, 2, 27, 8)),
        (Deadline(datetime(2026, 2, 27, tzinfo=UTC), DeadlineKind.DAY), datetime(2026, 2, 27, 14)),
    ],
)
def test_ends_at_reads_wall_clocks_and_days_in_the_given_zone(deadline, ends_at):
    assert deadline.ends_at(ZoneInfo("Australia/Brisbane")) == ends_at.replace(tzinfo=UTC)
