"""The comparison of a standard and a FIFO queue, on every broker."""

from types import SimpleNamespace

import pytest

from brokers import comparison
from brokers.comparison import Trial, compare, comparing
from tests.brokers.rigs import Rig


def test_all_messages_come_back(rig: Rig) -> None:
    standard, fifo = compare(rig.broker(), count=40, seconds=60)

    assert (standard.name, fifo.name) == ("Standard", "FIFO")
    assert [trial.missing for trial in (standard, fifo)] == [0, 0]
    assert [trial.sent_twice for trial in (standard, fifo)] == [4, 4]


def test_fifo_queue_keeps_the_order(rig: Rig) -> None:
    _, fifo = compare(rig.broker(), count=40, seconds=60)

    assert fifo.late == []


def test_broker_without_deduplication_says_so(rig: Rig) -> None:
    broker = rig.broker()
    standard, fifo = compare(broker, count=20, seconds=60)

    assert standard.repeated >= 2
    assert (fifo.repeated == 0) == (comparing(broker).lacks == "")


def test_sending_takes_nothing_of_the_time_for_receiving(monkeypatch: pytest.MonkeyPatch) -> None:
    """As to a broker that is far away: a message there and back in a tenth of a second."""
    now = 0.0
    monkeypatch.setattr(comparison, "time", SimpleNamespace(monotonic=lambda: now, sleep=lambda seconds: None))

    class Far(comparison._MemoryQueue):
        def send(self, number: int) -> None:
            nonlocal now
            now += 0.1
            super().send(number)

    trial = Trial("Standard", 1, "")
    comparison._run(trial, Far(), 20, 1)
    assert trial.missing == 0


def test_repetition_is_not_out_of_order() -> None:
    trial = Trial("", 1, "", sent=[0, 1, 2, 3], received=[0, 2, 1, 2, 3, 1])

    assert (trial.late, trial.repeated, trial.missing) == ([1], 2, 0)
