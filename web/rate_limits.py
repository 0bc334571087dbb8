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

from web.proxies import parse_address

logger = logging.getLogger(__name__)

# A Redis that does not answer must not delay requests.
STORAGE_TIMEOUT_SECONDS = 1
# One IPv6 customer usually has a whole network of this size.
IPV6_NETWORK_BITS = 64

View = Callable[..., HttpResponse]
Key = Callable[[HttpRequest], str]


def seconds_to_wait(scope: str, *keys: str, count: bool = True) -> int | None:
    """Count one use of ``scope`` for each key in turn. Return the seconds to wait at the first over the rate, or None.

    Later keys are then not counted: who is refused by address cannot use up the rate of a name. With ``count=False``
    nothing is counted. If the storage cannot be reached, nobody is refused.
    """
    if (rate := _rate(scope)) is None:
        return None
    limiter = FixedWindowRateLimiter(_storage())
    use = limiter.hit if count else limiter.test
    try:
        for key in keys:
            if not use(rate, scope, key):
                reset_at = limiter.get_window_stats(rate, scope, key).reset_time
                return max(1, math.ceil(reset_at - time.time()))
    except StorageError as error:
        logger.warning("Rate limits cannot be counted: %s", type(error.storage_error).__name__)
    return None


def caller(request: HttpRequest | Request) -> str:
    """Return the key of a caller: the user id, or the IP address if anonymous."""
    user = getattr(request, "user", None)
    return f"user {user.pk}" if user is not None and user.is_authenticated else address_of(request)


def address_of(request: HttpRequest | Request) -> str:
    """Return the IP address of the client; for IPv6, its network."""
    ip = parse_address(request.META.get("REMOTE_ADDR", ""))
    if ip is None:
        return "unknown"
    if ip.version == 6:
        ip = ipaddress.ip_network((ip, IPV6_NETWORK_BITS), strict=False).network_address
    return str(ip)


def limited(scope: str, *keys: Key, only_failures: bool = False) -> Callable[[View], View]:
    """Decorate a page's view to refuse POSTs over the rate, by each of the keys; the default is the caller.

    With ``only_failures``, a POST counts if the form is shown again. A form that is accepted redirects.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def limited_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if request.method != "POST":
                return view(request, *args, **kwargs)
            values = [key(request) for key in keys or [caller]]
            if wait := seconds_to_wait(scope, *values, count=not only_failures):
                return too_many(request, wait)
            response = view(request, *args, **kwargs)
            if only_failures and response.status_code in {HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY}:
                seconds_to_wait(scope, *values)
            return response

        return limited_view

    return decorate


def entered(field: str) -> Key:
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
