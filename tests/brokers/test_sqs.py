"""What is SQS's alone: see the docstring of `SQSBroker`."""

import time
from threading import Event

import pytest
from botocore.exceptions import ClientError
from dramatiq.errors import BrokerConnectionError

import brokers
from brokers import sqs
from tests.brokers.rigs import PATIENCE_SECONDS, POISON, Recorder, Rig, message_body

KINDS = ["sqs", "sqs-fifo"]


def requests(broker: sqs.SQSBroker, action: str) -> list[dict]:
    """Keep the parameters of every such request that the broker makes from now on."""
    kept: list[dict] = []
    for resource in (broker.sqs, broker.receiving):
        resource.meta.client.meta.events.register(
            f"provide-client-params.sqs.{action}", lambda params, **_: kept.append(dict(params))
        )
    return kept


def test_every_send_has_a_group_and_deduplication_of_its_own(rig, recorder):
    sent = requests(recorder.broker, "SendMessage")
    message = recorder.actor.message("twice")
    recorder.broker.enqueue(message)
    recorder.broker.enqueue(message)
    first, second = sent
    if rig.ending == ".fifo":
        for name in ("MessageGroupId", "MessageDeduplicationId"):
            assert first.pop(name) != second.pop(name)
    assert first.keys() == second.keys() == {"QueueUrl", "MessageBody"}


def test_receiving_is_a_long_poll_with_short_visibility(rig, recorder, monkeypatch):
    monkeypatch.undo()  # of what makes these tests hurry
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    recorder.actor.send("one")
    asked = requests(recorder.broker, "ReceiveMessage")
    consumer = recorder.broker.consume(rig.queue, prefetch=16)
    next(consumer)
    consumer.close()
    assert [(ask["WaitTimeSeconds"], ask["VisibilityTimeout"], ask["MaxNumberOfMessages"]) for ask in asked] == [
        (5, 10, 10)
    ]


def test_never_holds_more_than_it_was_told_to(rig, recorder):
    for number in range(6):
        recorder.actor.send(str(number))
    asked = requests(recorder.broker, "ReceiveMessage")
    consumer = recorder.broker.consume(rig.queue, prefetch=4)
    while len(consumer.held) < 4:
        next(consumer)
    assert next(consumer) is None or consumer.messages
    consumer.close()
    assert all(ask["MaxNumberOfMessages"] <= 4 for ask in asked)
    assert len(consumer.held) <= 4


def test_failed_deletes_leave_the_consumer_fetching(rig, recorder, wait_for):
    """The stock consumer counts them for ever, and stops after as many as it prefetches."""
    refused = []

    def refuse(**_):
        if len(refused) < 4:
            refused.append(1)
            raise ClientError({"Error": {"Code": "ServiceUnavailable"}}, "DeleteMessage")

    recorder.broker.receiving.meta.client.meta.events.register("before-call.sqs.DeleteMessage", refuse)
    with recorder.working():
        for number in range(4):
            recorder.actor.send(f"refused {number}")
        wait_for(lambda: len(refused) == 4)
        recorder.actor.send("after")
        while recorder.next() != "after":
            pass


def test_message_is_delivered_once_however_long_its_work(rig, recorder, wait_for):
    recorder.during = lambda text: time.sleep(3 * sqs.VISIBILITY_SECONDS)
    recorder.actor.send("long")
    other = Recorder(rig.broker(), rig.queue)
    with recorder.working():
        wait_for(lambda: rig.count(rig.queue) == 1)
        with other.working():
            seen = {"long": recorder.seen, "other": other.seen}
            wait_for(lambda: seen["long"].qsize() + seen["other"].qsize())
            wait_for(lambda: rig.count(rig.queue) == 0)
    assert recorder.seen.qsize() + other.seen.qsize() == 1


def test_messages_that_wait_for_a_thread_are_kept_too(rig, recorder, wait_for):
    begun, finish = Event(), Event()

    def dwell(text: str) -> None:
        begun.set()
        finish.wait(PATIENCE_SECONDS)

    recorder.during = dwell
    for text in ("0", "1"):
        recorder.actor.send(text)
    other = Recorder(rig.broker(), rig.queue)
    with recorder.working():  # one thread, so it holds two
        assert begun.wait(PATIENCE_SECONDS)
        wait_for(lambda: len(held(recorder)) == 2)
        with other.working():
            time.sleep(3 * sqs.VISIBILITY_SECONDS)
        finish.set()
        assert {recorder.next(), recorder.next()} == {"0", "1"}
    assert other.seen.empty()


def held(recorder: Recorder) -> dict:
    [worker] = [getattr(middleware, "worker", None) for middleware in recorder.broker.middleware[-1:]]
    return worker.consumers[recorder.actor.queue_name].consumer.held


def test_poison_is_left_to_the_redrive_policy(rig, monkeypatch, wait_for):
    monkeypatch.setattr(sqs, "RECEIVES", 2)
    recorder = Recorder(rig.broker(), rig.queue)
    with recorder.working():
        recorder.actor.send("first")
        assert recorder.next() == "first"
        for fields in POISON.values():
            rig.put(fields if isinstance(fields, bytes) else message_body(rig.queue, **fields))
        wait_for(lambda: rig.dead_letters() == len(POISON))
    assert rig.count(rig.queue) == 0


def without_creating(rig: Rig) -> None:
    rig.url = rig.url.removesuffix("&create=true")


def test_missing_queue_is_not_created_by_a_send(rig):
    without_creating(rig)
    recorder = Recorder(rig.broker(), rig.queue)
    with pytest.raises(BrokerConnectionError, match=f"There is no SQS queue named {rig.queue} in us-east-1"):
        recorder.actor.send("nowhere")
    assert not rig.client.list_queues(QueueNamePrefix=rig.queue.removesuffix(".fifo")).get("QueueUrls")


def test_ping_notices_a_missing_queue(rig):
    without_creating(rig)
    recorder = Recorder(rig.broker(), rig.queue)
    with pytest.raises(BrokerConnectionError, match="There is no SQS queue"):
        recorder.broker.ping()


def test_missing_queue_ends_a_worker_as_it_starts(rig):
    without_creating(rig)
    recorder = Recorder(rig.broker(), rig.queue)
    with pytest.raises(SystemExit) as ending, recorder.working():
        pass
    assert str(ending.value) == (
        f"There is no SQS queue named {rig.queue} in us-east-1: create it, or add create=true to BROKER_URL."
    )


def test_send_asks_for_nothing_that_a_senders_policy_forbids(rig, recorder):
    """The web server may look the queue up and send, and no more."""
    recorder.actor.send("makes the queue")
    without_creating(rig)
    broker = rig.broker()
    broker.declare_queue(rig.queue)
    calls: list[str] = []
    broker.sqs.meta.client.meta.events.register("before-call.sqs", lambda model, **_: calls.append(model.name))
    broker.enqueue(recorder.actor.message("second"))
    assert calls == ["GetQueueUrl", "SendMessage"]


def test_address_without_a_host_is_amazons(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    configured = brokers.configure("sqs:///ical?region=ap-southeast-2")
    broker = sqs.SQSBroker(**configured["OPTIONS"], middleware=[])
    assert broker.sqs.meta.client.meta.endpoint_url == "https://sqs.ap-southeast-2.amazonaws.com"
    broker.close()
