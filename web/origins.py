"""Where a request comes from, by what browsers say and no page can alter."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request


def is_cross_site(request: HttpRequest | Request) -> bool:
    """Return whether a page of another site sends the request. Programs that are no browsers say nothing: no.

    Browsers send Sec-Fetch-Site to https and localhost only; elsewhere Origin is all there is. Ports do not count,
    as in Sec-Fetch-Site: a single-page client may come through a server of its own on the same host.
    """
    if site := request.META.get("HTTP_SEC_FETCH_SITE"):
        return site == "cross-site"
    origin = request.META.get("HTTP_ORIGIN")
    return origin is not None and _host_of(origin) not in {
        _host_of(f"//{request.get_host()}"),
        _host_of(settings.PUBLIC_URL),
    } - {None}


def _host_of(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:  # brackets that hold no address
        return None
