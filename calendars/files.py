"""The bytes of calendar files, plain and gzipped, with a cache of the last ones in each server process."""

import gzip

from calendars.models import Calendar, CalendarFile
from web.response_cache import ResponseCache

GZIP_LEVEL = 6
# Files are immutable, so there is one version of each.
VERSION = 0

file_cache = ResponseCache(max_bytes=32 * 1024 * 1024)


def read_body(file: CalendarFile, *, as_gzip: bool = False) -> bytes:
    """Return the file's bytes, perhaps gzipped. Raises CalendarFile.DoesNotExist if it was deleted meanwhile."""
    key = file.pk, file.digest, as_gzip
    body = file_cache.get(key, VERSION)
    if body is None:
        if as_gzip and file.gzip_body is None:
            _compress(file)
        body = bytes(file.gzip_body) if as_gzip else file.body
        file_cache.set(key, VERSION, body)
    return body


def read_current_body(calendar: Calendar, *, as_gzip: bool) -> tuple[CalendarFile, bytes]:
    """Return the calendar's current file and its bytes, by at most one query.

    The query looks up which file is current, because the one loaded earlier may have been replaced and deleted.
    Raises CalendarFile.DoesNotExist.
    """
    file = calendar.current_file
    if file_cache.get((file.pk, file.digest, as_gzip), VERSION) is None:
        unwanted = "body" if as_gzip else "gzip_body"
        current = Calendar.objects.filter(pk=calendar.pk).values("current_file")
        file = CalendarFile.objects.defer(unwanted).get(pk__in=current)
    return file, read_body(file, as_gzip=as_gzip)


def _compress(file: CalendarFile) -> None:
    """Store the gzipped body when it is first needed. Without a timestamp, equal bodies give equal bytes."""
    file.gzip_body = gzip.compress(file.body, GZIP_LEVEL, mtime=0)
    CalendarFile.objects.filter(pk=file.pk, gzip_body=None).update(gzip_body=file.gzip_body)
