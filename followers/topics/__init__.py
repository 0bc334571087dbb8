"""Where an operator has the events of all lists sent: a topic of SNS, Kafka or RabbitMQ, named by one URL.

A topic here has a method `send(event, key)`. When it returns, the topic's servers have the event. If they do not take
it within `SEND_SECONDS`, it raises `SendFailed`: they may have it nevertheless, so a consumer may see an event twice,
with the same id. Whoever waits for each call to return before making the next has the events of a key in that order.
"""

from functools import cache
from importlib import import_module
from threading import Lock
from types import ModuleType
from typing import Protocol
from urllib.parse import urlsplit

from followers.topics.errors import SendFailed, TopicURLError

__all__ = ["SendFailed", "Topic", "TopicURLError", "check", "topic"]

_MODULES = {
    "sns": "sns",
    "kafka": "kafka",
    "kafka+ssl": "kafka",
    "amqp": "amqp",
    "amqps": "amqp",
}


class Topic(Protocol):
    def send(self, event: dict, key: str) -> None:
        """Send a CloudEvent. Events with one key, the id of their list, stay in order.

        Raises:
            SendFailed: the topic may not have it.
        """

    def close(self) -> None:
        """End its connections, of which no thread uses one."""


def check(url: str) -> None:
    """Raise TopicURLError, with one sentence for the person who wrote the URL, if it cannot be one of a topic.

    It connects to nothing, and imports no client library but that of the topic.
    """
    _module(url).options(url)


def topic(url: str) -> Topic:
    """Return the topic of a URL, with this process's connections to it. Call it after any fork."""
    with _opening:
        return open_topic(url)


# Several threads want it at once, and boto3's default session is not for several.
_opening = Lock()


@cache
def open_topic(url: str) -> Topic:
    module = _module(url)
    return module.Topic(**module.options(url))


def _module(url: str) -> ModuleType:
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in _MODULES:
        *schemes, last = (f"{scheme}://" for scheme in _MODULES)
        raise TopicURLError(f"It must start with {', '.join(schemes)} or {last}, or be left out.")
    if "#" in url:
        raise TopicURLError("There is a # in it: write %23 if it is part of a password.")
    try:
        urlsplit(url)
    except ValueError:
        raise TopicURLError("This is not a URL: check its host.") from None
    return import_module(f"{__name__}.{_MODULES[scheme]}")
