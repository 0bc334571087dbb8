"""Asking for a calendar, and calling it off."""

import uuid
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import QuerySet

from calendars.models import Calendar, CalendarJob, JobStatus
from calendars.options import CalendarOptions
from calendars.services.builds import is_current, load_calendar
from calendars.services.measuring import observe_jobs
from calendars.services.nudges import make_due
from taskoverflow.caps import require_room
from taskoverflow.prepared import Parameter, PreparedQuery, fields_of
from todos.models import TodoList

_LOCK = PreparedQuery(
    lambda list, options_key: (
        Calendar.objects.select_for_update().filter(list=list, options_key=options_key).values_list("pk")
    ),
    **fields_of(Calendar, "list", "options_key"),
)


def _job(id: Parameter, owner: Parameter | None = None) -> QuerySet:
    jobs = CalendarJob.objects.filter(calendar__list__owner=owner, pk=id)
    return jobs.select_related("calendar", "file").defer("file__body", "file__gzip_body")


_OPEN_JOB = PreparedQuery(_job, **fields_of(CalendarJob, "id"))
_OWN_JOB = PreparedQuery(_job, **fields_of(CalendarJob, "id"), **fields_of(TodoList, "owner"))


def request_calendar(*, todo_list: TodoList, options: CalendarOptions) -> CalendarJob:
    """Create a job, whose file will hold at least every change committed before this call.

    Where such a file stands already, the job is finished as it is born and nothing is sent. Raises CapReached.
    """
    now = datetime.now(UTC)
    with transaction.atomic():
        # The lock makes a build that is just finishing see this job, or this call see its file. It also keeps
        # the file: what is current is never deleted, and it stays current until this commits.
        calendar = load_calendar(_lock_calendar(todo_list, options.key))
        job = CalendarJob(calendar=calendar, revision=calendar.list.revision, created_at=now)
        if is_current(calendar):
            job.status = JobStatus.SUCCESS
            job.started_at = job.finished_at = now
            job.file = calendar.current_file
            job.save(force_insert=True)
            observe_jobs([now], job.status)
        else:
            waiting = CalendarJob.objects.waiting().of_list(todo_list)
            require_room(waiting.count(), settings.MAX_WAITING_JOBS, "unfinished exports")
            job.save(force_insert=True)
            make_due(calendar)
    return job


def get_job(*, user: AbstractBaseUser | AnonymousUser, job_id: uuid.UUID) -> CalendarJob:
    """Return a job of the user's own list, with its calendar and file but for the bytes.

    Raises CalendarJob.DoesNotExist.
    """
    return _OWN_JOB.get(id=job_id, owner=user.pk) if user.is_authenticated else _OPEN_JOB.get(id=job_id)


def cancel_job(*, todo_list: TodoList, job_id: uuid.UUID) -> CalendarJob:
    """Cancel a job that is not finished; a finished one stays as it is. Raises CalendarJob.DoesNotExist."""
    CalendarJob.objects.of_list(todo_list).filter(pk=job_id).revoke()
    return CalendarJob.objects.of_list(todo_list).get(pk=job_id)


def repeat_job(job: CalendarJob) -> CalendarJob:
    """Ask for the same calendar again, by a new job: the old one keeps what became of it."""
    return request_calendar(todo_list=job.calendar.list, options=job.calendar.options)


def _lock_calendar(todo_list: TodoList, options_key: str) -> int:
    for (found,) in _LOCK.rows(list=todo_list.pk, options_key=options_key):
        return found
    made, _ = Calendar.objects.select_for_update().get_or_create(list=todo_list, options_key=options_key)
    return made.pk
