"""Validators that are not Python packages: libical, and ical.js with node."""

from collections.abc import Callable

import pytest

from tests.calendars.judges.corpus import BROKEN, GOOD, REFUSED_BY
from tests.calendars.judges.events import Rejected
from tests.system.judges import JUDGES

refusals = [(name, judge) for name, judges in REFUSED_BY.items() for judge in judges if judge in JUDGES]


@pytest.mark.parametrize(("name", "judge"), refusals)
def test_judge_refuses_broken_file(name: str, judge: str):
    with pytest.raises(Rejected):
        JUDGES[judge](BROKEN[name])


@pytest.mark.parametrize("judge", JUDGES.values(), ids=JUDGES)
@pytest.mark.parametrize("body", GOOD.values(), ids=GOOD)
def test_judge_reads_every_event_of_good_file(body: bytes, judge: Callable):
    assert len(judge(body)) == body.count(b"BEGIN:VEVENT") + body.count(b"BEGIN:VTODO")
