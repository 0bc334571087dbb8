"""Where to send a browser after a form."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def came_from(request: HttpRequest, default: str) -> str:
    """Return the address on this site of the page that made the request.

    A form may name it in ``next``, which survives a response with errors; otherwise the browser does.
    """
    address = (
        request.POST.get("next")
        or (request.htmx.current_url if request.htmx else None)
        or request.headers.get("Referer", "")
    )
    return safe_address(request, address, default)


def safe_address(request: HttpRequest, address: str, default: str) -> str:
    """Return the address's path and query, if it is on this site."""
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}):
        return default
    parts = urlsplit(address)
    # A path that begins with two slashes would be another host.
    path = "/" + parts.path.lstrip("/")
    return f"{path}?{parts.query}" if parts.query else path
