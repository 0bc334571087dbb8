"""Traces by OpenTelemetry, if the usual OTEL_ variables ask for them: what the rest of the code calls.

Until `start`, nothing of OpenTelemetry is imported and nothing is recorded.

A trace leads from a request over the message to the build. A build that serves many requests cannot be in the trace of
each. It has a link to each instead, and in each trace a span of the job, from when it was asked for to when the build
ended, has a link to the build.

Spans hold ids, counts and outcomes: nothing that people wrote, and no address, since those of feeds are secret.
"""

import re
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from enum import Enum, auto
from types import ModuleType

from django.http import HttpRequest, HttpResponseBase
from structlog.contextvars import bind_contextvars

from observability.metrics import METHODS
from observability.request_log import current_id

Handler = Callable[[HttpRequest], HttpResponseBase]
Attribute = str | int | float | bool

# https://www.w3.org/TR/trace-context/#traceparent-header, in its only version. Ids of zeros are invalid.
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
TRACEPARENT_LENGTH = 55

_spans: ModuleType | None = None  # observability.spans, while traces are recorded


class Kind(Enum):
    """What a span is to those beside it, by OpenTelemetry's names."""

    INTERNAL = auto()
    SERVER = auto()
    CLIENT = auto()
    PRODUCER = auto()
    CONSUMER = auto()


def start(exporter: str, *, service: str) -> None:
    """Record traces from now on, and export them to `otlp` or to the `console`.

    Each process starts its own thread for that with its first span, so this may be called before a fork.
    """
    global _spans
    from observability import spans  # takes a quarter of a second to import

    spans.configured = spans.Configured(exporter, service)
    _spans = spans


def is_on() -> bool:
    return _spans is not None


def keep_out() -> None:
    """Have redis-py loaded without OpenTelemetry, which it would load too: 70 ms of every start."""
    if "opentelemetry" in sys.modules:
        return
    sys.modules["opentelemetry"] = None  # type: ignore[assignment]  # as if it were not installed
    try:
        import redis  # noqa: F401
    finally:
        del sys.modules["opentelemetry"]


def flush() -> None:
    """Export what is left. Call it as a process ends; it takes a few seconds at most, whatever the collector does."""
    if _spans:
        _spans.flush()


def span(
    name: str, *, kind: Kind = Kind.INTERNAL, parent: str | None = None, **attributes: Attribute
) -> AbstractContextManager[object]:
    """Record what happens inside. ``parent`` is a traceparent from elsewhere; else it is the current span.

    An exception that leaves it marks it as failed, with the exception's type: its text may hold secrets.
    """
    return _spans.span(name, kind.name, parent, attributes) if _spans else nullcontext()


def annotate(**attributes: Attribute) -> None:
    """Add attributes to the current span."""
    if _spans:
        _spans.annotate(attributes)


def fail() -> None:
    """Mark the current span as failed, where no exception leaves it."""
    if _spans:
        _spans.fail()


def end_jobs(jobs: Iterable[tuple[datetime, str]], *, have_failed: bool = False) -> None:
    """Link the current span, of a build, with the jobs that it has ended: when they began, and in which span."""
    if _spans:
        known = [(asked_at, parent) for asked_at, parent in jobs if usable_traceparent(parent)]
        _spans.end_jobs(known, have_failed=have_failed)


def current() -> str:
    """Return the current span as a traceparent; without one, an empty text."""
    return _spans.current() if _spans else ""


def current_trace_id() -> str:
    return trace_id_of(current())


def trace_id_of(traceparent: str) -> str:
    return traceparent[3:35]


def usable_traceparent(text: object) -> str | None:
    """Return a traceparent that came from outside, or None if it is not a valid one."""
    return text if isinstance(text, str) and _TRACEPARENT.fullmatch(text) else None


class TracingMiddleware:
    """Record each request as a span of the trace that its client names, or of a new one."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        method = request.method if request.method in METHODS else "_OTHER"
        parent = usable_traceparent(request.META.get("HTTP_TRACEPARENT"))
        with span(method, kind=Kind.SERVER, parent=parent):
            bind_contextvars(trace_id=current_trace_id())
            response = self.get_response(request)
            _spans.describe_request(request, response, method, current_id())
        return response
