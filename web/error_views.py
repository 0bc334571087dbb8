"""Error views for requests that no view answered: JSON for the API, a page for everything else."""

import sys
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views import defaults

from database.errors import is_outage
from web.admission import RETRY_AFTER_SECONDS
from web.api.errors import NOT_FOUND, UNAVAILABLE, json_error
from web.origins import is_cross_site
from web.paths import is_api
from web.redirects import came_from

# What people type into forms, and its label. Passwords are never shown.
TYPED_FIELDS = {
    "title": _("Title"),
    "description": _("Description"),
    "date": _("Date"),
    "time": _("Time"),
    "name": _("Name"),
    "email": _("Email"),
}


class NothingHere(Http404):
    """A 404 whose page says more. It must be the same for what never existed and for what is not the user's."""

    def __init__(self, heading: str, sentence: str) -> None:
        super().__init__(str(sentence))
        self.heading, self.sentence = heading, sentence


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request.path):
        return json_error("Malformed request or unknown host.", HTTPStatus.BAD_REQUEST)
    if isinstance(exception, RequestDataTooBig):
        return render(request, "413.html", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request.path):
        return json_error("You may not do this.", HTTPStatus.FORBIDDEN)
    return defaults.permission_denied(request, exception)


def page_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a form whose page is of an earlier session, or that lacks a CSRF token. Show the typed text to copy."""
    form = {} if is_cross_site(request) else request.POST  # no site may put its text on our page
    typed = [(label, form[name]) for name, label in TYPED_FIELDS.items() if form.get(name)]
    context = {"typed": typed, "next": came_from(request, "/")}
    return render(request, "403_csrf.html", context, status=HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request.path):
        return json_error(NOT_FOUND, HTTPStatus.NOT_FOUND)
    context = {"nothing": exception} if isinstance(exception, NothingHere) else {}
    return render(request, "404.html", context, status=HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_outage(sys.exception()):  # in middleware: DatabaseOutageMiddleware answers for views
        return database_unavailable(request)
    if is_api(request.path):
        return json_error("Something went wrong here; we have a record of it.", HTTPStatus.INTERNAL_SERVER_ERROR)
    return defaults.server_error(request)


def database_unavailable(request: HttpRequest) -> HttpResponse:
    if not is_api(request.path):
        return busy(request)
    response = json_error(UNAVAILABLE, HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def busy(request: HttpRequest) -> HttpResponse:
    response = render(request, "503.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
