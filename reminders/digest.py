"""The daily summary: what is overdue and what is due today, in all lists that somebody may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext_lazy, ngettext

from todos.agenda import ZONE_MARGIN, Clock
from todos.deadlines import DeadlineKind
from todos.models import Todo, TodoList

SHOWN = 30  # of each section
COUNTED = 1_000  # the first that are due: it bounds what a summary reads


@dataclass(frozen=True)
class Digest:
    """The sections Overdue and Today: a name, the first of their todos, and how many there are."""

    sections: Sequence[tuple[str, list[Todo], int]]

    @property
    def is_empty(self) -> bool:
        return not any(total for _, _, total in self.sections)

    @property
    def counts(self) -> str:
        """How many todos there are: "1 overdue, 2 today"."""
        (_, _, overdue), (_, _, today) = self.sections
        parts = [
            ngettext("%(count)s overdue", "%(count)s overdue", overdue) % {"count": overdue} if overdue else "",
            ngettext("%(count)s today", "%(count)s today", today) % {"count": today} if today else "",
        ]
        return ", ".join(filter(None, parts))


def make_digest(user: AbstractBaseUser, zone: ZoneInfo, now: datetime) -> Digest:
    """Return what is due by ``now``, without lists that are archived.

    A day and a wall-clock time are by the clock of their list; the day of an instant is that of the reader's ``zone``.
    """
    readable = TodoList.objects.readable_by(user).filter(archived_at=None)
    lists = {todo_list.pk: todo_list for todo_list in readable}
    clocks = {pk: Clock(now, todo_list.zone) for pk, todo_list in lists.items()}
    reader = Clock(now, zone)
    due = Todo.objects.visible().completed(False).filter(list__in=lists)
    soon = due.filter(deadline__lt=now + timedelta(days=1) + ZONE_MARGIN).order_by("deadline", "pk")[:COUNTED]
    overdue, today = [], []
    for todo in sorted(soon, key=lambda todo: todo.due.ends_at(clocks[todo.list_id].zone)):
        todo.list = lists[todo.list_id]
        clock = reader if todo.due.kind == DeadlineKind.INSTANT else clocks[todo.list_id]
        if clock.is_over(todo.due):
            overdue.append(todo)
        elif todo.due.on_clock(clock.zone).date() <= clock.today:
            today.append(todo)
    return Digest(
        [
            (gettext_lazy("Overdue"), overdue[:SHOWN], len(overdue)),
            (gettext_lazy("Today"), today[:SHOWN], len(today)),
        ]
    )
