"""What of another program's texts, labels and rules a todo can have, and the notes about the rest."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext, gettext_noop, ngettext

from calendars.ical.components import UNTITLED
from calendars.ical.content_lines import cleaned
from calendars.imports.not_kept import FIRST_DATE, Note, Words
from todos.deadlines import FIRST_YEAR, LAST_YEAR, Deadline
from todos.labels import MAX_LABELS_OF_TODO, LabelError, key_of, parse_label
from todos.models import DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH
from todos.recurrence.occurrence import Occurrence
from todos.services.series import NO_DEADLINE, InvalidRule, start_series
from todos.services.subtasks import MAX_DEPTH
from web.translations import ngettext_noop

MAX_CATEGORIES = 100  # of an entry: more are not looked at
NO_SERIES = {"rule": "", "occurrence": "", "repeats_from_completion": False}
LONG_TITLE = Note(
    *ngettext_noop(
        "title is cut to %(most)s characters; its description begins with the whole one.",
        "titles are cut to %(most)s characters; their descriptions begin with the whole ones.",
    ),
    gettext_noop("The description begins with its whole title."),
    TITLE_MAX_LENGTH,
)
LONG_DESCRIPTION = Note(
    *ngettext_noop("description is cut to %(most)s characters.", "descriptions are cut to %(most)s characters."),
    gettext_noop("Its description is cut to %(most)s characters."),
    DESCRIPTION_MAX_LENGTH,
)
LIST = Note(
    *ngettext_noop(
        "todo has the name of its list as a label.",
        "todos have the names of their lists as labels.",
    ),
    gettext_noop("The name of its list is a label."),
)
SECTION = Note(
    *ngettext_noop(
        "todo has the name of its section as a label.",
        "todos have the names of their sections as labels.",
    ),
    gettext_noop("The name of its section is a label."),
)
FLAT = Note(
    *ngettext_noop(
        "todo was deeper than %(most)s levels, and is now on the last one.",
        "todos were deeper than %(most)s levels, and are now on the last one.",
    ),
    gettext_noop("It was deeper than %(most)s levels."),
    MAX_DEPTH,
)
MAX_SHOWN = 100  # characters of what is quoted


def fit_texts(title: str, paragraphs: Iterable[str], notes: Counter[Note]) -> dict[str, str | None]:
    """Return a title and a description of these paragraphs, as long as they may be."""
    title, paragraphs = " ".join(cleaned(title).split()) or UNTITLED, list(paragraphs)
    if len(title) > TITLE_MAX_LENGTH:
        paragraphs.insert(0, title)
        title = f"{title[: TITLE_MAX_LENGTH - 1].rstrip()}…"
        notes[LONG_TITLE] += 1
    description = "\n\n".join(clean for text in paragraphs if (clean := cleaned(text).strip()))
    if len(description) > DESCRIPTION_MAX_LENGTH:
        description = f"{description[: DESCRIPTION_MAX_LENGTH - 1].rstrip()}…"
        notes[LONG_DESCRIPTION] += 1
    return {"title": title, "description": description or None}


def fit_labels(texts: Sequence[str], count: int | None = None) -> tuple[tuple[str, ...], int]:
    """Return the labels that these texts become, and the number of those that cannot; of ``count``, the rest cannot.

    Labels have no commas.
    """
    names: dict[str, str] = {}
    lost = max(0, (count or len(texts)) - MAX_CATEGORIES)
    for text in texts[:MAX_CATEGORIES]:
        if not text.strip():
            continue
        try:
            name = _parse_label(text)
        except LabelError:
            lost += 1
            continue
        if len(names) < MAX_LABELS_OF_TODO:
            names.setdefault(key_of(name), name)
        elif key_of(name) not in names:
            lost += 1
    return tuple(names.values()), lost


def is_among(labels: Iterable[str], text: str) -> bool:
    """Return whether a text is one of the labels that fit_labels has returned for it and others."""
    with suppress(LabelError):
        return key_of(_parse_label(text)) in map(key_of, labels)
    return False


def _parse_label(text: str) -> str:
    return parse_label(text.replace(",", " "))


def fit_rule(
    text: str,
    due: Deadline | None,
    start: Occurrence | None,
    notes: Counter[Note],
    *,
    from_completion: bool = False,
) -> dict[str, Any]:
    """Return when a todo is due that repeats, and how; only the deadline if it cannot.

    ``start`` is what its clock shows at the deadline, or at the date from which that was moved.
    """
    try:
        if due is None or start is None:
            raise InvalidRule(NO_DEADLINE)
        rule, first = start_series(text, start, from_completion=from_completion)
    except InvalidRule as error:
        notes[without_rule(str(error))] += 1
        return NO_SERIES | {"due": due}
    if first != start:
        notes[FIRST_DATE] += 1
    return {
        "due": due if first == start else first.deadline,
        "rule": str(rule),
        "occurrence": str(first),
        "repeats_from_completion": from_completion,
    }


def not_understood(what: Words, text: str) -> Note:
    """Return the note about a text that the todo has in its description instead."""
    short = text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
    one, several = ngettext(*what, 1), ngettext(*what, 2)
    return Note(
        gettext("%(what)s was not understood, and is in the description.") % {"what": one},
        gettext("%(what)s were not understood, and are in the descriptions.") % {"what": several},
        gettext("Its %(what)s “%(text)s” was not understood, and is in the description.")
        % {"what": one, "text": short},
    )


def without_rule(reason: str) -> Note:
    words = ngettext_noop(
        "todo is imported without its rule. %(reason)s", "todos are imported without their rules. %(reason)s"
    )
    return note_of_rule(words, reason)


def note_of_rule(words: Words, reason: str) -> Note:
    beside, values = gettext("It is imported without its rule. %(reason)s"), {"reason": reason}
    return Note(ngettext(*words, 1) % values, ngettext(*words, 2) % values, beside % values)


def derived_uid(list_id: int, *parts: str) -> UUID:
    """Return the UID of an entry that has none: the same at the next import into this list."""
    return uuid5(UUID(int=list_id), json.dumps(parts))


def read_moment(text: str) -> datetime | None:
    """Return the moment that a text in ISO 8601 names, in UTC unless it says otherwise.

    None for any other text, and for a year that deadlines cannot have either.
    """
    try:
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if FIRST_YEAR <= moment.year <= LAST_YEAR else None
