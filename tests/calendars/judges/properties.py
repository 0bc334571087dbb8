"""Which properties and parts each component of our files has: what a client needs, and no more."""

from .values import (
    BARE_UUID,
    CHANGE_OF_A_YEAR,
    COMPLETION_RULE,
    LOCAL,
    LOCALS,
    MOMENT_OR_DAY,
    OFFSET,
    PARENT,
    PUBLISHED_TTL,
    RECURRENCE,
    REFRESH_INTERVAL,
    SPAN,
    TEXT,
    TEXT_LIST,
    TRIGGER,
    UTC,
    WHOLE_NUMBER,
    ZONE_NAME,
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
    "RRULE": (RECURRENCE, OPTIONAL),
    "X-TASKOVERFLOW-REPEAT-FROM-COMPLETION": (COMPLETION_RULE, OPTIONAL),
    "RECURRENCE-ID": (MOMENT_OR_DAY, OPTIONAL),
}
_OF_AN_OBSERVANCE = {
    "DTSTART": (LOCAL, REQUIRED),
    "TZOFFSETFROM": (OFFSET, REQUIRED),
    "TZOFFSETTO": (OFFSET, REQUIRED),
    "RRULE": (CHANGE_OF_A_YEAR, OPTIONAL),
    "RDATE": (LOCALS, OPTIONAL),
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
        "DURATION": (SPAN, OPTIONAL),
        "STATUS": (exactly("CONFIRMED"), OPTIONAL),
        "TRANSP": (exactly("TRANSPARENT"), REQUIRED),
    },
    "VTODO": _OF_A_TODO
    | {
        "DTSTART": (MOMENT_OR_DAY, OPTIONAL),
        "DUE": (MOMENT_OR_DAY, REQUIRED),
        "STATUS": (exactly("NEEDS-ACTION", "COMPLETED"), REQUIRED),
        "COMPLETED": (UTC, OPTIONAL),
    },
    "VALARM": {
        "ACTION": (exactly("DISPLAY"), REQUIRED),
        "DESCRIPTION": (TEXT, REQUIRED),
        "TRIGGER": (TRIGGER, REQUIRED),
    },
    "VTIMEZONE": {"TZID": (ZONE_NAME, REQUIRED)},
    "STANDARD": _OF_AN_OBSERVANCE,
    "DAYLIGHT": _OF_AN_OBSERVANCE,
}

PARTS = {
    "VCALENDAR": {"VEVENT", "VTODO", "VTIMEZONE"},
    "VEVENT": {"VALARM"},
    "VTODO": {"VALARM"},
    "VTIMEZONE": {"STANDARD", "DAYLIGHT"},
    "VALARM": set(),
    "STANDARD": set(),
    "DAYLIGHT": set(),
}
