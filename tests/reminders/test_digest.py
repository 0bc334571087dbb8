"""The daily summary: to whom, when, and of what."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User

from reminders.models import Notification, ReminderSettings
from reminders.services import update_settings
from reminders.times import to_ms
from tests.database.clock import DatabaseClock
from tests.factories import make_list, make_todo, share
from tests.reminders.conftest import Mailbox
from todos.deadlines import parse_deadline
from todos.services import create_list, create_todo, update_list

BERLIN = ZoneInfo("Europe/Berlin")


def at(hour: int, minute: int = 0, day: int = 1) -> int:
    return to_ms(datetime(2026, 12, day, hour, minute, tzinfo=BERLIN))


@pytest.fixture
def eight(clock: DatabaseClock, mailbox: Mailbox, ada: User) -> User:
    """Ada, who lives in Berlin and wants a summary at eight."""
    clock.now = at(20, day=1) - 86_400_000
    update_list(todo_list=make_list(ada), changes={"time_zone": "Europe/Berlin"})
    return ada


def test_summary_comes_once_a_day_with_what_is_overdue_and_due_today(
    eight: User, clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None]
) -> None:
    update_settings(user=eight, changes={"digest_at": 8 * 60})
    bob = User.objects.create(username="bob")
    shared = create_list(user=bob, name="Band")
    create_todo(todo_list=shared, title="Gig", due=parse_deadline("2026-12-01T20:00:00"))
    share(shared, eight)
    foreign = create_list(user=bob, name="Private")
    create_todo(todo_list=foreign, title="Secret", due=parse_deadline("2026-12-01"))
    make_todo("Tax <b>", "2026-11-30", user=eight)
    make_todo("Essay", "2026-12-01", user=eight)
    make_todo("Later", "2026-12-02", user=eight)
    make_todo("Done", "2026-12-01", user=eight, completed=True)
    clock.now = at(7, 59)
    send_due()
    assert mailbox.received == []
    for minute in (0, 1, 59):
        clock.now = at(8, minute)
        send_due()
    [mail] = mailbox.received
    assert mail["Subject"] == "Your todos: 1 overdue, 2 today"
    text = mail.get_body(("plain",)).get_content()
    assert [word in text for word in ("Tax <b>", "Essay", "Gig", "Later", "Done", "Secret")] == [True] * 3 + [
        False
    ] * 3
    assert "Tuesday 1 December 2026" in text
    assert "Tax &lt;b&gt;" in mail.get_body(("html",)).get_content()
    clock.now = at(8, day=2)
    send_due()
    assert len(mailbox.received) == 2


def test_day_without_anything_due_has_no_summary(
    eight: User, clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None]
) -> None:
    update_settings(user=eight, changes={"digest_at": 8 * 60})
    make_todo("Later", "2026-12-24", user=eight)
    clock.now = at(8)
    send_due()
    assert mailbox.received == []
    assert not Notification.objects.exists()
    assert ReminderSettings.objects.get().digest_due_at_ms == at(8, day=2)


def test_summary_follows_who_moves_to_another_time_zone(
    eight: User, clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None]
) -> None:
    update_settings(user=eight, changes={"digest_at": 8 * 60})
    make_todo("Essay", "2026-12-01", user=eight)
    send_due()
    update_list(todo_list=make_list(eight), changes={"time_zone": "America/New_York"})
    clock.now += 1_000
    send_due()
    assert ReminderSettings.objects.get().digest_due_at_ms == at(14)  # eight o'clock there
    clock.now = at(8)
    send_due()
    assert mailbox.received == []
    clock.now = at(14)
    send_due()
    assert len(mailbox.received) == 1


def test_two_workers_send_one_summary(
    eight: User, clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None]
) -> None:
    update_settings(user=eight, changes={"digest_at": 8 * 60})
    make_todo("Essay", "2026-12-01", user=eight)
    clock.now = at(8)
    send_due()
    ReminderSettings.objects.update(digest_due_at_ms=at(8))  # as the other one has seen it
    send_due()
    assert len(mailbox.received) == 1
