"""The daily summary: to whom, when, and of what."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.utils import translation
from django.utils.translation import gettext

from reminders.digest import make_digest
from reminders.models import Notification, ReminderSettings
from reminders.services import add_browser, update_settings
from reminders.times import from_ms, to_ms
from tests.database.clock import DatabaseClock
from tests.factories import make_list, make_todo, share
from tests.reminders.conftest import Mailbox
from tests.reminders.push_service import PushService
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


def test_summary_has_what_is_due_on_the_days_of_its_reader(eight: User) -> None:
    """Where Ada is, it is eight in the morning of 1 December; on Midway it is still 30 November."""
    for zone in ("Pacific/Kiritimati", "Pacific/Midway"):
        far = create_list(user=eight, name=zone, time_zone=zone)
        for name, deadline in {
            "evening": "2026-12-01T23:00:00+01:00",  # there, on the 2nd and on the 1st
            "night": "2026-12-02T03:00:00+01:00",  # there, on the 2nd and on the 1st
            "morning": "2026-12-01T09:00:00+01:00",  # there, on the 1st and on the 30th
            "day": "2026-12-01",  # by the clock there
        }.items():
            create_todo(todo_list=far, title=f"{name} {zone}", due=parse_deadline(deadline))

    digest = make_digest(eight, BERLIN, from_ms(at(8)))

    assert {name: [todo.title for todo in todos] for name, todos, _ in digest.sections} == {
        "Overdue": [],
        "Today": [
            "morning Pacific/Kiritimati",
            "morning Pacific/Midway",
            "day Pacific/Kiritimati",
            "evening Pacific/Kiritimati",
            "evening Pacific/Midway",
        ],
    }


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


@pytest.mark.parametrize("has_address", [True, False])
def test_summary_is_shown_in_browsers_and_opens_today(
    eight: User,
    clock: DatabaseClock,
    mailbox: Mailbox,
    push_service: PushService,
    send_due: Callable[[], None],
    has_address: bool,
) -> None:
    update_settings(user=eight, changes={"digest_at": 8 * 60, "language": "de"})
    if not has_address:
        ReminderSettings.objects.update(confirmed_email="")
    said = push_service.subscription
    for number in range(2):
        add_browser(user=eight, name="Chrome", **said | {"endpoint": f"{said['endpoint']}/{number}"})
    make_todo("Tax", "2026-11-30", user=eight)
    make_todo("Essay", "2026-12-01", user=eight)
    for _ in range(2):
        clock.now = at(8)
        send_due()
        ReminderSettings.objects.update(digest_due_at_ms=at(8))  # as another worker has seen it
    assert len(mailbox.received) == has_address
    first, second = push_service.received
    with translation.override("de"):
        counts = f"{gettext('%(count)s overdue')}, {gettext('%(count)s today')}" % {"count": 1}
        title = gettext("Your todos: %(counts)s") % {"counts": counts}
    tag = first.pop("tag")
    assert first == {
        "title": title,
        "body": "Dienstag, 1. Dezember 2026: Tax, Essay",
        "url": "https://todos.example.org/today",
        "actions": [],
    }
    assert second == first | {"tag": tag}
    clock.now = at(8, day=2)
    send_due()
    assert len(push_service.received) == 4
    assert push_service.received[-1]["tag"] != tag


def test_browser_shows_no_summary_of_a_day_without_todos_or_that_is_not_wanted(
    eight: User, clock: DatabaseClock, mailbox: Mailbox, push_service: PushService, send_due: Callable[[], None]
) -> None:
    add_browser(user=eight, name="Chrome", **push_service.subscription)
    update_settings(user=eight, changes={"digest_at": 8 * 60})
    clock.now = at(8)
    send_due()
    make_todo("Essay", "2026-12-01", user=eight)
    update_settings(user=eight, changes={"digest_at": None})
    clock.now = at(8, day=2)
    send_due()
    assert push_service.received == []
    assert mailbox.received == []


def test_long_summary_stays_short_in_a_browser(
    eight: User, clock: DatabaseClock, mailbox: Mailbox, push_service: PushService, send_due: Callable[[], None]
) -> None:
    add_browser(user=eight, name="Chrome", **push_service.subscription)
    update_settings(user=eight, changes={"digest_at": 8 * 60})
    for _ in range(40):
        make_todo("\N{SNOWMAN}" * 200, "2026-12-01", user=eight)
    clock.now = at(8)
    send_due()
    [message] = push_service.received
    assert message["title"] == "Your todos: 40 today"
    assert len(message["body"]) < 200
