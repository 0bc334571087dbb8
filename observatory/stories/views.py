"""Pages that tell what happened to a job or a calendar.

Whoever may read a list sees the stories of its jobs and calendars. Staff see all of them, without what users wrote.
"""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from calendars.jobs.services import retry_jobs
from calendars.models import Calendar, CalendarJob, Feed, JobStatus
from observatory.access import may_retry, own_experiments, retryable_jobs, sees_everything, visible_jobs
from observatory.stories.story import find_calendar, find_job, newest_jobs, story_of_calendar, story_of_job
from todos.agenda import Clock
from todos.live import state_of_others
from todos.models import TodoList
from todos.services import find_list, still_readable
from web.error_views import NothingHere
from web.rate_limits import limited
from web.translations import group_digits

SHOWN_JOBS = 100


def nothing_here() -> NothingHere:
    return NothingHere(
        gettext("Nothing here"),
        gettext("This export or calendar does not exist, or it is of a list that you cannot read."),
    )


@require_safe
def show_jobs(request: HttpRequest) -> HttpResponse:
    """Show the newest jobs that the caller may see, or those in one state."""
    status = request.GET.get("status", "")
    if status and status not in JobStatus.values:
        raise Http404
    jobs = visible_jobs(request.user).order_by("-created_at", "pk")
    shown = jobs.filter(status=status) if status else jobs
    failed = retryable_jobs(request.user).filter(status=JobStatus.FAILURE)
    context = {
        "jobs": shown[:SHOWN_JOBS],
        "status": status,
        "statuses": JobStatus.choices,
        "failed": failed.count(),
        "clock": _clock(None),
    }
    return render(request, "observatory/jobs.html", context)


@require_POST
@limited("jobs")
def retry_all(request: HttpRequest) -> HttpResponse:
    """Try all failed jobs again that the caller may try."""
    retried = retry_jobs(retryable_jobs(request.user))
    text = ngettext("%(count)s failed export tried again.", "%(count)s failed exports tried again.", retried)
    messages.success(request, text % {"count": group_digits(retried)})
    return redirect("observatory:jobs")


@require_safe
def show_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    job = _job(job_id)
    todo_list = _list_of(request, job.calendar)
    story = story_of_job(job)
    context = {
        "job": job,
        "calendar": job.calendar,
        "story": story,
        "feeds": _feeds(job.calendar, todo_list),
        "may_retry": job.status == JobStatus.FAILURE and may_retry(request.user, todo_list),
        "clock": _clock(todo_list),
        "state": state_of_others({job.pk: job.status}),
    }
    return _show(request, todo_list, "observatory/job.html", context)


@require_POST
@limited("jobs")
def retry_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    job = _job(job_id)
    todo_list = _list_of(request, job.calendar)
    if not may_retry(request.user, todo_list):
        raise nothing_here()
    if not retry_jobs(CalendarJob.objects.filter(pk=job_id)):
        messages.info(request, gettext("It has not failed, or was tried again already."))
    return redirect("observatory:job", job_id)


@require_safe
def show_calendar(request: HttpRequest, calendar_id: int) -> HttpResponse:
    try:
        calendar = find_calendar(calendar_id)
    except Calendar.DoesNotExist as error:
        raise nothing_here() from error
    todo_list = _list_of(request, calendar)
    jobs = newest_jobs(calendar)
    context = {
        "calendar": calendar,
        "story": story_of_calendar(calendar, jobs),
        "jobs": jobs,
        "feeds": _feeds(calendar, todo_list),
        "clock": _clock(todo_list),
    }
    return _show(request, todo_list, "observatory/calendar.html", context)


def _job(job_id: UUID) -> CalendarJob:
    try:
        return find_job(job_id)
    except CalendarJob.DoesNotExist as error:
        raise nothing_here() from error


def _list_of(request: HttpRequest, calendar: Calendar) -> TodoList | None:
    """Return the calendar's list if the caller may read it. Raises a 404 if they may not.

    None: they may not, but they are staff, or it is of an experiment of theirs.
    """
    try:
        return find_list(user=request.user, list_id=calendar.list_id)
    except TodoList.DoesNotExist as error:
        if (
            sees_everything(request.user)
            or own_experiments(request.user).filter(list_id=calendar.list_id).exists()
        ):
            return None
        raise nothing_here() from error


def _feeds(calendar: Calendar, todo_list: TodoList | None) -> list[Feed]:
    """Return the caller's own feeds of the calendar: nobody sees another's."""
    if todo_list is None:
        return []
    return list(Feed.objects.of_list(todo_list).filter(calendar=calendar).order_by("created_at", "pk"))


def _clock(todo_list: TodoList | None) -> Clock:
    return Clock.of(todo_list) if todo_list else Clock(datetime.now(UTC), ZoneInfo("UTC"))


def _show(request: HttpRequest, todo_list: TodoList | None, template: str, context: dict) -> HttpResponse:
    response = render(request, template, context | {"readable": todo_list, "todo_list": todo_list})
    if todo_list is not None and not still_readable([todo_list]):
        raise nothing_here()
    return response
