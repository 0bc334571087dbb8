"""Parts of a long list: the body stays a plain array, headers say where the other parts are."""

import re
from typing import Any

from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

MAX_LIMIT = 1_000
MAX_OFFSET = 999_999_999
SMALL_PAGES = {str(limit) for limit in range(101)}
_WHOLE_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


class LinkPagination(BasePagination):
    """``?limit=`` and ``?offset=``, answered with X-Total-Count and Link (RFC 8288). With neither: everything."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> Any:
        if not request.query_params.keys() & {"limit", "offset"}:
            return None
        self.request, self.queryset = request, queryset
        self.limit = whole_number(request, "limit", MAX_LIMIT, least=1, most=MAX_LIMIT)
        self.offset = whole_number(request, "offset", 0, least=0, most=MAX_OFFSET)
        return queryset[self.offset : self.offset + self.limit]

    def get_paginated_response(self, data: list) -> Response:
        total = self.queryset.count()
        offsets = {"first": 0, "last": max(0, total - 1) // self.limit * self.limit}
        if self.offset > 0:
            offsets["prev"] = max(0, self.offset - self.limit)
        if self.offset + self.limit < total:
            offsets["next"] = self.offset + self.limit
        links = (f'<{self._url(offset)}>; rel="{name}"' for name, offset in offsets.items())
        return Response(data, headers={"X-Total-Count": str(total), "Link": ", ".join(links)})

    def get_schema_operation_parameters(self, view: APIView) -> list[dict]:
        return [
            {
                "name": "limit",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
                "description": "At most this many; the headers Link and X-Total-Count describe the others.",
            },
            {
                "name": "offset",
                "in": "query",
                "schema": {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET},
                "description": "Skip this many.",
            },
        ]

    def _url(self, offset: int) -> str:
        query = self.request.query_params.copy()
        query["limit"], query["offset"] = str(self.limit), str(offset)
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")


def whole_number(request: Request, name: str, default: int, *, least: int, most: int) -> int:
    """Return the number in a parameter of a request's address; raises the 400 that names it."""
    text = request.query_params.get(name, str(default))
    if not (_WHOLE_NUMBER.fullmatch(text) and least <= int(text) <= most):
        raise serializers.ValidationError({name: f"This must be a whole number from {least} to {most}."})
    return int(text)
