"""Todos as an iCalendar stream (RFC 5545): a pure function of todos, options and this renderer.

It knows no request and no database. The same todos under the same options give the same bytes, on every
worker and after every restart: no time of rendering, no random identifier, one order.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from calendars.ical import content_lines as lines
from calendars.ical.components import TodoRow, mark_of, render_todo
from calendars.ical.time_zones import DATA_VERSION, render_time_zone
from calendars.options import CalendarOptions
from todos.agenda import Clock

# To be raised with every change of the bytes: all files are then made anew. A file with time zones has a version that
# names their data, too (`version`).
RENDERER_VERSION = 6
PRODID = "-//Taskoverflow Calendar//mxm.dk//"
# How often an app may look again: a poll that finds nothing new costs next to nothing.
REFRESH = "PT15M"
NO_TIME = datetime.min.replace(tzinfo=UTC)  # no filter of a calendar asks for it
NOT_RENDERED = "This cannot be written into a calendar:"

TAIL = b"END:VCALENDAR\r\n"
# RFC 5545 wants at least one component (3.6). Without any, some apps call the file broken, so that a calendar
# with nothing in it holds a time zone, which shows nowhere.
NOTHING = (
    b"BEGIN:VTIMEZONE\r\nTZID:UTC\r\n"
    b"BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\nEND:STANDARD\r\n"
    b"END:VTIMEZONE\r\n"
)

# A task begins when it is due, though one that repeats has a DTSTART before it.
_BEGINNINGS = re.compile(rb"\r\n(?:DTSTART|DUE)(?:;VALUE=DATE|;TZID=[^:]++)?:(\d{8}(?:T\d{6})?+)(?!Z?\r\nDUE[:;])")
_ZONED = re.compile(rb"\r\n[A-Z-]++;TZID=([^:]++):(\d{4})")


@dataclass(frozen=True)
class RenderedCalendar:
    """A calendar's bytes, how many todos they show, and those that could not be rendered, with the reason.

    ``version`` is the renderer's, and ``fresh`` says how many todos were rendered, rather than taken from the file
    before.
    ``first_deadline`` and ``last_deadline`` say when the first and the last of them begin, wall clocks as if
    they were UTC.
    """

    body: bytes
    version: int
    events: int
    fresh: int
    skipped: list[dict]
    first_deadline: datetime | None
    last_deadline: datetime | None


def render_calendar(
    name: str,
    todos: Iterable[TodoRow],
    options: CalendarOptions,
    *,
    zone: ZoneInfo = ZoneInfo("UTC"),  # noqa: B008 - it never changes
    previous: bytes = b"",
    skipped: Iterable[dict] = (),
) -> RenderedCalendar:
    """Render the todos, in the order of their UIDs. One that cannot be rendered is skipped, with the reason.

    ``zone`` is the list's: the filter among the options names days.

    With a ``previous`` file of the same renderer and options, and what was skipped there, the todos need only
    be those that have changed since, deleted ones included: everything else is taken from it as it stands.
    """
    entries, left_out = {}, {entry["uid"]: entry for entry in skipped}
    query, clock = options.query, Clock(NO_TIME, zone)
    for todo in todos:
        uid = str(todo.uid)
        left_out.pop(uid, None)
        try:
            # One that the filter finds no longer is removed from the file, like a deleted one.
            is_found = not query or todo.deleted_at or query.holds(todo, clock)
            entries[uid] = render_todo(todo, options) if is_found else b""
        except Exception as error:  # whatever is wrong with one todo, the others are served
            entries[uid] = b""
            left_out[uid] = {"uid": uid, "title": todo.title, "reason": f"{NOT_RENDERED} {error}."}
    mark = mark_of(options)
    pieces = splice(previous, entries, mark=mark, tail=TAIL)
    head = _head(name)
    body = b"".join([head, *(pieces if any(pieces) else [NOTHING]), TAIL])
    beginnings = _BEGINNINGS.findall(body) if any(pieces) else []
    zones = _time_zones(body)
    return RenderedCalendar(
        body=b"".join([head, zones, memoryview(body)[len(head) :]]) if zones else body,
        version=version(has_time_zones=bool(zones)),
        events=body.count(mark),
        fresh=sum(map(bool, entries.values())),
        skipped=[left_out[uid] for uid in sorted(left_out)],
        first_deadline=_parsed(min(beginnings, default=None)),
        last_deadline=_parsed(max(beginnings, default=None)),
    )


def version(*, has_time_zones: bool) -> int:
    """Return the version of files made now: 6, or 202606006 with the time zones of tzdata 2026.6."""
    if not has_time_zones:
        return RENDERER_VERSION
    year, release = DATA_VERSION.split(".")[:2]
    return (int(year) * 100 + int(release)) * 1000 + RENDERER_VERSION


def is_current(of_a_file: int) -> bool:
    """Return whether a file of this version has the bytes that would be made now."""
    return of_a_file in (version(has_time_zones=False), version(has_time_zones=True))


def rename(body: bytes, name: str) -> bytes:
    """Return the file as it would be if its calendar had this name: with another head."""
    return _head(name) + body[body.index(b"\r\nBEGIN:") + 2 :]


def _head(name: str) -> bytes:
    head = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODID}",
        *lines.text("NAME", lines.cleaned(name)),
        *lines.text("X-WR-CALNAME", lines.cleaned(name)),  # the same for older apps
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
    ]
    return lines.stream(head)


def _time_zones(body: bytes) -> bytes:
    """Return the definitions of the time zones that the entries name, from the first year in which each is needed."""
    years: dict[bytes, bytes] = {}
    if b";TZID=" in body:  # few have any, and this takes no time
        for name, year in _ZONED.findall(body):
            years[name] = min(year, years.get(name, year))
    return b"".join(render_time_zone(name.decode(), int(years[name])) for name in sorted(years))


def _parsed(value: bytes | None) -> datetime | None:
    return value and datetime.fromisoformat(value.decode()).replace(tzinfo=UTC)


# --- Changing some entries of a file without reading the others ---
#
# An entry is what one todo became. It begins with a mark, which ends in ``UID:``, and its UID; no text of a todo can
# look like that, since a folded line begins with a space. Entries are in the order of their UIDs: one is found by
# bisection, and everything between two changes is copied as it is.

UID_LENGTH = 36  # a UUID with its hyphens


def splice(body: bytes, changes: Mapping[str, bytes], *, mark: bytes, tail: bytes) -> list[bytes | memoryview]:
    """Return the entries of ``body``, in pieces to be joined, with those of the UIDs in ``changes`` replaced.

    An empty value deletes the entry. A UID that the file does not have is inserted.
    """
    start = body.find(mark)
    if start < 0:
        return [changes[uid] for uid in sorted(changes)]
    end = len(body) - len(tail)
    view, pieces = memoryview(body), []
    for uid in sorted(changes):
        found = _bisect(body, uid.encode(), mark, start, end)
        pieces += [view[start:found], changes[uid]]
        start = found if _uid_at(body, found, mark) != uid.encode() else _next(body, found + 1, mark, end)
    pieces.append(view[start:end])
    return pieces


def _bisect(body: bytes, uid: bytes, mark: bytes, low: int, high: int) -> int:
    """Return where the first entry whose UID is not less than ``uid`` begins; ``high`` if there is none."""
    end = high
    while low < high:  # entries before low are less; one that begins at high or later is not
        middle = _next(body, (low + high) // 2, mark, high)
        if middle == high or _uid_at(body, middle, mark) >= uid:
            high = (low + high) // 2
        else:
            low = _next(body, middle + 1, mark, end)
    return _next(body, low, mark, end)


def _next(body: bytes, position: int, mark: bytes, end: int) -> int:
    """Return where the first entry at ``position`` or later, but before ``end``, begins; else ``end``."""
    found = body.find(mark, position, end + len(mark) - 1)
    return end if found < 0 else found


def _uid_at(body: bytes, entry: int, mark: bytes) -> bytes:
    begin = entry + len(mark)
    return body[begin : begin + UID_LENGTH]
