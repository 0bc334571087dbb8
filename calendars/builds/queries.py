"""What asking for a calendar and building it say to the database, turned into SQL once.

Each transition is one conditional UPDATE, as everywhere. Here they are in the words of PreparedUpdate, so that
those of one step go as one message.
"""

from django.db.models import BigIntegerField, Count, F, FilteredRelation, Q, QuerySet
from django.db.models.functions import Coalesce

from calendars.ical.components import TodoRow
from calendars.models import Calendar, CalendarFile, CalendarJob, JobStatus
from database.prepared import Parameter, PreparedInsert, PreparedQuery, PreparedUpdate, columns_of, fields_of
from todos.models import TodoList, owner_or_nobody


def _with_body(**wanted: Parameter) -> QuerySet:
    calendars = Calendar.objects.filter(**wanted).select_related("list", "current_file")
    return calendars.defer("current_file__gzip_body")


def _loaded(**wanted: Parameter) -> QuerySet:
    return _with_body(**wanted).defer("current_file__body", "current_file__gzip_body")


def _locked(**wanted: Parameter) -> QuerySet:
    return Calendar.objects.select_for_update().filter(**wanted).values_list("pk")


# A calendar with its list and its file, but for the file's bytes.
LOAD = PreparedQuery(_loaded, **fields_of(Calendar, "id"))
# The same with the bytes, which most builds go on from.
LOAD_WITH_BODY = PreparedQuery(_with_body, **fields_of(Calendar, "id"))

# Asking.

# By the one index on owners, where nobody is 0.
LOAD_OWN = PreparedQuery(
    lambda owner, options_key: (
        _loaded(options_key=options_key)
        .alias(owner_or_nobody=owner_or_nobody("list__owner"))
        .filter(owner_or_nobody=owner)
    ),
    owner=BigIntegerField(),
    **fields_of(Calendar, "options_key"),
)
LOCK_WANTED = PreparedQuery(_locked, **fields_of(Calendar, "list", "options_key"))
LOAD_WANTED = PreparedQuery(_loaded, **fields_of(Calendar, "list", "options_key"))
# Of all the list's calendars; no row where none waits.
COUNT_WAITING = PreparedQuery(
    lambda list: (
        CalendarJob.objects.waiting()
        .filter(calendar__list=list)
        .values("calendar__list")
        .annotate(count=Count("pk"))
        .values_list("count")
    ),
    **fields_of(Calendar, "list"),
)
ADD_JOB = PreparedInsert(CalendarJob, **columns_of(CalendarJob))
MAKE_DUE = PreparedUpdate(
    lambda id, due_at_ms: (Calendar.objects.filter(pk=id), {"due_at_ms": due_at_ms}),
    **fields_of(Calendar, "id", "due_at_ms"),
)

# Building.


def _claim(id: Parameter, lease_token: Parameter, due_at_ms: Parameter, lease_until_ms: Parameter) -> tuple:
    """Take the lease of a calendar that nobody holds, and count the attempt.

    It is due from now on, so that the sweep finds it should the holder die. Changes announced from here on set
    ``first_change_at_ms`` anew: the build may come too early for them.
    """
    return Calendar.objects.filter(pk=id).unleased(due_at_ms), {
        "lease_token": lease_token,
        "lease_until_ms": lease_until_ms,
        "attempts": F("attempts") + 1,
        "due_at_ms": due_at_ms,
        "first_change_at_ms": None,
    }


CLAIM = PreparedUpdate(_claim, **fields_of(Calendar, "id", "lease_token", "due_at_ms", "lease_until_ms"))
START = PreparedUpdate(
    lambda calendar, lease_token, started_at: (
        # By the key of the calendar, which the index has, and by the token, which is the fence.
        CalendarJob.objects.filter(
            calendar=calendar, calendar__in=Calendar.objects.held(lease_token), status=JobStatus.PENDING
        ),
        {"status": JobStatus.STARTED, "started_at": started_at},
    ),
    **fields_of(CalendarJob, "calendar", "started_at"),
    **fields_of(Calendar, "lease_token"),
)
SNAPSHOT = PreparedQuery(
    lambda id, revision: (
        TodoList.objects.filter(pk=id)
        .annotate(changed=FilteredRelation("todos", condition=Q(todos__revision__gt=revision)))
        .values_list("revision", "purged_revision", "name", *(f"changed__{field}" for field in TodoRow._fields))
    ),
    **fields_of(TodoList, "id", "revision"),
)
LOCK_HELD = PreparedQuery(_locked, **fields_of(Calendar, "lease_token"))
# One row for each job that waits, or one without a job.
READ_HELD = PreparedQuery(
    lambda lease_token: (
        Calendar.objects.held(lease_token)
        .annotate(
            waiting=FilteredRelation("jobs", condition=Q(jobs__status__in=[JobStatus.PENDING, JobStatus.STARTED]))
        )
        .values_list(
            "due_at_ms", "first_change_at_ms", "list__revision", "waiting__created_at", "waiting__revision"
        )
    ),
    **fields_of(Calendar, "lease_token"),
)
ADD_FILE = PreparedInsert(CalendarFile, returning=["id"], **columns_of(CalendarFile, without=["id"]))
FINISH = PreparedUpdate(
    lambda lease_token, current_file, current_revision, build_count, due_at_ms, first_change_at_ms: (
        Calendar.objects.held(lease_token),
        {
            "current_file": current_file,
            "current_revision": current_revision,
            "build_count": F("build_count") + build_count,
            "due_at_ms": due_at_ms,
            "first_change_at_ms": first_change_at_ms,
            "lease_token": None,
            "lease_until_ms": None,
            "attempts": 0,
        },
    ),
    **fields_of(
        Calendar,
        "lease_token",
        "current_file",
        "current_revision",
        "build_count",
        "due_at_ms",
        "first_change_at_ms",
    ),
)
# Every waiting job that a file showing ``revision`` is new enough for.
SUCCEED = PreparedUpdate(
    lambda calendar, revision, file, finished_at: (
        CalendarJob.objects.waiting().filter(calendar=calendar, revision__lte=revision),
        {
            "status": JobStatus.SUCCESS,
            "file": file,
            "started_at": Coalesce("started_at", finished_at),
            "finished_at": finished_at,
        },
    ),
    **fields_of(CalendarJob, "calendar", "revision", "file", "finished_at"),
)
