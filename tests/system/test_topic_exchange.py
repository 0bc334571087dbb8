"""RabbitMQ's topic exchange behaves as every topic does."""

from contextlib import suppress

import pika
import pytest
from pika.exceptions import AMQPError

from followers import topics
from tests.followers.topics.rigs import gather
from tests.followers.topics.test_behaviour import *  # noqa: F403
from tests.followers.topics.test_behaviour import event


def test_a_subscriber_may_want_one_list(topic_rig, topic):
    everything, one = topic_rig.subscribe(), topic_rig.subscribe("list.8")
    for key in "78":
        topic.send(event(key, 1), key)
    assert [key for _, key in gather(everything, until=lambda received: len(received) == 2)] == ["7", "8"]
    assert [key for _, key in gather(one, until=bool)] == ["8"]


def test_an_event_that_nobody_wants_is_no_failure(topic_rig, topic):
    topic.send(event("7", 1), "7")


def test_an_exchange_of_another_type_is_one_sentence(topic_rig):
    topic_rig.channel.exchange_declare(f"{topic_rig.exchange}-fanout", exchange_type="fanout")
    topic = topic_rig.open(f"{topic_rig.url}-fanout")
    with pytest.raises(topics.SendFailed, match="PRECONDITION_FAILED"):
        topic.send(event("7", 1), "7")
    topic_rig.channel.exchange_delete(f"{topic_rig.exchange}-fanout")


def test_a_durable_queue_has_its_events_after_a_crash_of_the_server(topic_rig, topic):
    topic_rig.channel.queue_declare("lasting", durable=True)
    topic_rig.channel.queue_bind("lasting", topic_rig.exchange, "list.#")
    topic.send(event("7", 1), "7")
    topic_rig.server.kill()
    with pytest.raises(topics.SendFailed):
        topic.send(event("7", 2), "7")
    topic_rig.server.start()
    topic.send(event("7", 2), "7")
    with suppress(AMQPError):
        topic_rig.connection.close()
    topic_rig.connection = pika.BlockingConnection(pika.URLParameters(topic_rig.server.url))
    assert topic_rig.connection.channel().queue_purge("lasting").method.message_count == 2
