"""What all topics send: CloudEvents in structured JSON."""

import orjson

#: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"

#: How long a topic may take to confirm an event.
SEND_SECONDS = 5


def encode(event: dict) -> bytes:
    return orjson.dumps(event)
