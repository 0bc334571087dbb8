"""Message brokers, each configured by one URL, with the same behaviour.

A message may be lost, duplicated, late or out of order: the database knows what has to be done, and a sweep sends
again. So nothing uses a broker's retries, delays, callbacks or results. Every broker here

- accepts nothing but JSON, and lets no unreadable message block the queue,
- delivers a message at once on an idle system,
- gives the messages of a dead worker to another within 15 s,
- survives a restart of its server,
- sends within about 2 s, or raises dramatiq's `BrokerConnectionError`.
"""

from importlib import import_module
from urllib.parse import urlsplit

from brokers.errors import BrokerURLError

__all__ = ["DEFAULT_QUEUE", "BrokerURLError", "configure", "middleware_paths", "queue_name"]

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
    """Return django-dramatiq's `BROKER` and `OPTIONS` for a BROKER_URL; without one, for the embedded broker.

    It imports no client library but that of the broker.

    Raises:
        BrokerURLError: with one sentence for the person who wrote the URL.
    """
    module, name = _CLASSES[_scheme(url)].split(".")
    path = f"{__name__}.{module}"
    return {"BROKER": f"{path}.{name}", "OPTIONS": import_module(path).options(url) if url else {}}


def queue_name(url: str | None, *, suffix: str = "") -> str:
    """Return the name of a queue: the path of an `sqs://` URL, or `ical`, and the suffix of a further one."""
    name = import_module(f"{__name__}.sqs").queue_of(url) if _scheme(url) == "sqs" else DEFAULT_QUEUE
    base = name.removesuffix(".fifo")
    return f"{base}{suffix}{name[len(base) :]}"


def middleware_paths() -> list[str]:
    """Return the middleware of every broker. The database comes first, so that the others can use it."""
    return [
        "django_dramatiq.middleware.DbConnectionsMiddleware",
        "brokers.middleware.AgeLimit",
        "brokers.middleware.TimeLimit",
        "dramatiq.middleware.ShutdownNotifications",
        "brokers.middleware.NoRetries",
        "brokers.middleware.RequestId",
        "brokers.middleware.RecordMessages",
        "brokers.middleware.DatabaseTimeouts",
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
        *schemes, last = (f"{scheme}://" for scheme in _CLASSES if scheme)
        raise BrokerURLError(f"It must start with {', '.join(schemes)} or {last}, or be left out.")
    return parts.scheme
