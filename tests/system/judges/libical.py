"""libical 3, the parser of GNOME, KDE and Cyrus, called through ctypes."""

import ctypes
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache

from tests.calendars.judges.events import Event, Rejected
from tests.system.judges.moments import read_moment

LIBRARY = "libical.so.3"

Pointer, Text, Number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int


class Time(ctypes.Structure):
    _fields_ = (
        *(
            (name, Number)
            for name in ("year", "month", "day", "hour", "minute", "second", "is_date", "is_daylight")
        ),
        ("zone", Pointer),
    )


SIGNATURES = {
    "icalparser_parse_string": (Pointer, [Text]),
    "icalrestriction_check": (Number, [Pointer]),
    "icalcomponent_count_errors": (Number, [Pointer]),
    "icalcomponent_isa": (Number, [Pointer]),
    "icalcomponent_string_to_kind": (Number, [Text]),
    "icalcomponent_kind_to_string": (Text, [Number]),
    "icalcomponent_get_first_component": (Pointer, [Pointer, Number]),
    "icalcomponent_get_next_component": (Pointer, [Pointer, Number]),
    "icalcomponent_get_first_property": (Pointer, [Pointer, Number]),
    "icalcomponent_get_next_property": (Pointer, [Pointer, Number]),
    "icalcomponent_get_uid": (Text, [Pointer]),
    "icalcomponent_get_summary": (Text, [Pointer]),
    "icalcomponent_get_description": (Text, [Pointer]),
    "icalcomponent_free": (None, [Pointer]),
    "icalproperty_string_to_kind": (Number, [Text]),
    "icalproperty_get_value_as_string": (Text, [Pointer]),
    "icalproperty_get_categories": (Text, [Pointer]),
    "icalproperty_get_parameter_as_string": (Text, [Pointer, Text]),
    "icalproperty_get_datetime_with_component": (Time, [Pointer, Pointer]),
    "icaltime_as_timet_with_zone": (ctypes.c_long, [Time, Pointer]),
}


@cache
def load() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise RuntimeError(f"{LIBRARY} is missing. Install it: apt-get install libical3") from error
    for name, (result, arguments) in SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def judge_by_libical(body: bytes) -> list[Event]:
    """Return the events in file order. libical reads C strings, which end at the first NUL."""
    lib = load()
    calendar = lib.icalparser_parse_string(body)
    if not calendar:
        raise Rejected("libical found no component.")
    try:
        if lib.icalcomponent_isa(calendar) != lib.icalcomponent_string_to_kind(b"VCALENDAR"):
            raise Rejected("libical found more than one component, or none that is a VCALENDAR.")
        if not lib.icalrestriction_check(calendar) or lib.icalcomponent_count_errors(calendar):
            raise Rejected("libical found errors, or a property too often or too seldom.")
        return [event for kind in ("VEVENT", "VTODO") for event in _events(lib, calendar, kind)]
    finally:
        lib.icalcomponent_free(calendar)


def _events(lib: ctypes.CDLL, calendar: int, kind: str) -> list[Event]:
    number, events = lib.icalcomponent_string_to_kind(kind.encode()), []
    item = lib.icalcomponent_get_first_component(calendar, number)
    while item:
        texts = [getattr(lib, f"icalcomponent_get_{name}")(item) for name in ("uid", "summary", "description")]
        when = _moment(lib, item, b"DTSTART" if kind == "VEVENT" else b"DUE")
        priority = int(_value(lib, item, b"PRIORITY") or 0)
        categories = tuple(_categories(lib, item))
        events.append(Event(kind, *map(_decoded, texts), when, priority, categories))
        item = lib.icalcomponent_get_next_component(calendar, number)
    return events


def _decoded(text: bytes | None) -> str | None:
    try:
        return text and text.decode()
    except UnicodeDecodeError as error:
        raise Rejected("What libical read is not UTF-8.") from error


def _moment(lib: ctypes.CDLL, item: int, name: bytes) -> date | None:
    prop = lib.icalcomponent_get_first_property(item, lib.icalproperty_string_to_kind(name))
    if not prop or not lib.icalproperty_get_parameter_as_string(prop, b"TZID"):
        return read_moment(value) if (value := _value(lib, item, name)) else None
    time = lib.icalproperty_get_datetime_with_component(prop, item)
    if not time.zone:
        raise Rejected("libical does not know the time zone.")
    return datetime.fromtimestamp(lib.icaltime_as_timet_with_zone(time, time.zone), UTC)


def _value(lib: ctypes.CDLL, item: int, name: bytes) -> str | None:
    prop = lib.icalcomponent_get_first_property(item, lib.icalproperty_string_to_kind(name))
    return lib.icalproperty_get_value_as_string(prop).decode() if prop else None


def _categories(lib: ctypes.CDLL, item: int) -> Iterator[str]:
    """libical makes a property of each value of a list."""
    number = lib.icalproperty_string_to_kind(b"CATEGORIES")
    prop = lib.icalcomponent_get_first_property(item, number)
    while prop:
        yield _decoded(lib.icalproperty_get_categories(prop))
        prop = lib.icalcomponent_get_next_property(item, number)
