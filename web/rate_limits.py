"""How often somebody may do what is costly or can be guessed at. The rates are settings, RATE_LIMITS.

Counts hold across processes: they are in Redis where that is the broker, in this process's memory where it
is the only one, and else in the database.
"""

import hashlib
import ipaddress
import logging
import math
import time
import unicodedata
from collections.abc import Callable
from functools import cache, wraps
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

logger = logging.getLogger(__name__)

# A Redis that does not answer must not hold up those whom it is to protect.
STORE_TIMEOUT_SECONDS = 1
# Who has an IPv6 address has its network.
IPV6_NETWORK_BITS = 64

View = Callable[..., HttpResponse]


def seconds_to_wait(scope: str, *keys: str, count: bool = True) -> int | None:
    """Count one use of ``scope`` for each of the keys; return how long to wait if one has had too many.

    With ``count=False`` it only looks. A store that cannot be reached refuses nobody.
    """
    if (rate := _rate(scope)) is None:
        return None
    limiter = FixedWindowRateLimiter(_store())
    use = limiter.hit if count else limiter.test
    try:
        full = [key for key in keys if not use(rate, scope, key)]
        if not full:
            return None
        reset_at = max(limiter.get_window_stats(rate, scope, key).reset_time for key in full)
    except StorageError as error:
        logger.warning("Rate limits cannot be counted: %s", type(error.storage_error).__name__)
        return None
    return max(1, math.ceil(reset_at - time.time()))


def caller(request: HttpRequest | Request) -> str:
    """Return who is limited: the user, or the address of whoever is none."""
    user = getattr(request, "user", None)
    return f"user {user.pk}" if user is not None and user.is_authenticated else address_of(request)


def address_of(request: HttpRequest | Request) -> str:
    """Return the address a request comes from; of IPv6 its network."""
    try:
        ip = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return "nowhere"  # a socket without addresses
    if ip.version == 6:
        ip = ipaddress.ip_network((ip, IPV6_NETWORK_BITS), strict=False).network_address
    return str(ip)


def limited(scope: str, *more: Callable[[HttpRequest], str]) -> Callable[[View], View]:
    """Decorate a page's view: POSTs beyond the rate are refused. ``more`` are further keys beside the caller."""

    def decorate(view: View) -> View:
        @wraps(view)
        def limited_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if request.method == "POST":
                keys = [caller(request), *(key(request) for key in more)]
                if wait := seconds_to_wait(scope, *keys):
                    return too_many(request, wait)
            return view(request, *args, **kwargs)

        return limited_view

    return decorate


def entered(field: str) -> Callable[[HttpRequest], str]:
    """Return a key for ``limited``: what stands in a form's field, since many addresses may guess at one name.

    However it is written that the form takes for the same, and of one length, whatever somebody enters.
    """

    def key(request: HttpRequest) -> str:
        text = unicodedata.normalize("NFKC", request.POST.get(field, "")).strip().casefold()
        return f"{field} {hashlib.sha256(text.encode(errors='replace')).hexdigest()[:32]}"

    return key


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    """Return the page that says how long to wait."""
    response = render(request, "429.html", {"wait": wait}, status=HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(wait)
    return response


def throttle(scope: str) -> type[BaseThrottle]:
    """Return the class for an API view's ``throttle_classes``: what changes something counts, reading does not."""

    class Throttle(BaseThrottle):
        def allow_request(self, request: Request, view: object) -> bool:
            self.seconds = seconds_to_wait(scope, caller(request)) if request.method == "POST" else None
            return self.seconds is None

        def wait(self) -> int | None:
            return self.seconds

    return Throttle


def _rate(scope: str) -> RateLimitItem | None:
    rate = settings.RATE_LIMITS[scope]
    return parse(rate) if rate else None


@cache
def _store() -> Storage:
    if settings.BROKER_URL.startswith(("redis://", "rediss://")):
        return storage_from_string(
            settings.BROKER_URL,
            wrap_exceptions=True,
            socket_timeout=STORE_TIMEOUT_SECONDS,
            socket_connect_timeout=STORE_TIMEOUT_SECONDS,
        )
    return storage_from_string("database://" if settings.BROKER_URL else "memory://", wrap_exceptions=True)
