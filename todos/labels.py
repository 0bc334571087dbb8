"""Labels: which names they may have, and the text in which a todo keeps them."""

import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext as _

NAME_MAX_LENGTH = 50
MAX_LABELS_OF_TODO = 20
MAX_LABELS = 500  # of an owner
MAX_LABELS_BY_MEMBERS = 400  # from here on, only the owner of a shared list adds labels
# NFC and case folding may each make three characters of one, at the most.
KEY_MAX_LENGTH = NAME_MAX_LENGTH * 9

# Control characters, and halves of a character, which no database takes.
_REFUSED_CATEGORIES = {"Cc", "Cs"}


class LabelError(ValueError):
    """The message is a sentence for whoever named the label."""


def key_of(name: str) -> str:
    """Return what makes two names one label: upper and lower case do not count, nor how an accent is written."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def parse_label(text: str) -> str:
    """Return the name of a label, with single spaces. Raises LabelError.

    Spaces are part of names, because those of other programs have them. Commas stand between names in forms, in the
    API's filter and in the database.
    """
    name = " ".join(text.split())
    if not name:
        raise LabelError(_("A label needs a name."))
    if len(name) > NAME_MAX_LENGTH:
        raise LabelError(_("A label can have at most %(count)d characters.") % {"count": NAME_MAX_LENGTH})
    if any(char == "," or unicodedata.category(char) in _REFUSED_CATEGORIES for char in name):
        raise LabelError(_("A label cannot contain commas or control characters."))
    return name


def parse_labels(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the labels of a todo: each once, as it is first spelled, in the order given. Raises LabelError."""
    names: dict[str, str] = {}
    for text in texts:
        name = parse_label(text)
        names.setdefault(key_of(name), name)
        if len(names) > MAX_LABELS_OF_TODO:
            raise LabelError(_("A todo can have at most %(count)d labels.") % {"count": MAX_LABELS_OF_TODO})
    return tuple(names.values())


def join_labels(names: Iterable[str]) -> str:
    """Return the names as a todo keeps them: a comma before and after each, so that SQL finds one as a whole."""
    text = ",".join(names)
    return f",{text}," if text else ""


def split_labels(text: str) -> list[str]:
    return text[1:-1].split(",") if text else []
