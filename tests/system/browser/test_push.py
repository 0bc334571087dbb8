"""Reminders in a real Chromium: from the button that turns them on to what a click on one does.

Google's push service is not at hand. What stands in for it is at the wire alone: a local push service whose
subscription `PushManager.subscribe` returns, and which checks and decrypts; what it has decrypted goes to the real
service worker by the browser's debugging protocol.
"""

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import BrowserContext, CDPSession, Page, Worker, expect

from reminders import push
from reminders.models import Browser, DueReminder, Notification, Reminder, ReminderSettings
from reminders.sender import Sender
from reminders.services import set_reminders, update_settings
from reminders.times import Rule, RuleKind, to_ms
from tests.factories import make_todo
from tests.reminders.push_service import PushService
from tests.system.browser.conftest import sign_in
from todos.models import Todo

pytestmark = pytest.mark.django_db(transaction=True)

SUBSCRIBE = """({ endpoint, p256dh, auth }) => {
  if (!location.protocol.startsWith("http")) return;
  const unsubscribe = async () => {
    sessionStorage.removeItem("subscribed");
    return true;
  };
  const subscription = {
    endpoint,
    get options() {
      const { key } = JSON.parse(sessionStorage.getItem("subscribed"));
      return { applicationServerKey: Uint8Array.from(atob(key), (sign) => sign.charCodeAt(0)).buffer };
    },
    unsubscribe,
    toJSON: () => ({ endpoint, keys: { p256dh, auth } }),
  };
  PushManager.prototype.getSubscription = async () => sessionStorage.getItem("subscribed") ? subscription : null;
  PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
    const key = btoa(String.fromCharCode(...applicationServerKey));
    sessionStorage.setItem("subscribed", JSON.stringify({ key, userVisibleOnly }));
    return subscription;
  };
}"""
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.getRegistration("/reminders/worker.js");
  const shown = await registration.getNotifications();
  return shown.map(({ title, body, tag, actions }) => ({ title, body, tag, actions: actions.map((one) => one.title) }));
}"""
# No script may open a window unless somebody has clicked, so what would open is written down instead.
CLICK = """async (action) => {
  let opened = null;
  Clients.prototype.openWindow = async (url) => { opened = url; };
  const [notification] = await self.registration.getNotifications();
  const waits = [];
  const event = new NotificationEvent("notificationclick", { notification, action });
  event.waitUntil = (promise) => waits.push(promise);
  self.dispatchEvent(event);
  await Promise.all(waits);
  return opened;
}"""


@pytest.fixture
def push_service(settings: object, site: str) -> Iterator[PushService]:
    settings.ALLOW_PRIVATE_TARGETS = True
    settings.PUBLIC_URL = site
    service = PushService()
    yield service
    service.stop()


class PushedTo:
    """A browser that takes what the push service has decrypted."""

    def __init__(self, context: BrowserContext, page: Page, service: PushService) -> None:
        self.context, self.page, self.service = context, page, service
        self.registrations: list[dict] = []

    def turn_on(self) -> None:
        self.page.goto("/settings/reminders")
        self.page.get_by_role("button", name="Show reminders in this browser").click()

    @property
    def worker(self) -> Worker:
        return self.context.service_workers[0]

    def deliver(self) -> None:
        """Hand what was received since the last time to the service worker."""
        protocol: CDPSession = self.context.new_cdp_session(self.page)
        protocol.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: self.registrations.extend(event["registrations"]),
        )
        protocol.send("ServiceWorker.enable")
        while not self.registrations:
            self.page.wait_for_timeout(50)
        registration = self.registrations[-1]
        for message in self.service.received:
            protocol.send(
                "ServiceWorker.deliverPushMessage",
                {
                    "origin": self.page.evaluate("location.origin"),
                    "registrationId": registration["registrationId"],
                    "data": json.dumps(message),
                },
            )
        self.service.received.clear()
        protocol.detach()

    def shown(self, count: int) -> list[dict]:
        """Return what is shown, once it is as much as is expected."""
        deadline = time.monotonic() + 30  # wait_for_function takes a promise for true
        while len(shown := self.page.evaluate(SHOWN)) != count and time.monotonic() < deadline:
            self.page.wait_for_timeout(100)
        return shown

    def click(self, action: str = "") -> str:
        """Click the notification, or one of its buttons; return the address that is opened."""
        return self.worker.evaluate(CLICK, action)


@pytest.fixture
def browser_of_ada(
    open_context: Callable[..., BrowserContext], push_service: PushService, client: Client
) -> tuple[User, PushedTo]:
    context = open_context(permissions=["notifications"], service_workers="allow")
    user = sign_in(context, client, "ada")
    context.add_init_script(f"({SUBSCRIBE})({json.dumps(push_service.subscription)})")
    return user, PushedTo(context, context.new_page(), push_service)


def remind_now(user: User, title: str) -> Todo:
    """Make a todo of which the user is to be reminded at this moment, however long the test takes."""
    now = datetime.now(UTC).replace(microsecond=0)
    todo = make_todo(title, (now + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ"), user=user)
    set_reminders(user=user, todo=todo, rules=[Rule(RuleKind.MOMENT, moment=now + timedelta(hours=1))])
    Reminder.objects.filter(todo=todo).update(moment=now)
    DueReminder.objects.filter(todo=todo).update(due_at_ms=to_ms(now))
    return todo


def send(service: PushService, count: int) -> None:
    """Do rounds of the real sender until the push service has so many messages."""
    ends = datetime.now(UTC) + timedelta(seconds=60)
    with closing(Sender()) as sender:
        while len(service.received) < count and datetime.now(UTC) < ends:
            sender.round()
        while any(lane.under_way for lane in sender.lanes):
            sender.round()
    assert len(service.received) == count


def test_reminders_are_turned_on_shown_and_turned_off(
    browser_of_ada: tuple[User, PushedTo], push_service: PushService, open_context: Callable[..., BrowserContext]
) -> None:
    ada, browser = browser_of_ada
    page = browser.page
    browser.turn_on()
    expect(page.get_by_text("Reminders now appear in Chrome on Linux.")).to_be_visible()
    subscribed = json.loads(page.evaluate("sessionStorage.getItem('subscribed')"))
    assert subscribed["userVisibleOnly"]
    assert base64.b64decode(subscribed["key"]) == push.decode(push.public_key())
    assert Browser.objects.get().endpoint == push_service.subscription["endpoint"]
    expect(page.get_by_text("this browser ·")).to_be_visible()
    expect(page.get_by_role("button", name="Show reminders in this browser")).to_be_hidden()

    remind_now(ada, "Essay")
    send(push_service, 1)
    browser.deliver()
    [shown] = browser.shown(1)
    assert shown["title"] == "Essay"
    assert shown["body"].startswith("Due t")  # today, or tomorrow
    assert shown["actions"] == ["Done", "In an hour"]

    page.goto(browser.click())
    expect(page.get_by_label("Title")).to_have_value("Essay")
    browser.shown(0)

    remind_now(ada, "Milk")
    send(push_service, 1)
    message = dict(push_service.received[0])
    for _ in range(2):  # a push service that sends twice
        push_service.received[:] = [message]
        browser.deliver()
    [shown] = browser.shown(1)
    done = browser.click("0")
    assert not Todo.objects.get(title="Milk").completed  # until it is confirmed
    elsewhere = open_context().new_page()  # nobody is signed in
    elsewhere.goto(done)
    elsewhere.get_by_role("button", name="Mark as done").click()
    expect(elsewhere.get_by_text("This is done.")).to_be_visible()
    assert Todo.objects.get(title="Milk").completed

    remind_now(ada, "Walk")
    send(push_service, 1)
    browser.deliver()
    browser.shown(1)
    elsewhere.goto(browser.click("1"))
    elsewhere.get_by_role("button", name="Remind me in an hour").click()
    expect(elsewhere.get_by_text("You will be reminded again on")).to_be_visible()
    assert not Todo.objects.get(title="Walk").completed

    page.goto("/settings/reminders")
    page.get_by_role("button", name="Remove Chrome on Linux").click()
    expect(page.get_by_text("Reminders no longer appear in Chrome on Linux.")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('subscribed')") is None
    expect(page.get_by_role("button", name="Show reminders in this browser")).to_be_visible()
    assert not Browser.objects.exists()
    remind_now(ada, "Unheard")
    with closing(Sender()) as sender:
        for _ in range(3):
            sender.round()
    assert push_service.received == []
    assert not Notification.objects.filter(due_at_ms__isnull=False).exists()


def test_button_is_there_again_once_the_key_has_changed(browser_of_ada: tuple[User, PushedTo]) -> None:
    _, browser = browser_of_ada
    page, button = browser.page, browser.page.get_by_role("button", name="Show reminders in this browser")
    browser.turn_on()
    expect(page.get_by_text("this browser ·")).to_be_visible()
    expect(button).to_be_hidden()
    page.evaluate("sessionStorage.setItem('subscribed', JSON.stringify({ key: btoa('the key before') }))")
    page.reload()
    expect(page.get_by_text("this browser ·")).to_be_visible()
    expect(button).to_be_visible()
    button.click()
    expect(button).to_be_hidden()
    assert Browser.objects.count() == 1


def test_signing_out_ends_reminders_in_that_browser(browser_of_ada: tuple[User, PushedTo]) -> None:
    ada, browser = browser_of_ada
    browser.turn_on()
    expect(browser.page.get_by_text("this browser ·")).to_be_visible()
    elsewhere = Browser.objects.create(user=ada, name="Phone", endpoint_hash="0")
    expect(browser.page.locator("[data-ends-session] [name=endpoint]")).not_to_have_value("")
    browser.page.get_by_role("button", name="Sign out").click()
    expect(browser.page.get_by_role("button", name="Sign out")).to_have_count(0)
    assert [*Browser.objects.all()] == [elsewhere]


def test_summary_opens_today(browser_of_ada: tuple[User, PushedTo], push_service: PushService) -> None:
    ada, browser = browser_of_ada
    browser.turn_on()
    expect(browser.page.get_by_text("Reminders now appear")).to_be_visible()
    make_todo("Essay", datetime.now(UTC).date().isoformat(), user=ada)
    now = datetime.now(UTC)
    update_settings(user=ada, changes={"digest_at": now.hour * 60 + now.minute})
    ReminderSettings.objects.update(digest_due_at_ms=1)
    send(push_service, 1)
    browser.deliver()
    [shown] = browser.shown(1)
    assert "Essay" in shown["body"]
    browser.page.goto(browser.click())
    expect(browser.page.get_by_role("heading", name="Today", exact=True, level=1)).to_be_visible()
    expect(browser.page.get_by_text("Essay")).to_be_visible()


def test_browser_that_allows_no_notifications_says_so(
    open_context: Callable[..., BrowserContext], push_service: PushService, client: Client
) -> None:
    context = open_context(permissions=[], service_workers="allow")
    sign_in(context, client, "ada")
    browser = PushedTo(context, context.new_page(), push_service)
    context.add_init_script("Notification.requestPermission = async () => 'denied'")
    browser.turn_on()
    expect(browser.page.get_by_text("The browser does not allow notifications")).to_be_visible()
    assert not Browser.objects.exists()


def test_browser_without_a_push_service_says_so(
    open_context: Callable[..., BrowserContext], push_service: PushService, client: Client
) -> None:
    context = open_context(permissions=["notifications"], service_workers="allow")
    sign_in(context, client, "ada")
    browser = PushedTo(context, context.new_page(), push_service)
    context.add_init_script(
        "PushManager.prototype.subscribe = async () => { throw new DOMException('no', 'AbortError'); };"
    )
    browser.turn_on()
    expect(browser.page.get_by_text("push service cannot be reached")).to_be_visible()
    assert not Browser.objects.exists()
