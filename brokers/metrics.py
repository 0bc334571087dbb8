"""The metrics of workers that share no folder with a web server, on a port of their own."""

import logging

import dramatiq
from django.conf import settings

logger = logging.getLogger(__name__)


class MetricsServer(dramatiq.Middleware):
    """Serves WORKER_METRICS_PORT, where that is set, from one of a worker's processes for all of them."""

    def after_process_boot(self, broker: dramatiq.Broker) -> None:
        if not settings.WORKER_METRICS_PORT or not settings.BROKER_URL:
            return  # with the embedded broker the web server answers

        from prometheus_client import start_http_server

        from observability.metrics import registry

        try:
            start_http_server(settings.WORKER_METRICS_PORT, registry=registry(with_database=False))
        except OSError:
            logger.info("Another process serves the metrics")
