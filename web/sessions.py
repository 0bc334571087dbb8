"""Sessions that have ended, and for whom a page was made.

Each form and each htmx request says for which user its page was made. Otherwise a form that is posted after the session
has ended would change the open list.
"""

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest

# Pages of release 0.1.0, which may still be open, send these.
USER_FIELD = "list_owner"
USER_HEADER = "X-List-Owner"
_USER = "HTTP_" + USER_HEADER.upper().replace("-", "_")
NOBODY = "0"
# With which a page asks for itself anew, because something has changed (static/js/live.js).
_REFRESH = "HTTP_X_LIVE"


def has_ended(request: HttpRequest) -> bool:
    """Return whether the request names a session that has ended, or whose user is inactive or deleted."""
    if not request.COOKIES.get(settings.SESSION_COOKIE_NAME) or request.user.is_authenticated:
        return False
    return request.session.is_empty() or SESSION_KEY in request.session


def is_refresh(request: HttpRequest) -> bool:
    """Return whether a page refreshes itself, not a person."""
    return _REFRESH in request.META


def page_user(request: HttpRequest) -> str:
    """Return for whom the request's pages are made: the user's id, or NOBODY if they are not signed in."""
    user = getattr(request, "user", None)  # the fast path sets none
    return str(user.pk) if user is not None and user.is_authenticated else NOBODY


def is_of_another_user(request: HttpRequest, form: dict[str, str] | None = None) -> bool:
    """Return whether the request comes from a page that was made for somebody else."""
    # META, because request.headers turns all headers into another mapping first, for every change through the API.
    user = request.META.get(_USER) or (form or {}).get(USER_FIELD)
    return user is not None and user != page_user(request)
