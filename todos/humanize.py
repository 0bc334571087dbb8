"""Deadlines and moments in words, as the pages show them."""

from datetime import date, datetime

from todos.agenda import Clock
from todos.deadlines import Deadline, DeadlineKind

WEEKDAY_DAYS = 7  # days this close are shown as a weekday, or counted
_NEAR = {-1: "yesterday", 0: "today", 1: "tomorrow"}


def relative_deadline(deadline: Deadline, clock: Clock) -> str:
    """Return the deadline relative to today: "tomorrow 14:00", "Fri", "3 days ago", "4 Apr 2027"."""
    wall = deadline.on_clock(clock.zone)
    time = "" if deadline.kind == DeadlineKind.DAY else f" {wall:%H:%M}"
    return f"{_relative_day(wall.date(), clock.today)}{time}"


def time_of_day(deadline: Deadline, clock: Clock) -> str:
    """Return only the time, for places that already show the day; empty for a whole day."""
    return "" if deadline.kind == DeadlineKind.DAY else f"{deadline.on_clock(clock.zone):%H:%M}"


def exact_deadline(deadline: Deadline, clock: Clock) -> str:
    """Return the full deadline; an instant with its time zone."""
    wall = deadline.on_clock(clock.zone)
    day = f"{wall:%A} {wall.day} {wall:%B} {wall.year}"
    if deadline.kind == DeadlineKind.DAY:
        return day
    seconds = f":{wall:%S}" if wall.second else ""
    zone = ""
    if deadline.kind == DeadlineKind.INSTANT:
        zone = f" {deadline.moment.astimezone(clock.zone):%Z}"
    return f"{day}, {wall:%H:%M}{seconds}{zone}"


def describe_moment(moment: datetime, clock: Clock) -> str:
    """Return a past moment relative to now: "yesterday 14:03"."""
    wall = moment.astimezone(clock.zone).replace(tzinfo=None)
    return f"{_relative_day(wall.date(), clock.today)} {wall:%H:%M}"


def _relative_day(day: date, today: date) -> str:
    ahead = (day - today).days
    if ahead in _NEAR:
        return _NEAR[ahead]
    if -WEEKDAY_DAYS <= ahead < 0:
        return f"{-ahead} days ago"
    if 0 < ahead < WEEKDAY_DAYS:
        return f"{day:%a}"
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day.day} {day:%b}{year}"
