"""Asking for a calendar, and cancelling."""

import uuid
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from calendars.builds.build import is_current, observe_jobs
from calendars.builds.dispatch import make_due
from calendars.models import Calendar, CalendarJob, CalendarJobQuerySet, JobStatus
from calendars.options import CalendarOptions
from calendars.queries import (
    FIND_JOB,
    FIND_JOB_WITH_FILE,
    INSERT_JOB,
    LOAD_CALENDAR,
    LOAD_CALENDAR_AND_COUNT,
    LOAD_OWN_CALENDAR,
    LOCK_CALENDAR,
    LOCK_WAITING_JOBS,
    NEW_JOB,
    calendar_of,
    job_of,
    job_with_file_of,
)
from database.errors import repeat_after_deadlock
from database.statements import Call, execute_batch, values_of
from observability import tracing
from observability.events import Kind, record
from observability.request_log import current_id
from todos.access import Role, may_reach, require, user_id
from todos.models import TodoList
from todos.services import find_list, get_list
from web.nudges import nudge
from web.quotas import check_quota


def request_own_calendar(*, user: AbstractBaseUser | AnonymousUser, options: CalendarOptions) -> CalendarJob:
    """Do as request_calendar does for the user's default list, without a lock if the file is there already.

    Raises TodoList.DoesNotExist too if the user is restricted to other lists.
    """
    for row in LOAD_OWN_CALENDAR(user=user_id(user), options_key=options.key):
        calendar = calendar_of(row)
        if not may_reach(user, calendar.list_id):
            raise TodoList.DoesNotExist
        # The sweeper may just have deleted an old file, or a calendar that nothing used.
        with suppress(IntegrityError, Calendar.DoesNotExist):
            return _finished_job(calendar) if is_current(calendar) else _request(calendar)
    return request_calendar(todo_list=get_list(user), options=options)


def request_calendar(*, todo_list: TodoList, options: CalendarOptions) -> CalendarJob:
    """Create a job, whose file will hold at least every change committed before this call.

    If such a file exists already, the job is finished at once and no message is sent. Raises QuotaExceeded, and
    TodoList.DoesNotExist if the list is deleted meanwhile.
    """
    while True:
        try:
            calendar, _ = Calendar.objects.get_or_create(list=todo_list, options_key=options.key)
        except IntegrityError as error:
            raise TodoList.DoesNotExist from error
        with suppress(Calendar.DoesNotExist):  # the sweeper came in between
            return _request(calendar)


def get_job(
    *, user: AbstractBaseUser | AnonymousUser, job_id: uuid.UUID, list_id: int | None = None
) -> CalendarJob:
    """Return a job of the user's lists, or of the one with ``list_id``, with its calendar.

    Raises CalendarJob.DoesNotExist.
    """
    return _one_of([job_of(row) for row in FIND_JOB(id=job_id, user=user_id(user))], user, list_id)


def get_job_with_file(
    *, user: AbstractBaseUser | AnonymousUser, job_id: uuid.UUID, list_id: int | None = None
) -> CalendarJob:
    """Do as get_job; the job has its file too, but not the file's bytes."""
    rows = FIND_JOB_WITH_FILE(id=job_id, user=user_id(user))
    return _one_of([job_with_file_of(row) for row in rows], user, list_id)


def list_jobs(*, todo_list: TodoList, limit: int) -> list[CalendarJob]:
    """Return the list's newest jobs, loaded as by get_job_with_file."""
    jobs = CalendarJob.objects.of_list(todo_list).select_related("calendar", "file").order_by("-created_at")
    return list(jobs.defer("file__body", "file__gzip_body")[:limit])


def cancel_job(
    *, user: AbstractBaseUser | AnonymousUser, job_id: uuid.UUID, list_id: int | None = None
) -> CalendarJob:
    """Cancel a job that get_job would return, if it is not finished; a finished one stays as it is.

    Jobs are of the list, whoever asked for them: a viewer cannot cancel them. Raises NotAllowed.
    """
    lists = TodoList.objects.changeable_by(user)
    if list_id is not None:
        lists = lists.filter(pk=list_id)
    revoked = CalendarJob.objects.filter(pk=job_id, calendar__list__in=lists).revoke()
    job = get_job(user=user, job_id=job_id, list_id=list_id)
    if not revoked:
        require(find_list(user=user, list_id=job.calendar.list_id), Role.EDITOR)
    else:
        subject = {"list_id": job.calendar.list_id, "calendar_id": job.calendar_id}
        record(Kind.JOB_REVOKED, **subject, job_id=job.pk)
    return job


