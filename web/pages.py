"""What all pages share: the way back, and what their frame shows."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def came_from(request: HttpRequest, default: str) -> str:
    """Return the address, on this site, of the page from which the request was made.

    A form may say it in ``next``, since it survives an answer with errors; else the browser does.
    """
    address = (
        request.POST.get("next")
        or (request.htmx.current_url if request.htmx else None)
        or request.headers.get("Referer", "")
    )
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}):
        return default
    parts = urlsplit(address)
    # A path that begins with two slashes would be another host.
    path = "/" + parts.path.lstrip("/")
    return f"{path}?{parts.query}" if parts.query else path


def frame(request: HttpRequest) -> dict[str, object]:
    """The context processor of the pages' frame."""
    return {
        "mode": settings.MODE,
        "sign_up_is_open": settings.SIGN_UP,
        "sends_mail": settings.EMAIL_BACKEND != "django.core.mail.backends.dummy.EmailBackend",
    }
