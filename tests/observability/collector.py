"""A collector of traces: a real HTTP server in a thread, which takes OTLP and remembers the spans."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2


@dataclass(frozen=True)
class Span:
    name: str
    kind: str
    trace_id: str
    id: str
    parent_id: str
    links: set[tuple[str, str]]  # the ids of traces and spans
    attributes: dict[str, str | int | bool | float]
    has_failed: bool
    start: int
    end: int
    resource: dict[str, str | int | bool | float]

    @property
    def context(self) -> tuple[str, str]:
        return self.trace_id, self.id


@dataclass
class Collector:
    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # the paths of requests that are none of a trace

    @property
    def spans(self) -> list[Span]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in list(self.bodies)]
        return [
            span_of(span, attributes_of(part.resource.attributes))
            for request in requests
            for part in request.resource_spans
            for scope in part.scope_spans
            for span in scope.spans
        ]

    def named(self, *names: str) -> list[Span]:
        return [span for span in self.spans if span.name in names]

    def variables(self) -> dict[str, str]:
        """What a process that sends here is started with."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.url,
            "OTEL_EXPORTER_OTLP_TIMEOUT": "60",  # seconds: what is late on a busy machine would be lost
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }


def span_of(span: trace_pb2.Span, resource: dict) -> Span:
    return Span(
        name=span.name,
        kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace_id=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        links={(link.trace_id.hex(), link.span_id.hex()) for link in span.links},
        attributes=attributes_of(span.attributes),
        has_failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
        start=span.start_time_unix_nano,
        end=span.end_time_unix_nano,
        resource=resource,
    )


def attributes_of(pairs: list[KeyValue]) -> dict[str, str | int | bool | float]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_ours = self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf"
            if is_ours:
                collector.bodies.append(body)
            else:
                collector.others.append(self.path)
            self.send_response(200 if is_ours else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
