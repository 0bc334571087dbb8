"""Bringing a calendar up to date for a client that waits for it.

A request for a feed whose file is behind builds the file itself, under the calendar's lease, so that it is built once
however many requests there are: the others wait for that build. What takes too long for a request is left to a worker.

A request that waits holds a thread of the web server, so only a few may wait; others are told to come back.
"""

import time

from calendars.builds.build import Outcome, build_calendar, load_calendar, shows
from calendars.builds.dispatch import make_due
from calendars.builds.sweeper import living_workers
from calendars.models import Calendar
from web.admission import Busy, Slots

WAIT_SECONDS = 10
POLL_SECONDS = 0.03
# About half a second of rendering. A request starts no build unless it has twice that time left.
MAX_TODOS_IN_A_REQUEST = 10_000
BUILD_SECONDS = 1
# Of the eight threads of a process.
MAX_WAITING = 2

waiting = Slots(MAX_WAITING)


class NotReady(Exception):
    """The file is still being built."""


class BuildFailed(Exception):
    """The file could not be built."""


def refresh_calendar(calendar: Calendar) -> Calendar:
    """Return the calendar once its file shows its list as it was when ``calendar`` was loaded.

    Raises NotReady after WAIT_SECONDS, or at once if MAX_WAITING requests are waiting already; BuildFailed; and
    Calendar.DoesNotExist if it is deleted meanwhile.
    """
    wanted = calendar.list.revision
    if not shows(calendar, wanted) and _is_free(calendar) and not _takes_long(calendar):
        calendar = _build(calendar)
    if shows(calendar, wanted):
        return calendar
    try:
        with waiting.taken():
            return _wait(calendar, wanted)
    except Busy as error:
        raise NotReady from error


def _wait(calendar: Calendar, wanted: int) -> Calendar:
    """Wait for whoever builds it, or build it, until its file shows the list's revision ``wanted``."""
    end = time.monotonic() + WAIT_SECONDS
    is_left_to_worker = False
    while not shows(calendar, wanted):
        seconds_left = end - time.monotonic()
        if seconds_left <= 0:
            raise NotReady
        if not _is_free(calendar) or is_left_to_worker:
            time.sleep(POLL_SECONDS)
        elif is_left_to_worker := _takes_long(calendar) and living_workers() > 0:
            make_due(calendar)
        elif seconds_left < BUILD_SECONDS:
            raise NotReady
        else:
            calendar = _build(calendar)
            continue
        calendar = load_calendar(calendar.pk)
    return calendar


def _is_free(calendar: Calendar) -> bool:
    """Return whether it may be built now. Raises BuildFailed if it is too soon for the next attempt."""
    if calendar.is_backing_off:
        raise BuildFailed
    return not calendar.is_leased


def _build(calendar: Calendar) -> Calendar:
    if build_calendar(calendar.pk) == Outcome.FAILED:
        raise BuildFailed
    return load_calendar(calendar.pk)


def _takes_long(calendar: Calendar) -> bool:
    """Return whether building it takes longer than a request should."""
    since = calendar.current_revision if shows(calendar, 0) else 0
    changed = calendar.list.todos.filter(revision__gt=since)
    return changed[MAX_TODOS_IN_A_REQUEST:].exists()
