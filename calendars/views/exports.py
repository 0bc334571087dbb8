"""Pages for exports: request a calendar, watch its job, download the file."""

import hashlib
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from calendars.feeds.responses import calendar_download
from calendars.forms import OptionsForm
from calendars.jobs import services as jobs
from calendars.jobs.progress import get_progress
from calendars.links import absolute_url
from calendars.models import CalendarJob, JobStatus
from calendars.options import CalendarOptions
from todos.agenda import Clock
from todos.models import TodoList
from todos.services import get_list
from web.rate_limits import limited

RECENT_EXPORTS = 20


@require_http_methods(["GET", "HEAD", "POST"])
@limited("jobs")
def show_exports(request: HttpRequest) -> HttpResponse:
    todo_list = get_list(request.user)
    form = OptionsForm(request.POST or None, options=CalendarOptions())
    if request.method == "POST" and form.is_valid():
        job = jobs.request_calendar(todo_list=todo_list, options=CalendarOptions().changed(form.values))
        return redirect("calendars:export", job.pk)
    recent = jobs_of(todo_list).order_by("-created_at")[:RECENT_EXPORTS]
    context = {"form": form, "jobs": recent, "clock": Clock.of(todo_list), "todo_list": todo_list}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "calendars/exports.html", context, status=status)


@require_safe
def show_export(request: HttpRequest, job_id: UUID) -> HttpResponse:
    return render(request, "calendars/export.html", job_context(request, job_id))


@require_safe
def export_progress(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Render the part of the page that changes, or answer 304 if it has not."""
    context = job_context(request, job_id)
    # Hashing the rendered page would save nothing.
    etag = f'"{hashlib.sha256(repr(context["progress"]).encode()).hexdigest()[:16]}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = render(request, "calendars/includes/progress.html", context)
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response


@require_safe
def download(request: HttpRequest, job_id: UUID) -> HttpResponse:
    job = get_object_or_404(jobs_of(get_list(request.user), with_body=True), pk=job_id)
    if job.status != JobStatus.SUCCESS or job.is_expired:
        return redirect("calendars:export", job_id)
    return calendar_download(job.file)


@require_POST
def cancel_export(request: HttpRequest, job_id: UUID) -> HttpResponse:
    todo_list = get_list(request.user)
    get_object_or_404(jobs_of(todo_list), pk=job_id)
    job = jobs.cancel_job(todo_list=todo_list, job_id=job_id)
    if job.status != JobStatus.REVOKED:
        messages.info(request, "It had already ended.")
    return redirect("calendars:export", job_id)


@require_POST
@limited("jobs")
def repeat_export(request: HttpRequest, job_id: UUID) -> HttpResponse:
    job = get_object_or_404(jobs_of(get_list(request.user)), pk=job_id)
    return redirect("calendars:export", jobs.repeat_job(job).pk)


def jobs_of(todo_list: TodoList, *, with_body: bool = False):
    jobs = CalendarJob.objects.of_list(todo_list).select_related("calendar__list", "file")
    return jobs if with_body else jobs.defer("file__body", "file__gzip_body")


def job_context(request: HttpRequest, job_id: UUID) -> dict[str, object]:
    todo_list = get_list(request.user)
    job = get_object_or_404(jobs_of(todo_list), pk=job_id)
    return {
        "job": job,
        "progress": get_progress(job),
        "clock": Clock.of(todo_list),
        "file_url": absolute_url(request, "api:job-result", job_id=job.pk),
    }
