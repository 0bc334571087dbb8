"""Time zones by name. Names come from anybody, so they are looked up in a set before zoneinfo sees them.

zoneinfo takes a name for a path and walks it: one with thousands of slashes costs gigabytes of memory.
"""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

MAX_SEGMENTS = 3  # America/Argentina/Ushuaia


@cache
def time_zone_names() -> frozenset[str]:
    """Return the names that the tzdata package knows."""
    return frozenset(available_timezones())


def find_time_zone(name: str) -> ZoneInfo | None:
    """Return the zone with this name, or with a name that ends it: ``/example.org/Europe/Berlin``."""
    segments = name.strip("/").rsplit("/", MAX_SEGMENTS)[-MAX_SEGMENTS:]
    for start in range(len(segments)):
        candidate = "/".join(segments[start:])
        if candidate in time_zone_names():
            return ZoneInfo(candidate)
    return None
