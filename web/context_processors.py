"""Context processors: variables that every page's template can use."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from web.sessions import list_owner


def site(request: HttpRequest) -> dict[str, object]:
    """Add what the base template shows: the mode, whose list it is, and whether people can sign up or receive mail."""
    return {
        "mode": settings.MODE,
        # Error pages have no forms, and must not ask the database for the user.
        "list_owner": SimpleLazyObject(lambda: list_owner(request)),
        "sign_up_is_open": settings.SIGN_UP,
        "sends_mail": settings.EMAIL_BACKEND != "django.core.mail.backends.dummy.EmailBackend",
    }
