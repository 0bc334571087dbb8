"""The statements of calendars that run with every request for one, every poll of a feed, and every build.

Each transition is one conditional UPDATE. What they are worth: docs/performance.md.
"""

from collections.abc import Sequence

from django.db.models import BigIntegerField, DateTimeField

from calendars.ical.components import TodoRow
from calendars.models import Calendar, CalendarFile, CalendarJob, Feed
from database.statements import Columns, Statement, assignments, placeholders
from todos.access import IS_DEFAULT_LIST, MAY_READ, OWNER_ID, USER
from todos.models import Todo, TodoList
from todos.queries import LIST

ID = {"id": Calendar.id.field}
TOKEN = {"token": Calendar.lease_token.field}
_MILLISECONDS = BigIntegerField()
_WAITING = "('PENDING', 'STARTED')"

CALENDAR, JOB, FEED = Columns(Calendar, "calendar"), Columns(CalendarJob, "job"), Columns(Feed, "feed")
# A file without its bytes: they are long, and only a build wants them.
FILE = Columns(CalendarFile, "file", without=["body", "gzip_body"])
# A calendar with its list, its file and the time, as `calendar_of` reads them.
_LOADED = f"{CALENDAR}, {LIST}, {FILE}, [now_ms]"
_LOADED_FIELDS = [*CALENDAR.fields, *LIST.fields, *FILE.fields, _MILLISECONDS]
_JOINED = """
    JOIN todos_todolist list ON list.id = calendar.list_id
    LEFT JOIN calendars_calendarfile file ON file.id = calendar.current_file_id
"""

# Jobs that open pages watch, with what the pages show of them.
WATCHED_JOBS = """
    SELECT replace(CAST(job.id AS text), '-', '') AS id, job.status AS text
    FROM calendars_calendarjob job WHERE job.id IN (SELECT CAST(value AS [uuid]) FROM [elements](%(others)s))
"""

# --- Asking for a calendar ---

LOAD_CALENDAR = Statement(
    f"SELECT {_LOADED} FROM calendars_calendar calendar {_JOINED} WHERE calendar.id = %(id)s",
    parameters=ID,
    returns=_LOADED_FIELDS,
)
LOAD_OWN_CALENDAR = Statement(
    f"""
    SELECT {_LOADED} FROM calendars_calendar calendar {_JOINED}
    WHERE {IS_DEFAULT_LIST} AND calendar.options_key = %(options_key)s
    """,
    parameters=USER | {"options_key": Calendar.options_key.field},
    returns=_LOADED_FIELDS,
)
LOCK_CALENDAR = Statement(
    "SELECT id FROM calendars_calendar WHERE id = %(id)s [for update]", parameters=ID, returns=[Calendar.id.field]
)
# Taken before a list's waiting jobs are counted. Not the list's row: changes of the list would be hindered.
LOCK_WAITING_JOBS = Statement(
    "SELECT [lock](%(list)s)", parameters={"list": BigIntegerField()}, returns=[BigIntegerField()]
)
# The calendar, and how many jobs wait for it and the list's other calendars.
LOAD_CALENDAR_AND_COUNT = Statement(
    f"""
    SELECT {_LOADED}, (
        SELECT count(*) FROM calendars_calendar other JOIN calendars_calendarjob job ON job.calendar_id = other.id
        WHERE other.list_id = calendar.list_id AND job.status IN {_WAITING}
    ) FROM calendars_calendar calendar {_JOINED} WHERE calendar.id = %(id)s
    """,
    parameters=ID,
    returns=[*_LOADED_FIELDS, BigIntegerField()],
)
NEW_JOB = Columns(CalendarJob)
INSERT_JOB = Statement(
    f"INSERT INTO calendars_calendarjob ({NEW_JOB}) VALUES ({placeholders(NEW_JOB.names)})",
    parameters=NEW_JOB.parameters,
)
MAKE_DUE = Statement(
    "UPDATE calendars_calendar SET due_at = [now_ms] + %(delay_ms)s WHERE id = %(id)s",
    parameters=ID | {"delay_ms": _MILLISECONDS},
)
_USERS_JOB = f"""
    JOIN todos_todolist list ON list.id = calendar.list_id
    WHERE job.id = %(id)s AND {MAY_READ}
"""
_JOB_ID = USER | {"id": CalendarJob.id.field}
FIND_JOB = Statement(
    f"""
    SELECT {JOB}, {CALENDAR}, [now_ms]
    FROM calendars_calendarjob job JOIN calendars_calendar calendar ON calendar.id = job.calendar_id {_USERS_JOB}
    """,
    parameters=_JOB_ID,
    returns=[*JOB.fields, *CALENDAR.fields, _MILLISECONDS],
)
FIND_JOB_WITH_FILE = Statement(
    f"""
    SELECT {JOB}, {CALENDAR}, [now_ms], {FILE}
    FROM calendars_calendarjob job JOIN calendars_calendar calendar ON calendar.id = job.calendar_id
    LEFT JOIN calendars_calendarfile file ON file.id = job.file_id {_USERS_JOB}
    """,
    parameters=_JOB_ID,
    returns=[*JOB.fields, *CALENDAR.fields, _MILLISECONDS, *FILE.fields],
)

