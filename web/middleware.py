"""What every request passes on its way in."""

import re
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.csrf import csrf_failure
from rest_framework.permissions import SAFE_METHODS

from web.api.authentication import has_ended
from web.api.errors import DATABASE_ERRORS, RETRY_AFTER_SECONDS, UNAVAILABLE, json_error
from web.quotas import QuotaExceeded

Handler = Callable[[HttpRequest], HttpResponseBase]

API_PREFIX = "/api/"
# Where a body is a calendar file, and how many bytes a form may have around it.
FILES = {"/api/v1/todos/import": 0, "/import": 10_000}
_LENGTH = re.compile(r"\d{1,18}", re.ASCII)


def request_bodies(get_response: Handler) -> Handler:
    """Refuse a body that is too long, and in the API one that has no length, before anybody reads it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        is_call = request.path.startswith(API_PREFIX)
        if is_call and "HTTP_TRANSFER_ENCODING" in request.META:
            return json_error("A body needs a Content-Length.", HTTPStatus.LENGTH_REQUIRED)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not _LENGTH.fullmatch(length):
            sentence = "Content-Length must be a whole number."
            return json_error(sentence, HTTPStatus.BAD_REQUEST) if is_call else HttpResponseBadRequest(sentence)
        most = most_bytes(request.path)
        if int(length) <= most:
            return get_response(request)
        if is_call:
            return json_error(f"The body is over {most:,} bytes.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        megabytes = f"{settings.MAX_IMPORT_BYTES / 1_000_000:g}" if request.path in FILES else None
        return render(request, "413.html", {"megabytes": megabytes}, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    return middleware


def most_bytes(path: str) -> int:
    """Return how long a body may be that is sent there."""
    if path in FILES:
        return settings.MAX_IMPORT_BYTES + FILES[path]
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def bodiless(get_response: Handler) -> Handler:
    """Take off the length that Django gives to answers without a body (RFC 9110, 8.6).

    That of a 304 would have to be the file's: a zero tells caches that the file is empty.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            response.headers.pop("Content-Length", None)
        return response

    return middleware


class database_outage:
    """Answer 503 when the database cannot be reached; API views answer theirs by the exception handler."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.get_response(request)
        except DATABASE_ERRORS:
            return self.unavailable(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return self.unavailable(request) if isinstance(exception, DATABASE_ERRORS) else None

    def unavailable(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(API_PREFIX):
            response = json_error(UNAVAILABLE, HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            response = render(request, "503.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response


class caps:
    """Say on a page that a list is full; API views say it by the exception handler."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, QuotaExceeded):
            return None
        return render(request, "409.html", {"sentence": str(exception)}, status=HTTPStatus.CONFLICT)


class ended_sessions:
    """Refuse a page's changes under a session that is no more: they were meant for somebody's own list."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Handler, *arguments: object) -> HttpResponse | None:
        if request.method in SAFE_METHODS or request.path.startswith(API_PREFIX) or not has_ended(request):
            return None
        return csrf_failure(request)


class PrivateModeMiddleware(LoginRequiredMiddleware):
    """In private mode every page asks for a sign-in, but those marked ``login_not_required``."""

    def process_view(self, request: HttpRequest, view: Handler, *arguments: object) -> HttpResponse | None:
        # Django's own asks for the user first, and so reads a session for views that need none.
        if settings.MODE == "open" or not getattr(view, "login_required", True):
            return None
        return super().process_view(request, view, *arguments)

    def handle_no_permission(self, request: HttpRequest, view: Handler) -> HttpResponse:
        response = super().handle_no_permission(request, view)
        if request.headers.get("HX-Request"):
            # Sent in the background: the page as a whole goes to the sign-in, not a part of it.
            return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": reverse(settings.LOGIN_URL)})
        return response
