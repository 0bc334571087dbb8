"""Our own judge: what every other parser lets through.

It also refuses each property that nobody asked for: a file says what the todo says, and no more.
"""

from collections import Counter
from datetime import datetime

from dateutil.rrule import rrulestr

from .octets import stream_faults, unfold
from .properties import PARTS, PROPERTIES
from .tree import Component, Property, grow
from .values import moment, zone


def lint(body: bytes) -> list[str]:
    """Everything that is wrong with a calendar file, one sentence each; none for a good one."""
    top, faults = grow(unfold(body))
    faults = stream_faults(body) + faults
    if [component.name for component in top] != ["VCALENDAR"]:
        faults.append("The stream is not exactly one VCALENDAR.")
    for calendar in top:
        for component in calendar.walk():
            faults += [f"{component.name} of line {component.line}: {fault}." for fault in _faults(component)]
    return faults


def _faults(component: Component) -> list[str]:
    if component.name not in PROPERTIES:
        return ["nobody asked for this component"]
    checks = CHECKS.get(component.name, [_own_faults])
    return [fault for faults_of in checks for fault in faults_of(component)]


def _own_faults(component: Component) -> list[str]:
    """Parts, properties, their number and their values: what can be told of any component by itself."""
    parts, rules = PARTS[component.name], PROPERTIES[component.name]
    faults = [f"{part.name} has no place in it" for part in component.components if part.name not in parts]
    for prop in component.properties:
        if prop.name not in rules:
            faults.append(f"nobody asked for {prop.name}")
        elif not (rule := rules[prop.name][0]).holds(prop):
            faults.append(f"{prop.name}{prop.params}:{prop.value} is not {rule.wanted}")
    for name, (_, required) in rules.items():
        count = len(component.all(name))
        if count > 1 or (required and not count):
            faults.append(f"{name} stands {count} times")
    return faults


def _calendar_faults(calendar: Component) -> list[str]:
    uids = Counter(
        prop.value for part in calendar.components if not part.all("RECURRENCE-ID") for prop in part.all("UID")
    )
    faults = [f"UID {uid} stands {count} times in one file" for uid, count in uids.items() if count > 1]
    if not calendar.components:
        faults.append("it has no component")
    for before, part in zip([None, *calendar.components], calendar.components, strict=False):
        if (one := part.one("RECURRENCE-ID")) and not _is_series_of(before, part, one):
            faults.append(f"RECURRENCE-ID of line {one.line} does not follow its series")
    return faults + _zone_faults(calendar)


def _is_series_of(series: Component | None, part: Component, recurrence_id: Property) -> bool:
    """A date that differs comes right after its series, and names a date in the form of its DTSTART."""
    if series is None or (series.name, series.value("UID")) != (part.name, part.value("UID")):
        return False
    start = series.one("DTSTART")
    return bool(series.all("RRULE") and start) and (start.params, start.value) == (
        recurrence_id.params,
        recurrence_id.value,
    )


def _zone_faults(calendar: Component) -> list[str]:
    """Each time zone is defined once, before it is used. An empty calendar has one that nothing refers to."""
    zones = [part for part in calendar.components if part.name == "VTIMEZONE"]
    names = [part.value("TZID") for part in zones]
    if zones and len(zones) == len(calendar.components):
        empty = [
            ("TZID", "UTC"),
            ("DTSTART", "19700101T000000"),
            ("TZOFFSETFROM", "+0000"),
            ("TZOFFSETTO", "+0000"),
        ]
        found = [(prop.name, prop.value) for part in zones for inner in part.walk() for prop in inner.properties]
        return [] if found == empty else ["it has a time zone that nothing refers to"]
    used = {zone(prop) for part in calendar.components for prop in part.properties} - {""}
    faults = [f"the time zone {name} is not defined" for name in used - set(names)]
    if set(names) - used or len(names) > len(set(names)):
        faults.append("it has a time zone that nothing refers to")
    if zones != calendar.components[: len(zones)]:
        faults.append("a time zone comes after what refers to it")
    return faults


def _observance_faults(time_zone: Component) -> list[str]:
    faults = [] if time_zone.components else ["it says nothing"]
    if any(part.all("RRULE") and part.all("RDATE") for part in time_zone.components):
        faults.append("clocks change by a rule and a list")
    return faults


