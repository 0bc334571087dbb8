"""Context processors: variables that every page's template can use."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from web.mail_addresses import sends_mail
from web.preferences import preference
from web.sessions import page_user


def site(request: HttpRequest) -> dict[str, object]:
    """Add what the base template shows: the mode, the theme, the page's user, and what people can do here."""
    return {
        "mode": settings.MODE,
        "theme": preference(request, "theme"),
        # Error pages have no forms, and must not ask the database for the user.
        "page_user": SimpleLazyObject(lambda: page_user(request)),
        "sign_up_is_open": settings.SIGN_UP,
        "sends_mail": sends_mail(),
    }
