"""What is Redis's alone: see the docstrings of `brokers/redis.py`."""

import time
from threading import Event

import pytest
import redis
from dramatiq.errors import BrokerConnectionError

import brokers
from brokers import redis as redis_broker
from tests.brokers.rigs import PATIENCE_SECONDS, POISON, Recorder, RedisRig, message_body, shorten_waits
from tests.services import start_redis

KINDS = ["redis"]


def waiting(rig: RedisRig) -> list[dict]:
    return [client for client in rig.client.client_list() if client["cmd"] == "blmove" and "b" in client["flags"]]


def commands(rig: RedisRig) -> int:
    return rig.client.info("stats")["total_commands_processed"]


def test_idle_consumer_waits_in_redis(rig, recorder, wait_for):
    with recorder.working():
        wait_for(lambda: waiting(rig))


def test_wait_that_is_woken_takes_nothing(rig, recorder):
    """A worker that dies between being woken and fetching has nothing to lose."""
    consumer = recorder.broker.consume(rig.queue, prefetch=1, timeout=10_000)
    recorder.actor.send("safe")
    for _ in range(3):
        recorder.broker.waiting_client.blmove(consumer.list_key, consumer.list_key, 1, "LEFT", "LEFT")
    assert rig.client.llen(consumer.list_key) == 1


def test_every_waiting_worker_is_woken_and_one_gets_it(rig, recorder, wait_for):
    other = Recorder(rig.broker(), rig.queue)
    with recorder.working(), other.working():
        wait_for(lambda: len(waiting(rig)) == 2)
        recorder.actor.send("once")
        wait_for(lambda: recorder.seen.qsize() + other.seen.qsize())
        wait_for(lambda: len(waiting(rig)) == 2)
    assert recorder.seen.qsize() + other.seen.qsize() == 1


def test_busy_worker_does_not_spin(rig, recorder, monkeypatch):
    """With its hands full it must not wait for the queue, which holds more and would answer at once."""
    begun, finish = Event(), Event()

    def dwell(text: str) -> None:
        begun.set()
        finish.wait(PATIENCE_SECONDS)

    looks: list[int] = []  # one at the clock in every round of the consumer
    beat_is_due = redis_broker.monotonic
    monkeypatch.setattr(redis_broker, "monotonic", lambda: looks.append(1) or beat_is_due())
    recorder.during = dwell
    sent = [str(number) for number in range(5)]
    for text in sent:
        recorder.actor.send(text)
    with recorder.working():
        assert begun.wait(PATIENCE_SECONDS)
        asked, rounds = commands(rig), len(looks)
        time.sleep(1)
        assert commands(rig) - asked < 100  # what beats there are in a second; a loop would make thousands
        assert len(looks) - rounds < 100
        finish.set()
        assert [recorder.next() for _ in sent] == sent


def test_busy_worker_is_not_taken_for_dead(rig, recorder):
    """The stock consumer says nothing while its hands are full, and loses its messages to others."""
    begun, finish = Event(), Event()

    def dwell(text: str) -> None:
        begun.set()
        finish.wait(PATIENCE_SECONDS)

    recorder.during = dwell
    for text in ("0", "1"):
        recorder.actor.send(text)
    other = Recorder(rig.broker(), rig.queue)
    with recorder.working():
        assert begun.wait(PATIENCE_SECONDS)
        with other.working():
            time.sleep(3 * redis_broker.DEAD_AFTER_MILLISECONDS / 1000)
        finish.set()
        assert {recorder.next(), recorder.next()} == {"0", "1"}
    assert other.seen.empty()


def test_message_whose_fetching_was_never_answered_comes_back(rig, recorder):
    recorder.actor.send("unheard")
    recorder.broker.do_fetch(rig.queue, 1)  # as Redis does for a client that has given up waiting
    with recorder.working():
        assert recorder.next() == "unheard"


def test_message_without_its_body_is_forgotten(rig, recorder, wait_for):
    recorder.actor.send("gone")
    rig.client.delete(f"dramatiq:{rig.queue}.msgs")
    with recorder.working():
        recorder.actor.send("there")
        assert recorder.next() == "there"
        wait_for(lambda: not rig.client.keys("dramatiq:__acks__*"))


def test_poison_becomes_a_dead_letter(rig, recorder, wait_for):
    with recorder.working():
        for fields in POISON.values():
            rig.put(fields if isinstance(fields, bytes) else message_body(rig.queue, **fields))
        wait_for(lambda: rig.dead_letters() == len(POISON))
        wait_for(lambda: not rig.client.keys("dramatiq:__acks__*"))
    assert not rig.client.llen(f"dramatiq:{rig.queue}")


def test_only_the_last_dead_letters_are_kept(rig, recorder, wait_for, monkeypatch):
    monkeypatch.setattr(redis_broker, "DEAD_LETTERS_KEPT", 2)
    with recorder.working():
        for number in range(6):
            rig.put(b"poison %d" % number)
            wait_for(lambda: rig.client.llen(f"dramatiq:{rig.queue}") == 0)
        rig.put(b"poison, the last")
        wait_for(lambda: b"poison, the last" in rig.client.hvals(f"dramatiq:{rig.queue}.XQ.msgs"))
        wait_for(lambda: rig.dead_letters() == 2)
    assert rig.client.hlen(f"dramatiq:{rig.queue}.XQ.msgs") == 2


def test_message_under_a_strange_id_becomes_a_dead_letter(rig, recorder, wait_for):
    """Acknowledging it by the id it names would leave it to come back for ever."""
    with recorder.working():
        rig.put(message_body(rig.queue, options={"redis_message_id": "another"}))
        wait_for(lambda: rig.dead_letters() == 1)


def test_worker_goes_on_after_redis_forgot_everything(rig, recorder):
    with recorder.working():
        recorder.actor.send("before")
        assert recorder.next() == "before"
        rig.client.flushall()
        recorder.actor.send("after")
        assert recorder.next() == "after"


def test_no_queue_of_delayed_messages_is_watched(rig, recorder):
    with recorder.working():
        assert not recorder.broker.get_declared_delay_queues()


def test_password_and_database_number_of_the_url_are_used(monkeypatch):
    shorten_waits(monkeypatch.setattr)
    with start_redis(password="p@ss word") as server:
        address = f"127.0.0.1:{server.port}"
        rig = RedisRig.__new__(RedisRig)
        rig.url, rig.made = f"redis://:p%40ss%20word@{address}/3", []
        rig.client = redis.Redis.from_url(rig.url)
        recorder = Recorder(rig.broker(), rig.queue)
        recorder.actor.send("private")
        assert rig.client.keys("dramatiq:*")
        with recorder.working():
            assert recorder.next() == "private"
        rig.close()

        configured = brokers.configure(f"redis://:wrong@{address}/3")
        stranger = redis_broker.RedisBroker(**configured["OPTIONS"], middleware=[])
        with pytest.raises(BrokerConnectionError):
            stranger.enqueue(recorder.actor.message("no"))
        stranger.close()
