"""Who is calling the API."""

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from rest_framework import authentication, exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

ENDED = "Your session has ended; sign in again."


class SessionAuthentication(authentication.SessionAuthentication):
    """Django's sessions, with the CSRF check that they need; a missing sign-in is a 401, not DRF's 403.

    A change under a session that is no more is refused, not done to nobody's list.
    """

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, None] | None:
        known = super().authenticate(request)
        if known is None and request.method not in SAFE_METHODS and has_ended(request._request):
            raise exceptions.AuthenticationFailed(ENDED)
        return known

    def authenticate_header(self, request: Request) -> str:
        return "Session"


def has_ended(request: HttpRequest) -> bool:
    """Whether the request names a session that there is not, or no longer."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    return not request.user.is_authenticated and request.session.is_empty()
