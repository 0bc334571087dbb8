"""Rate limits for what is expensive or can be guessed. RATE_LIMITS has the rates, by scope.

RATE_LIMIT_STORAGE counts across all processes.
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
from django.utils.module_loading import import_string
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from rest_framework.request import Request

logger = logging.getLogger(__name__)

# A Redis that does not answer must not delay requests.
STORAGE_TIMEOUT_SECONDS = 1
# One IPv6 customer usually has a whole network of this size.
IPV6_NETWORK_BITS = 64

View = Callable[..., HttpResponse]


def seconds_to_wait(scope: str, *keys: str, count: bool = True) -> int | None:
    """Count one use of ``scope`` for each key. Return the seconds to wait if a key is over the rate, else None.

    With ``count=False`` nothing is counted. If the storage cannot be reached, nobody is refused.
    """
    if (rate := _rate(scope)) is None:
        return None
    limiter = FixedWindowRateLimiter(_storage())
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
    """Return the key of a caller: the user id, or the IP address if anonymous."""
    user = getattr(request, "user", None)
    return f"user {user.pk}" if user is not None and user.is_authenticated else address_of(request)


def address_of(request: HttpRequest | Request) -> str:
    """Return the IP address of the client; for IPv6, its network."""
    try:
        ip = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return "nowhere"  # a Unix socket
    if ip.version == 6:
        ip = ipaddress.ip_network((ip, IPV6_NETWORK_BITS), strict=False).network_address
    return str(ip)


def limited(scope: str, *more: Callable[[HttpRequest], str]) -> Callable[[View], View]:
    """Decorate a page's view to refuse POSTs over the rate, by caller and by each of the ``more`` keys."""

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
    """Return a key function for ``limited``: the value of a form field, since many addresses can guess one name.

    Spellings that the form treats as equal have one key, and all keys have the same length.
    """

    def key(request: HttpRequest) -> str:
        text = unicodedata.normalize("NFKC", request.POST.get(field, "")).strip().casefold()
        return f"{field} {hashlib.sha256(text.encode(errors='replace')).hexdigest()[:32]}"

    return key


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    """Return the page of status 429, which says how long to wait."""
    response = render(request, "429.html", {"wait": wait}, status=HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(wait)
    return response


def _rate(scope: str) -> RateLimitItem | None:
    rate = settings.RATE_LIMITS[scope]
    return parse(rate) if rate else None


@cache
def _storage() -> Storage:
    location = settings.RATE_LIMIT_STORAGE
    if "://" not in location:
        return import_string(location)(wrap_exceptions=True)
    timeouts = {"socket_timeout": STORAGE_TIMEOUT_SECONDS, "socket_connect_timeout": STORAGE_TIMEOUT_SECONDS}
    is_redis = location.startswith("redis")
    return storage_from_string(location, wrap_exceptions=True, **(timeouts if is_redis else {}))
