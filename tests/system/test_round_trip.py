"""tests/calendars/test_round_trip.py with the validators that are not Python packages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.ical.components import TodoRow
from calendars.ical.renderer import render_calendar
from calendars.options import CalendarOptions
from tests.calendars.readings import comparable, expected_events
from tests.calendars.strategies import calendar_options, todo_rows
from tests.system.judges import JUDGES


@pytest.mark.parametrize("judge", JUDGES)
@given(todos=st.lists(todo_rows(), max_size=20, unique_by=lambda todo: todo.uid), options=calendar_options)
@settings(deadline=None, max_examples=50)
def test_todos_come_back(judge: str, todos: list[TodoRow], options: CalendarOptions):
    body = render_calendar("Todos", todos, options).body

    assert comparable(JUDGES[judge](body)) == comparable(expected_events(todos, options))
