"""The client's address, where proxies stand between the client and this server."""

import ipaddress
from collections.abc import Callable, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

Handler = Callable[[HttpRequest], HttpResponseBase]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Headers that only a proxy may set; a client could claim anything in them.
FORWARDED_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")


class ProxyMiddleware:
    """Set the client's address and scheme from the headers of TRUSTED_PROXIES.

    The headers are removed, so that nothing further in can trust them by mistake.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        meta = request.META
        proxies: Sequence[Network] = settings.TRUSTED_PROXIES
        if proxies and is_trusted(meta.get("REMOTE_ADDR", ""), proxies):
            meta["REMOTE_ADDR"] = client_of(meta.get("HTTP_X_FORWARDED_FOR", ""), meta["REMOTE_ADDR"], proxies)
            scheme = meta.get("HTTP_X_FORWARDED_PROTO", "")
            if scheme in {"http", "https"}:
                meta["wsgi.url_scheme"] = scheme
        for name in FORWARDED_HEADERS:
            meta.pop(name, None)
        return self.get_response(request)


def client_of(forwarded_for: str, peer: str, proxies: Sequence[Network]) -> str:
    """Return the last address in the header that is not a trusted proxy's: each proxy appends its peer's.

    Addresses to the left of it came from the client, who can write anything there.
    """
    client = peer
    for address in reversed([part.strip() for part in forwarded_for.split(",")]):
        if not is_address(address):
            break
        client = address
        if not is_trusted(address, proxies):
            break
    return client


def is_trusted(address: str, networks: Sequence[Network]) -> bool:
    return is_address(address) and any(ipaddress.ip_address(address) in network for network in networks)


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
