"""The API of calendar jobs."""

import uuid
from http import HTTPStatus

from django.http import Http404, HttpResponse
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from calendars.models import CalendarJob, JobStatus
from calendars.options import CalendarOptions, Completed
from calendars.responses import calendar_download
from calendars.serializers import (
    JobCreatedSerializer,
    JobSerializer,
    represent_created,
    represent_job,
)
from calendars.services import jobs
from todos.api import COMPLETED, ListAPIView
from todos.filters import completed_parameter

NO_SUCH_JOB = "There is no such task."


class Gone(exceptions.APIException):
    """It was there once."""

    status_code = HTTPStatus.GONE
    default_detail = "The file has expired; ask for a new calendar."


class JobsView(ListAPIView):
    """Asks for a calendar of your todos."""

    @extend_schema(parameters=[COMPLETED], request=None, responses={HTTPStatus.ACCEPTED: JobCreatedSerializer})
    def post(self, request: Request) -> Response:
        chosen = {None: Completed.ALL, True: Completed.DONE, False: Completed.OPEN}[completed_parameter(request)]
        job = jobs.request_calendar(todo_list=self.todo_list, options=CalendarOptions(completed=chosen))
        body = represent_created(job, request)
        return Response(body, status=HTTPStatus.ACCEPTED, headers={"Location": body["task_url"]})


class JobAPIView(ListAPIView):
    """A view of one job of the caller's list."""

    def get_job(self, job_id: uuid.UUID, *related: str) -> CalendarJob:
        try:
            return CalendarJob.objects.of_list(self.todo_list).select_related(*related).get(pk=job_id)
        except CalendarJob.DoesNotExist as error:
            raise Http404(NO_SUCH_JOB) from error


class JobView(JobAPIView):
    """Cancels a job that is not finished; a finished one stays as it is."""

    @extend_schema(responses=JobSerializer)
    def delete(self, request: Request, job_id: uuid.UUID) -> Response:
        try:
            job = jobs.cancel_job(todo_list=self.todo_list, job_id=job_id)
        except CalendarJob.DoesNotExist as error:
            raise Http404(NO_SUCH_JOB) from error
        return Response(represent_job(job, request))


class JobStatusView(JobAPIView):
    """A job's status."""

    @extend_schema(responses=JobSerializer)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        return Response(represent_job(self.get_job(job_id), request))


class JobResultView(JobAPIView):
    """A finished job's calendar file."""

    @extend_schema(responses={(HTTPStatus.OK, "text/calendar"): OpenApiTypes.BINARY})
    def get(self, request: Request, job_id: uuid.UUID) -> HttpResponse:
        job = self.get_job(job_id, "file")
        if job.is_expired:
            raise Gone
        if job.status == JobStatus.SUCCESS:
            return calendar_download(job.file)
        if job.status == JobStatus.FAILURE:
            raise exceptions.NotFound(f"The task failed: {job.error}")
        if job.status == JobStatus.REVOKED:
            raise exceptions.NotFound("The task was cancelled.")
        raise exceptions.NotFound("Task not finished")
