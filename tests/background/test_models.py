"""The rules of the lease: each transition changes one row, from the state that it starts from, and no other row."""

import uuid

import pytest

from calendars.models import Calendar
from database.clock import now_ms
from tests.factories import make_job, make_user

pytestmark = pytest.mark.django_db

LEASE_MS = 60_000
FAR_MS = 3_600_000
TOKEN, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
def calendar() -> Calendar:
    """A calendar that is due and that nobody works on, beside another."""
    make_job(make_user("eve"))
    return make_job().calendar


def read(calendar: Calendar) -> Calendar:
    found = Calendar.objects.get(pk=calendar.pk)
    found.read_at_ms = now_ms()
    return found


def others(calendar: Calendar) -> list[dict]:
    return list(Calendar.objects.exclude(pk=calendar.pk).values())


def claim(calendar: Calendar, token: uuid.UUID = TOKEN) -> int:
    return Calendar.objects.claim(calendar.pk, token=token, lease_ms=LEASE_MS)


def test_claim_takes_the_lease_of_one_row_and_counts_the_attempt(calendar: Calendar) -> None:
    before, begin = others(calendar), now_ms()
    Calendar.objects.filter(pk=calendar.pk).update(due_at_ms=begin + FAR_MS)

    assert claim(calendar) == 1

    held = read(calendar)
    assert (held.lease_token, held.attempts) == (TOKEN, 1)
    assert begin <= held.due_at_ms <= now_ms()
    assert begin + LEASE_MS <= held.lease_until_ms <= now_ms() + LEASE_MS
    assert others(calendar) == before


def test_held_lease_is_nobody_elses_until_it_ends(calendar: Calendar) -> None:
    claim(calendar)

    assert claim(calendar, OTHER) == 0
    assert calendar not in Calendar.objects.due()

    Calendar.objects.filter(pk=calendar.pk).update(lease_until_ms=now_ms())
    assert calendar in Calendar.objects.due()
    assert claim(calendar, OTHER) == 1
    assert (read(calendar).lease_token, read(calendar).attempts) == (OTHER, 2)


def test_only_the_holder_renews_and_releases(calendar: Calendar) -> None:
    claim(calendar)
    Calendar.objects.filter(pk=calendar.pk).update(lease_until_ms=now_ms() + 1_000)
    before = read(calendar)

    assert Calendar.objects.renew(OTHER, lease_ms=LEASE_MS) == 0
    assert Calendar.objects.release(OTHER) == 0
    assert read(calendar).lease_until_ms == before.lease_until_ms

    begin = now_ms()
    assert Calendar.objects.renew(TOKEN, lease_ms=LEASE_MS) == 1
    assert read(calendar).lease_until_ms >= begin + LEASE_MS


def test_attempt_that_is_released_does_not_count(calendar: Calendar) -> None:
    claim(calendar)
    Calendar.objects.filter(pk=calendar.pk).update(attempts=3)

    assert Calendar.objects.release(TOKEN) == 1

    free = read(calendar)
    assert (free.lease_token, free.lease_until_ms, free.attempts) == (None, None, 2)
    assert calendar in Calendar.objects.due()


def test_failure_keeps_everybody_away_for_the_delay(calendar: Calendar) -> None:
    claim(calendar)
    begin = now_ms()

    assert Calendar.objects.retry_later(TOKEN, delay_ms=FAR_MS) == 1

    resting = read(calendar)
    assert resting.lease_token is None
    assert resting.lease_until_ms == resting.due_at_ms >= begin + FAR_MS
    assert resting.attempts == 1
    assert claim(calendar, OTHER) == 0


def test_nothing_is_due_after_giving_up(calendar: Calendar) -> None:
    claim(calendar)

    assert Calendar.objects.give_up(TOKEN) == 1

    idle = read(calendar)
    assert (idle.lease_token, idle.lease_until_ms, idle.due_at_ms, idle.attempts) == (None, None, None, 0)


def test_one_of_two_sweeps_postpones(calendar: Calendar) -> None:
    Calendar.objects.update(due_at_ms=now_ms() - 1)
    seen, before = read(calendar).due_at_ms, others(calendar)

    assert Calendar.objects.postpone(calendar.pk, seen_due_at_ms=seen, delay_ms=FAR_MS) == 1
    assert Calendar.objects.postpone(calendar.pk, seen_due_at_ms=seen, delay_ms=FAR_MS) == 0
    assert others(calendar) == before


@pytest.mark.parametrize(
    ("token", "until_ms", "is_leased", "is_backing_off"),
    [
        (None, None, False, False),
        (TOKEN, 1_001, True, False),
        (TOKEN, 1_000, False, False),
        (None, 1_001, False, True),
        (None, 1_000, False, False),
    ],
)
def test_what_a_row_says_of_its_lease(
    token: uuid.UUID | None, until_ms: int | None, is_leased: bool, is_backing_off: bool
) -> None:
    calendar = Calendar(lease_token=token, lease_until_ms=until_ms)
    calendar.read_at_ms = 1_000

    assert (calendar.is_leased, calendar.is_backing_off) == (is_leased, is_backing_off)
