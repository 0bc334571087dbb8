"""Which properties and parts each component of our files has: what a client needs, and no more."""

from .values import (
    BARE_UUID,
    MOMENT_OR_DAY,
    PARENT,
    PUBLISHED_TTL,
    REFRESH_INTERVAL,
    TEXT,
    TEXT_LIST,
    TRIGGER,
    UTC,
    WHOLE_NUMBER,
    exactly,
)

# Of each property the rule for its value, and whether it must be there. None may stand twice.
REQUIRED, OPTIONAL = True, False

_OF_A_TODO = {
    "UID": (BARE_UUID, REQUIRED),
    "DTSTAMP": (UTC, REQUIRED),
    "LAST-MODIFIED": (UTC, REQUIRED),
    "SEQUENCE": (WHOLE_NUMBER, REQUIRED),
    "SUMMARY": (TEXT, REQUIRED),
    "DESCRIPTION": (TEXT, OPTIONAL),
    "PRIORITY": (exactly("1", "5", "9"), OPTIONAL),
    "CATEGORIES": (TEXT_LIST, OPTIONAL),
    "RELATED-TO": (PARENT, OPTIONAL),
}

PROPERTIES = {
    "VCALENDAR": {
        "VERSION": (exactly("2.0"), REQUIRED),
        "PRODID": (TEXT, REQUIRED),
        "NAME": (TEXT, OPTIONAL),
        "X-WR-CALNAME": (TEXT, OPTIONAL),
        "REFRESH-INTERVAL": (REFRESH_INTERVAL, OPTIONAL),
        "X-PUBLISHED-TTL": (PUBLISHED_TTL, OPTIONAL),
    },
    "VEVENT": _OF_A_TODO
    | {
        "DTSTART": (MOMENT_OR_DAY, REQUIRED),
        "DTEND": (MOMENT_OR_DAY, OPTIONAL),
        "STATUS": (exactly("CONFIRMED"), OPTIONAL),
        "TRANSP": (exactly("TRANSPARENT"), REQUIRED),
    },
    "VTODO": _OF_A_TODO
    | {
        "DUE": (MOMENT_OR_DAY, REQUIRED),
        "STATUS": (exactly("NEEDS-ACTION", "COMPLETED"), REQUIRED),
        "COMPLETED": (UTC, OPTIONAL),
    },
    "VALARM": {
        "ACTION": (exactly("DISPLAY"), REQUIRED),
        "DESCRIPTION": (TEXT, REQUIRED),
        "TRIGGER": (TRIGGER, REQUIRED),
    },
    # An empty calendar has a component all the same: a time zone that nothing refers to.
    "VTIMEZONE": {"TZID": (exactly("UTC"), REQUIRED)},
    "STANDARD": {
        "DTSTART": (MOMENT_OR_DAY, REQUIRED),
        "TZOFFSETFROM": (exactly("+0000"), REQUIRED),
        "TZOFFSETTO": (exactly("+0000"), REQUIRED),
    },
}

PARTS = {
    "VCALENDAR": {"VEVENT", "VTODO", "VTIMEZONE"},
    "VEVENT": {"VALARM"},
    "VTODO": {"VALARM"},
    "VTIMEZONE": {"STANDARD"},
    "VALARM": set(),
    "STANDARD": set(),
}
