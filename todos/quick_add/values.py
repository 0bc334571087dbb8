"""What the words of a phrase mean, and how a day, a time and a part of the day become a deadline."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, auto

from todos.agenda import Clock
from todos.deadlines import FIRST_YEAR, LAST_YEAR, Deadline, DeadlineKind
from todos.quick_add.tokens import ClockDigits
from todos.recurrence.rule import Rule

LAST_MINUTE = time(23, 59)  # midnight ends a day: "friday midnight" is not the night to Friday
# "Um 3 Uhr" and "à 3h" are in the afternoon, though 15 is how both languages write that: few people mean the night, and
# they say so ("nachts", "du matin"), or write "03". A time with minutes is written by the 24-hour clock, as in a
# timetable: "Avion lundi 5h45". At 6, trains leave and people get up.
_NIGHT_HOURS = range(1, 6)
_EVENING_HOURS = (7, 8, 9)  # "at 8" is 20:00 if 08:00 has passed; "at 10" is never 22:00


class Certainty(Enum):
    """How sure it is that the words are a date."""

    CLEAR = auto()  # "tomorrow", "in 3 days", "2026-12-24"
    NAMED = auto()  # "friday", "24 dec", "24/12": may also be part of a name
    WORDLIKE = auto()  # "sat", "sun": ordinary words too
    ORDINAL = auto()  # "1st"
    LEADING = auto()  # "in march", "next friday": sure at the beginning of a line too
    PERIOD = auto()  # "next month", "end of the year": begins names like "end of year report"


@dataclass(frozen=True)
class Day:
    date: date
    certainty: Certainty = Certainty.CLEAR
    following: date | None = None  # the next day that fits the words, if the time has passed on the first
    has_year: bool = False  # a year was named, so the day may have passed


@dataclass(frozen=True)
class Repeat:
    rule: Rule
    certainty: Certainty = Certainty.CLEAR
    from_completion: bool = False
    lasts: tuple[int, int] = (0, 0)  # so many days and months from the first occurrence, if that was said


@dataclass(frozen=True)
class Part:
    """A part of the day: when it begins if no hour is named, and the hours that belong to it."""

    begins: time
    first_hour: int
    end_hour: int  # 24 and above: hours of the next day

    def hour(self, hour: int) -> int | None:
        """Return an hour of the 12-hour clock by the 24-hour clock, plus 24 on the next day.

        None: it is in another part of the day.
        """
        for candidate in (hour, hour + 12, hour + 24):
            if self.first_hour <= candidate < self.end_hour:
                return candidate
        return None


MORNING = Part(time(9), 0, 12)
AFTERNOON = Part(time(15), 12, 19)
EVENING = Part(time(19), 16, 24)
NIGHT = Part(time(20), 17, 29)
END_OF_WORK = Part(time(17), 17, 18)


@dataclass(frozen=True)
class Time:
    hour: int
    minute: int = 0
    is_exact: bool = False  # with am or pm, or by the 24-hour clock
    is_spoken: bool = False  # "8", "half past 8": by the 12-hour clock
    is_last_minute: bool = False  # midnight
    is_literal: bool = False  # "6:12", "6h" and "6 Uhr": by the 24-hour clock, if no part of the day is said

    @classmethod
    def of(cls, digits: ClockDigits, *, is_literal: bool = False) -> "Time":
        hour = digits.hour % 12 + (12 if digits.half == "p" else 0) if digits.half else digits.hour
        is_exact = bool(digits.half) or digits.is_padded or not 1 <= digits.hour <= 12
        return cls(hour, digits.minute or 0, is_exact, is_spoken=digits.minute is None, is_literal=is_literal)

    def candidates(self, part: Part | None, *, is_today: bool) -> Iterator[tuple[int, time]]:
        """Yield what it may mean, the likeliest first: how many days later, and the time."""
        if self.is_last_minute:
            yield 0, LAST_MINUTE
        elif part:
            yield from self._in_part(part)
        elif self.is_exact or (self.is_literal and not self._is_small_hour):
            yield 0, time(self.hour, self.minute)
        elif self.hour < 7:
            yield 0, time(self.hour + 12, self.minute)
        else:
            yield 0, time(self.hour, self.minute)
            if self.hour in _EVENING_HOURS and (self.is_spoken or is_today):
                yield 0, time(self.hour + 12, self.minute)

    @property
    def _is_small_hour(self) -> bool:
        return self.is_spoken and self.hour in _NIGHT_HOURS

    def _in_part(self, part: Part) -> Iterator[tuple[int, time]]:
        is_night = part.end_hour > 24
        if self.hour == 12 and not self.is_exact and is_night:
            yield 0, LAST_MINUTE
        elif self.is_exact:
            if part.first_hour <= self.hour < part.end_hour:
                yield 0, time(self.hour, self.minute)
            elif is_night and self.hour + 24 < part.end_hour:
                yield 1, time(self.hour, self.minute)
        elif (hour := part.hour(self.hour)) is not None:
            yield hour // 24, time(hour % 24, self.minute)


def resolve(day: Day | None, at: Time | None, part: Part | None, clock: Clock) -> Deadline | None:
    """Return the deadline, or None if there is no sensible one: no deadline lies in the past without a year."""
    if day is None and part == END_OF_WORK:
        day = Day(clock.today)
    if day is None:
        day = Day(clock.today, following=clock.today + timedelta(days=1))
        is_today = False  # nobody said so
    else:
        is_today = day.date == clock.today
    if at is None and part is None:
        return _day(day.date)
    for date_ in (day.date, day.following):
        if date_ is None:
            continue
        candidates = at.candidates(part, is_today=is_today) if at else [(0, part.begins)]
        deadlines = [found for later, time_ in candidates if (found := _wall(date_, later, time_))]
        to_come = [deadline for deadline in deadlines if not clock.is_over(deadline)]
        if found := to_come or (deadlines if day.has_year else []):
            return found[0]
        if at is None and part is not None and is_today:
            # "Tonight" at 22:54: the rest of the day, if that part of the day is not over.
            over = clock.local_now.hour >= max(part.end_hour, 24 if part == END_OF_WORK else 0)
            return None if over else _day(date_)
    return None


def after(minutes: float, clock: Clock) -> Deadline | None:
    """Return the moment so many minutes from now, which is the same for everybody, wherever they are."""
    try:
        moment = clock.now.astimezone(UTC) + timedelta(minutes=minutes)
    except OverflowError:
        return None
    if not FIRST_YEAR < moment.year < LAST_YEAR:
        return None
    return Deadline(moment.replace(second=0, microsecond=0), DeadlineKind.INSTANT)


def _day(day: date) -> Deadline | None:
    return Deadline.of_day(day) if FIRST_YEAR < day.year < LAST_YEAR else None


def _wall(day: date, later: int, at: time) -> Deadline | None:
    if not FIRST_YEAR < day.year < LAST_YEAR:
        return None
    return Deadline.of_clock(datetime.combine(day + timedelta(days=later), at))
