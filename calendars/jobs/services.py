"""Asking for a calendar, and calling it off."""

import uuid
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from calendars.builds.build import is_current, load_calendar
from calendars.builds.dispatch import make_due
from calendars.builds.instrumentation import observe_jobs
from calendars.builds.queries import ADD_JOB, COUNT_WAITING, LOAD_OWN, LOAD_WANTED, LOCK_WANTED
from calendars.models import Calendar, CalendarJob, JobStatus
from calendars.options import CalendarOptions
from database.prepared import Parameter, PreparedQuery, fields_of, send_together
from todos.models import TodoList
from todos.services import get_list
from web.quotas import check_quota


def _job(id: Parameter, owner: Parameter | None = None) -> QuerySet:
    return CalendarJob.objects.filter(calendar__list__owner=owner, pk=id).select_related("calendar")


def _job_with_file(id: Parameter, owner: Parameter | None = None) -> QuerySet:
    return _job(id, owner).select_related("file").defer("file__body", "file__gzip_body")


_ID, _OWNER = fields_of(CalendarJob, "id"), fields_of(TodoList, "owner")
_JOBS = {
    has_owner: {
        has_file: PreparedQuery(_job_with_file if has_file else _job, **_ID, **(_OWNER if has_owner else {}))
        for has_file in (False, True)
    }
    for has_owner in (False, True)
}


def request_calendar(*, todo_list: TodoList, options: CalendarOptions) -> CalendarJob:
    """Create a job, whose file will hold at least every change committed before this call.

    Where such a file stands already, the job is finished as it is born and nothing is sent. Raises QuotaExceeded.
    """
    with transaction.atomic():
        # The lock makes a build that is just finishing see this job, or this call see its file. It also keeps
        # the file: what is current is never deleted, and it stays current until this commits.
        calendar = _lock_calendar(todo_list, options.key)
        if is_current(calendar):
            return _finished_job(calendar)
        waiting = next((count for (count,) in COUNT_WAITING.rows(list=todo_list.pk)), 0)
        check_quota(waiting, settings.MAX_WAITING_JOBS, "unfinished exports")
        job = _job_of(calendar)
        make_due(calendar, (ADD_JOB, ADD_JOB.values_of(job)))
    return job


def request_own_calendar(*, user: AbstractBaseUser | AnonymousUser, options: CalendarOptions) -> CalendarJob:
    """Do as request_calendar does, of the user's own list: without a lock where its file stands already."""
    for calendar in LOAD_OWN.instances(owner=user.pk or 0, options_key=options.key):
        if is_current(calendar):
            with suppress(IntegrityError):  # it was just deleted, by a sweep that came after the next build
                return _finished_job(calendar)
        return request_calendar(todo_list=calendar.list, options=options)
    return request_calendar(todo_list=get_list(user), options=options)


def get_job(*, user: AbstractBaseUser | AnonymousUser, job_id: uuid.UUID, with_file: bool = False) -> CalendarJob:
    """Return a job of the user's own list, with its calendar and, on demand, its file but for the bytes.

    Raises CalendarJob.DoesNotExist.
    """
    owner = {"owner": user.pk} if user.is_authenticated else {}
    return _JOBS[bool(owner)][with_file].get(id=job_id, **owner)


def cancel_job(*, todo_list: TodoList, job_id: uuid.UUID) -> CalendarJob:
    """Cancel a job that is not finished; a finished one stays as it is. Raises CalendarJob.DoesNotExist."""
    CalendarJob.objects.of_list(todo_list).filter(pk=job_id).revoke()
    return CalendarJob.objects.of_list(todo_list).get(pk=job_id)


def repeat_job(job: CalendarJob) -> CalendarJob:
    """Ask for the same calendar again, by a new job: the old one keeps what became of it."""
    return request_calendar(todo_list=job.calendar.list, options=job.calendar.options)


def _finished_job(calendar: Calendar) -> CalendarJob:
    """Add a job that is finished as it is born. Raises IntegrityError if the file is gone."""
    job = _job_of(calendar, status=JobStatus.SUCCESS, file=calendar.current_file)
    job.started_at = job.finished_at = job.created_at
    ADD_JOB(**ADD_JOB.values_of(job))
    observe_jobs([job.created_at], job.status)
    return job


def _job_of(calendar: Calendar, **values: Any) -> CalendarJob:
    return CalendarJob(calendar=calendar, revision=calendar.list.revision, created_at=datetime.now(UTC), **values)


def _lock_calendar(todo_list: TodoList, options_key: str) -> Calendar:
    wanted = {"list": todo_list.pk, "options_key": options_key}
    for found in LOAD_WANTED.made_of(send_together([(LOCK_WANTED, wanted), (LOAD_WANTED, wanted)])):
        return found
    made, _ = Calendar.objects.select_for_update().get_or_create(list=todo_list, options_key=options_key)
    return load_calendar(made.pk)
