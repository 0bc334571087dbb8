"""What is counted, and who may read it.

Processes on one host share the folder PROMETHEUS_MULTIPROC_DIR, so that any of them answers for all. What
the database knows better than any process is read from there when somebody asks.
"""

import contextlib
import os
from collections.abc import Callable
from hmac import compare_digest
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from web.api.errors import DATABASE_ERRORS
from web.proxies import is_trusted

Handler = Callable[[HttpRequest], HttpResponseBase]

PATH = "/metrics"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SLOW = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

REQUESTS = Histogram(
    "taskoverflow_request_seconds", "Requests, and how long they took", ["method", "view", "status"], buckets=FAST
)
JOB_SECONDS = Histogram(
    "taskoverflow_job_seconds", "From asking for a calendar to its end", ["status"], buckets=SLOW
)
BUILD_SECONDS = Histogram("taskoverflow_build_seconds", "Builds of calendars", ["outcome"], buckets=SLOW)
EVENTS = Counter("taskoverflow_events", "Events in files that were built", ["how"])  # rendered or reused
FEED_ANSWERS = Counter("taskoverflow_feed_answers", "Answers to calendar apps", ["status"])


# What the database knows better than any process; an app adds its own as it gets ready.
FROM_DATABASE: list[Collector] = []


def registry(*, with_database: bool) -> CollectorRegistry:
    """Return what is shown: the counts of all processes here, and what the database knows."""
    shown = CollectorRegistry()
    MultiProcessCollector(shown)
    if with_database:
        for collector in FROM_DATABASE:
            shown.register(collector)
    return shown


def forget_dead_processes(folder: Path) -> None:
    """Delete the files of processes that are gone; called where a server starts, when counts begin anew."""
    for path in folder.glob("*.db"):
        pid = path.stem.rpartition("_")[2]
        with contextlib.suppress(OSError):
            if pid.isdigit() and not _is_alive(int(pid)):
                path.unlink()


def may_read(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme == "Bearer":
        return compare_digest(token.encode(), settings.METRICS_TOKEN.encode())
    return is_trusted(request.META.get("REMOTE_ADDR", ""), settings.METRICS_ALLOWED)


def answer_metrics(get_response: Handler) -> Handler:
    """Show the metrics in Prometheus' form; to whoever may not read them there is nothing here.

    This is a middleware, to answer before the host check and the redirect to https: Prometheus asks each
    process by its address, inside the network.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path != PATH or request.method not in {"GET", "HEAD"} or not may_read(request):
            return get_response(request)
        try:
            shown = generate_latest(registry(with_database=True))
        except DATABASE_ERRORS:
            return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
        return HttpResponse(shown, content_type=CONTENT_TYPE_LATEST)

    return middleware


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
