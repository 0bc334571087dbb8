"""JSON bodies, read strictly."""

import json
from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from web.api.renderers import JSONRenderer


class JSONParser(BaseParser):
    """Parse a JSON object (RFC 8259).

    orjson refuses what the standard library accepts or crashes on: NaN, lone surrogates, invalid UTF-8 and
    unlimited nesting. Duplicate keys are refused too, since parsers differ in which value they take.
    """

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> dict:
        body = stream.read()
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not valid JSON: {error}.") from error
        if not isinstance(data, Mapping):
            raise ParseError("The body must be a JSON object.")
        if _is_deeper(data, settings.MAX_BODY_DEPTH):
            raise ParseError(f"The body is nested more than {settings.MAX_BODY_DEPTH} levels deep.")
        # orjson silently keeps the last of several values. Numbers need not be parsed again.
        json.loads(body, object_pairs_hook=_refuse_duplicates, parse_int=str, parse_float=str)
        return data


def _is_deeper(data: Any, levels: int) -> bool:
    level = [data]
    for _ in range(levels):
        level = [
            child
            for value in level
            if isinstance(value, dict | list)
            for child in (value.values() if isinstance(value, dict) else value)
        ]
    return any(isinstance(value, dict | list) for value in level)


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) > 1 and len({key for key, _ in pairs}) < len(pairs):
        raise ParseError("The body gives a key twice in one object.")
