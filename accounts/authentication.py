"""``Authorization: Bearer …``: API tokens."""

from django.contrib.auth.models import AbstractBaseUser
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from accounts.models import ApiToken
from accounts.services import find_token
from todos.access import restrict

SCHEME = "Bearer"
INVALID = "This token is unknown, revoked or expired."
UNKNOWN = f"Send a token as “Authorization: {SCHEME} …”."


class BearerAuthentication(authentication.BaseAuthentication):
    """Authenticates a user by an API token. An invalid token is refused, not treated as no token."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, ApiToken] | None:
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() in {"", "basic"}:  # a proxy's own sign-in comes along
            return None
        if scheme.lower() != SCHEME.lower():
            raise exceptions.AuthenticationFailed(UNKNOWN)
        if not (token := find_token(secret.strip())):
            raise exceptions.AuthenticationFailed(INVALID)
        return restrict(token.user, token.list_ids), token

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="api"'
