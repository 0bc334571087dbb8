"""Whom a request comes from, where proxies stand between."""

import ipaddress
from collections.abc import Callable, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

Handler = Callable[[HttpRequest], HttpResponseBase]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Everything that a client might say of itself and only a proxy may say of a client.
FORWARDED_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")


def client_address(get_response: Handler) -> Handler:
    """Put the client's address and scheme where Django looks for them, believing TRUSTED_PROXIES alone.

    From any other peer the headers are dropped, so that nothing further in can believe them either.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        meta = request.META
        proxies: Sequence[Network] = settings.TRUSTED_PROXIES
        if proxies and is_trusted(meta.get("REMOTE_ADDR", ""), proxies):
            meta["REMOTE_ADDR"] = client_of(meta.get("HTTP_X_FORWARDED_FOR", ""), meta["REMOTE_ADDR"], proxies)
            scheme = meta.get("HTTP_X_FORWARDED_PROTO", "")
            if scheme in {"http", "https"}:
                meta["wsgi.url_scheme"] = scheme
        for name in FORWARDED_HEADERS:
            meta.pop(name, None)
        return get_response(request)

    return middleware


def client_of(forwarded_for: str, peer: str, proxies: Sequence[Network]) -> str:
    """Return the last address that no proxy of ours has: each proxy appends the peer it saw.

    What stands left of that came from the client, who may write what it likes.
    """
    client = peer
    for address in reversed([part.strip() for part in forwarded_for.split(",")]):
        if not is_address(address):
            break
        client = address
        if not is_trusted(address, proxies):
            break
    return client


def is_trusted(address: str, proxies: Sequence[Network]) -> bool:
    return is_address(address) and any(ipaddress.ip_address(address) in network for network in proxies)


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
