"""Traces: from a request over its message to the one build that serves many; what is in them, and what it costs."""

import json
import secrets
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.factories import make_todo
from tests.observability.collector import Collector, Span, collecting
from tests.project import database_url, start_web, start_worker
from tests.services import start_redis

REQUESTS = 100
VALID = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


def ours(settings: object) -> dict[str, str]:
    """The variables of a process that shares the test's database and secrets."""
    return {"DATABASE_URL": database_url(), "TASKOVERFLOW_SECRET_KEY": settings.SECRET_KEY}


def send(method: str, url: str, body: object = None, **headers: str) -> dict:
    """Send a request, and return its answer, or nothing if that is not JSON."""
    data = None if body is None else json.dumps(body).encode()
    sent = {"Content-Type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
    request = urllib.request.Request(url, data, sent, method=method)
    with urllib.request.urlopen(request, timeout=60) as response:
        content = response.read()
        return json.loads(content) if response.headers["Content-Type"] == "application/json" else {}


def new_traceparent() -> str:
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


@pytest.mark.django_db(transaction=True)
def test_each_of_many_requests_leads_to_the_build_that_serves_them(
    collector: Collector, settings: object, wait_for: Callable
) -> None:
    make_todo()
    with start_redis() as redis:
        variables = ours(settings) | collector.variables() | {"BROKER_URL": redis.url, "RATE_LIMIT_JOBS": "off"}
        with start_web(**variables) as web:

            def ask(client: str) -> str:
                answer = send("POST", f"{web.url}/api/v1/todos/ical", {}, traceparent=client)
                return answer["task_id"]

            clients = [new_traceparent() for _ in range(REQUESTS)]
            with ThreadPoolExecutor(8) as threads:
                jobs = list(threads.map(ask, clients))
            with start_worker(processes=2, **variables):
                wait_for(lambda: len(collector.named("calendar job")) == REQUESTS, seconds=60)
                wait_for(lambda: of_build(collector), seconds=60)
    assert len(set(jobs)) == REQUESTS
    (build,) = of_build(collector)
    parents = {span.parent_id: span for span in collector.named("POST /api/v1/todos/ical")}
    ends = {span.trace_id: span for span in collector.named("calendar job")}
    requests = [parents[client[36:52]] for client in clients]
    for client, job, request in zip(clients, jobs, requests, strict=True):
        assert (request.trace_id, request.kind) == (client[3:35], "SERVER")
        assert request.attributes["taskoverflow.job"] == job
        end = ends[request.trace_id]
        assert (end.parent_id, end.links) == (request.id, {build.context})
        assert end.start <= build.end and end.end <= build.end
    assert build.links == {request.context for request in requests}
    assert build.attributes["taskoverflow.jobs"] == REQUESTS


def of_build(collector: Collector) -> list[Span]:
    """The builds that have rendered something: messages that come late find nothing to do."""
    return [span for span in collector.named("build calendar") if "taskoverflow.rendered" in span.attributes]


@pytest.mark.django_db(transaction=True)
def test_request_message_and_build_are_one_trace(
    collector: Collector, settings: object, wait_for: Callable
) -> None:
    make_todo()
    with start_web(BROKER_URL="", **ours(settings), **collector.variables()) as web:
        send("POST", f"{web.url}/api/v1/todos/ical", {}, X_Request_ID="request-1234", traceparent=VALID)
        wait_for(lambda: len(collector.named("calendar job", "process ical")) == 2)
    (request,) = collector.named("POST /api/v1/todos/ical")
    (message,) = collector.named("send ical")
    (processing,) = collector.named("process ical")
    (build,) = collector.named("build calendar")
    (job,) = collector.named("calendar job")
    chain = [request, message, processing, build]
    assert {span.trace_id for span in [*chain, job]} == {VALID[3:35]}
    assert [span.parent_id for span in chain] == [VALID[36:52], request.id, message.id, processing.id]
    assert [span.kind for span in chain] == ["SERVER", "PRODUCER", "CONSUMER", "INTERNAL"]
    assert not [span for span in collector.spans if span.has_failed]
    assert request.attributes["taskoverflow.request_id"] == "request-1234"
    assert request.attributes["http.route"] == "/api/v1/todos/ical"
    assert request.attributes["http.response.status_code"] == 202
    assert build.attributes["taskoverflow.outcome"] == "finished"
    assert request.resource["service.name"] == "taskoverflow"
