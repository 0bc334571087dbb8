"""The form of events: CloudEvents 1.0 in structured JSON.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from typing import Any

import orjson

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


def to_json(event: dict[str, Any]) -> bytes:
    return orjson.dumps(event)
