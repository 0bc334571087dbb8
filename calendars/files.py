"""The bytes of calendar files, with a cache of the last ones in each server process."""

import gzip

from calendars.ical.renderer import rename
from calendars.models import Calendar, CalendarFile, Feed
from web.response_cache import ResponseCache

GZIP_LEVEL = 6
# Files are immutable, so there is one version of each.
VERSION = 0

file_cache = ResponseCache(max_bytes=32 * 1024 * 1024)


def read_body(file: CalendarFile) -> bytes:
    """Return the file's bytes. Raises CalendarFile.DoesNotExist if it was deleted meanwhile."""
    key = file.pk, file.digest
    body = file_cache.get(key, VERSION)
    if body is None:
        body = file.body
        file_cache.set(key, VERSION, body)
    return body


def read_feed_body(feed: Feed, *, as_gzip: bool) -> tuple[CalendarFile, bytes]:
    """Return the current file of the feed's calendar, and its bytes with the feed's name, by at most one query.

    The file is shared by all feeds with these options, so the name is put into it here. Raises
    CalendarFile.DoesNotExist.
    """
    file = feed.calendar.current_file
    # Making a body of 300 kB for each poll took as long as all the rest of the answer.
    if (body := file_cache.get((file.pk, file.digest, feed.name, as_gzip), VERSION)) is not None:
        return file, body
    if file_cache.get((file.pk, file.digest), VERSION) is None:
        # The file that was loaded earlier may have been replaced and deleted, so this looks up which is current.
        current = Calendar.objects.filter(pk=feed.calendar_id).values("current_file")
        file = CalendarFile.objects.defer("gzip_body").get(pk__in=current)
    body = rename(read_body(file), feed.name)
    if as_gzip:
        # Without a timestamp, equal bodies give equal bytes.
        body = gzip.compress(body, GZIP_LEVEL, mtime=0)
    file_cache.set((file.pk, file.digest, feed.name, as_gzip), VERSION, body)
    return file, body
