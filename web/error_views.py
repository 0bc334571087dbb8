"""Error views for requests that no view answered: JSON for the API, a page for everything else."""

import sys
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import defaults

from database.errors import is_outage
from web.api.errors import NOT_FOUND, RETRY_AFTER_SECONDS, UNAVAILABLE, json_error
from web.paths import is_api


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


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request.path):
        return json_error(NOT_FOUND, HTTPStatus.NOT_FOUND)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_outage(sys.exception()):  # in middleware: DatabaseOutageMiddleware answers for views
        return database_unavailable(request)
    if is_api(request.path):
        return json_error("Something went wrong here; we have a record of it.", HTTPStatus.INTERNAL_SERVER_ERROR)
    return defaults.server_error(request)


def database_unavailable(request: HttpRequest) -> HttpResponse:
    if is_api(request.path):
        response = json_error(UNAVAILABLE, HTTPStatus.SERVICE_UNAVAILABLE)
    else:
        response = render(request, "503.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
