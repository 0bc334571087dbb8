"""What an import does not keep: the properties and components of other programs that a todo has no field for."""

from collections import Counter
from typing import NamedTuple

from django.utils.translation import gettext, gettext_noop, ngettext

from web.translations import group_digits, ngettext_noop

_REMINDER = ngettext_noop("reminder", "reminders")
# What a person calls each of them: one, and several.
WORDS = {
    "VALARM": _REMINDER,
    "AALARM": _REMINDER,
    "DALARM": _REMINDER,
    "MALARM": _REMINDER,
    "PALARM": _REMINDER,
    "CATEGORIES": ngettext_noop("category", "categories"),
    "ATTENDEE": ngettext_noop("attendee", "attendees"),
    "ORGANIZER": ngettext_noop("organizer", "organizers"),
    "LOCATION": ngettext_noop("location", "locations"),
    "DTSTART": ngettext_noop("start time", "start times"),
    "DTEND": ngettext_noop("end time", "end times"),
    "PRIORITY": ngettext_noop("priority", "priorities"),
    "PERCENT-COMPLETE": ngettext_noop("percentage", "percentages"),
    "URL": ngettext_noop("link", "links"),
    "CONFERENCE": ngettext_noop("link", "links"),
    "ATTACH": ngettext_noop("attachment", "attachments"),
    "IMAGE": ngettext_noop("attachment", "attachments"),
    "COMMENT": ngettext_noop("comment", "comments"),
    "CONTACT": ngettext_noop("contact", "contacts"),
    "CLASS": ngettext_noop("privacy setting", "privacy settings"),
    "EXDATE": ngettext_noop("cancelled date of a series", "cancelled dates of series"),
    "RDATE": ngettext_noop("extra date of a series", "extra dates of series"),
    "RECURRENCE-ID": ngettext_noop("changed date of a series", "changed dates of series"),
    "COMPLETED": ngettext_noop("completed date of a series", "completed dates of series"),
    "EXRULE": ngettext_noop("rule of exceptions", "rules of exceptions"),
    "RELATED-TO": ngettext_noop("relation to another entry", "relations to other entries"),
    "RESOURCES": ngettext_noop("resource", "resources"),
    "GEO": ngettext_noop("map position", "map positions"),
    "VJOURNAL": ngettext_noop("journal entry", "journal entries"),
    "VFREEBUSY": ngettext_noop("free/busy entry", "free/busy entries"),
}
OTHER_PROPERTY = ngettext_noop("other property", "other properties")
OTHER_COMPONENT = ngettext_noop("other component", "other components")
PAST_DATE = ngettext_noop("past date of a series", "past dates of series")

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
    """What was made of an entry: after a number of such entries, one or several, and beside a todo.

    The texts are to be translated, or are already. ``most`` is what they name so.
    """

    one: str
    several: str
    beside: str
    most: int = 0


FIRST_DATE = Note(
    *ngettext_noop(
        "entry is not on a day of its own rule: its todo is due on the first one after it.",
        "entries are not on days of their own rules: their todos are due on the first ones after them.",
    ),
    gettext_noop("It was not on a day of its rule, and is due on the first one after it."),
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
    return [{"name": ngettext(*words, count), "count": count} for words, count in known]


def in_words(counts: NotKept) -> str:
    """Return what was counted as a sentence: "Not kept: 2 links, 1 reminder."."""
    losses = ", ".join(f"{group_digits(loss['count'])} {loss['name']}" for loss in describe(counts))
    return gettext("Not kept: %(losses)s.") % {"losses": losses}


def written(text: str, most: int) -> str:
    """Return a text of a note."""
    return text % {"most": group_digits(most)} if most else text
