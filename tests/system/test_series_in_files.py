"""ical.js finds in our files when a todo is due next, by our rules and time zones."""

from uuid import UUID

from calendars.ical.renderer import render_calendar
from calendars.options import CalendarOptions
from tests.calendars.test_series_judges import NEXT, repeating, usual_cases
from tests.system.judges.icaljs import occurrences_by_icaljs
from tests.todos.recurrence.judging import fault_of_icaljs
from todos.recurrence.occurrence import following


def test_next_dates_are_those_of_the_file():
    judged = [
        case
        for seed in (7, 8, 9)
        for case in usual_cases(seed)
        if not fault_of_icaljs(case.rule) and following(case.rule, case.first, 1)
    ]
    rows = [
        repeating(case, case.first.deadline)._replace(uid=UUID(int=number)) for number, case in enumerate(judged)
    ]
    rendered = render_calendar("Todos", rows, CalendarOptions())
    assert (rendered.skipped, rendered.events) == ([], len(judged))

    found = occurrences_by_icaljs(rendered.body, NEXT + 1)

    for case, starts in zip(judged, found, strict=True):
        occurrences = [case.first, *following(case.rule, case.first, NEXT)]
        if starts is not None:  # it takes too long
            assert starts == [str(occurrence).partition(" ")[0] for occurrence in occurrences], str(case)
    assert sum(starts is not None for starts in found) > 200
