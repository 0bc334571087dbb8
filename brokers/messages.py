from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dramatiq import Message
from dramatiq.encoder import JSONEncoder
from dramatiq.errors import DecodeError

from observability import tracing
from observability.request_log import current_id, usable_id

_FIELDS: dict[str, type] = {
    "queue_name": str,
    "actor_name": str,
    "args": list,
    "kwargs": dict,
    "options": dict,
    "message_id": str,
    "message_timestamp": int,
}


def decode(data: bytes, queue_name: str) -> Message[Any]:
    """Read a message from a broker, where anybody may have written it.

    A field of the wrong type, or the name of another queue, would end the worker's thread or its consumer.
    Options could call other actors or lift limits, so all are dropped but three: Redis's id of the message, and the
    id and the trace of the request that sent it.

    Raises:
        DecodeError: if this is not a message of the queue.
    """
    try:
        fields = JSONEncoder().decode(data)
        if set(fields) != set(_FIELDS):
            raise ValueError("its fields are not those of a message")
        for name, kind in _FIELDS.items():
            if type(fields[name]) is not kind:
                raise TypeError(f"{name} is not a {kind.__name__}")
        if fields["queue_name"] != queue_name:
            raise ValueError("it belongs to another queue")
    except (DecodeError, TypeError, ValueError, RecursionError) as error:
        raise DecodeError(f"Not a message of the queue {queue_name}: {error}", data, error) from None

    options = fields.pop("options")
    redis_id = options.get("redis_message_id")
    kept = {"redis_message_id": redis_id} if isinstance(redis_id, str) else {}
    if request_id := usable_id(options.get("request_id")):
        kept["request_id"] = request_id
    if traceparent := tracing.usable_traceparent(options.get("traceparent")):
        kept["traceparent"] = traceparent
    return Message(**fields, options=kept)


@contextmanager
def sending(queue_name: str) -> Iterator[dict[str, str]]:
    """Yield the options of a message that is sent inside: the id of the current request, and its trace."""
    with tracing.span(f"send {queue_name}", kind=tracing.Kind.PRODUCER):
        options = {"request_id": current_id(), "traceparent": tracing.current()}
        yield {name: value for name, value in options.items() if value}
