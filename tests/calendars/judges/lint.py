"""Our own judge: what every other parser lets through.

It also refuses each property that nobody asked for: a file says what the todo says, and no more.
"""

from collections import Counter

from .octets import stream_faults, unfold
from .properties import PARTS, PROPERTIES
from .tree import Component, grow
from .values import moment


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
    uids = Counter(prop.value for part in calendar.components for prop in part.all("UID"))
    faults = [f"UID {uid} stands {count} times in one file" for uid, count in uids.items() if count > 1]
    names = [part.name for part in calendar.components]
    if not names:
        faults.append("it has no component")
    if "VTIMEZONE" in names and len(names) > 1:
        faults.append("it has a time zone that nothing refers to")
    return faults


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
    if start is None or (begins := moment(start)) is None:
        return []
    if end is None:
        return ["a whole day has no DTEND"] if start.params else []
    if (end.params, end.value[-1:] == "Z") != (start.params, start.value[-1:] == "Z"):
        return ["DTEND is not of DTSTART's form"]
    ends = moment(end)
    return ["DTEND is not later than DTSTART"] if ends and ends <= begins else []


def _completed_faults(todo: Component) -> list[str]:
    done = todo.value("STATUS") == "COMPLETED"
    return [] if done == bool(todo.all("COMPLETED")) else ["STATUS and COMPLETED do not agree"]


CHECKS = {
    "VCALENDAR": [_own_faults, _calendar_faults],
    "VEVENT": [_own_faults, _stamp_faults, _alarm_faults, _end_faults],
    "VTODO": [_own_faults, _stamp_faults, _alarm_faults, _completed_faults],
}
