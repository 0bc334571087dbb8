"""The short way to a view, for programs: calls of the API and fetches of a calendar, without a session.

Sessions, messages, CSRF tokens, static files and what else a browser needs took a quarter of a call's time.
Who brings a session or asks for a page goes the long way, by all of MIDDLEWARE.
"""

from functools import cache
from io import BytesIO

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django_permissions_policy import PermissionsPolicyMiddleware

from web.middleware import Handler, request_bodies

PREFIXES = ("/api/", "/calendars/")
HEADERS_BY = (SecurityMiddleware, CSPMiddleware, PermissionsPolicyMiddleware, XFrameOptionsMiddleware)


def end(get_response: Handler) -> Handler:
    """The last middleware: it is given what the short way leads to."""
    FastPathMiddleware.view = staticmethod(get_response)
    return get_response


class FastPathMiddleware:
    """Passes everything between itself and the end. Of all middleware, Django makes the last one first."""

    view: Handler

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.answer = request_bodies(self.view)
        self.headers = cache(self.make_headers)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_call(request) or (settings.SECURE_SSL_REDIRECT and not request.is_secure()):
            return self.get_response(request)
        request.get_host()  # raises what is answered with 400
        response = self.answer(request)
        for name, value in self.headers(request.is_secure()):
            response.headers.setdefault(name, value)
        return response

    def make_headers(self, is_secure: bool) -> list[tuple[str, str]]:
        """What the long way gives every answer."""
        scheme = "https" if is_secure else "http"
        request = WSGIRequest({"REQUEST_METHOD": "GET", "wsgi.url_scheme": scheme, "wsgi.input": BytesIO()})
        answer = HttpResponse()
        get_response = lambda _: answer  # noqa: E731
        usual = set(answer.headers)
        for middleware in HEADERS_BY:
            get_response = middleware(get_response)
        return [(name, value) for name, value in get_response(request).headers.items() if name not in usual]


def is_call(request: HttpRequest) -> bool:
    meta = request.META
    return (
        request.path.startswith(PREFIXES)
        and settings.SESSION_COOKIE_NAME not in meta.get("HTTP_COOKIE", "")
        and "text/html" not in meta.get("HTTP_ACCEPT", "")
    )
