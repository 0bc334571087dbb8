"""Ids of requests: in every log line of a request, and of the worker that does what it asked for."""

import re

from structlog.contextvars import get_contextvars

_ID = re.compile(r"[\w-]{8,64}", re.ASCII)


def usable_id(text: object) -> str | None:
    """Return an id that came from outside, if it is one."""
    return text if isinstance(text, str) and _ID.fullmatch(text) else None


def current_id() -> str | None:
    """Return the id of the request that is being worked on here, if there is one."""
    return get_contextvars().get("request_id")
