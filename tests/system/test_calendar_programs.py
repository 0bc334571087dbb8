"""What people see in khal and todoman, two programs for the terminal, of todos that repeat."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import pytest

from calendars.ical.components import TodoRow
from calendars.ical.renderer import render_calendar
from calendars.options import CalendarOptions, Components
from tests.calendars.test_ical import make_row
from todos.deadlines import Deadline, parse_deadline
from todos.recurrence.occurrence import following, parse_occurrence
from todos.recurrence.rule import parse_rule

HOME = ZoneInfo("Europe/Berlin")
# A title, its rule and occurrence, and a deadline that it was moved to.
SERIES = [
    ("Weekly", "FREQ=WEEKLY;COUNT=5;BYDAY=FR", "2026-12-04T14:00:00", ""),
    ("Month end", "FREQ=MONTHLY;BYMONTHDAY=-1", "2026-12-31", ""),
    ("Night", "FREQ=DAILY;INTERVAL=20;UNTIL=20270501", "2026-12-01T02:30:00 Europe/Berlin", ""),
    ("New York", "FREQ=WEEKLY;INTERVAL=3;BYDAY=SU", "2027-02-21T18:00:00 America/New_York", ""),
    ("Second Tuesday", "FREQ=MONTHLY;BYDAY=2TU", "2026-12-08T09:00:00", ""),
    ("Moved", "FREQ=WEEKLY;BYDAY=MO", "2026-12-07", "2026-12-09"),
]
KHAL = """
[calendars]
[[todos]]
path = {folder}/todos
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%dT%H:%M
longdatetimeformat = %Y-%m-%dT%H:%M
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
[sqlite]
path = {folder}/khal.db
"""
TODOMAN = """
path = "{folder}/todos/*"
date_format = "%Y-%m-%d"
time_format = "%H:%M"
default_list = "own"
cache_path = "{folder}/todoman.db"
"""


def rows() -> list[TodoRow]:
    made = []
    for number, (title, rule, occurrence, moved) in enumerate(SERIES, 1):
        due = parse_deadline(moved) if moved else parse_occurrence(occurrence).deadline
        row = make_row(uid=UUID(int=number), title=title, rule=rule, occurrence=occurrence)
        made.append(row._replace(deadline=due.moment, deadline_kind=due.kind))
    return made


def deadlines(rule: str, occurrence: str, moved: str) -> list[Deadline]:
    """Return what the pages show: the current deadline, and the dates to come."""
    current = parse_occurrence(occurrence)
    first = parse_deadline(moved) if moved else current.deadline
    return [first, *(one.deadline for one in following(parse_rule(rule), current, 30))]


def run(folder: Path, *command: str) -> str:
    program, *arguments = command
    path = Path(sys.executable).with_name(program)
    environment = os.environ | {"HOME": str(folder), "TZ": "Europe/Berlin"}
    done = subprocess.run([path, *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_khal_shows_the_dates_that_pages_show(tmp_path: Path) -> None:
    (tmp_path / "todos").mkdir()
    (tmp_path / "khal.conf").write_text(KHAL.format(folder=tmp_path))
    options = CalendarOptions(components=Components.EVENT)
    (tmp_path / "all.ics").write_bytes(render_calendar("Todos", rows(), options).body)
    khal = ("khal", "-c", "khal.conf")
    run(tmp_path, *khal, "import", "--batch", "-a", "todos", "all.ics")
    shown = run(tmp_path, *khal, "list", "--format", "{start} {title}", "--day-format", "", "2026-12-01", "150d")
    last = datetime(2027, 4, 30)
    expected = [
        f"{due.on_clock(HOME).isoformat(timespec='minutes') if 'T' in str(due) else due} {title}"
        for title, *series in SERIES
        for due in deadlines(*series)
        if due.on_clock(HOME) < last
    ]
    assert sorted(shown.split("\n")[:-1]) == sorted(expected)


# todoman reads the component of the series alone, so it does not show where one of its dates was moved to.
@pytest.mark.parametrize("number", [number for number, (*_, moved) in enumerate(SERIES) if not moved])
def test_todoman_shows_the_deadline_that_pages_show(tmp_path: Path, number: int) -> None:
    (tmp_path / "todos" / "own").mkdir(parents=True)
    (tmp_path / "config.py").write_text(TODOMAN.format(folder=tmp_path))
    row, options = rows()[number], CalendarOptions(components=Components.TODO)
    (tmp_path / "todos" / "own" / "one.ics").write_bytes(render_calendar("Todos", [row], options).body)
    [found] = orjson.loads(run(tmp_path, "todo", "--config", "config.py", "--porcelain", "list"))
    title, *series = SERIES[number]
    due = datetime.fromtimestamp(found["due"], HOME).replace(tzinfo=None)
    assert (found["summary"], found["recurring"]) == (title, True)
    assert due == deadlines(*series)[0].on_clock(HOME)
