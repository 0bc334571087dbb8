"""What people wrote comes back from every judge as they wrote it, and nothing else does."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.ical.components import TodoRow
from calendars.ical.renderer import render_calendar
from calendars.options import CalendarOptions
from tests.calendars.judges.lint import lint
from tests.calendars.judges.parsers import PARSERS
from tests.calendars.readings import comparable, expected_events, moments
from tests.calendars.strategies import calendar_options, todo_rows

lists_of_todos = st.lists(todo_rows(), max_size=5, unique_by=lambda todo: todo.uid)

# `ics` takes each moment for one in UTC, days too, and knows no priority of events; it makes a newline of any
# backslash before an n, whatever stands before that, and drops lines of blanks alone, which the folding of a long row
# of them makes. Of entries with one UID, such as a series and a date of it that differs, it keeps one.
COARSE = {"ics"}
MISREAD = re.compile(r"\\|[ \t]{9,}")


@pytest.mark.parametrize("judge", PARSERS)
@given(name=st.text(max_size=100), todos=lists_of_todos, options=calendar_options)
def test_todos_come_back(judge: str, name: str, todos: list[TodoRow], options: CalendarOptions):
    if judge in COARSE:
        earlier = timedelta(minutes=options.block_minutes if options.shape == "before" else 0)
        todos = [without_what_is_misread(todo, earlier) for todo in todos]

    rendered = render_calendar(name, todos, options)

    assert rendered.skipped == []
    assert lint(rendered.body) == []
    read = comparable(PARSERS[judge](rendered.body), is_coarse=judge in COARSE)
    assert read == comparable(expected_events(todos, options), is_coarse=judge in COARSE)


def without_what_is_misread(todo: TodoRow, earlier: timedelta) -> TodoRow:
    title, description = (text and MISREAD.sub("/", text) for text in (todo.title, todo.description))
    todo = todo._replace(title=title, description=description)
    is_one = not todo.deadline or len(list(moments(todo, earlier))) == 1
    return todo if is_one else todo._replace(rule="")
