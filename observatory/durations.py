"""Durations in words."""

from datetime import timedelta

from django.utils.formats import number_format
from django.utils.translation import ngettext


def in_words(span: timedelta | float) -> str:
    """Return a duration, perhaps in seconds, in words: "38 ms", "0.4 s", "2 min 5 s", "3 h 4 min", "2 days"."""
    seconds = max(0.0, span.total_seconds() if isinstance(span, timedelta) else span)
    if seconds < 0.1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 9.95:
        return f"{number_format(f'{seconds:.1f}'.removesuffix('.0'))} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min {rest} s"
    if hours < 48:
        return f"{hours} h {minutes} min"
    return ngettext("%(count)s day", "%(count)s days", hours // 24) % {"count": hours // 24}
