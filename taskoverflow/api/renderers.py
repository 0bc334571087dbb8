"""JSON answers."""

from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer


class JSONRenderer(BaseRenderer):
    """Render with orjson: several times faster than the standard library on a long list."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        if data is None:
            return b""
        # The browsable API asks for indentation by a parameter of the media type.
        indent = orjson.OPT_INDENT_2 if "indent" in (accepted_media_type or "") else 0
        return orjson.dumps(data, default=str, option=indent | orjson.OPT_NON_STR_KEYS)
