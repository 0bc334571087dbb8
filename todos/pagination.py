"""A long list a part at a time: the body stays a plain array, the headers tell the rest."""

import re
from dataclasses import dataclass

from rest_framework import serializers
from rest_framework.request import Request

MAX_LIMIT = 1_000
MAX_OFFSET = 999_999_999
_WHOLE_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True)
class Page:
    """``limit`` rows from the ``offset``-th on."""

    limit: int
    offset: int

    def slice(self) -> slice:
        return slice(self.offset, self.offset + self.limit)

    def headers(self, request: Request, total: int) -> dict[str, str]:
        """Return X-Total-Count, and the Link of the parts before and after this one (RFC 8288)."""
        places = {"first": 0, "last": max(0, total - 1) // self.limit * self.limit}
        if self.offset > 0:
            places["prev"] = max(0, self.offset - self.limit)
        if self.offset + self.limit < total:
            places["next"] = self.offset + self.limit
        links = (f'<{self._url(request, offset)}>; rel="{name}"' for name, offset in places.items())
        return {"X-Total-Count": str(total), "Link": ", ".join(links)}

    def _url(self, request: Request, offset: int) -> str:
        query = request.query_params.copy()
        query["limit"], query["offset"] = str(self.limit), str(offset)
        return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def page_parameters(request: Request) -> Page | None:
    """Return the part that ``?limit=`` and ``?offset=`` ask for; None, where neither is given, is everything."""
    if not request.query_params or not request.query_params.keys() & {"limit", "offset"}:
        return None
    return Page(
        limit=_whole_number(request, "limit", MAX_LIMIT, least=1, most=MAX_LIMIT),
        offset=_whole_number(request, "offset", 0, least=0, most=MAX_OFFSET),
    )


def _whole_number(request: Request, name: str, default: int, *, least: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (_WHOLE_NUMBER.fullmatch(text) and least <= int(text) <= most):
        raise serializers.ValidationError({name: f"This must be a whole number from {least} to {most}."})
    return int(text)
