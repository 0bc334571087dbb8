"""Bringing a calendar up to date for a client that waits for it.

A request for a feed whose file is behind builds the file itself, under the calendar's lease, so that it is built once
however many requests there are: the others wait for that build. What takes too long for a request is left to a worker.
"""

import time

from calendars.builds.build import Outcome, build_calendar, load_calendar, shows
from calendars.builds.dispatch import make_due
from calendars.builds.sweeper import living_workers
from calendars.models import Calendar

WAIT_SECONDS = 10
POLL_SECONDS = 0.03
# About half a second of rendering. A request starts no build unless it has twice that time left.
MAX_TODOS_IN_A_REQUEST = 10_000
BUILD_SECONDS = 1


class NotReady(Exception):
    """The file is still being built."""


class BuildFailed(Exception):
    """The file could not be built."""


def refresh_calendar(calendar: Calendar) -> Calendar:
    """Return the calendar once its file shows its list as it was when ``calendar`` was loaded.

    Raises NotReady after WAIT_SECONDS, BuildFailed, and Calendar.DoesNotExist if it is deleted meanwhile.
    """
    wanted = calendar.list.revision
    end = time.monotonic() + WAIT_SECONDS
    is_left_to_worker = False
    while not shows(calendar, wanted):
        seconds_left = end - time.monotonic()
        if seconds_left <= 0:
            raise NotReady
        if calendar.is_backing_off:
            raise BuildFailed
        if calendar.is_leased or is_left_to_worker:
            time.sleep(POLL_SECONDS)
        elif is_left_to_worker := _takes_long(calendar) and living_workers() > 0:
            make_due(calendar)
        elif seconds_left < BUILD_SECONDS:
            raise NotReady
        elif build_calendar(calendar.pk) == Outcome.FAILED:
            raise BuildFailed
        calendar = load_calendar(calendar.pk)
    return calendar


def _takes_long(calendar: Calendar) -> bool:
    """Return whether building it takes longer than a request should."""
    since = calendar.current_revision if shows(calendar, 0) else 0
    changed = calendar.list.todos.filter(revision__gt=since)
    return changed[MAX_TODOS_IN_A_REQUEST:].exists()
