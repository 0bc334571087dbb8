"""tests/calendars/test_round_trip.py with the validators that are not Python packages."""

from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from calendars.ical.components import TodoRow
from calendars.ical.renderer import render_calendar
from calendars.options import CalendarOptions
from tests.calendars.readings import comparable, expected_events
from tests.calendars.strategies import calendar_options, todo_rows
from tests.calendars.test_ical_series import repeating
from tests.system.judges import JUDGES

# Both take a comma for a part of the value if a backslash is before it, even if that one is escaped (unescapedIndexOf
# of ical.js). libical does so too if the backslash is three characters before it, or an odd quotation mark anywhere (it
# calls this a hack in parser_get_next_value; "the current multiple value handling is broken": libical/libical#592).
NOT_SPLIT = str.maketrans('\\;"', "///")

# Between the first change of a zone's clock that the file names and the second; after the first and before the last.
IN_ZONES = [
    repeating("2020-01-01T00:51:35 America/Santiago"),
    repeating("2020-12-01T13:54:15 Africa/Casablanca", uid=UUID(int=2)),
]


@pytest.mark.parametrize("judge", JUDGES)
@example(todos=IN_ZONES, options=CalendarOptions())
@given(todos=st.lists(todo_rows(), max_size=20, unique_by=lambda todo: todo.uid), options=calendar_options)
@settings(max_examples=50)
def test_todos_come_back(judge: str, todos: list[TodoRow], options: CalendarOptions):
    todos = [todo._replace(label_text=todo.label_text.translate(NOT_SPLIT)) for todo in todos]

    body = render_calendar("Todos", todos, options).body

    assert comparable(JUDGES[judge](body)) == comparable(expected_events(todos, options))
