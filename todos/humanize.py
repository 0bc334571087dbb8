"""Deadlines and moments in words, in the active language and time format."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.utils import dateformat, translation

from todos.agenda import Clock
from todos.deadlines import Deadline, DeadlineKind
from web.time_format import write_time

WEEKDAY_DAYS = 7  # days this close are shown as a weekday, or counted


@dataclass(frozen=True)
class Language:
    """How days are written: words, and formats as in django.conf.locale."""

    near: tuple[str, str, str]
    days_ago: str
    weekday: str
    day: str
    day_of_year: str
    exact: str
    #: Without the year, which the page shows already.
    of_year: str
    weekday_of_year: str
    weekday_day: str
    #: For a row with little room.
    short: str = "j M Y"
    month: str = "F Y"
    first: str = "1"  # the first day of a month


LANGUAGES = {
    "en": Language(
        ("yesterday", "today", "tomorrow"),
        "{} days ago",
        "D",
        "j M",
        "j M Y",
        "l j F Y",
        "l j F",
        "D j F",
        "D j",
    ),
    "de": Language(
        ("gestern", "heute", "morgen"),
        "vor {} Tagen",
        "l",
        "j. F",
        "j. F Y",
        "l, j. F Y",
        "l, j. F",
        "D, j. F",
        "D, j.",
        short="j.n.Y",
    ),
    "fr": Language(
        ("hier", "aujourd’hui", "demain"),
        "il y a {} jours",
        "l",
        "j F",
        "j F Y",
        "l j F Y",
        "l j F",
        "D j F",
        "D j",
        first="1er",
    ),
    "es": Language(
        ("ayer", "hoy", "mañana"),
        "hace {} días",
        "l",
        r"j \d\e F",
        r"j \d\e F \d\e Y",
        r"l, j \d\e F \d\e Y",
        r"l, j \d\e F",
        r"D j \d\e F",
        "D j",
        month=r"F \d\e Y",
    ),
}


def relative_deadline(deadline: Deadline, clock: Clock) -> str:
    """Return the deadline relative to today: "tomorrow 14:00", "Fri", "3 days ago", "4 Apr 2027"."""
    wall = deadline.on_clock(clock.zone)
    time = "" if deadline.kind == DeadlineKind.DAY else f" {write_time(wall)}"
    return f"{_relative_day(wall.date(), clock.today)}{time}"


def time_of_day(deadline: Deadline, clock: Clock) -> str:
    """Return only the time, for places that already show the day; empty for a whole day."""
    return "" if deadline.kind == DeadlineKind.DAY else write_time(deadline.on_clock(clock.zone))


def exact_deadline(deadline: Deadline, clock: Clock) -> str:
    """Return the full deadline; an instant with its time zone."""
    wall = deadline.on_clock(clock.zone)
    day = exact_day(wall.date())
    if deadline.kind == DeadlineKind.DAY:
        return day
    zone = ""
    if deadline.kind == DeadlineKind.INSTANT:
        zone = f" {deadline.moment.astimezone(clock.zone):%Z}"
    return f"{day}, {write_time(wall, seconds=True)}{zone}"


def exact_day(day: date) -> str:
    """Return the day with its weekday and year: "Tuesday 1 December 2026"."""
    return format_day(day, "exact")


def format_day(day: date, name: str) -> str:
    """Return the day in one of the formats of Language, such as "month": "December 2026"."""
    return _format(day, name, _language())


def describe_moment(moment: datetime, clock: Clock) -> str:
    """Return a past moment relative to now: "yesterday 14:03"."""
    wall = moment.astimezone(clock.zone).replace(tzinfo=None)
    return f"{_relative_day(wall.date(), clock.today)} {write_time(wall)}"


def _relative_day(day: date, today: date) -> str:
    ahead, language = (day - today).days, _language()
    words = LANGUAGES[language]
    if -1 <= ahead <= 1:
        return words.near[ahead + 1]
    if -WEEKDAY_DAYS <= ahead < 0:
        return words.days_ago.format(-ahead)
    if 0 < ahead < WEEKDAY_DAYS:
        return _format(day, "weekday", language)
    return _format(day, "day" if day.year == today.year else "day_of_year", language)


def _language() -> str:
    active = (translation.get_language() or "").partition("-")[0]
    return active if active in LANGUAGES else "en"


# Pages show few different days, and many times.
@lru_cache(maxsize=2_000)
def _format(day: date, name: str, language: str) -> str:
    words = LANGUAGES[language]
    spec = getattr(words, name)
    if day.day == 1:
        spec = spec.replace("j", "".join(f"\\{sign}" for sign in words.first))
    with translation.override(language):
        return dateformat.format(day, spec)
