"""How times of day are written. Like Django's active language: what is being written has the active format."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, time

from django.db import models


class TimeFormat(models.TextChoices):
    """How pages write times of day."""

    HOURS_24 = "24", "14:30"
    HOURS_12 = "12", "2:30 pm"


_time_format: ContextVar[str] = ContextVar("time_format", default=TimeFormat.HOURS_24)


@contextmanager
def time_format(value: str) -> Iterator[None]:
    """Write times in this format."""
    before = _time_format.set(value)
    try:
        yield
    finally:
        _time_format.reset(before)


def write_time(value: time | datetime, *, seconds: bool = False) -> str:
    """Return the time of day in the active format, "14:30" or "2:30 pm", with its seconds if there are any."""
    rest = f"{value:%M:%S}" if seconds and value.second else f"{value:%M}"
    if _time_format.get() == TimeFormat.HOURS_24:
        return f"{value:%H}:{rest}"
    return f"{value.hour % 12 or 12}:{rest} {'am' if value.hour < 12 else 'pm'}"
