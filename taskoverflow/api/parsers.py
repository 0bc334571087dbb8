"""JSON bodies, read strictly."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from taskoverflow.api.renderers import JSONRenderer


class JSONParser(BaseParser):
    """Parse an object of RFC 8259, whole.

    orjson refuses what the standard library lets through or dies of: NaN, lone surrogates, invalid UTF-8
    and nesting without end.
    """

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> dict:
        try:
            data = orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not valid JSON: {error}.") from error
        if not isinstance(data, Mapping):
            raise ParseError("The body must be a JSON object.")
        return data
