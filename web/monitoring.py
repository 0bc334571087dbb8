"""Health and metrics for load balancers and Prometheus.

They are middleware, to answer before the host check and the redirect to https: both call a process by its
address, inside the network.
"""

from collections.abc import Callable
from hmac import compare_digest
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from database.errors import DATABASE_ERRORS
from observability.health import readiness
from observability.metrics import registry
from web.proxies import is_in, parse_address

Handler = Callable[[HttpRequest], HttpResponseBase]

HEALTH_PATH = "/api/v1/health"
READY_PATH = "/api/v1/ready"
METRICS_PATH = "/metrics"


class HealthMiddleware:
    """Answer whether the process is alive, and whether the whole service is ready."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in {"GET", "HEAD"}:
            if request.path == HEALTH_PATH:
                return JsonResponse({"status": "ok"})
            if request.path == READY_PATH:
                body, status = readiness(without=request.GET.get("without", "").split(","))
                return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
        return self.get_response(request)


class MetricsMiddleware:
    """Serve the metrics in Prometheus's format. Without permission to read them, the path does not exist."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_read = request.path == METRICS_PATH and request.method in {"GET", "HEAD"}
        if not is_read or not may_read_metrics(request):
            return self.get_response(request)
        try:
            metrics = generate_latest(registry(with_database=True))
        except DATABASE_ERRORS:
            return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
        return HttpResponse(metrics, content_type=CONTENT_TYPE_LATEST)


def may_read_metrics(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme == "Bearer":
        return compare_digest(token.encode(), settings.METRICS_TOKEN.encode())
    return is_in(parse_address(request.META.get("REMOTE_ADDR", "")), settings.METRICS_ALLOWED)
