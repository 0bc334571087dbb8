"""A judge that rejects nothing judges nothing: each is shown broken files that it must refuse."""

from collections.abc import Callable

import pytest

from tests.calendars.judges.corpus import BROKEN, GOOD, REFUSED_BY
from tests.calendars.judges.events import Rejected
from tests.calendars.judges.lint import lint
from tests.calendars.judges.parsers import PARSERS

refusals = [(name, judge) for name, judges in REFUSED_BY.items() for judge in judges if judge in PARSERS]


def test_every_broken_file_has_its_line_in_the_table():
    assert set(REFUSED_BY) == set(BROKEN)


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_lint_refuses_every_broken_file(body: bytes):
    assert lint(body)


@pytest.mark.parametrize(("name", "judge"), refusals)
def test_parser_refuses_broken_file(name: str, judge: str):
    with pytest.raises(Rejected):
        PARSERS[judge](BROKEN[name])


@pytest.mark.parametrize("body", GOOD.values(), ids=GOOD)
def test_lint_finds_nothing_in_good_file(body: bytes):
    assert lint(body) == []


@pytest.mark.parametrize("judge", PARSERS.values(), ids=PARSERS)
@pytest.mark.parametrize("body", GOOD.values(), ids=GOOD)
def test_parser_reads_every_event_of_good_file(body: bytes, judge: Callable):
    assert len(judge(body)) == body.count(b"BEGIN:VEVENT") + body.count(b"BEGIN:VTODO")
