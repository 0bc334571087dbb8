"""Deadlines: what a client sends, what is stored, and what is sent back in the same form.

There are three kinds. A *floating* deadline is a wall-clock time, wherever the reader is; an *instant* is
one moment for everybody; a *day* is a whole day. All are stored as one UTC datetime, which holds the wall
clock as if it were UTC for a floating one, and 00:00 for a day.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Self
from zoneinfo import ZoneInfo

from django.db import models

FIRST_YEAR, LAST_YEAR = 1000, 9998  # so that every offset and every exclusive end stays within Python's years

_FORM = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?"
    r"(?:([Zz])|([+-])(\d\d):?(\d\d))?)?",
    re.ASCII,
)


class DeadlineKind(models.TextChoices):
    FLOATING = "floating", "wall-clock time"
    INSTANT = "instant", "moment"
    DAY = "day", "whole day"


class DeadlineError(ValueError):
    """The text is no deadline; the message is a sentence for the person who sent it."""


@dataclass(frozen=True)
class Deadline:
    """A deadline as it is stored: its moment, an aware datetime in UTC, and its kind."""

    moment: datetime
    kind: str

    def __str__(self) -> str:
        return format_deadline(self.moment, self.kind)

    @classmethod
    def of_day(cls, day: date) -> Self:
        return cls(datetime.combine(day, time.min, tzinfo=UTC), DeadlineKind.DAY)

    @classmethod
    def of_clock(cls, wall: datetime) -> Self:
        """Return the wall-clock time ``wall``, which has no zone."""
        return cls(wall.replace(tzinfo=UTC), DeadlineKind.FLOATING)

    def on_clock(self, zone: ZoneInfo) -> datetime:
        """Return what a wall clock in ``zone`` shows when it is due, without a zone; a day's is its midnight."""
        if self.kind == DeadlineKind.INSTANT:
            return self.moment.astimezone(zone).replace(tzinfo=None)
        return self.moment.replace(tzinfo=None)

    def begins_at(self, zone: ZoneInfo) -> datetime:
        """Return the instant that it names for a reader in ``zone``: a day's is its first."""
        if self.kind == DeadlineKind.INSTANT:
            return self.moment
        return self.moment.replace(tzinfo=zone).astimezone(UTC)

    def on_day(self, day: date, zone: ZoneInfo) -> Self:
        """Return the same deadline on another day, at the same time by a clock in ``zone``."""
        wall = datetime.combine(day, self.on_clock(zone).time())
        home = zone if self.kind == DeadlineKind.INSTANT else UTC
        return replace(self, moment=wall.replace(tzinfo=home).astimezone(UTC))

    def ends_at(self, zone: ZoneInfo) -> datetime:
        """Return the instant at which it is over, for a reader in ``zone``: a day's is the next midnight."""
        if self.kind == DeadlineKind.INSTANT:
            return self.moment
        wall = self.moment.replace(tzinfo=None)
        if self.kind == DeadlineKind.DAY:
            wall += timedelta(days=1)
        return wall.replace(tzinfo=zone).astimezone(UTC)


def parse_deadline(text: str) -> Deadline:
    """Return the deadline that ``text`` means; fractions of a second are dropped.

    Raises DeadlineError for any other form, a date that does not exist, and a year outside 1000 to 9998.
    """
    match = _FORM.fullmatch(text)
    if not match:
        raise DeadlineError(
            "A deadline looks like 2026-02-27T18:00:00, 2026-02-27T18:00:00Z, "
            "2026-02-27T18:00:00+10:00 or 2026-02-27."
        )
    year, month, day, hour, minute, second, zulu, sign, offset_hours, offset_minutes = match.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
        if sign:
            if int(offset_minutes) > 59:
                raise DeadlineError("The minutes of an offset go up to 59.")
            offset = timedelta(hours=int(offset_hours), minutes=int(offset_minutes))
            moment = moment.replace(tzinfo=timezone(-offset if sign == "-" else offset)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        if isinstance(error, DeadlineError):
            raise
        raise DeadlineError(f"There is no such date or time: {text}.") from error
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise DeadlineError(f"A deadline must be between the years {FIRST_YEAR} and {LAST_YEAR}.")
    if hour is None:
        return Deadline(moment, DeadlineKind.DAY)
    return Deadline(moment, DeadlineKind.INSTANT if zulu or sign else DeadlineKind.FLOATING)


def format_deadline(moment: datetime, kind: str) -> str:
    """Return the deadline in the form in which it was sent."""
    if kind == DeadlineKind.DAY:
        return moment.isoformat()[:10]
    text = moment.isoformat()[:19]
    return f"{text}Z" if kind == DeadlineKind.INSTANT else text
