"""Middleware for pages, and for what the API and pages share. Longer middleware has a module of its own."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.csrf import csrf_failure
from rest_framework.permissions import SAFE_METHODS

from database.errors import is_outage
from web.api.authentication import has_ended
from web.error_views import database_unavailable
from web.paths import is_api
from web.quotas import QuotaExceeded

Handler = Callable[[HttpRequest], HttpResponseBase]


class ContentLengthMiddleware:
    """Remove the Content-Length that Django adds to responses without a body (RFC 9110, 8.6).

    In a 304 it would have to be the file's length: a zero tells caches that the file is empty.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            response.headers.pop("Content-Length", None)
        return response


class DatabaseOutageMiddleware:
    """Answer 503 if a view cannot reach the database. In API views, the exception handler does so."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return database_unavailable(request) if is_outage(exception) else None


class QuotaMiddleware:
    """Show a page when a quota is exceeded. In API views, the exception handler answers."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, QuotaExceeded):
            return None
        return render(request, "409.html", {"sentence": str(exception)}, status=HTTPStatus.CONFLICT)


class EndedSessionMiddleware:
    """Refuse a change that a page sends under a session that has ended: it was meant for the user's own list."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Handler, *arguments: object) -> HttpResponse | None:
        if request.method in SAFE_METHODS or is_api(request.path) or not has_ended(request):
            return None
        return csrf_failure(request)


class PrivateModeMiddleware(LoginRequiredMiddleware):
    """In private mode, require a login for every page that is not marked ``login_not_required``."""

    def process_view(self, request: HttpRequest, view: Handler, *arguments: object) -> HttpResponse | None:
        # Django's own asks for the user first, and so reads a session for views that need none.
        if settings.MODE == "open" or not getattr(view, "login_required", True):
            return None
        return super().process_view(request, view, *arguments)

    def handle_no_permission(self, request: HttpRequest, view: Handler) -> HttpResponse:
        response = super().handle_no_permission(request, view)
        if request.headers.get("HX-Request"):
            # htmx would put the login page into a part of this one: have it load the whole page instead.
            return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": reverse(settings.LOGIN_URL)})
        return response
