"""Which parser reads a body."""

from collections.abc import Sequence

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request


class ContentNegotiation(DefaultContentNegotiation):
    """DRF's, but a body must say that it is JSON: a Content-Type is no pattern, so ``*/*`` says nothing."""

    def select_parser(self, request: Request, parsers: Sequence[BaseParser]) -> BaseParser | None:
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)
