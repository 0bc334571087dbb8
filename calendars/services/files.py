"""The bytes of calendar files, in the two forms in which they are sent."""

import gzip

from calendars.models import Calendar, CalendarFile

GZIP_LEVEL = 6


def read_current_file(calendar_id: int, *, as_gzip: bool) -> CalendarFile:
    """Return the calendar's current file with its body, or with its gzip form, loaded: one query.

    What is current cannot be deleted between that query and an earlier one. Raises CalendarFile.DoesNotExist.
    """
    unwanted = "body" if as_gzip else "gzip_body"
    current = Calendar.objects.filter(pk=calendar_id).values("current_file")
    file = CalendarFile.objects.defer(unwanted).get(pk__in=current)
    if as_gzip and file.gzip_body is None:
        _compress(file)
    return file


def _compress(file: CalendarFile) -> None:
    """Make the gzip form, once, when it is first asked for. No time of making: the same body, the same bytes."""
    file.gzip_body = gzip.compress(bytes(file.body), GZIP_LEVEL, mtime=0)
    CalendarFile.objects.filter(pk=file.pk, gzip_body=None).update(gzip_body=file.gzip_body)
