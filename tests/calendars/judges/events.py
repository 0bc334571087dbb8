"""What every judge by another's parser answers with, so that their answers can be compared."""

from dataclasses import dataclass
from datetime import date, datetime, time


class Rejected(Exception):
    """The parser refuses the file, for the reason given."""


@dataclass(frozen=True)
class Event:
    """A VEVENT with its start, or a VTODO with its due date.

    `when` is a naive datetime for a floating moment, an aware one in UTC for an instant, a date for a day.
    """

    kind: str
    uid: str | None
    summary: str | None
    description: str | None
    when: date | None
    priority: int = 0  # 0 also where the parser does not tell
    categories: tuple[str, ...] = ()  # empty also where the parser does not tell

    @property
    def wall_clock(self) -> datetime | None:
        """All of `when` that a parser can tell which knows neither floating moments nor days."""
        if isinstance(self.when, datetime) or self.when is None:
            return self.when and self.when.replace(tzinfo=None)
        return datetime.combine(self.when, time.min)
