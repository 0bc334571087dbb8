"""The client's address, where proxies stand between the client and this server."""

import ipaddress
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

Handler = Callable[[HttpRequest], HttpResponseBase]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Headers that only a proxy may set; a client could claim anything in them.
FORWARDED_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")
UNKNOWN = ""  # in no network, so that nothing is allowed by address

# Some proxies add the port: 192.0.2.1:443, [2001:db8::1]:443. A bare IPv6 address has no brackets.
_WITH_PORT = re.compile(r"(?:\[(?P<ipv6>[^\[\]]+)\]|(?P<ipv4>[\d.]+))(?::\d{1,5})?", re.ASCII)


class ProxyMiddleware:
    """Set the client's address and scheme from the headers of TRUSTED_PROXIES.

    The headers are removed, so that nothing further in can trust them by mistake.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        meta = request.META
        peer = parse_address(meta.get("REMOTE_ADDR", ""))
        client = peer
        if settings.TRUSTED_PROXIES and is_in(peer, settings.TRUSTED_PROXIES):
            client = client_of(meta.get("HTTP_X_FORWARDED_FOR", ""), settings.TRUSTED_PROXIES)
            scheme = meta.get("HTTP_X_FORWARDED_PROTO", "")
            if scheme in {"http", "https"}:
                meta["wsgi.url_scheme"] = scheme
        meta["REMOTE_ADDR"] = str(client) if client else UNKNOWN
        for name in FORWARDED_HEADERS:
            meta.pop(name, None)
        return self.get_response(request)


def client_of(forwarded_for: str, proxies: Sequence[Network]) -> Address | None:
    """Return the last address in the header that is not a trusted proxy's: each proxy appends its peer's.

    Addresses to the left of it came from the client, who can write anything there. None if the header is missing or
    a proxy wrote something else: the client must not pass for the proxy, which may be allowed more.
    """
    client = None
    for text in reversed(forwarded_for.split(",")):
        client = parse_address(text.strip())
        if not is_in(client, proxies):
            break
    return client


@lru_cache(1024)
def parse_address(text: str) -> Address | None:
    """Return the address, which may have a port, or None. An IPv4 address that is mapped to IPv6 is the IPv4 one."""
    if match := _WITH_PORT.fullmatch(text):
        text = match["ipv6"] or match["ipv4"]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_in(address: Address | None, networks: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in networks)
