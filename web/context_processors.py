"""Context processors: variables that every page's template can use."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """Add what the base template shows: the mode, and whether people can sign up or receive mail."""
    return {
        "mode": settings.MODE,
        "sign_up_is_open": settings.SIGN_UP,
        "sends_mail": settings.EMAIL_BACKEND != "django.core.mail.backends.dummy.EmailBackend",
    }
