"""What every topic promises, on real servers and their look-alikes. The system tests run this on RabbitMQ."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from uuid import uuid4

import pytest

from followers import topics
from tests.followers.topics.rigs import gather


def event(list_id: str, revision: int) -> dict:
    return {
        "specversion": "1.0",
        "type": "org.taskoverflow.list.changed",
        "source": "https://todo.example.org",
        "subject": f"lists/{list_id}",
        "id": str(uuid4()),
        "data": {"list": int(list_id), "revision": revision, "title": "Grüße, 世界 🎉"},
    }


def test_subscribers_each_get_an_event_as_it_was_sent(topic_rig, topic):
    subscribers = [topic_rig.subscribe(), topic_rig.subscribe()]
    sent = event("7", 412)
    topic.send(sent, "7")
    for receive in subscribers:
        assert gather(receive, until=bool) == [(sent, "7")]


def test_events_of_a_list_stay_in_order_while_threads_send_for_others(topic_rig, topic):
    receive = topic_rig.subscribe()

    def follow(key: str) -> None:
        for revision in range(1, 11):
            topic.send(event(key, revision), key)

    with ThreadPoolExecutor() as threads:
        list(threads.map(follow, ["1", "2", "3"]))
    received = gather(receive, until=lambda received: len(received) >= 30)
    revisions = {key: [event["data"]["revision"] for event, of in received if of == key] for key in "123"}
    if topic_rig.url.startswith("sns") and not topic_rig.url.endswith(".fifo"):
        revisions = {key: sorted(found) for key, found in revisions.items()}  # a standard topic promises no order
    assert revisions == {key: list(range(1, 11)) for key in "123"}


def test_a_topic_that_hangs_is_given_up_and_has_the_event_later(topic_rig, topic):
    receive = topic_rig.subscribe()
    first, second, third = event("7", 1), event("7", 2), event("7", 3)
    topic.send(first, "7")
    with topic_rig.hang():
        begun = monotonic()
        with pytest.raises(topics.SendFailed) as failure:
            topic.send(second, "7")
        assert monotonic() - begun < 30  # of minutes that the operating system would wait
    assert str(failure.value).endswith(".")
    topic.send(second, "7")
    topic.send(third, "7")

    received = gather(receive, until=lambda received: (third, "7") in received)
    ids = list(dict.fromkeys(event["id"] for event, _ in received))
    assert ids == [first["id"], second["id"], third["id"]]


def test_a_topic_that_is_not_there_is_one_sentence(topic_rig, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", "http://127.0.0.1:9")
    topic = topic_rig.open(topic_rig.nowhere)
    with pytest.raises(topics.SendFailed) as failure:
        topic.send(event("7", 1), "7")
    message = str(failure.value)
    assert message.endswith(".")
    assert message.count(". ") == 0
    assert "secret" not in message
