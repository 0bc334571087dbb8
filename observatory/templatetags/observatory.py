"""Template filters of the machine's page."""

from datetime import UTC, datetime

from django import template

register = template.Library()


@register.filter
def seconds(count: float) -> str:
    """Return a duration in words, without its sign: ``0.4 s``, ``12 s``, ``3 min``, ``2 h``."""
    count = abs(count)
    if count < 10:
        return f"{count:.1f} s"
    if count < 120:
        return f"{count:.0f} s"
    return f"{count / 60:.0f} min" if count < 7200 else f"{count / 3600:.0f} h"


@register.filter
def at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
