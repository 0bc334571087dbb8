"""What is the embedded broker's alone: it lives as long as the web server, in its process."""

from threading import Event

import dramatiq
import pytest
from dramatiq.middleware import Shutdown, TimeLimitExceeded

from brokers import embedded
from tests.brokers.rigs import PATIENCE_SECONDS, message_body

KINDS = ["embedded"]


@pytest.fixture
def worker(recorder):
    """Start a worker as the serving process does, for this test's broker."""
    before = dramatiq.get_broker()
    dramatiq.set_broker(recorder.broker)
    worker = embedded.start_worker(threads=2)
    dramatiq.set_broker(before)
    yield worker
    embedded.stop_worker(worker, seconds=5)


def test_worker_runs_what_is_sent(rig, recorder, worker):
    recorder.actor.send("hello")
    assert recorder.next() == "hello"


def test_time_limit_ends_an_actor(rig, recorder, worker):
    recorder.actor.options["time_limit"] = 100
    recorder.during = busy_until_ended_by(TimeLimitExceeded, recorder)
    recorder.actor.send("endless")
    assert recorder.next() == "ended"


def test_stop_tells_a_running_actor(rig, recorder, worker):
    recorder.actor.options["notify_shutdown"] = True
    begun = Event()
    recorder.during = busy_until_ended_by(Shutdown, recorder, begun)
    recorder.actor.send("endless")
    assert begun.wait(PATIENCE_SECONDS)
    embedded.stop_worker(worker, seconds=5)
    assert recorder.next() == "ended"
    assert not [thread for thread in worker.workers if thread.is_alive()]


def busy_until_ended_by(kind: type[BaseException], recorder, begun: Event | None = None):
    def work(text: str) -> None:
        if begun:
            begun.set()
        try:
            for _ in range(PATIENCE_SECONDS * 100):
                Event().wait(0.01)
        except kind:
            recorder.seen.put("ended")
            raise

    return work


def test_dead_letters_are_bounded(rig, recorder, worker, monkeypatch, wait_for):
    for number in range(embedded.DEAD_LETTERS_KEPT + 10):
        rig.put(message_body(rig.queue, actor_name="nobody", message_id=str(number)))
    recorder.broker.queues[rig.queue].join()
    kept = [message.message_id for message in recorder.broker.dead_letters]
    assert kept == [str(number) for number in range(10, embedded.DEAD_LETTERS_KEPT + 10)]
