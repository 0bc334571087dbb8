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
from calendars.services.statements import ADD_JOB, COUNT_WAITING, LOAD_WANTED, LOCK_WANTED
from taskoverflow.caps import require_room
from taskoverflow.prepared import Parameter, PreparedQuery, fields_of, send_together
from todos.models import TodoList


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
        calendar = _lock_calendar(todo_list, options.key)
        job = CalendarJob(calendar=calendar, revision=calendar.list.revision, created_at=now)
        if is_current(calendar):
            job.status = JobStatus.SUCCESS
            job.started_at = job.finished_at = now
            job.file = calendar.current_file
            ADD_JOB(**ADD_JOB.values_of(job))
            observe_jobs([now], job.status)
        else:
            waiting = next((count for (count,) in COUNT_WAITING.rows(list=todo_list.pk)), 0)
            require_room(waiting, settings.MAX_WAITING_JOBS, "unfinished exports")
            make_due(calendar, (ADD_JOB, ADD_JOB.values_of(job)))
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


def _lock_calendar(todo_list: TodoList, options_key: str) -> Calendar:
    wanted = {"list": todo_list.pk, "options_key": options_key}
    for found in LOAD_WANTED.made_of(send_together([(LOCK_WANTED, wanted), (LOAD_WANTED, wanted)])):
        return found
    made, _ = Calendar.objects.select_for_update().get_or_create(list=todo_list, options_key=options_key)
    return load_calendar(made.pk)
