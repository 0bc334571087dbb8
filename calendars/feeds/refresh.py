"""Bringing a calendar up to date for somebody who waits for it.

Who asks for a feed whose file is behind builds it, under the calendar's lease, so that it is built once however
many ask: the others wait for that one. What is too much for a request is left to a worker.
"""

import time

from calendars.builds.build import Outcome, build_calendar, load_calendar, shows
from calendars.builds.dispatch import make_due
from calendars.builds.sweeper import living_workers
from calendars.models import Calendar, now_ms

WAIT_SECONDS = 10
POLL_SECONDS = 0.03
# About half a second of rendering.
MAX_TODOS_IN_A_REQUEST = 10_000


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
    is_handed_over = False
    while not shows(calendar, wanted):
        if time.monotonic() >= end:
            raise NotReady
        if calendar.is_backing_off(now_ms()):
            raise BuildFailed
        if calendar.is_leased(now_ms()) or is_handed_over:
            time.sleep(POLL_SECONDS)
        elif is_handed_over := _is_for_a_worker(calendar):
            make_due(calendar)
        elif build_calendar(calendar.pk) == Outcome.FAILED:
            raise BuildFailed
        calendar = load_calendar(calendar.pk)
    return calendar


def _is_for_a_worker(calendar: Calendar) -> bool:
    """Whether building it would take long, and somebody is there who can."""
    since = calendar.current_revision if shows(calendar, 0) else 0
    changed = calendar.list.todos.filter(revision__gt=since)
    return changed[MAX_TODOS_IN_A_REQUEST:].exists() and living_workers() > 0
