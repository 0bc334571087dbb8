"""When a reminder is due: pure functions of a deadline, a rule and a person's clock.

A *rule* is what somebody asked for: some minutes before a deadline that has a time, a time of day before or on the day
of a whole-day deadline, or a moment. A rule of another kind of deadline says nothing.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import models

from todos.deadlines import Deadline, DeadlineKind

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
MINUTES_OF_DAY = 24 * 60
MAX_MINUTES_BEFORE = 28 * MINUTES_OF_DAY
MAX_DAYS_BEFORE = 28
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RuleKind(models.TextChoices):
    BEFORE = "before", "minutes before a time"
    DAY = "day", "a time of day, for whole days"
    MOMENT = "moment", "a moment"
    NONE = "none", "no reminder"


@dataclass(frozen=True)
class Rule:
    """``minutes`` are those before the deadline, or those since midnight of the day that is ``days`` before it."""

    kind: str
    minutes: int = 0
    days: int = 0
    moment: datetime | None = None

    def moment_for(self, due: Deadline | None, *, list_zone: ZoneInfo, zone: ZoneInfo) -> datetime | None:
        """Return when it is due for somebody in ``zone``. A wall-clock time is meant in the zone of its list."""
        if self.kind == RuleKind.MOMENT:
            return self.moment
        if due is None or (due.kind == DeadlineKind.DAY) != (self.kind == RuleKind.DAY):
            return None
        if self.kind == RuleKind.BEFORE:
            return due.begins_at(list_zone) - timedelta(minutes=self.minutes)
        if self.kind == RuleKind.DAY:
            return at_time_of_day(due.moment.date() - timedelta(days=self.days), self.minutes, zone)
        return None

    @property
    def follows_deadline(self) -> bool:
        return self.kind != RuleKind.MOMENT


@dataclass(frozen=True)
class QuietHours:
    """From one minute of the day to another, perhaps beyond midnight, by a person's clock."""

    start: int
    end: int
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime:
        """Return the moment, or the end of the quiet hours that it falls into."""
        wall = moment.astimezone(self.zone)
        minute = wall.hour * 60 + wall.minute
        if self.start <= self.end:
            if not self.start <= minute < self.end:
                return moment
            day = wall.date()
        elif minute >= self.start:
            day = wall.date() + timedelta(days=1)
        elif minute < self.end:
            day = wall.date()
        else:
            return moment
        return max(moment, at_time_of_day(day, self.end, self.zone))


def at_time_of_day(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Return the instant; a time that the clocks skip is as much later."""
    wall = datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=zone)
    return wall.astimezone(UTC)


def next_at(minutes: int, zone: ZoneInfo, *, after: datetime) -> datetime:
    """Return the next time that a clock in ``zone`` shows this time of day, later than ``after``."""
    day = after.astimezone(zone).date()
    coming = (at_time_of_day(day + timedelta(days=ahead), minutes, zone) for ahead in range(3))
    return next(moment for moment in coming if moment > after)


def to_ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


def clock_text(minutes: int) -> str:
    """Return a minute of the day as a clock shows it: "09:00"."""
    return f"{minutes // 60:02}:{minutes % 60:02}"
