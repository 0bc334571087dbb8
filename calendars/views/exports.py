"""Pages for exports: request a calendar, watch its job, download the file."""

import hashlib
from contextlib import suppress
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from calendars.feeds.responses import calendar_download
from calendars.forms import OptionsForm
from calendars.jobs import services as jobs
from calendars.jobs.progress import get_progress
from calendars.links import absolute_url
from calendars.models import CalendarFile, CalendarJob, JobStatus
from calendars.options import CalendarOptions
from todos.addresses import to_page, with_list
from todos.agenda import Clock
from todos.live import state_of_others
from todos.models import TodoList
from todos.views.live import watch
from web.rate_limits import limited

RECENT_EXPORTS = 20


@require_http_methods(["GET", "HEAD", "POST"])
@limited("jobs")
@with_list
def show_exports(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    form = OptionsForm(request.POST or None, options=CalendarOptions())
    if request.method == "POST" and form.is_valid():
        job = jobs.request_calendar(todo_list=todo_list, options=CalendarOptions().changed(form.values))
        return to_page(todo_list, "calendars:export", job.pk)
    recent = jobs.list_jobs(todo_list=todo_list, limit=RECENT_EXPORTS)
    state = state_of_others({job.pk: job.status for job in recent})
    context = {"form": form, "jobs": recent, "clock": Clock.of(todo_list), "state": state}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "calendars/exports.html", context, status=status)


@require_safe
@with_list
def show_export(request: HttpRequest, todo_list: TodoList, job_id: UUID) -> HttpResponse:
    return render(request, "calendars/export.html", job_context(request, todo_list, job_id))


@require_safe
@with_list
def export_progress(request: HttpRequest, todo_list: TodoList, job_id: UUID) -> HttpResponse:
    """Render the part of the page that changes, or answer 304 if it has not."""
    context = job_context(request, todo_list, job_id)
    # Hashing the rendered page would save nothing.
    shown = get_language(), context["progress"]
    etag = f'"{hashlib.sha256(repr(shown).encode()).hexdigest()[:16]}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = render(request, "calendars/includes/progress.html", context)
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response


@require_safe
@with_list
def watch_export(request: HttpRequest, todo_list: TodoList, job_id: UUID) -> HttpResponse:
    return watch(request, todo_list.pk, [find_job(request, todo_list, job_id).pk])


@require_safe
@with_list
def watch_exports(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    """Watch the exports that the page lists, and those that are added meanwhile once it asks again."""
    return watch(
        request, todo_list.pk, [job.pk for job in jobs.list_jobs(todo_list=todo_list, limit=RECENT_EXPORTS)]
    )


@require_safe
@with_list
def download(request: HttpRequest, todo_list: TodoList, job_id: UUID) -> HttpResponse:
    job = find_job(request, todo_list, job_id)
    if job.status == JobStatus.SUCCESS and not job.is_expired:
        with suppress(CalendarFile.DoesNotExist):  # it was deleted meanwhile
            return calendar_download(request, job)
    return to_page(todo_list, "calendars:export", job_id)


@require_POST
@with_list
def cancel_export(request: HttpRequest, todo_list: TodoList, job_id: UUID) -> HttpResponse:
    try:
        job = jobs.cancel_job(user=request.user, job_id=job_id, list_id=todo_list.pk)
    except CalendarJob.DoesNotExist as error:
        raise Http404 from error
    if job.status != JobStatus.REVOKED:
        messages.info(request, gettext("It had already ended."))
    return to_page(todo_list, "calendars:export", job_id)


@require_POST
@limited("jobs")
@with_list
def repeat_export(request: HttpRequest, todo_list: TodoList, job_id: UUID) -> HttpResponse:
    return to_page(todo_list, "calendars:export", jobs.repeat_job(find_job(request, todo_list, job_id)).pk)


@require_POST
@limited("jobs")
@with_list
def retry_export(request: HttpRequest, todo_list: TodoList, job_id: UUID) -> HttpResponse:
    jobs.retry_jobs(CalendarJob.objects.filter(pk=find_job(request, todo_list, job_id).pk))
    return to_page(todo_list, "calendars:export", job_id)


def find_job(request: HttpRequest, todo_list: TodoList, job_id: UUID) -> CalendarJob:
    try:
        return jobs.get_job_with_file(user=request.user, job_id=job_id, list_id=todo_list.pk)
    except CalendarJob.DoesNotExist as error:
        raise Http404 from error


def job_context(request: HttpRequest, todo_list: TodoList, job_id: UUID) -> dict[str, object]:
    job = find_job(request, todo_list, job_id)
    return {
        "job": job,
        "progress": get_progress(job),
        "state": state_of_others({job.pk: job.status}),
        "clock": Clock.of(todo_list),
        "file_url": absolute_url(request, "api:job-result", job_id=job.pk),
    }
