"""The API of calendar jobs and feeds."""

import math
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import exceptions
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet, ViewSet

from calendars.api.serializers import (
    FeedSerializer,
    JobCreatedSerializer,
    JobSerializer,
    represent_created,
    represent_job,
)
from calendars.feeds import services as feeds
from calendars.feeds.responses import calendar_download
from calendars.jobs import services as jobs
from calendars.links import absolute_url
from calendars.models import Calendar, CalendarFile, CalendarJob, Feed, JobStatus
from calendars.options import CalendarOptions, Completed
from todos.api.filters import COMPLETED, completed_parameter
from todos.api.lists import OwnListMixin
from web.api.conditional import body_etag, not_modified, tag
from web.api.schema import ETAG, FULL, IF_NONE_MATCH, TAGGED, error_response
from web.api.throttling import ScopedThrottle
from web.api.views import PartialPutMixin, ResourceMixin

MAX_RETRY_SECONDS = 30
NO_SUCH_JOB = "There is no such task."


class Gone(exceptions.APIException):
    """It was there once."""

    status_code = HTTPStatus.GONE
    default_detail = "The file has expired; ask for a new calendar."


class JobViewSet(OwnListMixin, ViewSet):
    """Calendar jobs; with the id of a list in the address, of that list alone."""

    takes_restricted_tokens = True
    lookup_url_kwarg = "job_id"
    lookup_value_converter = "uuid"
    throttle_classes = [ScopedThrottle]
    throttle_scope = "jobs"

    @extend_schema(
        parameters=[COMPLETED], request=None, responses={HTTPStatus.ACCEPTED: JobCreatedSerializer, **FULL}
    )
    def create(self, request: Request) -> Response:
        """Ask for a calendar of the list; without the id of one in the address, of your default list."""
        chosen = {None: Completed.ALL, True: Completed.DONE, False: Completed.OPEN}[completed_parameter(request)]
        options = CalendarOptions(completed=chosen)
        if self.list_id is None:
            job = jobs.request_own_calendar(user=request.user, options=options)
        else:
            job = jobs.request_calendar(todo_list=self.todo_list, options=options)
        body = represent_created(job, request)
        return Response(body, status=HTTPStatus.ACCEPTED, headers={"Location": body["task_url"]})

    @extend_schema(responses={HTTPStatus.OK: JobSerializer})
    def destroy(self, request: Request, job_id: uuid.UUID) -> Response:
        """Cancel a job that is not finished; a finished one stays as it is."""
        job = self.find(jobs.cancel_job, job_id)
        return Response(represent_job(job, request))

    @extend_schema(parameters=[IF_NONE_MATCH, ETAG], responses={HTTPStatus.OK: JobSerializer, **TAGGED})
    @action(detail=True)
    def status(self, request: Request, job_id: uuid.UUID) -> HttpResponseBase:
        """A job's status."""
        job = self.find(jobs.get_job, job_id)
        data = represent_job(job, request)
        etag = body_etag(data)
        response = tag(not_modified(request, etag) or Response(data), etag)
        if not job.is_final:
            response.headers["Retry-After"] = str(seconds_to_next_look(job.calendar))
        return response

    @extend_schema(
        responses={
            (HTTPStatus.OK, "text/calendar"): OpenApiTypes.BINARY,
            HTTPStatus.GONE: error_response("The file has expired."),
        }
    )
    @action(detail=True)
    def result(self, request: Request, job_id: uuid.UUID) -> HttpResponse:
        """A finished job's calendar file."""
        job = self.find(jobs.get_job_with_file, job_id)
        if job.is_expired:
            raise Gone
        if job.status == JobStatus.SUCCESS:
            try:
                return calendar_download(request, job)
            except CalendarFile.DoesNotExist as error:
                raise Gone from error
        if job.status == JobStatus.FAILURE:
            raise exceptions.NotFound(f"The task failed: {job.error}")
        if job.status == JobStatus.REVOKED:
            raise exceptions.NotFound("The task was cancelled.")
        raise exceptions.NotFound("Task not finished")

    def find(self, get_job: Callable[..., CalendarJob], job_id: uuid.UUID) -> CalendarJob:
        try:
            return get_job(user=self.request.user, job_id=job_id, list_id=self.list_id)
        except CalendarJob.DoesNotExist as error:
            raise Http404(NO_SUCH_JOB) from error


class FeedViewSet(OwnListMixin, PartialPutMixin, ResourceMixin, ModelViewSet):
    """Your feeds, of all lists; with the id of a list in the address, of that list alone."""

    queryset = Feed.objects.all()
    serializer_class = FeedSerializer
    lookup_url_kwarg = "feed_id"
    lookup_value_converter = "uuid"
    not_found = "There is no such feed."

    def get_queryset(self) -> QuerySet:
        feeds = (
            Feed.objects.of_user(self.request.user)
            if self.list_id is None
            else Feed.objects.of_list(self.todo_list)
        )
        return feeds.with_calendar().order_by("created_at", "pk")

    def list(self, request: Request) -> Response:
        """The feeds, oldest first, with their secret addresses."""
        return super().list(request)

    @extend_schema(responses={HTTPStatus.CREATED: FeedSerializer, **FULL})
    def create(self, request: Request) -> Response:
        """Create a feed of the list; without the id of one in the address, of your default list."""
        return super().create(request)

    def retrieve(self, request: Request, feed_id: uuid.UUID) -> Response:
        """One feed."""
        return super().retrieve(request)

    @extend_schema(request=FeedSerializer(partial=True))
    def update(self, request: Request, feed_id: uuid.UUID, **kwargs: Any) -> Response:
        """Change the fields and options that are given."""
        return super().update(request, **kwargs)

    def destroy(self, request: Request, feed_id: uuid.UUID) -> Response:
        """Delete a feed: its address stops working at once."""
        return super().destroy(request)

    @extend_schema(request=None, responses=FeedSerializer)
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, feed_id: uuid.UUID) -> Response:
        """Give a feed a new address: the old one stops working at once."""
        with self.found():
            feed = feeds.rotate_feed(todo_list=self.get_object().calendar.list, feed_id=feed_id)
        return Response(self.get_serializer(feed).data)

    def perform_create(self, serializer: BaseSerializer) -> None:
        serializer.instance = feeds.create_feed(todo_list=self.todo_list, **serializer.validated_data)

    def perform_update(self, serializer: BaseSerializer) -> None:
        with self.found():
            serializer.instance = feeds.change_feed(
                todo_list=serializer.instance.calendar.list,
                feed_id=serializer.instance.pk,
                **serializer.validated_data,
            )

    def perform_destroy(self, instance: Feed) -> None:
        with self.found():
            feeds.delete_feed(todo_list=instance.calendar.list, feed_id=instance.pk)

    def get_success_headers(self, data: dict[str, Any]) -> dict[str, str]:
        return {"Location": absolute_url(self.request, "api:feed", feed_id=data["id"])}


def seconds_to_next_look(calendar: Calendar) -> int:
    """Return when it is worth asking again: soon, unless the next attempt after a failed one is some way off."""
    if not calendar.attempts or calendar.lease_token is not None or calendar.due_at_ms is None:
        return 1
    return min(MAX_RETRY_SECONDS, max(1, math.ceil((calendar.due_at_ms - calendar.read_at_ms) / 1000)))
