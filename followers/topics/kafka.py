"""Kafka, such as Amazon MSK: a log whose consumers read at their own pace, and again from the start if they want."""

import re
from time import monotonic
from urllib.parse import parse_qsl, unquote, urlsplit

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from followers.cloudevents import CONTENT_TYPE, to_json
from followers.topics.errors import SEND_SECONDS, SendFailed, TopicURLError

#: How long a waiting thread sleeps if another thread has already been told that its event was delivered.
POLL_SECONDS = 0.02

MECHANISMS = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")  # MSK has the first

_SERVER = re.compile(r"([\w.-]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}")
_TOPIC = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}")


def options(url: str) -> dict:
    parts = urlsplit(url)
    credentials, _, servers = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    topic = parts.path.removeprefix("/")
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not all(map(_SERVER.fullmatch, servers.split(","))):
        raise TopicURLError("A Kafka URL names servers with their ports, such as kafka://b-1:9092,b-2:9092/topic.")
    if not _TOPIC.fullmatch(topic):
        raise TopicURLError("The path of a Kafka URL is the topic: letters, digits, ., - and _, 249 at most.")
    if bool(user) != bool(password):
        raise TopicURLError("A Kafka URL has a user and a password, or neither.")
    if given.keys() - {"mechanism", "ca"} or given.get("mechanism", MECHANISMS[0]) not in MECHANISMS:
        raise TopicURLError(f"The options of a Kafka URL are ca and mechanism, one of {', '.join(MECHANISMS)}.")

    has_tls = parts.scheme == "kafka+ssl"
    config = {"bootstrap.servers": servers}
    config["security.protocol"] = f"{'SASL_' if user else ''}{'SSL' if has_tls else 'PLAINTEXT'}"
    if user:
        config |= {
            "sasl.mechanism": given.get("mechanism", MECHANISMS[0]),
            "sasl.username": unquote(user),
            "sasl.password": unquote(password),
        }
    if "ca" in given:
        config["ssl.ca.location"] = given["ca"]
    return {"topic": topic, "config": config}


class Topic:
    """A topic whose partitions are chosen by the key, so that a list's events are in one of them, in order.

    All replicas that are in sync have an event before it counts as delivered. The producer numbers what it sends, so
    that its own retries neither double nor reorder events.
    """

    def __init__(self, *, topic: str, config: dict) -> None:
        self.topic = topic
        self.config = config | {
            "client.id": "taskoverflow",
            "acks": "all",
            "enable.idempotence": True,
            "delivery.timeout.ms": SEND_SECONDS * 1000,
            "linger.ms": 0,  # each sender waits for its own event
            "partitioner": "murmur2_random",  # as Java's producers have it
            "log_level": 0,  # `_note` has what an operator needs
            "error_cb": self._note,
        }
        self.problem = ""
        self.producer = Producer(self.config)

    def send(self, event: dict, key: str) -> None:
        outcome: list[KafkaError | None] = []

        def settle(error: KafkaError | None, message: Message) -> None:
            outcome.append(error)

        producer = self.producer
        headers = {"content-type": CONTENT_TYPE}
        try:
            producer.produce(self.topic, to_json(event), key, headers=headers, on_delivery=settle)
        except (KafkaException, BufferError) as error:
            raise SendFailed(f"Kafka refused an event: {error}.") from error
        deadline = monotonic() + SEND_SECONDS + 1  # the producer itself gives up at SEND_SECONDS
        while not outcome and monotonic() < deadline:
            producer.poll(POLL_SECONDS)
        if not outcome:
            raise SendFailed("Kafka did not answer.")
        if error := outcome[0]:
            if error.fatal():  # this producer sends no more
                self.producer = Producer(self.config)
            raise SendFailed(f"Kafka did not take an event: {self.problem or error.str()}.")
        self.problem = ""

    def close(self) -> None:
        self.producer.flush(0)

    def _note(self, error: KafkaError) -> None:
        """Remember what is wrong with the connection. Of the event itself it is only said that its time is over."""
        self.problem = error.str()
