"""Who is calling the API."""

from rest_framework import authentication
from rest_framework.request import Request


class SessionAuthentication(authentication.SessionAuthentication):
    """Django's sessions, with the CSRF check that they need; a missing sign-in is a 401, not DRF's 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
