"""What goes into a calendar and how it looks: the same names in the API, the forms and the database."""

import json
from dataclasses import asdict, dataclass
from typing import Self

from django.db import models


class Completed(models.TextChoices):
    """Which todos are in it."""

    ALL = "all", "all"
    OPEN = "open", "those still open"
    DONE = "done", "those completed"


class Shape(models.TextChoices):
    """How a deadline looks."""

    MOMENT = "moment", "a moment"
    BEFORE = "before", "a block that ends at the deadline"
    AFTER = "after", "a block that starts at the deadline"


class Components(models.TextChoices):
    """What a todo becomes; some apps show only one of them."""

    EVENT = "event", "events"
    TODO = "todo", "tasks"
    BOTH = "both", "events and tasks"


MAX_BLOCK_MINUTES = 24 * 60
MAX_ALARM_MINUTES = 4 * 7 * 24 * 60


@dataclass(frozen=True)
class CalendarOptions:
    """The options of a calendar; the defaults are a job's, those of the contract."""

    completed: str = Completed.ALL
    mark_completed: bool = False
    shape: str = Shape.MOMENT
    block_minutes: int = 30
    components: str = Components.EVENT
    alarm_minutes: int | None = None

    @property
    def key(self) -> str:
        """The options as canonical JSON: equal options have equal keys."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_key(cls, key: str) -> Self:
        return cls(**json.loads(key))
