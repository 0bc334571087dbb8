"""What each kind of value looks like in our files: see docs/calendar-files.md."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from .tree import Property


class Rule(NamedTuple):
    """What a property must be, in words that follow "is not", and whether it is."""

    wanted: str
    holds: Callable[[Property], object]


def matches(wanted: str, pattern: str, *, params: str = "") -> Rule:
    """The value matches as a whole, and the parameters are these."""
    form = re.compile(pattern, re.ASCII)
    return Rule(wanted, lambda prop: prop.params == params and form.fullmatch(prop.value))


def exactly(*values: str) -> Rule:
    return matches(" or ".join(values), "|".join(re.escape(value) for value in values))


def moment(prop: Property) -> date | None:
    """The real date or date-time that a property holds, or nothing. A date-time in UTC loses its Z here."""
    is_day = prop.params == ";VALUE=DATE"
    form, pattern = (r"\d{8}", "%Y%m%d") if is_day else (r"\d{8}T\d{6}Z?", "%Y%m%dT%H%M%S")
    if zone(prop):
        form = r"\d{8}T\d{6}"
    elif prop.params not in ("", ";VALUE=DATE"):
        return None
    if not re.fullmatch(form, prop.value, re.ASCII):
        return None
    try:
        parsed = datetime.strptime(prop.value.removesuffix("Z"), pattern)
    except ValueError:
        return None
    return parsed.date() if is_day else parsed


def zone(prop: Property) -> str:
    """The time zone that a date-time is in, by a parameter that stands alone."""
    match = re.fullmatch(r";TZID=([^;=]+)", prop.params)
    return match[1] if match else ""


def _is_bare_uuid(prop: Property) -> bool:
    try:
        return not prop.params and str(UUID(prop.value)) == prop.value
    except ValueError:
        return False


DURATION = r"P(?:\d+W|\d+D|(?:\d+D)?T(?:\d+H)?(?:\d+M)?(?:\d+S)?(?<!T))"

TEXT = matches("TEXT with its four escapes alone", r"(?:[^\\;,]|\\[\\;,nN])+")
TEXT_LIST = matches("a list of TEXT, none of it empty", r"(?:[^\\;,]|\\[\\;,])+(?:,(?:[^\\;,]|\\[\\;,])+)*")
SPAN = matches("a duration in minutes or seconds", r"PT[1-9]\d*[MS]")
ZONE_NAME = matches("the name of a time zone", r"[\w/+-]+")
OFFSET = matches("an offset from UTC", r"[+-](?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?")
LOCAL = Rule(
    "a real moment without a zone", lambda prop: not prop.params and "Z" not in prop.value and moment(prop)
)
LOCALS = Rule(
    "real moments without a zone",
    lambda prop: all(LOCAL.holds(replace(prop, value=value)) for value in prop.value.split(",")),
)
_DAYS = r"(?:-?\d\d?)?(?:MO|TU|WE|TH|FR|SA|SU)"
_NUMBERS = r"-?\d\d?(?:,-?\d\d?)*"
_FREQUENCY = r"FREQ=(?:DAILY|WEEKLY|MONTHLY|YEARLY)(?:;INTERVAL=[1-9]\d{0,2})?(?:;COUNT=[1-9]\d{0,3})?"
RECURRENCE = matches(
    "a rule that is shown",
    _FREQUENCY + r"(?:;UNTIL=\d{8}(?:T\d{6}Z?)?)?"
    rf"(?:;BYMONTH={_NUMBERS})?(?:;BYMONTHDAY={_NUMBERS})?(?:;BYDAY={_DAYS}(?:,{_DAYS})*)?(?:;BYSETPOS={_NUMBERS})?"
    r"(?:;WKST=(?:MO|TU|WE|TH|FR|SA|SU))?",
)
_CLOCK = r";VALUE=RECUR(?:;X-OCCURRENCE=\d{8}T\d{6} [\w/+-]+)?"
COMPLETION_RULE = Rule(
    "a rule that counts from completion, and says so by VALUE=RECUR",
    lambda prop: (
        re.fullmatch(_CLOCK, prop.params, re.ASCII)
        and re.fullmatch(rf"{_FREQUENCY}(?:;UNTIL=\d{{8}})?", prop.value, re.ASCII)
    ),
)
CHANGE_OF_A_YEAR = matches(
    "a change of clocks each year", rf"FREQ=YEARLY;BYMONTH=\d\d?;(?:BYMONTHDAY={_NUMBERS};)?BYDAY={_DAYS}"
)
WHOLE_NUMBER = matches("a whole number from 0 up", r"0|[1-9]\d*")
BARE_UUID = Rule("a bare UUID", _is_bare_uuid)
PARENT = Rule(
    "a bare UUID told by RELTYPE=PARENT",
    lambda prop: prop.params == ";RELTYPE=PARENT" and _is_bare_uuid(replace(prop, params="")),
)
MOMENT_OR_DAY = Rule("a real moment, nor a real day told by VALUE=DATE", moment)
UTC = Rule("a real moment in UTC", lambda prop: prop.value.endswith("Z") and moment(prop))
# RFC 7986 wants the parameter on REFRESH-INTERVAL; clients know the older X-PUBLISHED-TTL without.
REFRESH_INTERVAL = matches("a DURATION that says so", DURATION, params=";VALUE=DURATION")
PUBLISHED_TTL = matches("a duration", DURATION)
TRIGGER = Rule(
    "a time before the start or the end",
    lambda prop: prop.params in ("", ";RELATED=END") and re.fullmatch(f"-{DURATION}|PT0S", prop.value, re.ASCII),
)
