"""The daily summary: what is overdue and what is due today, in all lists that somebody may read."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser

from todos.models import Todo, TodoList
from todos.overview import Scope, get_overview

SHOWN = 30  # of each section


@dataclass(frozen=True)
class Digest:
    """Sections with a name, the first of their todos, and how many there are."""

    sections: Sequence[tuple[str, list[Todo], int]]

    @property
    def is_empty(self) -> bool:
        return not any(total for _, _, total in self.sections)


def make_digest(user: AbstractBaseUser) -> Digest:
    """Return what the page Today shows the user now, without lists that are archived."""
    lists = TodoList.objects.readable_by(user).filter(archived_at=None).order_by("extra_owner", "pk")
    own_default = [one for one in lists if one.is_default and one.owner_id == user.pk]
    ordered = own_default + [one for one in lists if one not in own_default]
    if not ordered:
        return Digest([])
    overview = get_overview(ordered, Scope.TODAY)
    return Digest(
        [
            ("Overdue" if day.date is None else "Today", [entry.todo for entry in day.entries[:SHOWN]], day.total)
            for day in overview.days
        ]
    )
