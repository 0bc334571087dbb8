"""What open pages that show the machine ask, once a second."""

from django.contrib.sessions.models import Session
from django.db.models import BigIntegerField, CharField, JSONField

from calendars.models import CalendarJob
from database.statements import Columns, Statement
from observatory.models import Event

_EVENT = Columns(Event)
_NUMBER = BigIntegerField()
_IN = "IN (SELECT CAST(value AS bigint) FROM [elements](%({})s))"

# The newest events above an id, and those with lower ids that were not there before. `above` is lower than all of these
# ids, so that the primary key finds them: for the alternative alone, the whole table is read.
NEW_EVENTS = Statement(
    f"""
    SELECT {_EVENT} FROM observatory_event
    WHERE id > %(above)s AND (id > %(since)s OR id {_IN.format("missing")}) ORDER BY id DESC LIMIT %(most)s
    """,
    parameters={"above": _NUMBER, "since": _NUMBER, "missing": JSONField(), "most": _NUMBER},
    returns=_EVENT.fields,
)

# Everything that the page says in numbers, and who may still see it: in one statement, so that all is of one moment.
# Of jobs, it counts those that an index has: who waits, and who has ended lately. Each row says what it is, and has a
# text, six numbers and a time. The first rows decide which types these have.
NUMBERS = Statement(
    f"""
    SELECT 'jobs', job.status, count(*), [now_ms], 0, 0, 0, 0, min(COALESCE(job.retried_at, job.created_at))
    FROM calendars_calendarjob job WHERE job.status IN ('PENDING', 'STARTED') GROUP BY job.status
    UNION ALL SELECT 'jobs', job.status, count(*), [now_ms], 0, 0, 0, 0, NULL
    FROM calendars_calendarjob job WHERE job.finished_at > %(finished_since)s GROUP BY job.status
    UNION ALL SELECT 'now', '', [now_ms], 0, 0, 0, 0, 0, NULL
    UNION ALL SELECT 'calendars', '', count(*),
        COALESCE(sum(CASE WHEN lease_until > (SELECT [now_ms]) AND lease_token IS NOT NULL THEN 1 ELSE 0 END), 0),
        COALESCE(sum(CASE WHEN lease_until > (SELECT [now_ms]) AND lease_token IS NULL THEN 1 ELSE 0 END), 0),
        COALESCE(sum(CASE WHEN due_at <= (SELECT [now_ms])
            AND COALESCE(lease_until, 0) <= (SELECT [now_ms]) THEN 1 ELSE 0 END), 0), 0, 0, NULL
    FROM calendars_calendar WHERE due_at IS NOT NULL
    UNION ALL SELECT 'calendar', COALESCE((
            SELECT event.process FROM observatory_event event
            WHERE event.calendar_id = due.id AND event.kind = 'claim' ORDER BY event.id DESC LIMIT 1
        ), ''), id, list_id, attempts, due_at, COALESCE(lease_until, 0),
        CASE WHEN lease_token IS NULL THEN 0 ELSE 1 END, NULL
    FROM (SELECT * FROM calendars_calendar WHERE due_at IS NOT NULL ORDER BY due_at LIMIT %(most)s) due
    UNION ALL SELECT 'worker', id, seen_at, 0, 0, 0, 0, 0, NULL
    FROM (SELECT * FROM calendars_worker ORDER BY seen_at DESC LIMIT %(most)s) worker
    UNION ALL SELECT 'feeds', CAST(details ->> 'status' AS text),
        CAST(sum(COALESCE(CAST(details ->> 'count' AS bigint), 1)) AS bigint), 0, 0, 0, 0, 0, NULL
    FROM observatory_event WHERE kind = 'feed' AND at_ms > (SELECT [now_ms]) - %(feeds_ms)s GROUP BY 2
    UNION ALL SELECT 'session', session_key, 0, 0, 0, 0, 0, 0, NULL FROM django_session
    WHERE session_key IN (SELECT value FROM [elements](%(sessions)s)) AND expire_date > %(now)s
    UNION ALL SELECT 'user', '', id, CASE WHEN is_active AND is_staff THEN 1 ELSE 0 END, 0, 0, 0, 0, NULL
    FROM auth_user WHERE id {_IN.format("users")}
    """,
    parameters={
        "most": _NUMBER,
        "finished_since": CalendarJob.finished_at.field,
        "feeds_ms": _NUMBER,
        "sessions": JSONField(),
        "users": JSONField(),
        "now": Session.expire_date.field,
    },
    returns=[CharField(), CharField(), *[_NUMBER] * 6, CalendarJob.created_at.field],
)
