"""URLs that fail with each kind of error, to show the project's error pages."""

from collections.abc import Callable

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.csrf import csrf_failure

from taskoverflow import urls
from taskoverflow.urls import handler400, handler403, handler404, handler500
from web.quotas import QuotaExceeded
from web.rate_limits import too_many

__all__ = ["handler400", "handler403", "handler404", "handler500"]

FAILURES: dict[str, Exception | Callable[[HttpRequest], HttpResponse]] = {
    "400": BadRequest(),
    "403": PermissionDenied(),
    "403_csrf": csrf_failure,
    "404": Http404(),
    "409": QuotaExceeded("There are 100,000 todos already, and 100,000 is the limit."),
    "413": RequestDataTooBig(),
    "429": lambda request: too_many(request, 40),
    "500": RuntimeError(),
    "503": OperationalError(),
}


def fail(request: HttpRequest, name: str) -> HttpResponse:
    failure = FAILURES[name]
    if isinstance(failure, Exception):
        raise failure
    return failure(request)


urlpatterns = [path("<name>", fail), *urls.urlpatterns]  # pages name other addresses
