"""Middleware for pages, and for what the API and pages share. Longer middleware has a module of its own."""

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from rest_framework.permissions import SAFE_METHODS

from database.errors import is_outage
from web.admission import Busy
from web.error_views import busy, database_unavailable, not_found, page_expired
from web.paths import is_api
from web.quotas import QuotaExceeded
from web.sessions import has_ended, is_of_another_user, is_refresh

logger = logging.getLogger(__name__)

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
    """Show a page when a quota is exceeded or the server is busy. In API views, the exception handler answers."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Busy):
            return busy(request)
        if not isinstance(exception, QuotaExceeded):
            return None
        return render(request, "409.html", {"sentence": str(exception)}, status=HTTPStatus.CONFLICT)


class DeletedMiddleware:
    """Answer 404 if what a view found is deleted before a service changes it. In API views, the exception handler does.

    Views ask for everything they need first, so that this is a race and no mistake of the address.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ObjectDoesNotExist):
            return None
        logger.warning("Deleted during a request: %s", type(exception).__qualname__)
        return not_found(request, exception)


class EndedSessionMiddleware:
    """Refuse a change that was meant for another list: its page is of a session that has ended, or of another user.

    A page that refreshes itself gets nothing then: it would show another list without a word.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Handler, *arguments: object) -> HttpResponse | None:
        # In the API, SessionAuthentication refuses. Views that need no login, such as the login page, show no list.
        if is_api(request.path) or not getattr(view, "login_required", True):
            return None
        if request.method not in SAFE_METHODS or is_refresh(request):
            if has_ended(request) or is_of_another_user(request, request.POST):
                return page_expired(request)
        elif has_ended(request):
            request.session.flush()  # the browser forgets the session, and the page shows that nobody is signed in
        return None


class PrivateResponseMiddleware:
    """Keep responses out of caches that others share, and out of the browser's when it is closed.

    A view that sets both headers itself decides otherwise: what has an ETag is revalidated, not sent again.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not ("Cache-Control" in response.headers and "Vary" in response.headers):
            response.headers.setdefault("Cache-Control", "private, no-store")
            patch_vary_headers(response, ("Cookie", "Authorization"))
        return response


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
