"""What becomes of todos that lack something, or that change from what can be shown into what cannot."""

from datetime import UTC, datetime

import pytest

from calendars.ical.components import TodoRow
from calendars.ical.renderer import RenderedCalendar, render_calendar
from calendars.options import CalendarOptions
from tests.calendars.test_ical import CHANGED, DONE, make_row
from todos.deadlines import DeadlineKind

UNRENDERABLE = {"deadline": datetime(9999, 12, 31, tzinfo=UTC), "deadline_kind": DeadlineKind.DAY}
COMPONENTS = ["event", "todo", "both"]


def lines_of(rendered: RenderedCalendar) -> list[str]:
    assert rendered.skipped == []
    return rendered.body.decode().splitlines()


@pytest.mark.parametrize("components", COMPONENTS)
@pytest.mark.parametrize("lacking", [{"description": None}, {"description": ""}, {"title": "\x01"}])
def test_todo_that_lacks_something_is_shown_all_the_same(components: str, lacking: dict) -> None:
    row = make_row()._replace(**lacking)
    lines = lines_of(render_calendar("Todos", [row], CalendarOptions(components=components)))
    assert sum(line.startswith("SUMMARY:") for line in lines) == (2 if components == "both" else 1)


@pytest.mark.parametrize("row", [make_row(None), make_row(deleted_at=CHANGED)])
def test_todo_that_is_not_shown_is_not_set_aside(row: TodoRow) -> None:
    rendered = render_calendar("Todos", [row], CalendarOptions())
    assert (rendered.events, rendered.fresh, rendered.skipped) == (0, 0, [])


def test_task_that_was_completed_nobody_knows_when_says_when_it_last_changed() -> None:
    row = make_row(**DONE | {"completed_at": None})
    assert "COMPLETED:20230301T091500Z" in lines_of(
        render_calendar("Todos", [row], CalendarOptions(components="todo"))
    )


@pytest.mark.parametrize("components", ["event", "both"])
def test_todo_that_can_no_longer_be_rendered_is_taken_out(components: str) -> None:
    options, row = CalendarOptions(components=components), make_row("2026-01-01")
    before = render_calendar("Todos", [row], options)

    after = render_calendar("Todos", [row._replace(**UNRENDERABLE)], options, previous=before.body)

    assert [left_out["uid"] for left_out in after.skipped] == [str(row.uid)]
    assert after.body == render_calendar("Todos", [], options).body


@pytest.mark.parametrize("components", COMPONENTS)
def test_each_kind_of_entry_is_counted_once_and_found_again(components: str) -> None:
    options, row = CalendarOptions(components=components), make_row()
    before = render_calendar("Todos", [row], options)
    changed = row._replace(title="changed", sequence=4)

    after = render_calendar("Todos", [changed], options, previous=before.body)

    assert (before.events, after.events) == (1, 1)
    assert after == render_calendar("Todos", [changed], options)
