"""Session authentication for the API."""

from django.contrib.auth.models import AbstractBaseUser
from rest_framework import authentication, exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from web.sessions import has_ended, is_of_another_user

ENDED = "Your session has ended; sign in again."


class SessionAuthentication(authentication.SessionAuthentication):
    """Django's sessions with a CSRF check. A missing sign-in is a 401, not REST framework's 403.

    A change under a session that has ended is refused: it was not meant for the open list.
    """

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, None] | None:
        known = super().authenticate(request)
        django_request = request._request
        if request.method not in SAFE_METHODS and (
            has_ended(django_request) or is_of_another_user(django_request)
        ):
            raise exceptions.AuthenticationFailed(ENDED)
        return known

    def authenticate_header(self, request: Request) -> str:
        return "Session"