# --- Following a list ---

# Makes the calendars due whose feeds are being read: soon after the last change, and not too long after the first.
WAKE_CALENDARS = Statement(
    """
    UPDATE calendars_calendar SET
        due_at = [least]([now_ms] + %(quiet_ms)s, COALESCE(first_change_at, [now_ms]) + %(patience_ms)s),
        first_change_at = COALESCE(first_change_at, [now_ms])
    WHERE list_id = %(list)s AND EXISTS (
        SELECT 1 FROM calendars_feed feed
        WHERE feed.calendar_id = calendars_calendar.id AND feed.last_fetched_at >= %(read_since)s
    )
    """,
    parameters={
        "list": Calendar.list.field,
        "quiet_ms": _MILLISECONDS,
        "patience_ms": _MILLISECONDS,
        "read_since": Feed.last_fetched_at.field,
    },
)
# Not of a user who is disabled, be it the owner or the feed's creator, nor of one who may not read the list any more.
FIND_FEED = Statement(
    f"""
    SELECT {FEED}, {_LOADED}
    FROM calendars_feed feed JOIN calendars_calendar calendar ON calendar.id = feed.calendar_id {_JOINED}
        LEFT JOIN auth_user owner ON owner.id = {OWNER_ID}
    WHERE feed.token_hash = %(token_hash)s AND owner.is_active IS NOT FALSE AND (
        feed.created_by_id IS NULL OR feed.created_by_id = owner.id OR EXISTS (
            SELECT 1 FROM todos_membership member JOIN auth_user creator ON creator.id = member.user_id
            WHERE member.list_id = list.id AND member.user_id = feed.created_by_id AND creator.is_active
        )
    )
    """,
    parameters={"token_hash": Feed.token_hash.field},
    returns=[*FEED.fields, *_LOADED_FIELDS],
)

# --- Building ---

