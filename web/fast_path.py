"""The fast path: requests of programs, without a session, skip the middleware that only browsers need.

Sessions, messages, CSRF tokens and static files took a quarter of an API call's time. A request that has a
session or asks for HTML passes through all of MIDDLEWARE.
"""

from collections.abc import Callable
from functools import cache
from io import BytesIO

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django_permissions_policy import PermissionsPolicyMiddleware

from web.body_limits import BodyLimitMiddleware

Handler = Callable[[HttpRequest], HttpResponseBase]

# Skipped too, but every response has their headers.
HEADER_MIDDLEWARE = (SecurityMiddleware, CSPMiddleware, PermissionsPolicyMiddleware, XFrameOptionsMiddleware)


class FastPathEndMiddleware:
    """Where the fast path ends: what comes after it in MIDDLEWARE has every response."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        FastPathMiddleware.view = staticmethod(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)


class FastPathMiddleware:
    """Skips the middleware between here and FastPathEndMiddleware, which Django makes before this one."""

    view: Handler

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.fast_response = BodyLimitMiddleware(self.view)
        self.headers = cache(self.make_headers)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not takes_fast_path(request) or (settings.SECURE_SSL_REDIRECT and not request.is_secure()):
            return self.get_response(request)
        request.get_host()  # raises DisallowedHost, which becomes a 400
        response = self.fast_response(request)
        for name, value in self.headers(request.is_secure()):
            response.headers.setdefault(name, value)
        return response

    def make_headers(self, is_secure: bool) -> list[tuple[str, str]]:
        """Return the headers that the skipped middleware adds to every response."""
        scheme = "https" if is_secure else "http"
        request = WSGIRequest({"REQUEST_METHOD": "GET", "wsgi.url_scheme": scheme, "wsgi.input": BytesIO()})
        empty = HttpResponse()
        get_response = lambda _: empty  # noqa: E731
        own = set(empty.headers)
        for middleware in HEADER_MIDDLEWARE:
            get_response = middleware(get_response)
        return [(name, value) for name, value in get_response(request).headers.items() if name not in own]


def takes_fast_path(request: HttpRequest) -> bool:
    meta = request.META
    return (
        request.path.startswith(settings.FAST_PATH_PREFIXES)
        and settings.SESSION_COOKIE_NAME not in meta.get("HTTP_COOKIE", "")
        and "text/html" not in meta.get("HTTP_ACCEPT", "")
    )
