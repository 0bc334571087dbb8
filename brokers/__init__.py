"""From one URL to a message broker, and the same behaviour on each.

A message here is a nudge: it may be lost, doubled, late or out of order, because the database knows what is
to be done and a sweep sends again. So nothing needs a broker's retries, delays, callbacks or results, and
none is used. Every broker takes JSON alone, starts a message at once on an idle system, gives a dead worker's
messages to another within 15 s, survives a restart of its server, lets no message that nobody can read block
the queue, and lets a send wait about 2 s at most before it raises a dramatiq `BrokerConnectionError`.
"""

from importlib import import_module
from urllib.parse import urlsplit

from brokers.errors import BrokerURLError

__all__ = ["DEFAULT_QUEUE", "BrokerURLError", "configure", "middleware", "queue_name"]

DEFAULT_QUEUE = "ical"

_CLASSES = {
    "": "embedded.EmbeddedBroker",
    "redis": "redis.RedisBroker",
    "rediss": "redis.RedisBroker",
    "amqp": "rabbitmq.RabbitmqBroker",
    "amqps": "rabbitmq.RabbitmqBroker",
    "sqs": "sqs.SQSBroker",
}


def configure(url: str | None) -> dict:
    """Return django-dramatiq's `BROKER` and `OPTIONS` for a BROKER_URL; none is the embedded broker.

    Only the client library of the broker that is asked for is imported.

    Raises:
        BrokerURLError: with one sentence for whoever wrote the URL.
    """
    module, name = _CLASSES[_scheme(url)].split(".")
    path = f"{__name__}.{module}"
    return {"BROKER": f"{path}.{name}", "OPTIONS": import_module(path).options(url) if url else {}}


def queue_name(url: str | None) -> str:
    """Return the name of the one queue: an `sqs://` URL names it in its path, elsewhere it is `ical`."""
    if _scheme(url) != "sqs":
        return DEFAULT_QUEUE
    return import_module(f"{__name__}.sqs").queue_of(url)


def middleware() -> list[str]:
    """Return what every broker runs with; the database is first, so that the others find it connected."""
    return [
        "django_dramatiq.middleware.DbConnectionsMiddleware",
        "brokers.middleware.AgeLimit",
        "dramatiq.middleware.TimeLimit",
        "dramatiq.middleware.ShutdownNotifications",
        "brokers.middleware.NoRetries",
        "brokers.middleware.RequestId",
        "brokers.middleware.MetricsServer",
    ]


def _scheme(url: str | None) -> str:
    if not url:
        return ""
    if "#" in url:
        raise BrokerURLError("There is a # in it: write %23 if it is part of a password.")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (reading it is what checks it)
    except ValueError:
        raise BrokerURLError("This is not a URL: check its host and port.") from None
    if parts.scheme not in _CLASSES or not parts.scheme:
        raise BrokerURLError(
            "It must start with redis://, rediss://, amqp://, amqps:// or sqs://, or be left out."
        )
    return parts.scheme
