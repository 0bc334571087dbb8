"""Whether a request is somebody's, asked before its body is read."""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.settings import api_settings

from database.errors import DATABASE_ERRORS


def is_signed_in(environ: dict[str, Any]) -> bool:
    """Return whether the headers name a user, by a session or an API token. A view still has to check them.

    The check against forgery (CSRF) is the view's: a form has its token in the body.
    """
    request = WSGIRequest(environ)
    try:
        SessionMiddleware(_nothing).process_request(request)
        AuthenticationMiddleware(_nothing).process_request(request)
        if request.user.is_authenticated:
            return True
        for authentication in api_settings.DEFAULT_AUTHENTICATION_CLASSES:
            if issubclass(authentication, SessionAuthentication):
                continue
            if authentication().authenticate(Request(request)):
                return True
    except (APIException, *DATABASE_ERRORS):
        return False
    return False


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
