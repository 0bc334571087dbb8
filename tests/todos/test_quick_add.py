"""What is understood of a typed line. "Now" is Saturday 21 November 2026, 10:00 in Brisbane."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todos.agenda import Clock
from todos.quick_add import read

CLOCK = Clock(datetime(2026, 11, 21, 0, 0, tzinfo=UTC), ZoneInfo("Australia/Brisbane"))


@pytest.mark.parametrize(
    ("text", "title", "deadline"),
    [
        ("Project proposal friday 2pm", "Project proposal", "2026-11-27T14:00:00"),
        ("Project proposal on Friday at 14:30", "Project proposal", "2026-11-27T14:30:00"),
        ("Project proposal by next friday", "Project proposal", "2026-11-27"),
        ("Project proposal 2pm friday", "Project proposal", "2026-11-27T14:00:00"),
        ("Pay rent in 3 days", "Pay rent", "2026-11-24"),
        ("Pay rent in two weeks at 9", "Pay rent", "2026-12-05T09:00:00"),
        ("Ship it 2026-12-01", "Ship it", "2026-12-01"),
        ("Ship it 2026-12-01T18:00", "Ship it", "2026-12-01T18:00:00"),
        ("2026-12-01 Ship it", "Ship it", "2026-12-01"),
        ("Call mum tomorrow", "Call mum", "2026-11-22"),
        ("tomorrow 9am call mum", "call mum", "2026-11-22T09:00:00"),
        ("Call mum the day after tomorrow", "Call mum", "2026-11-23"),
        ("Cinema tonight", "Cinema", "2026-11-21T20:00:00"),
        ("Turn off the oven in 45 minutes", "Turn off the oven", "2026-11-21T10:45:00"),
        ("Call the bank at 5pm", "Call the bank", "2026-11-21T17:00:00"),
        ("Call the bank at 9:30", "Call the bank", "2026-11-22T09:30:00"),
        ("Lunch with Jo noon", "Lunch with Jo", "2026-11-21T12:00:00"),
        ("Plan the sprint next week", "Plan the sprint", "2026-11-23"),
        ("Tax return by 31 March", "Tax return", "2027-03-31"),
        ("Tax return March 31st, 2028", "Tax return", "2028-03-31"),
        ("Party on the 5th of may", "Party", "2027-05-05"),
        ("Wash the car sat 10am", "Wash the car", "2026-11-28T10:00:00"),
        ("Essay due wed", "Essay", "2026-11-25"),
        ("Ask Ana on monday about the talk", "Ask Ana about the talk", "2026-11-23"),
        ("Essay, tomorrow", "Essay", "2026-11-22"),
        ("Essay 12am tomorrow", "Essay", "2026-11-22T00:00:00"),
        ("Exam 24.12.2026 9am", "Exam", "2026-12-24T09:00:00"),
        ("Exam 24.12.2026", "Exam", "2026-12-24"),
        ("Exam on 1.2.2027 at 14:30", "Exam", "2027-02-01T14:30:00"),
        ("Exam 12.12. 9am", "Exam", "2026-12-12T09:00:00"),
        ("Exam 9am 12.1.", "Exam", "2027-01-12T09:00:00"),
        ("Leap 29.2.", "Leap", "2028-02-29"),
        ("Lunch at noon on the 24th", "Lunch", "2026-11-24T12:00:00"),
        ("Lunch at noon on the 20th with Jo", "Lunch with Jo", "2026-12-20T12:00:00"),
        ("Lunch on the 31st", "Lunch", "2026-12-31"),
        ("Ship it 2026-12-01T10:00Z", "Ship it", "2026-12-01T10:00:00Z"),
        ("Ship it 2026-12-01T10:00:00+10:00", "Ship it", "2026-12-01T00:00:00Z"),
        ("Move the 3pm call to friday 2pm", "Move the 3pm call to", "2026-11-27T14:00:00"),
        ("Deploy 1.2.3 at 5pm", "Deploy 1.2.3", "2026-11-21T17:00:00"),
        ("Pay 12.50 at 5pm", "Pay 12.50", "2026-11-21T17:00:00"),
        ("Look at 5 flats tomorrow", "Look at 5 flats", "2026-11-22"),
    ],
)
def test_deadline_is_read(text: str, title: str, deadline: str) -> None:
    reading = read(text, CLOCK)
    assert (reading.title, str(reading.deadline)) == (title, deadline)


@pytest.mark.parametrize(
    "text",
    [
        "Buy 2 apples",
        "Read chapter 10",
        "It may rain",
        "May the fourth",
        "March 40 miles",
        "Sunday roast recipe",
        "Watch the sun",
        "Buy the Sunday Times",
        "Black Friday",
        "Water the plants every monday",
        "Minutes of last tuesday",
        "Read John 3:16",
        "Look at 5 flats",
        "Prepare friday meeting notes",
        "Fix bug 2026-12-011",
        "Version 1.2.3 of 2026-13-45",
        "31 feb",
        "tomorrow",
        "friday 2pm",
        "Second draft",
        "Meet at 25:00",
        "Send 14:00 train tickets",
        # Half of it is understood.
        "Dentist tomorrow at 25:00",
        "Dentist 25:00 on friday",
        "Zoom 10am UTC",
        "Zoom tomorrow 10:00 +02:00",
        "Meet 3pm-4pm tomorrow",
        "Meet tomorrow 3pm-4pm",
        "Meet from 3pm to 4pm tomorrow",
        "Launch in 3 days 4 hours",
        "Exam 12/25 9am",
        "Exam 5/6 at 9am",
        "Exam 24.12.26 9am",
        "Exam 24-12-2026 9am",
        "Exam 31.2. 9am",
        "Exam 31 feb 9am",
        "Noon on the 24th of each month",
        "Water the plants every monday at 9am",
        "Apologise for the 2nd time",
        "Exam 12/25",
        "",
    ],
)
def test_what_only_looks_like_a_deadline_stays_in_the_title(text: str) -> None:
    reading = read(text, CLOCK)
    assert (reading.title, reading.deadline) == (text, None)


def test_deadline_without_a_title_is_told() -> None:
    assert read("tomorrow 5pm", CLOCK).lacks_title
    assert not read("Essay", CLOCK).lacks_title


def test_week_begins_where_the_list_says() -> None:
    sunday = Clock(CLOCK.now, CLOCK.zone, week_start=6)
    assert str(read("Plan next week", sunday).deadline) == "2026-11-22"


@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    reading = read(text, CLOCK)
    assert reading.title or not text.strip()
