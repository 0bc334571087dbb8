"""Time zones by name. Names come from anybody, so they are looked up in a set before zoneinfo sees them.

zoneinfo takes a name for a path and walks it: one with thousands of slashes costs gigabytes of memory.
"""

from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import tzdata

MAX_SEGMENTS = 3  # America/Argentina/Ushuaia


@cache
def time_zone_names() -> frozenset[str]:
    """Return the names that the tzdata package knows."""
    return frozenset(resources.files(tzdata).joinpath("zones").read_text().split())


def known_zone(name: str) -> ZoneInfo:
    """Return the zone, or UTC for one that only the system's database had when it was stored."""
    return find_time_zone(name) or ZoneInfo("UTC")


def find_time_zone(name: str) -> ZoneInfo | None:
    """Return the zone with this name, or with a name that ends it: ``/example.org/Europe/Berlin``."""
    segments = name.strip("/").rsplit("/", MAX_SEGMENTS)[-MAX_SEGMENTS:]
    for start in range(len(segments)):
        candidate = "/".join(segments[start:])
        if candidate in time_zone_names():
            return ZoneInfo(candidate)
    return None