def repeat_job(job: CalendarJob) -> CalendarJob:
    """Ask for the same calendar again, by a new job: the old one keeps its own result."""
    return request_calendar(todo_list=job.calendar.list, options=job.calendar.options)


def retry_jobs(jobs: CalendarJobQuerySet) -> int:
    """Try those of the jobs again that have failed; return how many. All others stay as they are.

    A job keeps its id and waits again: whoever asked for it finds the file at the address that they have. Clients may
    have stopped asking when they saw FAILURE; nobody is told anything wrong by it. Doing this twice, or during a build,
    does nothing more: a build that is under way finishes the job if its file is new enough.
    """
    failed = jobs.filter(status=JobStatus.FAILURE).order_by().values_list("calendar", flat=True)
    return sum(_retry(calendar_id, jobs) for calendar_id in sorted(set(failed)))


def _one_of(jobs: list[CalendarJob], user: AbstractBaseUser | AnonymousUser, list_id: int | None) -> CalendarJob:
    for job in jobs:
        if list_id in {None, job.calendar.list_id} and may_reach(user, job.calendar.list_id):
            return job
    raise CalendarJob.DoesNotExist


@repeat_after_deadlock
def _request(calendar: Calendar) -> CalendarJob:
    """Raises Calendar.DoesNotExist if the calendar was deleted meanwhile."""
    with transaction.atomic():
        # Under the first lock, whoever else asks for a calendar of this list counts this job. With the second, a build
        # that is just finishing sees this job, or this call sees its file. It also keeps the file: no current file is
        # deleted without it.
        rows = execute_batch(
            LOCK_WAITING_JOBS.bind(list=calendar.list_id),
            LOCK_CALENDAR.bind(id=calendar.pk),
            LOAD_CALENDAR_AND_COUNT.bind(id=calendar.pk),
        )
        if not rows:
            raise Calendar.DoesNotExist
        calendar = calendar_of(rows[0])
        if is_current(calendar):
            return _finished_job(calendar)
        check_quota(rows[0][-1], settings.MAX_WAITING_JOBS, gettext("unfinished exports"))
        job = _new_job(calendar)
        transaction.on_commit(partial(_record_request, job))  # before the message is sent
        make_due(calendar, _insert(job))
    return job


@repeat_after_deadlock
def _retry(calendar_id: int, jobs: CalendarJobQuerySet) -> int:
    with transaction.atomic():
        # Under this lock, a build that is just finishing sees the jobs, or this sees that it has ended.
        rows = execute_batch(LOCK_CALENDAR.bind(id=calendar_id), LOAD_CALENDAR.bind(id=calendar_id))
        failed = jobs.filter(calendar=calendar_id, status=JobStatus.FAILURE).order_by()
        ids = list(failed.values_list("pk", flat=True))
        if not rows or not CalendarJob.objects.filter(pk__in=ids).retry():
            return 0
        calendar = calendar_of(rows[0])
        transaction.on_commit(partial(_tell_of_retry, calendar, ids))  # before the message is sent
        make_due(calendar)
    return len(ids)


def _tell_of_retry(calendar: Calendar, job_ids: list[uuid.UUID]) -> None:
    for job_id in job_ids:
        record(Kind.JOB_RETRIED, list_id=calendar.list_id, calendar_id=calendar.pk, job_id=job_id)
    nudge(calendar.list_id)  # pages that show the jobs


def _finished_job(calendar: Calendar) -> CalendarJob:
    """Add a job that is finished at once. Raises IntegrityError if the file is gone."""
    job = _new_job(calendar, status=JobStatus.SUCCESS, file=calendar.current_file)
    job.started_at = job.finished_at = job.created_at
    execute_batch(_insert(job))
    observe_jobs([job.created_at], job.status)
    transaction.on_commit(partial(_record_request, job))
    return job


def _record_request(job: CalendarJob) -> None:
    subject = {"list_id": job.calendar.list_id, "calendar_id": job.calendar_id, "job_id": job.pk}
    record(Kind.REQUEST, **subject, revision=job.revision)
    if job.is_final:
        record(Kind.JOB_DONE, **subject)


def _new_job(calendar: Calendar, **values: Any) -> CalendarJob:
    job = CalendarJob(
        calendar=calendar,
        revision=calendar.list.revision,
        request_id=current_id() or "",
        trace_context=tracing.current(),
        created_at=datetime.now(UTC),
        **values,
    )
    tracing.annotate(job=str(job.pk), calendar=calendar.pk)
    return job


def _insert(job: CalendarJob) -> Call:
    return INSERT_JOB.bind(**values_of(job, NEW_JOB.names))
