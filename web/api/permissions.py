"""What the mode requires of a caller."""

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from web.api.parameters import check_parameters
from web.origins import is_cross_site

if TYPE_CHECKING:  # rest_framework.views imports this module
    from rest_framework.views import APIView


class ModeAllows(BasePermission):
    """In private mode, require a user. In both modes, another site's page may not change anything.

    Callers without a session need no CSRF token: what browsers say about a request's origin keeps other sites from
    using them. A read token may not change anything either.

    A token that is restricted to some lists opens the views that say so (``takes_restricted_tokens``) and look for
    lists through todos.access. For all others it is as if nothing was there, the token's user included.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if request.method not in SAFE_METHODS and is_cross_site(request):
            # Raised here, since returning False gives anonymous callers a 401.
            raise PermissionDenied("A page of another site may not change anything here.")
        if (
            request.auth is not None
            and request.auth.is_restricted
            and not getattr(view, "takes_restricted_tokens", False)
        ):
            raise NotFound("This token only gives access to certain lists.")
        if request.auth is not None and not request.auth.allows(request.method):
            raise PermissionDenied("This token may only read.")
        if settings.MODE != "open" and not request.user.is_authenticated:
            return False
        check_parameters(request, view)  # here, because all views of data have this permission
        return True
