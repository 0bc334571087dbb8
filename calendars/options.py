"""What goes into a calendar and how it looks: the same names in the API, the forms and the database."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from typing import Any, Self

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


MIN_BLOCK_MINUTES = 1
MAX_BLOCK_MINUTES = 24 * 60
MAX_ALARM_MINUTES = 4 * 7 * 24 * 60


class OptionsError(ValueError):
    """Options that there are not; ``errors`` has a sentence for each name at fault."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


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
        return _key(self)

    @classmethod
    def from_key(cls, key: str) -> Self:
        return cls(**json.loads(key))

    def changed(self, values: Mapping[str, Any]) -> Self:
        """Return these options with those in ``values`` instead: the one place where values are checked.

        Raises OptionsError.
        """
        if errors := {name: error for name, value in values.items() if (error := _error(name, value))}:
            raise OptionsError(errors)
        return replace(self, **values)


@lru_cache(maxsize=1000)  # every job asks for it, and few kinds of calendar are asked for
def _key(options: CalendarOptions) -> str:
    return json.dumps(asdict(options), sort_keys=True, separators=(",", ":"))


FEED_DEFAULTS = CalendarOptions(completed=Completed.OPEN)

_NAMES = tuple(field.name for field in fields(CalendarOptions))
_CHOICES = {"completed": Completed, "shape": Shape, "components": Components}
_RANGES = {"block_minutes": (MIN_BLOCK_MINUTES, MAX_BLOCK_MINUTES), "alarm_minutes": (0, MAX_ALARM_MINUTES)}


def _error(name: str, value: Any) -> str | None:
    """Return what is wrong with an option's value, if anything is."""
    if name not in _NAMES:
        return f"There is no such option; these are: {', '.join(_NAMES)}."
    if name in _CHOICES:
        values = _CHOICES[name].values
        return None if isinstance(value, str) and value in values else f"This must be {_either(values)}."
    if name in _RANGES:
        least, most = _RANGES[name]
        if value is None and name == "alarm_minutes":
            return None
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return None if is_number and least <= value <= most else f"This must be a number from {least} to {most}."
    return None if isinstance(value, bool) else "This must be true or false."


def _either(values: list[str]) -> str:
    return f"{', '.join(values[:-1])} or {values[-1]}"
