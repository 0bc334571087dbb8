"""ETags: what has not changed is not sent again, and what has changed is not overwritten."""

import hashlib

import orjson
from django.http import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags
from rest_framework.request import Request

from web.api.errors import Conflict

# Anybody may keep an answer, and must ask before using it; it depends on who asks, in either way of saying so.
HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"}


def body_etag(data: object) -> str:
    """Return the weak ETag of an answer with this data."""
    return f'W/"{hashlib.sha256(orjson.dumps(data)).hexdigest()[:32]}"'


def not_modified(request: Request, etag: str) -> HttpResponseBase | None:
    """Return the 304 if the caller has this already, else None. Raises a 412 where If-Match wants another."""
    if request.accepted_renderer.format != "json":
        return None  # the browsable API's page shows more than the data
    response = get_conditional_response(request, etag=etag)
    if response is None:
        return None
    if response.status_code != 304:
        raise Conflict
    return tag(response, etag)


def tag(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    """Give the answer its ETag and what goes with it; a 304 has the same headers as the 200 it stands for."""
    for name, value in (HEADERS | {"ETag": etag}).items():
        response.headers[name] = value
    return response


def if_match(request: Request) -> list[str] | None:
    """Return the ETags that a change is tied to, ``["*"]`` for any; None where it is tied to nothing."""
    header = request.META.get("HTTP_IF_MATCH")
    return None if header is None else parse_etags(header)
