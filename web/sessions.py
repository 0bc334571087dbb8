"""Sessions that have ended, and whose list a page was made for.

Each form and each htmx request carries the owner of the list that its page showed. Otherwise a form that is posted
after the session has ended would change the open list.
"""

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest

OWNER_FIELD = "list_owner"
OWNER_HEADER = "X-List-Owner"
_OWNER = "HTTP_" + OWNER_HEADER.upper().replace("-", "_")
NOBODY = "0"


def has_ended(request: HttpRequest) -> bool:
    """Return whether the request names a session that has ended, or whose user is inactive or deleted."""
    if not request.COOKIES.get(settings.SESSION_COOKIE_NAME) or request.user.is_authenticated:
        return False
    return request.session.is_empty() or SESSION_KEY in request.session


def list_owner(request: HttpRequest) -> str:
    """Return whose list the request's pages show: the user's id, or NOBODY for the open list."""
    user = getattr(request, "user", None)  # the fast path sets none
    return str(user.pk) if user is not None and user.is_authenticated else NOBODY


def is_for_another_list(request: HttpRequest, form: dict[str, str] | None = None) -> bool:
    """Return whether the request comes from a page that showed somebody else's list."""
    # META, because request.headers turns all headers into another mapping first, for every change through the API.
    owner = request.META.get(_OWNER) or (form or {}).get(OWNER_FIELD)
    return owner is not None and owner != list_owner(request)
