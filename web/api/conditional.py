"""ETags: unchanged answers are not sent again, and changes by others are not overwritten."""

import hashlib

import orjson
from django.http import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags
from rest_framework.request import Request

from web.api.errors import Conflict

# The caller may cache an answer but must revalidate it. It depends on the caller, named by a token or a session.
HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"}


def body_etag(data: object) -> str:
    """Return a weak ETag made from the data of an answer."""
    return f'W/"{hashlib.sha256(orjson.dumps(data)).hexdigest()[:32]}"'


def not_modified(request: Request, etag: str) -> HttpResponseBase | None:
    """Return a 304 if the caller has this already, else None. Raises Conflict if If-Match names other ETags."""
    if request.accepted_renderer.format != "json":
        return None  # the browsable API's page shows more than the data
    response = get_conditional_response(request, etag=etag)
    if response is None:
        return None
    if response.status_code != 304:
        raise Conflict
    return tag(response, etag)


def tag(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    """Set the ETag and the caching headers. A 304 has the same ones as the 200 that it stands for."""
    for name, value in (HEADERS | {"ETag": etag}).items():
        response.headers[name] = value
    return response


def if_match(request: Request) -> list[str] | None:
    """Return the ETags in If-Match, ``["*"]`` for any, or None if there is no such header."""
    header = request.META.get("HTTP_IF_MATCH")
    return None if header is None else parse_etags(header)