def _series_faults(component: Component) -> list[str]:
    """What repeats has a start that its rule names, and goes on after it; UNTIL has the form of the start."""
    rule, start = component.one("RRULE"), component.one("DTSTART")
    if rule is None:
        is_zoned = any(zone(prop) for prop in component.properties if prop.name != "RECURRENCE-ID")
        faults = ["it does not repeat, and has a time zone"] if is_zoned else []
        if component.all("DURATION") or (component.name == "VTODO" and start):
            faults.append("it does not repeat, and has what only a series needs")
        return faults
    faults = ["it repeats, and differs from a series"] if component.all("RECURRENCE-ID") else []
    if start is None or (begins := moment(start)) is None:
        return [*faults, "it repeats from no start"]
    parts = dict(part.split("=") for part in rule.value.split(";"))
    until = parts.pop("UNTIL", "")
    form = (start.params == ";VALUE=DATE", bool(zone(start)) or start.value[-1:] == "Z")
    if until and form != ("T" not in until, until[-1:] == "Z"):
        faults.append("UNTIL is not of DTSTART's form")
    if (until and "COUNT" in parts) or parts.get("COUNT") == "1":
        faults.append("the rule ends twice, or at once")
    first = datetime(begins.year, begins.month, begins.day)
    rule = rrulestr(";".join(f"{name}={value}" for name, value in parts.items() if name != "COUNT"), dtstart=first)
    # dateutil #1398: it applies BYSETPOS to what is left of the first week.
    is_misread = parts["FREQ"] == "WEEKLY" and "BYSETPOS" in parts
    if next(iter(rule)) != first and not is_misread:
        faults.append("DTSTART is not a day of the rule")
    return faults


def _due_faults(todo: Component) -> list[str]:
    """DUE has DTSTART's own form and is not earlier; but for a day and midnight, it is later."""
    start, due = todo.one("DTSTART"), todo.one("DUE")
    if start is None or due is None or (begins := moment(start)) is None or (ends := moment(due)) is None:
        return []
    if (start.params, start.value[-1:] == "Z") != (due.params, due.value[-1:] == "Z"):
        return ["DUE is not of DTSTART's form"]
    return ["DUE is earlier than DTSTART"] if ends < begins else []


def _stamp_faults(component: Component) -> list[str]:
    if component.value("DTSTAMP") != component.value("LAST-MODIFIED"):
        return ["DTSTAMP is not the moment of the last change"]
    return []


def _alarm_faults(component: Component) -> list[str]:
    """An alarm counts from the start unless it says otherwise, and a VTODO of ours has an end (DUE) alone."""
    faults = ["it has more than one reminder"] if len(component.components) > 1 else []
    for trigger in (prop for alarm in component.components for prop in alarm.all("TRIGGER")):
        if (trigger.params == ";RELATED=END") != (component.name == "VTODO"):
            faults.append("a reminder counts from a moment that is not there")
    return faults


def _end_faults(event: Component) -> list[str]:
    """DTEND has DTSTART's own form and is later. A day has one: some clients make nothing of it without."""
    start, end = event.one("DTSTART"), event.one("DTEND")
    if end and event.all("DURATION"):
        return ["it ends twice"]
    if start is None or (begins := moment(start)) is None:
        return []
    if end is None:
        return ["a whole day has no DTEND"] if start.params == ";VALUE=DATE" else []
    if (end.params, end.value[-1:] == "Z") != (start.params, start.value[-1:] == "Z"):
        return ["DTEND is not of DTSTART's form"]
    ends = moment(end)
    return ["DTEND is not later than DTSTART"] if ends and ends <= begins else []


def _completed_faults(todo: Component) -> list[str]:
    done = todo.value("STATUS") == "COMPLETED"
    return [] if done == bool(todo.all("COMPLETED")) else ["STATUS and COMPLETED do not agree"]


CHECKS = {
    "VCALENDAR": [_own_faults, _calendar_faults],
    "VEVENT": [_own_faults, _stamp_faults, _alarm_faults, _end_faults, _series_faults],
    "VTODO": [_own_faults, _stamp_faults, _alarm_faults, _completed_faults, _series_faults, _due_faults],
    "VTIMEZONE": [_own_faults, _observance_faults],
}
