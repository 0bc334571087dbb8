"""What every broker does; `tests/system` runs the same on RabbitMQ."""

import subprocess
import sys
import time
from threading import Event

import dramatiq
import pytest
from dramatiq.errors import BrokerConnectionError

from brokers.middleware import UnwantedOption
from tests.brokers.rigs import PATIENCE_SECONDS, POISON, message_body

FAR_FUTURE = 4_000_000_000_000


def test_message_starts_its_actor(rig, recorder):
    with recorder.working():
        recorder.actor.send("hello")
        assert recorder.next() == "hello"


def test_message_sent_before_worker_is_there_waits(rig, recorder):
    recorder.actor.send("early")
    with recorder.working():
        assert recorder.next() == "early"


def test_same_message_sent_twice_is_delivered_twice(rig, recorder):
    message = recorder.actor.message("again")
    recorder.broker.enqueue(message)
    recorder.broker.enqueue(message)
    with recorder.working():
        assert [recorder.next(), recorder.next()] == ["again", "again"]


def test_more_messages_than_are_prefetched_all_arrive(rig, recorder):
    sent = [str(number) for number in range(30)]
    for text in sent:
        recorder.actor.send(text)
    with recorder.working(threads=2):
        assert sorted(recorder.next() for _ in sent) == sorted(sent)


class Options(dramatiq.Middleware):
    """Keeps the options of the messages that arrive."""

    def __init__(self) -> None:
        self.seen: list[dict] = []

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        self.seen.append(dict(message.options))


