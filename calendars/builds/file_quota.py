"""How many bytes of finished jobs' files a list may keep. Beyond that, its oldest files expire early."""

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Sum

from calendars.models import Calendar, CalendarFile, CalendarJob, Feed
from database.errors import repeat_after_deadlock
from todos.models import TodoList
from todos.services import lock_list

# After a build of a larger file this is looked at immediately; otherwise, the sweeper does it.
LARGE_BYTES = 1_000_000


def expire_excess_files() -> int:
    """Delete the excess files of all lists; return how many."""
    full = _files().values_list("calendar__list").annotate(total=Sum("size"))
    lists = full.filter(total__gt=settings.MAX_JOB_FILES_BYTES).order_by()
    return sum(expire_excess_files_of(list_id) for list_id, _ in lists)


def expire_excess_files_of(list_id: int) -> int:
    """Delete the list's files beyond MAX_JOB_FILES_BYTES, but never the last; return how many.

    Many jobs may share a file: what counts is when the last of them finished.
    """
    return _delete_excess(list_id) if _excess(list_id) else 0


@repeat_after_deadlock
def _delete_excess(list_id: int) -> int:
    with transaction.atomic():
        try:
            lock_list(TodoList(pk=list_id))
        except TodoList.DoesNotExist:
            return 0
        # A build makes a file current, and a job waits for one, under these locks.
        list(Calendar.objects.filter(list=list_id).order_by("pk").select_for_update(no_key=True))
        # A job may take a current file without them. It is seen by a second look, under the file's lock, or waits for
        # that, finds the file gone, and asks for a build.
        files = CalendarFile.objects.filter(pk__in=_excess(list_id)).order_by("pk")
        locked = set(files.select_for_update().values_list("pk", flat=True))
        excess = locked.intersection(_excess(list_id))
        CalendarJob.objects.filter(file__in=excess).update(file=None)
        Calendar.objects.filter(current_file__in=excess).update(current_file=None, current_revision=None)
        files.filter(pk__in=excess).only("pk").delete()  # without reading the bodies
    return len(excess)


def _excess(list_id: int) -> list[int]:
    jobs = CalendarJob.objects.filter(file=OuterRef("pk"), finished_at__isnull=False).order_by("-finished_at")
    used = _files().filter(calendar__list=list_id).annotate(used_at=Subquery(jobs.values("finished_at")[:1]))
    newest_first = used.order_by(F("used_at").desc(nulls_last=True), "-pk")
    total, excess = 0, []
    for position, (file_id, size) in enumerate(newest_first.values_list("pk", "size")):
        total += size
        if position and total > settings.MAX_JOB_FILES_BYTES:
            excess.append(file_id)
    return excess


def _files() -> QuerySet[CalendarFile]:
    """All files but those that feeds show, of which there are at most MAX_FEEDS, and those that a build reads."""
    shown = Feed.objects.filter(calendar__current_file=OuterRef("pk"))
    read = Calendar.objects.filter(current_file=OuterRef("pk"), lease_token__isnull=False)
    return CalendarFile.objects.exclude(Exists(shown)).exclude(Exists(read))
