"""The API of calendar jobs and feeds."""

import math
import uuid
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from calendars.api.serializers import (
    FeedSerializer,
    JobCreatedSerializer,
    JobSerializer,
    represent_created,
    represent_feed,
    represent_feeds,
    represent_job,
)
from calendars.feeds import services as feeds
from calendars.feeds.responses import calendar_download
from calendars.jobs import services as jobs
from calendars.links import absolute_url
from calendars.models import Calendar, CalendarFile, CalendarJob, Feed, JobStatus
from calendars.options import CalendarOptions, Completed
from todos.api import ListAPIView
from todos.filters import completed_parameter
from todos.finding import COMPLETED
from web.api.conditional import body_etag, not_modified, tag
from web.rate_limits import throttle

MAX_RETRY_SECONDS = 30
NO_SUCH_JOB = "There is no such task."
NO_SUCH_FEED = "There is no such feed."


class Gone(exceptions.APIException):
    """It was there once."""

    status_code = HTTPStatus.GONE
    default_detail = "The file has expired; ask for a new calendar."


class JobsView(ListAPIView):
    """Asks for a calendar of your todos."""

    throttle_classes = [throttle("jobs")]

    @extend_schema(parameters=[COMPLETED], request=None, responses={HTTPStatus.ACCEPTED: JobCreatedSerializer})
    def post(self, request: Request) -> Response:
        chosen = {None: Completed.ALL, True: Completed.DONE, False: Completed.OPEN}[completed_parameter(request)]
        job = jobs.request_own_calendar(user=request.user, options=CalendarOptions(completed=chosen))
        body = represent_created(job, request)
        return Response(body, status=HTTPStatus.ACCEPTED, headers={"Location": body["task_url"]})


class JobAPIView(ListAPIView):
    """A view of one job of the caller's list."""

    def get_job(self, job_id: uuid.UUID) -> CalendarJob:
        try:
            return jobs.get_job(user=self.request.user, job_id=job_id)
        except CalendarJob.DoesNotExist as error:
            raise Http404(NO_SUCH_JOB) from error


class JobView(JobAPIView):
    """Cancels a job that is not finished; a finished one stays as it is."""

    @extend_schema(responses={HTTPStatus.OK: JobSerializer})
    def delete(self, request: Request, job_id: uuid.UUID) -> Response:
        try:
            job = jobs.cancel_job(todo_list=self.todo_list, job_id=job_id)
        except CalendarJob.DoesNotExist as error:
            raise Http404(NO_SUCH_JOB) from error
        return Response(represent_job(job, request))


class JobStatusView(JobAPIView):
    """A job's status."""

    @extend_schema(responses=JobSerializer)
    def get(self, request: Request, job_id: uuid.UUID) -> HttpResponseBase:
        job = self.get_job(job_id)
        data = represent_job(job, request)
        etag = body_etag(data)
        response = tag(not_modified(request, etag) or Response(data), etag)
        if not job.is_final:
            response.headers["Retry-After"] = str(seconds_to_next_look(job.calendar))
        return response


class JobResultView(JobAPIView):
    """A finished job's calendar file."""

    @extend_schema(responses={(HTTPStatus.OK, "text/calendar"): OpenApiTypes.BINARY})
    def get(self, request: Request, job_id: uuid.UUID) -> HttpResponse:
        job = self.get_job(job_id)
        if job.is_expired:
            raise Gone
        if job.status == JobStatus.SUCCESS:
            try:
                return calendar_download(job.file)
            except CalendarFile.DoesNotExist as error:
                raise Gone from error
        if job.status == JobStatus.FAILURE:
            raise exceptions.NotFound(f"The task failed: {job.error}")
        if job.status == JobStatus.REVOKED:
            raise exceptions.NotFound("The task was cancelled.")
        raise exceptions.NotFound("Task not finished")


class FeedsView(ListAPIView):
    """The feeds of your list, oldest first, with their secret addresses."""

    serializer_class = FeedSerializer

    @extend_schema(responses=FeedSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(represent_feeds(feeds.list_feeds(todo_list=self.todo_list), request))

    @extend_schema(request=FeedSerializer, responses={HTTPStatus.CREATED: FeedSerializer})
    def post(self, request: Request) -> Response:
        body = represent_feed(feeds.create_feed(todo_list=self.todo_list, **validated_feed(request)), request)
        location = absolute_url(request, "api:feed", feed_id=body["id"])
        return Response(body, status=HTTPStatus.CREATED, headers={"Location": location})


class FeedView(ListAPIView):
    """One feed."""

    serializer_class = FeedSerializer

    @extend_schema(responses=FeedSerializer)
    def get(self, request: Request, feed_id: uuid.UUID) -> Response:
        return Response(represent_feed(self.get_feed(feed_id), request))

    @extend_schema(request=FeedSerializer(partial=True), responses=FeedSerializer)
    def put(self, request: Request, feed_id: uuid.UUID) -> Response:
        self.get_feed(feed_id)  # what does not exist is a 404 whatever is sent to it
        changes = validated_feed(request, partial=True)
        try:
            feed = feeds.change_feed(todo_list=self.todo_list, feed_id=feed_id, **changes)
        except Feed.DoesNotExist as error:
            raise Http404(NO_SUCH_FEED) from error
        return Response(represent_feed(feed, request))

    @extend_schema(request=FeedSerializer(partial=True), responses=FeedSerializer)
    def patch(self, request: Request, feed_id: uuid.UUID) -> Response:
        return self.put(request, feed_id)

    @extend_schema(responses={HTTPStatus.NO_CONTENT: None})
    def delete(self, request: Request, feed_id: uuid.UUID) -> Response:
        """Deletes the feed; its address is gone at once."""
        try:
            feeds.delete_feed(todo_list=self.todo_list, feed_id=feed_id)
        except Feed.DoesNotExist as error:
            raise Http404(NO_SUCH_FEED) from error
        return Response(status=HTTPStatus.NO_CONTENT)

    def get_feed(self, feed_id: uuid.UUID) -> Feed:
        try:
            return feeds.get_feed(todo_list=self.todo_list, feed_id=feed_id)
        except Feed.DoesNotExist as error:
            raise Http404(NO_SUCH_FEED) from error


class FeedRotateView(ListAPIView):
    """Gives a feed a new address; the old one is gone at once."""

    @extend_schema(request=None, responses=FeedSerializer)
    def post(self, request: Request, feed_id: uuid.UUID) -> Response:
        try:
            feed = feeds.rotate_feed(todo_list=self.todo_list, feed_id=feed_id)
        except Feed.DoesNotExist as error:
            raise Http404(NO_SUCH_FEED) from error
        return Response(represent_feed(feed, request))


def validated_feed(request: Request, *, partial: bool = False) -> dict[str, Any]:
    """Return the feed's values that the body gives. Raises a 400 that names the fields at fault."""
    serializer = FeedSerializer(data=request.data, partial=partial)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def seconds_to_next_look(calendar: Calendar) -> int:
    """Return when it is worth asking again: soon, unless the next attempt after a failed one is some way off."""
    if not calendar.attempts or calendar.lease_token is not None or calendar.due_at_ms is None:
        return 1
    return min(MAX_RETRY_SECONDS, max(1, math.ceil((calendar.due_at_ms - calendar.read_at_ms) / 1000)))
