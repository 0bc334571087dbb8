"""The middleware that every broker runs with."""

import logging
import re
import threading
import time
from contextlib import AbstractContextManager

import dramatiq
from django.conf import settings
from dramatiq.middleware import AgeLimit as StockAgeLimit
from dramatiq.middleware import MiddlewareError, SkipMessage
from dramatiq.middleware import TimeLimit as StockTimeLimit
from structlog.contextvars import bind_contextvars, clear_contextvars

from database.timeouts import limit_waits
from observability import tracing
from observability.events import Kind, record

logger = logging.getLogger(__name__)

MAX_ID_LENGTH = 64
_UNUSUAL = re.compile(r"[^!-~]")  # PostgreSQL keeps no text with a NUL
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)  # fits into a column


class UnwantedOption(MiddlewareError):
    """An actor or a message asks for retries or a delay, which only the database provides here."""


class AgeLimit(StockAgeLimit):
    """Drop a message that is too old; the stock middleware makes it a dead letter.

    There is nothing wrong with it, and the sweep has sent another. Dead letters are for somebody to look at.
    """

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        try:
            super().before_process_message(broker, message)
        except SkipMessage:
            message.failed = False
            raise


class TimeLimit(StockTimeLimit):
    """Create the thread that watches time limits in the process that starts it.

    The first releases of Python 3.13 cannot start a thread that was created before a fork: builds had no limit.
    https://github.com/python/cpython/issues/134381
    """

    def after_process_boot(self, broker: dramatiq.Broker) -> None:
        super().__init__(time_limit=self.time_limit)
        super().after_process_boot(broker)


class NoRetries(dramatiq.Middleware):
    """Let actors state `max_retries=0`; refuse any other number, and delayed messages.

    Both would exist in the broker alone and be lost with it. The calendar's row decides about another attempt.
    """

    actor_options = {"max_retries"}

    def before_declare_actor(self, broker: dramatiq.Broker, actor: dramatiq.Actor) -> None:
        if actor.options.get("max_retries", 0) != 0:
            raise UnwantedOption(f"{actor.actor_name} asks for retries, which no broker here gives.")

    def before_enqueue(self, broker: dramatiq.Broker, message: dramatiq.Message, delay: int | None) -> None:
        if delay is not None:
            raise UnwantedOption(f"{message.actor_name} was sent with a delay, which no broker here gives.")


class RequestId(dramatiq.Middleware):
    """Put the id of the request that sent a message into the worker's log lines; `decode` has checked it."""

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        clear_contextvars()
        if request_id := message.options.get("request_id"):
            bind_contextvars(request_id=request_id)

    def after_process_message(
        self, broker: dramatiq.Broker, message: dramatiq.MessageProxy, **kwargs: object
    ) -> None:
        clear_contextvars()

    after_skip_message = after_process_message


class RecordMessages(dramatiq.Middleware):
    """Record messages as events. An actor may say what its argument is the id of: ``recorded_as="calendar_id"``.

    It comes after RequestId, whose id the event has.
    """

    actor_options = {"recorded_as"}

    def after_enqueue(self, broker: dramatiq.Broker, message: dramatiq.Message, delay: int | None) -> None:
        record(Kind.MESSAGE_SENT, **_recorded(broker, message))

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        waited_ms = max(0, time.time_ns() // 1_000_000 - message.message_timestamp)
        record(Kind.MESSAGE_RECEIVED, **_recorded(broker, message), waited_ms=waited_ms)


def _recorded(broker: dramatiq.Broker, message: dramatiq.Message | dramatiq.MessageProxy) -> dict[str, object]:
    """Return what an event says of a message, which anybody may have sent."""
    message_id = _UNUSUAL.sub("?", message.message_id[:MAX_ID_LENGTH])
    about = {"message": message_id, "actor": message.actor_name}
    actor = broker.actors.get(message.actor_name)
    subject = actor and actor.options.get("recorded_as")
    if subject and message.args and _ID.fullmatch(str(message.args[0])):
        about[subject] = int(message.args[0])
    return about


class Tracing(dramatiq.Middleware):
    """Record the processing of a message as a span of the trace that it was sent in; `decode` has checked that."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        span: AbstractContextManager = tracing.span(
            f"process {message.queue_name}",
            kind=tracing.Kind.CONSUMER,
            parent=message.options.get("traceparent"),
            actor=message.actor_name,
            message=message.message_id,
        )
        span.__enter__()
        self._of_thread.span = span
        bind_contextvars(trace_id=tracing.current_trace_id())

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: dramatiq.MessageProxy,
        *,
        exception: BaseException | None = None,
        **kwargs: object,
    ) -> None:
        span, self._of_thread.span = getattr(self._of_thread, "span", None), None
        if span:
            span.__exit__(type(exception) if exception else None, exception, None)

    after_skip_message = after_process_message

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        tracing.flush()


class DatabaseTimeouts(dramatiq.Middleware):
    """Bound how long a worker's statements wait, and how long its transactions keep others waiting."""

    def after_process_boot(self, broker: dramatiq.Broker) -> None:
        limit_waits()


class MetricsServer(dramatiq.Middleware):
    """Serve metrics on WORKER_METRICS_PORT, from one of the worker's processes for all of them.

    This is for workers that share no folder with a web server.
    """

    def after_process_boot(self, broker: dramatiq.Broker) -> None:
        if not settings.WORKER_METRICS_PORT or not settings.BROKER_URL:
            return  # with the embedded broker, the web server shows them

        from prometheus_client import start_http_server

        from observability.metrics import registry

        try:
            start_http_server(settings.WORKER_METRICS_PORT, registry=registry(with_database=False))
        except OSError:
            logger.info("Another process serves the metrics")
