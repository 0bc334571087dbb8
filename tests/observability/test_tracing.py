"""Traces: from a request over its message to the one build that serves many; what is in them, and what it costs."""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from brokers.messages import decode
from calendars.builds.build import MAX_ATTEMPTS, Outcome
from calendars.builds.build import build_calendar as build
from calendars.models import Calendar, CalendarJob
from calendars.tasks import build_calendar
from followers.webhooks.services import create_webhook
from observability import spans, tracing
from observatory.models import Event
from tests.factories import make_feed, make_job, make_list, make_todo, make_user
from tests.followers.receiver import receiving
from tests.observability.collector import Collector, Span, collecting
from tests.processes import free_port
from tests.project import ROOT, database_url, manage, start_web, start_worker
from tests.services import start_redis

REQUESTS = 100
# Of one job that a message starts.
OF_A_JOB = {"POST api:jobs", "send ical", "process ical", "build calendar", "calendar job"}
VALID = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture
def traced(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """The collector of this process, after a flush."""
    for name, value in collector.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(spans, "_provider", None)
    monkeypatch.setattr(spans, "_tracer", None)
    monkeypatch.setattr(tracing, "_spans", spans)
    yield collector
    spans._provider.shutdown()


def ours(settings: object) -> dict[str, str]:
    """The variables of a process that shares the test's database and secrets."""
    return {"DATABASE_URL": database_url(), "TASKOVERFLOW_SECRET_KEY": settings.SECRET_KEY}


def send(method: str, url: str, body: object = None, **headers: str) -> dict:
    """Send a request, and return its answer, or nothing if that is not JSON."""
    data = None if body is None else json.dumps(body).encode()
    sent = {"Content-Type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
    request = urllib.request.Request(url, data, sent, method=method)
    try:
        response = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        response = error
    with response:
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
                wait_for(lambda: len(collector.named("POST api:jobs")) == REQUESTS, seconds=60)
    assert len(set(jobs)) == REQUESTS
    (build,) = of_build(collector)
    parents = {span.parent_id: span for span in collector.named("POST api:jobs")}
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
    story = json.loads(manage("jobs", "show", jobs[-1], "--json", **ours(settings)))
    traces = {step["kind"]: step["trace_id"] for step in story["steps"]}
    assert (traces["request"], traces["build.done"]) == (clients[-1][3:35], build.trace_id)


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
        wait_for(lambda: {span.name for span in collector.spans} >= OF_A_JOB)
        wait_for(lambda: Event.objects.filter(kind="build.done", details__trace=VALID[3:35]).count() == 1)
    # If the build takes long, the sweep sends another message, in a trace of its own.
    found = {span.name: span for span in collector.spans if span.trace_id == VALID[3:35]}
    assert found.keys() == OF_A_JOB
    request, build = found["POST api:jobs"], found["build calendar"]
    message, processing = found["send ical"], found["process ical"]
    chain = [request, message, processing, build]
    assert [span.parent_id for span in chain] == [VALID[36:52], request.id, message.id, processing.id]
    assert [span.kind for span in chain] == ["SERVER", "PRODUCER", "CONSUMER", "INTERNAL"]
    assert not [span for span in collector.spans if span.has_failed]
    assert request.attributes["taskoverflow.request_id"] == "request-1234"
    assert request.attributes["http.route"] == "/api/v1/todos/ical"
    assert request.attributes["http.response.status_code"] == 202
    assert build.attributes["taskoverflow.outcome"] == "finished"
    assert request.resource["service.name"] == "taskoverflow"


@pytest.mark.django_db(transaction=True)
def test_spans_hold_nothing_that_people_wrote_and_no_address(
    collector: Collector, settings: object, wait_for: Callable
) -> None:
    make_todo("a private title")
    feed = make_feed()
    with start_web(BROKER_URL="", **ours(settings), **collector.variables()) as web:
        send("GET", f"{web.url}{feed.url}?key=hidden-query", User_Agent="a private client")
        send("POST", f"{web.url}/api/v1/todos", {"title": "another secret"})
        send("GET", f"{web.url}/lists/nothing", Cookie="sessionid=hidden-session", Authorization="Basic c2VjcmV0")
        send("POST", f"{web.url}/api/v1/todos/ical", {})
        wait_for(lambda: collector.named("calendar job") and collector.named("GET calendars:ics"))
    everything = b"".join(collector.bodies)
    for secret in (feed.token, "hidden-query", "private", "secret", "c2VjcmV0", "hidden-session", "127.0.0.1"):
        assert secret.encode() not in everything


@pytest.mark.django_db(transaction=True)
def test_error_is_a_failed_span_with_its_type_alone(
    collector: Collector, settings: object, wait_for: Callable
) -> None:
    make_todo()
    broken = {"BROKER_URL": f"redis://127.0.0.1:{free_port()}/0", "RATE_LIMIT_JOBS": "off"}
    with start_web(**broken, **ours(settings), **collector.variables()) as web:
        send("POST", f"{web.url}/api/v1/todos/ical", {})
        wait_for(lambda: collector.named("send ical"))
        wait_for(lambda: collector.named("POST api:jobs"))
    (message,), (request,) = collector.named("send ical"), collector.named("POST api:jobs")
    assert (message.has_failed, message.attributes["error.type"]) == (True, "ConnectionClosed")
    assert not request.has_failed  # the sweep sends again


@pytest.mark.django_db(transaction=True)
def test_client_decides_whether_its_trace_is_recorded(
    collector: Collector, settings: object, wait_for: Callable
) -> None:
    make_todo()
    unrecorded = new_traceparent()[:-2] + "00"
    with start_web(BROKER_URL="", **ours(settings), **collector.variables()) as web:
        asked = send("POST", f"{web.url}/api/v1/todos/ical", {}, traceparent=unrecorded)
        wait_for(lambda: send("GET", asked["task_url"], traceparent=unrecorded)["task_status"] == "SUCCESS")
        send("GET", f"{web.url}/api/v1/todos", traceparent=VALID)
        send("GET", f"{web.url}/api/v1/todos", traceparent="00-not-a-trace-01")
        wait_for(lambda: len(collector.named("GET api:todos")) == 2)
    assert unrecorded[3:35] not in {span.trace_id for span in collector.spans}
    first, second = collector.named("GET api:todos")
    assert (first.trace_id, first.parent_id, second.parent_id) == (VALID[3:35], VALID[36:52], "")


@pytest.mark.django_db(transaction=True)
def test_collector_that_is_away_loses_traces_and_nothing_else(settings: object, wait_for: Callable) -> None:
    make_todo()
    collector = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    with start_web(BROKER_URL="", METRICS_ALLOWED="127.0.0.0/8", **ours(settings), **collector) as web:
        asked = send("POST", f"{web.url}/api/v1/todos/ical", {})
        wait_for(lambda: send("GET", asked["task_url"])["task_status"] == "SUCCESS")
        wait_for(lambda: "The collector of traces does not take them" in web.log.read_text())
        with urllib.request.urlopen(f"{web.url}/metrics", timeout=30) as response:
            assert re.search(r'taskoverflow_spans_total\{outcome="lost"\} [1-9]', response.read().decode())
        assert "Traceback" not in web.log.read_text()


@pytest.mark.django_db(transaction=True)
def test_collector_that_hangs_keeps_nobody_from_stopping(settings: object, wait_for: Callable) -> None:
    make_todo()
    with socket.create_server(("127.0.0.1", 0), backlog=16) as hanging:
        hanging.settimeout(60)
        address = f"http://127.0.0.1:{hanging.getsockname()[1]}"
        collector = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        collector["OTEL_EXPORTER_OTLP_TIMEOUT"] = "3600"
        with start_web(BROKER_URL="", **ours(settings), **collector) as web:
            asked = send("POST", f"{web.url}/api/v1/todos/ical", {})
            wait_for(lambda: send("GET", asked["task_url"])["task_status"] == "SUCCESS")
            with hanging.accept()[0]:  # it is sending
                web.process.terminate()
                wait_for(lambda: not web.is_running, seconds=120)
            assert web.process.returncode == 0


@pytest.mark.django_db(transaction=True)
def test_error_reports_and_traces_do_not_meet(collector: Collector, settings: object, wait_for: Callable) -> None:
    make_todo()
    sentry = {"SENTRY_DSN": collector.url.replace("http://", "http://public@") + "/1"}
    with start_web(BROKER_URL="", **sentry, **ours(settings), **collector.variables()) as web:
        send("POST", f"{web.url}/api/v1/todos/ical", {})
        wait_for(lambda: {span.name for span in collector.spans} >= OF_A_JOB)
    assert collector.others == []
    assert {span.name for span in collector.spans} == OF_A_JOB


def deliveries(collector: Collector) -> list[Span]:
    calls = {span.parent_id for span in collector.named("POST")}
    return [span for span in collector.named("process ical-followers") if span.id in calls]


@pytest.mark.django_db(transaction=True)
def test_delivery_is_a_span_without_its_address(
    collector: Collector, settings: object, wait_for: Callable
) -> None:
    settings.ALLOW_PRIVATE_TARGETS = True
    user = make_user()
    with receiving() as receiver:
        create_webhook(user=user, todo_list=make_list(user), url=receiver.url)
        make_todo("a private title", user=user)
        variables = ours(settings) | collector.variables() | {"ALLOW_PRIVATE_TARGETS": "true"}
        with start_web(BROKER_URL="", **variables):
            wait_for(lambda: deliveries(collector))
    (call,) = collector.named("POST")
    (delivery,) = deliveries(collector)
    assert (call.kind, call.attributes) == ("CLIENT", {"taskoverflow.status": 204})
    told = {name: delivery.attributes[f"taskoverflow.{name}"] for name in ("kind", "outcome")}
    assert told == {"kind": "webhook", "outcome": "delivered"}
    everything = b"".join(collector.bodies)
    assert b"key=1" not in everything
    assert b"private" not in everything


@pytest.mark.django_db
def test_jobs_that_fail_lead_to_the_build_that_gave_up(traced: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(calendar: Calendar) -> None:
        raise ValueError("a secret")

    make_todo()
    for _ in range(3):
        with tracing.span("request"):
            make_job()
    Calendar.objects.update(attempts=MAX_ATTEMPTS - 1)
    monkeypatch.setattr("calendars.builds.build._render", fail)
    assert build(Calendar.objects.get().pk) == Outcome.FAILED
    spans._provider.force_flush()
    (gave_up,), ends, requests = (traced.named(name) for name in ("build calendar", "calendar job", "request"))
    assert (gave_up.has_failed, gave_up.links) == (True, {request.context for request in requests})
    assert {span.parent_id for span in ends} == {request.id for request in requests}
    assert [(span.has_failed, span.links) for span in ends] == [(True, {gave_up.context})] * 3
    assert b"a secret" not in b"".join(traced.bodies)


@pytest.mark.django_db
def test_build_links_to_all_jobs_that_may_wait(traced: Collector, settings: object) -> None:
    make_todo()
    make_job()
    contexts = [new_traceparent() for _ in range(settings.MAX_WAITING_JOBS - 1)]
    job = CalendarJob.objects.get()
    shared = {"calendar": job.calendar, "revision": job.revision, "created_at": job.created_at}
    CalendarJob.objects.bulk_create(CalendarJob(trace_context=context, **shared) for context in contexts)
    assert build(job.calendar_id) == Outcome.FINISHED
    spans._provider.force_flush()
    (built,) = traced.named("build calendar")
    assert built.links == {(context[3:35], context[36:52]) for context in contexts}
    assert {span.trace_id for span in traced.named("calendar job")} == {context[3:35] for context in contexts}


def test_nothing_is_loaded_without_the_variables() -> None:
    code = """
import django, sys
django.setup()
import taskoverflow.wsgi
print(sorted(name for name in sys.modules if name.startswith("opentelemetry")))
"""
    for variables in ({}, {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}):
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "taskoverflow.settings"} | variables
        command = [sys.executable, "-c", code]
        loaded = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
        assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize("forged", [
    None, 7, "", VALID[:-1], VALID + "0", VALID.upper(), VALID.replace("00-", "ff-", 1), [VALID],
    f"00-{'0' * 32}-b7ad6b7169203331-01", f"00-{'a' * 32}-{'0' * 16}-01", VALID.replace("-", "_"), VALID + "\n",
])  # fmt: skip
def test_forged_trace_of_a_message_is_dropped(forged: object) -> None:
    message = build_calendar.message_with_options(args=("1",), traceparent=forged)
    assert decode(message.encode(), message.queue_name).options == {}


def test_trace_of_a_message_is_kept() -> None:
    message = build_calendar.message_with_options(args=("1",), traceparent=VALID)
    assert decode(message.encode(), message.queue_name).options == {"traceparent": VALID}