# Takes the lease of a calendar that nobody holds, and counts the attempt. The calendar is due from now on, so that
# the sweeper finds it if the worker dies. A change that comes later sets first_change_at again: this build may have
# read the list before it.
CLAIM_CALENDAR = Statement(
    """
    UPDATE calendars_calendar SET
        lease_token = %(token)s, lease_until = [now_ms] + %(lease_ms)s, attempts = attempts + 1,
        due_at = [now_ms], first_change_at = NULL
    WHERE id = %(id)s AND (lease_until IS NULL OR lease_until <= [now_ms])
    """,
    parameters=ID | TOKEN | {"lease_ms": _MILLISECONDS},
)
START_JOBS = Statement(
    """
    UPDATE calendars_calendarjob SET status = 'STARTED', started_at = %(started_at)s
    WHERE calendar_id = %(id)s AND status = 'PENDING'
        AND EXISTS (SELECT 1 FROM calendars_calendar WHERE id = %(id)s AND lease_token = %(token)s)
    """,
    parameters=ID | TOKEN | {"started_at": DateTimeField()},
)
LOAD_FOR_BUILD = Statement(
    f"SELECT {_LOADED}, file.body FROM calendars_calendar calendar {_JOINED} WHERE calendar.id = %(id)s",
    parameters=ID,
    returns=[*_LOADED_FIELDS, CalendarFile.body.field],
)
_TODO = [Todo._meta.get_field(name) for name in TodoRow._fields]  # of its parent, the id
# What builds read of a todo that was moved to another list: its UID, and that it is gone.
_MOVED = {
    "uid": "moved.uid",
    "title": "''",
    "completed": "false",
    "deadline_kind": "''",
    "label_text": "''",
    "sequence": "0",
    "updated_at": "moved.moved_at",
    "deleted_at": "moved.moved_at",
}
# The list and its todos that changed after a revision, deleted ones included; one row with nulls if there are none.
# Then, without the list, those that were moved to other lists. One statement, so that all of it is of one moment on
# either database without a transaction. PostgreSQL plans it each time: a join more would cost half as much again.
SNAPSHOT = Statement(
    f"""
    SELECT list.revision, list.purged_revision, list.name, list.time_zone,
        {", ".join(f"todo.{field.column}" for field in _TODO)}
    FROM todos_todolist list LEFT JOIN todos_todo todo ON todo.list_id = list.id AND todo.revision > %(since)s
    WHERE list.id = %(list)s
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, {", ".join(_MOVED.get(name, "NULL") for name in TodoRow._fields)}
    FROM todos_movedtodo moved WHERE moved.list_id = %(list)s AND moved.revision > %(since)s
    """,
    parameters={"list": TodoList.id.field, "since": TodoList.revision.field},
    returns=[
        TodoList.revision.field,
        TodoList.purged_revision.field,
        TodoList.name.field,
        TodoList.time_zone.field,
        *_TODO,
    ],
)
LOCK_LEASED = Statement(
    "SELECT id FROM calendars_calendar WHERE lease_token = %(token)s [for update]",
    parameters=TOKEN,
    returns=[Calendar.id.field],
)
# One row for each job that waits, or one without a job.
READ_LEASED = Statement(
    f"""
    SELECT calendar.due_at, calendar.first_change_at, list.revision, [now_ms],
        job.id, COALESCE(job.retried_at, job.created_at), job.revision, job.request_id, job.trace_context
    FROM calendars_calendar calendar
    JOIN todos_todolist list ON list.id = calendar.list_id
    LEFT JOIN calendars_calendarjob job ON job.calendar_id = calendar.id AND job.status IN {_WAITING}
    WHERE calendar.lease_token = %(token)s
    """,
    parameters=TOKEN,
    returns=[
        Calendar.due_at_ms.field,
        Calendar.first_change_at_ms.field,
        TodoList.revision.field,
        _MILLISECONDS,
        CalendarJob.id.field,
        CalendarJob.created_at.field,
        CalendarJob.revision.field,
        CalendarJob.request_id.field,
        CalendarJob.trace_context.field,
    ],
)
NEW_FILE = Columns(CalendarFile, without=["id"])
INSERT_FILE = Statement(
    f"""
    INSERT INTO calendars_calendarfile ({NEW_FILE}) VALUES ({placeholders(NEW_FILE.names)})
    RETURNING id
    """,
    parameters=NEW_FILE.parameters,
    returns=[CalendarFile.id.field],
)
FINISHED = {
    name: Calendar._meta.get_field(name.removesuffix("_id"))
    for name in ("current_file_id", "current_revision", "due_at_ms", "first_change_at_ms")
}
FINISH_BUILD = Statement(
    f"""
    UPDATE calendars_calendar SET
        {assignments(FINISHED)}, builds = builds + %(rendered)s, lease_token = NULL, lease_until = NULL, attempts = 0
    WHERE lease_token = %(token)s
    """,
    parameters=TOKEN | FINISHED | {"rendered": BigIntegerField()},
)
# Every waiting job that a file of this revision is new enough for.
FINISH_JOBS = Statement(
    f"""
    UPDATE calendars_calendarjob SET
        status = 'SUCCESS', file_id = %(file)s, finished_at = %(finished_at)s,
        started_at = COALESCE(started_at, %(finished_at)s)
    WHERE calendar_id = %(id)s AND revision <= %(revision)s AND status IN {_WAITING}
    """,
    parameters=ID
    | {
        "revision": CalendarJob.revision.field,
        "file": CalendarJob.file.field,
        "finished_at": DateTimeField(),
    },
)


def calendar_of(row: Sequence, start: int = 0, *, with_body: bool = False) -> Calendar:
    """Return the calendar, with its list and its file, that a row has from ``start`` on."""
    calendar = CALENDAR.instance(row, start)
    start += len(CALENDAR)
    Calendar.list.field.set_cached_value(calendar, LIST.instance(row, start))
    start += len(LIST)
    file = FILE.instance(row, start) if row[start] is not None else None
    Calendar.current_file.field.set_cached_value(calendar, file)
    start += len(FILE)
    calendar.read_at_ms = row[start]
    if with_body and file is not None:
        file.body = row[start + 1]
    return calendar


def job_of(row: Sequence) -> CalendarJob:
    """Return the job, with its calendar, that a row of FIND_JOB is, or the beginning of one."""
    job, calendar = JOB.instance(row), CALENDAR.instance(row, len(JOB))
    calendar.read_at_ms = row[len(JOB) + len(CALENDAR)]
    CalendarJob.calendar.field.set_cached_value(job, calendar)
    return job


def job_with_file_of(row: Sequence) -> CalendarJob:
    """Return the job, with its calendar and its file, that a row of FIND_JOB_WITH_FILE is."""
    job, start = job_of(row), len(JOB) + len(CALENDAR) + 1
    file = FILE.instance(row, start) if row[start] is not None else None
    CalendarJob.file.field.set_cached_value(job, file)
    return job


def feed_of(row: Sequence) -> Feed:
    """Return the feed, with its calendar, list and file, that a row of FIND_FEED is."""
    feed = FEED.instance(row)
    Feed.calendar.field.set_cached_value(feed, calendar_of(row, len(FEED)))
    return feed
