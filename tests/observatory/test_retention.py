"""The sweep deletes events that are old, and those that are too many."""

import time

import pytest

from background import sweep
from observatory import retention
from observatory.models import Event

pytestmark = pytest.mark.django_db
HOUR_MS = 3_600_000


def write(count: int, *, hours_ago: float = 0) -> None:
    at_ms = time.time_ns() // 1_000_000 - int(hours_ago * HOUR_MS)
    Event.objects.bulk_create(Event(at_ms=at_ms, kind="change", process="p") for _ in range(count))


@pytest.fixture(autouse=True)
def small(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EVENT_HOURS, settings.EVENT_ROWS = 24, 20
    monkeypatch.setattr(retention, "SLICE", 3)


def test_old_events_are_deleted_in_slices() -> None:
    write(10, hours_ago=25)
    write(4, hours_ago=23)
    assert retention.delete_expired() == {"events_deleted": 10}
    assert Event.objects.count() == 4
    assert retention.delete_expired() == {}


def test_too_many_are_deleted_the_oldest_first() -> None:
    write(33)
    newest = list(Event.objects.order_by("-pk").values_list("pk", flat=True)[:20])
    assert retention.delete_expired() == {"events_deleted": 13}
    assert set(Event.objects.values_list("pk", flat=True)) == set(newest)


def test_one_round_deletes_so_many_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MAX_SLICES", 2)
    write(10, hours_ago=25)
    assert retention.delete_expired() == {"events_deleted": 6}
    assert retention.delete_expired() == {"events_deleted": 4}


def test_nothing_is_kept_once_they_are_switched_off(settings) -> None:
    settings.EVENT_HOURS = 0
    write(3, hours_ago=0.1)
    retention.delete_expired()
    assert not Event.objects.exists()


def test_sweep_does_it() -> None:
    write(2, hours_ago=25)
    assert sweep.sweep()["events_deleted"] == 2
