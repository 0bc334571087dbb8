"""The id of the request that sent a message, in the log lines of the worker that takes it."""

import dramatiq
from structlog.contextvars import bind_contextvars, clear_contextvars


class RequestId(dramatiq.Middleware):
    """Binds ``request_id``, which `decode` has checked, for as long as the message is worked on."""

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        clear_contextvars()
        if request_id := message.options.get("request_id"):
            bind_contextvars(request_id=request_id)

    def after_process_message(
        self, broker: dramatiq.Broker, message: dramatiq.MessageProxy, **kwargs: object
    ) -> None:
        clear_contextvars()

    after_skip_message = after_process_message
