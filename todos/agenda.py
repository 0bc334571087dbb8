"""Which section of the list a todo is in: a pure function of its deadline and the reader's clock."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

from todos.deadlines import Deadline
from todos.models import MONDAY, TodoList
from todos.priorities import rank

# A moment's day in any time zone is at most this far from its day in UTC.
ZONE_MARGIN = timedelta(days=1)


class Section(models.TextChoices):
    """The sections of the list, in their order on the page."""

    OVERDUE = "overdue", _("Overdue")
    TODAY = "today", _("Today")
    WEEK = "week", _("This week")
    LATER = "later", _("Later")
    NONE = "none", _("No deadline")
    DONE = "done", _("Done")


@dataclass(frozen=True)
class Clock:
    """The reader's "now", with the list's time zone and first day of the week."""

    now: datetime
    zone: ZoneInfo
    week_start: int = MONDAY

    @classmethod
    def of(cls, todo_list: TodoList) -> Self:
        """Return the clock of somebody who reads this list now."""
        return cls(datetime.now(UTC), todo_list.zone, todo_list.week_start)

    def at(self, moment: datetime) -> Self:
        """Return the clock as it was at another moment."""
        return replace(self, now=moment)

    @property
    def local_now(self) -> datetime:
        """The wall-clock time, without a zone."""
        return self.now.astimezone(self.zone).replace(tzinfo=None)

    @property
    def today(self) -> date:
        return self.local_now.date()

    @property
    def week_end(self) -> date:
        """The last day of this week."""
        return self.today + timedelta(days=6 - (self.today.weekday() - self.week_start) % 7)

    def is_over(self, deadline: Deadline) -> bool:
        return deadline.ends_at(self.zone) <= self.now

    def section(self, deadline: Deadline | None) -> Section:
        """Return the section of an open todo with this deadline."""
        if deadline is None:
            return Section.NONE
        if self.is_over(deadline):
            return Section.OVERDUE
        day = deadline.on_clock(self.zone).date()
        if day <= self.today:
            return Section.TODAY
        return Section.WEEK if day <= self.week_end else Section.LATER

    def sort_into_sections(self, todos: Iterable[tuple[int, Deadline | None, int]]) -> dict[Section, list[int]]:
        """Return the ids of open todos by section, ordered by deadline and then by priority in each."""
        sections: dict[Section, list[tuple[datetime, int, int]]] = {section: [] for section in Section}
        for pk, deadline, priority in todos:
            due = deadline.ends_at(self.zone) if deadline else self.now
            sections[self.section(deadline)].append((due, rank(priority), pk))
        return {section: [pk for *_, pk in sorted(due)] for section, due in sections.items()}
