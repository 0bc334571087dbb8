"""What `tracing` does where traces are recorded. Nothing else imports this: it loads OpenTelemetry."""

import atexit
import logging
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple

from django.http import HttpRequest, HttpResponseBase
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, TraceFlags

from observability.metrics import SPANS

logger = logging.getLogger(__name__)
# The exporter reports each failure as an error, with all that it knows. `_Exporter` says it once, in a sentence.
logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)

EXPORT_SECONDS = 3
FLUSH_SECONDS = 3
# So many jobs may end with one build; OpenTelemetry would keep 128.
MAX_LINKS = 1_000


class Configured(NamedTuple):
    exporter: str
    service: str


configured = Configured("otlp", "taskoverflow")
_provider: TracerProvider | None = None
_tracer: trace.Tracer | None = None
_lock = threading.Lock()


class _Exporter(SpanExporter):
    """Counts what is exported and what is lost, and logs when that changes."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._is_failing = False
        self.shutdown = exporter.shutdown

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        is_failing = result is not SpanExportResult.SUCCESS
        SPANS.labels("lost" if is_failing else "exported").inc(len(spans))
        if is_failing and not self._is_failing:
            logger.warning("The collector of traces does not take them: they are lost until it does")
        elif self._is_failing and not is_failing:
            logger.info("The collector takes traces again")
        self._is_failing = is_failing
        return result


def _started() -> trace.Tracer:
    """Return the tracer of this process, made with its first span: its thread would not survive a fork."""
    global _provider, _tracer
    with _lock:
        if _tracer is None:
            _provider = TracerProvider(
                resource=Resource.create({SERVICE_NAME: configured.service}),
                span_limits=_limits(),
                shutdown_on_exit=False,
            )
            _provider.add_span_processor(BatchSpanProcessor(_Exporter(_make_exporter())))
            _tracer = _provider.get_tracer("taskoverflow")
        return _tracer


def _make_exporter() -> SpanExporter:
    if configured.exporter == "console":
        return ConsoleSpanExporter()
    names = ("OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT")
    return OTLPSpanExporter(timeout=None if any(map(os.environ.get, names)) else EXPORT_SECONDS)


def _limits() -> SpanLimits:
    return SpanLimits(max_links=None if os.environ.get("OTEL_LINK_COUNT_LIMIT") else MAX_LINKS)


def _forget() -> None:
    """After a fork, the process that is forked makes a provider of its own."""
    global _provider, _tracer, _lock
    _provider = _tracer = None
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_forget)


def flush() -> None:
    if _provider is None:
        return
    # In a thread: nothing else limits how long it takes.
    thread = threading.Thread(target=_provider.force_flush, name="flush traces", daemon=True)
    thread.start()
    thread.join(FLUSH_SECONDS)


atexit.register(flush)  # for commands; granian and dramatiq end their processes without it


@contextmanager
def span(name: str, kind: str, parent: str | None, attributes: dict[str, object]) -> Iterator[Span]:
    with (_tracer or _started()).start_as_current_span(
        name,
        context=_inside(parent) if parent else None,
        kind=SpanKind[kind],
        attributes=_named(attributes),
        record_exception=False,
        set_status_on_exception=False,
    ) as started:
        try:
            yield started
        except BaseException as error:
            started.set_attribute("error.type", type(error).__qualname__)
            started.set_status(StatusCode.ERROR)
            raise


def annotate(attributes: dict[str, object]) -> None:
    trace.get_current_span().set_attributes(_named(attributes))


def describe_request(
    request: HttpRequest, response: HttpResponseBase, method: str, request_id: str | None
) -> None:
    """Say what was asked for, by OpenTelemetry's conventions: of the address, only the pattern, and the view's name, by
    which metrics count.
    """
    started = trace.get_current_span()
    status = response.status_code
    started.set_attributes({"http.request.method": method, "http.response.status_code": status})
    if request_id:
        started.set_attribute("taskoverflow.request_id", request_id)
    if match := request.resolver_match:
        started.update_name(f"{method} {match.view_name or 'unnamed'}")
        started.set_attribute("http.route", f"/{match.route.removeprefix('^')}")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        started.set_attribute("error.type", str(status))
        started.set_status(StatusCode.ERROR)


def fail() -> None:
    trace.get_current_span().set_status(StatusCode.ERROR)


def end_jobs(jobs: Iterable[tuple[datetime, str]], *, have_failed: bool) -> None:
    build = trace.get_current_span()
    for asked_at, traceparent in jobs:
        build.add_link(_context(traceparent))
        job = (_tracer or _started()).start_span(
            "calendar job",
            context=_inside(traceparent),
            links=[Link(build.get_span_context())],
            start_time=int(asked_at.timestamp() * 1e9),
        )
        if have_failed:
            job.set_status(StatusCode.ERROR)
        job.end()


def current() -> str:
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return ""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def _inside(traceparent: str) -> Context:
    return trace.set_span_in_context(NonRecordingSpan(_context(traceparent)))


def _context(traceparent: str) -> SpanContext:
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))


def _named(attributes: dict[str, object]) -> dict[str, object]:
    return {f"taskoverflow.{name}": value for name, value in attributes.items()}
