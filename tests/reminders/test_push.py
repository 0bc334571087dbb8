"""Reminders in the browser: what a push service gets, and what its answers do."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from reminders import push, sender, sending
from reminders.models import Browser, Channel, Notification
from reminders.services import add_browser, send_test, set_reminders, update_settings
from reminders.times import Rule, RuleKind, to_ms
from tests.database.clock import DatabaseClock
from tests.factories import make_todo
from tests.reminders.push_service import PushService

TIME = to_ms(datetime(2026, 12, 1, 17, 50, tzinfo=UTC))


@pytest.fixture
def due(clock: DatabaseClock, ada: User, push_service: PushService) -> Browser:
    """Ada's browser, and a todo of which she is to be reminded there now."""
    clock.now = TIME - 3_600_000
    update_settings(user=ada, changes={"by_email": False})
    todo = make_todo("Essay", "2026-12-01T18:00:00Z", user=ada)
    set_reminders(user=ada, todo=todo, rules=[Rule(RuleKind.BEFORE, minutes=10)])
    browser = add_browser(user=ada, name="Firefox", **push_service.subscription)
    clock.now = TIME
    return browser


def test_browser_gets_what_only_it_can_read(
    due: Browser, push_service: PushService, send_due: Callable[[], None]
) -> None:
    send_due()
    send_due()
    [message] = push_service.received
    assert message["title"] == "Essay"
    assert [action["title"] for action in message["actions"]] == ["Done", "In an hour"]
    assert push_service.senders == {push.public_key()}
    notification = Notification.objects.get()
    assert notification.sent_at_ms == TIME
    assert message["tag"] == str(notification.source)
    assert push_service.topics == [notification.source.hex]


@pytest.mark.parametrize("status", [404, 410])
def test_browser_that_is_gone_is_forgotten(
    due: Browser, push_service: PushService, send_due: Callable[[], None], status: int
) -> None:
    push_service.statuses = [status]
    send_due()
    assert not Browser.objects.exists()
    assert not Notification.objects.exists()
    assert push_service.asked == 1


@pytest.mark.parametrize("status", [302, 429, 500])
def test_push_service_that_fails_is_asked_again_later(
    due: Browser,
    push_service: PushService,
    send_due: Callable[[], None],
    clock: DatabaseClock,
    status: int,
) -> None:
    push_service.statuses = [status]
    send_due()
    assert push_service.asked == 1
    assert Notification.objects.get().error == f"The push service answered {status}."
    assert Browser.objects.get().failing_since_ms == clock.now
    clock.now += 5_000
    send_due()
    assert len(push_service.received) == 1
    assert Browser.objects.get().failing_since_ms is None


def test_browser_that_has_failed_for_a_week_is_forgotten(
    due: Browser, push_service: PushService, send_due: Callable[[], None], clock: DatabaseClock
) -> None:
    for days, is_there in ((0, True), (6, True), (8, False)):
        clock.now = TIME + days * 24 * 3_600_000
        push_service.statuses = [500] * 10
        send_test(user=due.user, browser=due)
        send_due()
        assert Browser.objects.exists() == is_there


def make_browsers(count: int, push_service: PushService, **values: int) -> list[Browser]:
    """Browsers of several users, each with two messages that are due."""
    said, browsers = push_service.subscription, []
    for number in range(count):
        user = User.objects.create(username=f"user{number}")
        endpoint = f"{said['endpoint']}/{number}"
        browsers.append(add_browser(user=user, name="Firefox", **said | {"endpoint": endpoint}))
        for _ in range(2):
            send_test(user=user, browser=browsers[-1])
    Browser.objects.filter(pk__in=[one.pk for one in browsers]).update(**values)
    return browsers


def test_browsers_that_fail_leave_threads_for_the_others(clock: DatabaseClock, push_service: PushService) -> None:
    clock.now = TIME - 1
    failing = make_browsers(sending.MOST_FAILING + 2, push_service, failing_since_ms=TIME - 1)
    clock.now = TIME
    bob = User.objects.create(username="bob")
    said = push_service.subscription
    browser = add_browser(user=bob, name="Firefox", **said | {"endpoint": f"{said['endpoint']}/bob"})
    send_test(user=bob, browser=browser)
    _, first = sending.claim(Channel.PUSH, limit=3, most_of_user=4)
    assert {one.notification.browser_id for one in first} <= {one.pk for one in failing}
    assert len(first) == len({one.notification.browser_id for one in first})
    _, second = sending.claim(Channel.PUSH, limit=64, most_of_user=4, under_way=first)
    together = [one.notification.browser_id for one in first + second]
    assert together.count(browser.pk) == 1
    assert len(together) == len(set(together)) == sending.MOST_FAILING + 1
    _, third = sending.claim(Channel.PUSH, limit=64, most_of_user=4, under_way=first + second)
    assert third == []


def test_push_service_that_is_slow_counts_as_failing(
    due: Browser, push_service: PushService, send_due: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "SLOW_SECONDS", -1)
    send_due()
    assert len(push_service.received) == 1
    assert Browser.objects.get().failing_since_ms == TIME


def test_private_address_is_never_called(
    due: Browser, push_service: PushService, send_due: Callable[[], None], settings: object
) -> None:
    settings.ALLOW_PRIVATE_TARGETS = False
    Browser.objects.update(endpoint=due.endpoint.replace("http:", "https:"))  # without TLS no address is called
    send_due()
    assert Notification.objects.get().error == "This address is in a private network."
    assert push_service.asked == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "ftp://push.example.org/1"},
        {"endpoint": "https://"},
        {"endpoint": "https://[::1"},
        {"p256dh": "AAAA"},
        {"p256dh": "not base64!"},
        {"auth": "AAAA"},
        {"auth": "\N{SNOWMAN}"},
    ],
)
def test_subscription_that_no_browser_can_have_made_is_refused(
    push_service: PushService, wrong: dict[str, str]
) -> None:
    push.check_subscription(**push_service.subscription)
    with pytest.raises(push.InvalidSubscription):
        push.check_subscription(**push_service.subscription | wrong)
