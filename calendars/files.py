"""The bytes of calendar files, in the two forms that are sent. A server process keeps what it sent last."""

import gzip

from calendars.models import Calendar, CalendarFile
from web.response_cache import KeptBodies

GZIP_LEVEL = 6
# A file is immutable, and so is its gzip form: there is one version of each.
VERSION = 0

kept_files = KeptBodies(most_bytes=32 * 1024 * 1024)


def read_body(file: CalendarFile, *, as_gzip: bool = False) -> bytes:
    """Return the file's bytes or their gzip form. Raises CalendarFile.DoesNotExist if it was deleted meanwhile."""
    key = file.pk, file.digest, as_gzip
    body = kept_files.get(key, VERSION)
    if body is None:
        if as_gzip and file.gzip_body is None:
            _compress(file)
        body = bytes(file.gzip_body) if as_gzip else file.body
        kept_files.put(key, VERSION, body)
    return body


def read_current_body(calendar: Calendar, *, as_gzip: bool) -> tuple[CalendarFile, bytes]:
    """Return the calendar's current file and its bytes, by one query at most.

    What is current cannot be deleted between that query and an earlier one. Raises CalendarFile.DoesNotExist.
    """
    file = calendar.current_file
    if kept_files.get((file.pk, file.digest, as_gzip), VERSION) is None:
        unwanted = "body" if as_gzip else "gzip_body"
        current = Calendar.objects.filter(pk=calendar.pk).values("current_file")
        file = CalendarFile.objects.defer(unwanted).get(pk__in=current)
    return file, read_body(file, as_gzip=as_gzip)


def _compress(file: CalendarFile) -> None:
    """Make the gzip form, once, when it is first asked for. No time of making: the same body, the same bytes."""
    file.gzip_body = gzip.compress(file.body, GZIP_LEVEL, mtime=0)
    CalendarFile.objects.filter(pk=file.pk, gzip_body=None).update(gzip_body=file.gzip_body)
