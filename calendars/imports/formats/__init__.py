"""The kinds of files that can be imported. Another one is a module here, in FORMATS."""

from collections.abc import Set
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext, gettext_noop

from calendars.imports.encodings import BYTE_ORDER_MARK, without_utf_16
from calendars.imports.files import FileTooLarge, Format, ReadFile, UnreadableFile
from calendars.imports.formats import icalendar, own, ticktick, todoist
from todos.models import TodoList
from web.translations import group_digits

FORMATS: list[Format] = [icalendar.FORMAT, own.FORMAT, todoist.FORMAT, ticktick.FORMAT]
NONE_FITS = gettext_noop(
    "This is no file that can be imported: neither a calendar (.ics), nor a CSV file from Todoist or TickTick with "
    "its first lines, nor our own JSON."
)


def read_file(body: bytes, todo_list: TodoList, known: Set[UUID], media_type: str = "") -> ReadFile:
    """Return what a file says, in whatever format of this type it is. Raises UnreadableFile.

    ``known`` are the UIDs of the list.
    """
    if len(body) > settings.MAX_IMPORT_BYTES:
        sentence = gettext("The file is over %(most)s bytes.")
        raise FileTooLarge(sentence % {"most": group_digits(settings.MAX_IMPORT_BYTES)})
    body = without_utf_16(body).removeprefix(BYTE_ORDER_MARK)
    if not body.strip():
        raise UnreadableFile(gettext("The file is empty."))
    formats = [one for one in FORMATS if media_type in ("", one.media_type)]
    found = next((one for one in formats if one.recognizes(body)), None)
    if found is None and len(formats) == 1:
        found = formats[0]  # which says best what is wrong
    if found is None:
        raise UnreadableFile(gettext(NONE_FITS))
    return found.read(body, todo_list, known)
