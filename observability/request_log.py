"""The request log: an id for each request, a log line and a metric.

The id is in every log line of the request, and of the worker that does what the request asked for.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from observability import metrics

Handler = Callable[[HttpRequest], HttpResponseBase]

logger = logging.getLogger("taskoverflow.requests")

HEADER = "X-Request-ID"
_ID = re.compile(r"[\w-]{8,64}", re.ASCII)


def usable_id(text: object) -> str | None:
    """Return a request id that came from outside, or None if it is not a valid one."""
    return text if isinstance(text, str) and _ID.fullmatch(text) else None


def current_id() -> str | None:
    """Return the id of the current request, in a web server or in a worker."""
    return get_contextvars().get("request_id")


class RequestLogMiddleware:
    """Give the request the id that a proxy sent, or a new one, and record how it was answered."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request_id = usable_id(request.META.get("HTTP_X_REQUEST_ID")) or uuid.uuid4().hex
        clear_contextvars()  # those of the thread's previous request
        bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response.headers[HEADER] = request_id
        seconds = time.perf_counter() - started
        match = request.resolver_match
        metrics.REQUESTS.labels(
            request.method if request.method in metrics.METHODS else "other",
            (match.view_name or "unnamed") if match else "none",
            response.status_code,
        ).observe(seconds)
        logger.info(
            "request",
            extra={
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
                "milliseconds": round(seconds * 1000, 1),
            },
        )
        return response
