"""What is written down about each request: its id, which follows its work into the workers, a line, a metric."""

import logging
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from structlog.contextvars import bind_contextvars, clear_contextvars

from observability import metrics
from observability.request_ids import usable_id

Handler = Callable[[HttpRequest], HttpResponseBase]

logger = logging.getLogger("taskoverflow.requests")

HEADER = "X-Request-ID"


def record(get_response: Handler) -> Handler:
    """Name the request, by the id that a proxy gave it or a new one, and write down what became of it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request_id = usable_id(request.META.get("HTTP_X_REQUEST_ID")) or uuid.uuid4().hex
        clear_contextvars()  # the thread's last request
        bind_contextvars(request_id=request_id)
        response = get_response(request)
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

    return middleware