def test_message_says_which_request_and_which_trace_it_is_of(rig, recorder):
    said = {"request_id": "request-1234", "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
    options = Options()
    recorder.broker.add_middleware(options)
    recorder.actor.send_with_options(args=("traced",), **said)
    with recorder.working():
        assert recorder.next() == "traced"
    (seen,) = options.seen
    assert {name: seen.get(name) for name in said} == said


def test_messages_that_wait_are_counted(rig, recorder, wait_for):
    for number in range(3):
        recorder.actor.send(str(number))
    wait_for(lambda: recorder.broker.count_waiting(rig.queue) == 3)
    with recorder.working():
        for _ in range(3):
            recorder.next()
        wait_for(lambda: recorder.broker.count_waiting(rig.queue) == 0)


def test_failing_actor_is_not_tried_again(rig, recorder):
    def fail(text: str) -> None:
        if text == "bad":
            recorder.seen.put("failed")
            raise RuntimeError("as the test wants")

    recorder.during = fail
    recorder.actor.send("bad")
    with recorder.working():
        assert recorder.next() == "failed"
        recorder.actor.send("good")
        assert recorder.next() == "good"
        time.sleep(1.5)  # longer than it takes a message that was not acknowledged to come back
        assert recorder.seen.empty()


def test_poison_does_not_block(rig, recorder):
    with recorder.working():
        recorder.actor.send("before")
        assert recorder.next() == "before"
        for fields in POISON.values():
            rig.put(fields if isinstance(fields, bytes) else message_body(rig.queue, **fields))
        recorder.actor.send("after")
        assert recorder.next() == "after"


def test_options_of_a_message_are_not_obeyed(rig, recorder):
    """Whoever can write to the queue could delay, call other actors or lift limits by them."""
    recorder.actor.send("first")
    options = {"eta": FAR_FUTURE, "throws": 7, "max_age": "x", "time_limit": "x", "pipe_target": {}}
    with recorder.working():
        assert recorder.next() == "first"
        rig.put(message_body(rig.queue, options=options | {"redis_message_id": None}))
        if type(rig).__name__ != "RedisRig":  # there it is not even a message without its id
            assert recorder.next() == "by hand"
        recorder.actor.send("last")
        assert recorder.next() == "last"


def test_wrong_arguments_do_not_block(rig, recorder):
    with recorder.working():
        recorder.actor.send("first")
        assert recorder.next() == "first"
        recorder.actor.send({"no": "text"}, ["more"], than="wanted")
        recorder.actor.send("last")
        assert recorder.next() == "last"


def test_message_that_is_too_old_is_dropped(rig, recorder):
    recorder.actor.options["max_age"] = 60_000
    long_ago = recorder.actor.message("old").copy(message_timestamp=1)
    recorder.broker.enqueue(long_ago)
    with recorder.working():
        recorder.actor.send("new")
        assert recorder.next() == "new"
    assert recorder.seen.empty()
    assert rig.dead_letters() == 0


def test_dead_letters_are_put_back_into_the_queue(rig, recorder, wait_for):
    """For the message that came before the code that knows its actor."""
    with recorder.working():
        recorder.actor.send("before")
        assert recorder.next() == "before"
        recorder.broker.enqueue(recorder.actor.message("early").copy(actor_name="newest"))
        wait_for(rig.dead_letters)
        dramatiq.actor(recorder.work, actor_name="newest", queue_name=rig.queue, broker=recorder.broker)
        assert recorder.broker.redrive(rig.queue) == 1
        assert recorder.next() == "early"
    assert rig.dead_letters() == 0


def test_delay_is_refused(rig, recorder):
    with pytest.raises(UnwantedOption, match="note was sent with a delay"):
        recorder.actor.send_with_options(args=("later",), delay=1000)


def test_worker_that_stops_leaves_what_it_has_not_begun(remote_rig, recorder):
    """Also the messages that it had fetched, and the other worker gets them at once."""
    begun, finish = Event(), Event()

    def dwell(text: str) -> None:
        begun.set()
        finish.wait(PATIENCE_SECONDS)

    recorder.during = dwell
    sent = {"0", "1", "2", "3"}
    for text in sorted(sent):
        recorder.actor.send(text)
    with recorder.working():
        assert begun.wait(PATIENCE_SECONDS)
        recorder.broker.emit_before("worker_shutdown", None)
        finish.set()
    done = {recorder.next() for _ in range(recorder.seen.qsize())}
    assert done

    recorder.during = None
    with recorder.working():
        while done != sent:
            done.add(recorder.next())


def test_killed_workers_message_comes_back(remote_rig, recorder):
    recorder.actor.send("precious")
    command = [sys.executable, "-m", "tests.brokers.victim", remote_rig.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as victim:
        try:
            assert victim.stdout.readline() == "took precious\n"
        finally:
            victim.kill()
    with recorder.working():
        assert recorder.next() == "precious"


def test_idle_worker_survives_an_outage(remote_rig, recorder):
    with recorder.working():
        recorder.actor.send("before")
        assert recorder.next() == "before"
        with remote_rig.outage():
            time.sleep(1)  # for the worker to notice
        recorder.actor.send("after")
        assert recorder.next_new("before") == "after"


def test_message_is_settled_across_an_outage(remote_rig, recorder):
    """Work ends while the broker is away: the message may come again, and others do not wait for it."""
    begun, finish = Event(), Event()

    def dwell(text: str) -> None:
        if text == "long":
            begun.set()
            finish.wait(PATIENCE_SECONDS)

    recorder.during = dwell
    recorder.actor.send("long")
    with recorder.working():
        assert begun.wait(PATIENCE_SECONDS)
        with remote_rig.outage():
            finish.set()
            assert recorder.next() == "long"
        recorder.actor.send("next")
        assert recorder.next_new("long") == "next"


def test_worker_survives_a_broker_that_hangs(remote_rig, recorder):
    with recorder.working():
        recorder.actor.send("before")
        assert recorder.next() == "before"
        with remote_rig.hang():
            time.sleep(4)  # longer than a consumer waits for an answer
        recorder.actor.send("after")
        assert recorder.next_new("before") == "after"


def test_ping_tells_whether_the_broker_is_there(remote_rig, recorder):
    recorder.broker.ping()
    with remote_rig.outage(), pytest.raises(BrokerConnectionError):
        recorder.broker.ping()
    recorder.broker.ping()


@pytest.mark.parametrize("fault", ["outage", "hang"])
def test_send_fails_soon_without_broker(remote_rig, recorder, fault):
    recorder.actor.send("connects")
    with getattr(remote_rig, fault)():
        began = time.monotonic()
        with pytest.raises(BrokerConnectionError):
            recorder.actor.send("lost")
        # 2 s is what it waits; this only tells them from waits of half a minute and more.
        assert time.monotonic() - began < 10
