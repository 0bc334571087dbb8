"""What an import does not keep: the properties and components of other programs that a todo has no field for."""

from collections import Counter
from typing import NamedTuple

_REMINDER = ("reminder", "reminders")
# What a person calls each of them: one, and several.
WORDS = {
    "VALARM": _REMINDER,
    "AALARM": _REMINDER,
    "DALARM": _REMINDER,
    "MALARM": _REMINDER,
    "PALARM": _REMINDER,
    "CATEGORIES": ("category", "categories"),
    "ATTENDEE": ("attendee", "attendees"),
    "ORGANIZER": ("organizer", "organizers"),
    "LOCATION": ("location", "locations"),
    "DTSTART": ("start time", "start times"),
    "DTEND": ("end time", "end times"),
    "PRIORITY": ("priority", "priorities"),
    "PERCENT-COMPLETE": ("percentage", "percentages"),
    "URL": ("link", "links"),
    "CONFERENCE": ("link", "links"),
    "ATTACH": ("attachment", "attachments"),
    "IMAGE": ("attachment", "attachments"),
    "COMMENT": ("comment", "comments"),
    "CONTACT": ("contact", "contacts"),
    "CLASS": ("privacy setting", "privacy settings"),
    "EXDATE": ("cancelled date of a series", "cancelled dates of series"),
    "RDATE": ("extra date of a series", "extra dates of series"),
    "RECURRENCE-ID": ("changed date of a series", "changed dates of series"),
    "COMPLETED": ("completed date of a series", "completed dates of series"),
    "EXRULE": ("rule of exceptions", "rules of exceptions"),
    "RELATED-TO": ("relation to another entry", "relations to other entries"),
    "RESOURCES": ("resource", "resources"),
    "GEO": ("map position", "map positions"),
    "VJOURNAL": ("journal entry", "journal entries"),
    "VFREEBUSY": ("free/busy entry", "free/busy entries"),
}
OTHER_PROPERTY, OTHER_COMPONENT = ("other property", "other properties"), ("other component", "other components")
PAST_DATE = ("past date of a series", "past dates of series")

# What says nothing to a person: a todo has its own.
_HOUSEKEEPING = {
    "DTSTAMP", "CREATED", "DCREATED", "LAST-MODIFIED", "SEQUENCE", "TRANSP", "TRIGGER", "PRODID", "METHOD",
}  # fmt: skip
# Values that are the same as none.
_DEFAULTS = {"CLASS": {b"PUBLIC"}, "PERCENT-COMPLETE": {b"0", b"100"}}
_LISTS = {"CATEGORIES", "RESOURCES"}

# Of these, each todo is said to have lost some.
OF_SERIES = {WORDS[name] for name in ("COMPLETED", "RECURRENCE-ID", "EXDATE", "RDATE", "EXRULE")}

Words = tuple[str, str]
NotKept = Counter[Words]


class Note(NamedTuple):
    """What was made of an entry: after a number of such entries, one or several, and beside a todo."""

    one: str
    several: str
    beside: str


FIRST_DATE = Note(
    "entry is not on a day of its own rule: its todo is due on the first one after it.",
    "entries are not on days of their own rules: their todos are due on the first ones after them.",
    "It was not on a day of its rule, and is due on the first one after it.",
)


def count_property(counts: NotKept, name: str, line: bytes) -> None:
    """Count a property that the import does not read, unless its line has no value."""
    if not name or name in _HOUSEKEEPING or not (value := line.rpartition(b":")[2].strip()):
        return
    if name in _DEFAULTS and value.upper() in _DEFAULTS[name]:
        return
    number = 1 + value.count(b",") - value.count(b"\\,") if name in _LISTS else 1
    counts[WORDS.get(name, OTHER_PROPERTY)] += number


def count_component(counts: NotKept, name: str) -> None:
    counts[WORDS.get(name, OTHER_COMPONENT)] += 1


def describe(counts: NotKept) -> list[dict[str, str | int]]:
    """Return what was counted and how often, the properties that have no name here last."""
    order = {words: place for place, words in enumerate(WORDS.values())}
    known = sorted(counts.items(), key=lambda item: order.get(item[0], len(WORDS)))
    return [{"name": words[count != 1], "count": count} for words, count in known]
