"""What the mode asks of a caller."""

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:  # rest_framework.views imports this module
    from rest_framework.views import APIView


class ModeAllows(BasePermission):
    """In private mode a user is needed; in no mode may another site's page change anything.

    A browser says where a request comes from in ``Sec-Fetch-Site``, and no page can alter that. Callers
    without a session need no CSRF token, so this header is what keeps other sites from using them.

    An API token that may only read changes nothing either.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if request.method not in SAFE_METHODS and request.META.get("HTTP_SEC_FETCH_SITE") == "cross-site":
            # Raised, since False is a 401 to whoever is not signed in.
            raise PermissionDenied("A page of another site may not change anything here.")
        if request.auth is not None and not request.auth.allows(request.method):
            raise PermissionDenied("This token may only read.")
        return settings.MODE == "open" or request.user.is_authenticated
