"""Pages of reminders, as a person without JavaScript uses them."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reminders.models import Browser, Notification, Reminder, ReminderSettings
from reminders.services import MAX_OF_TODO, MAX_TESTS, add_browser, confirm_address, set_defaults, set_reminders
from reminders.times import Rule, RuleKind
from tests.factories import make_list, make_todo, share
from tests.reminders.push_service import PushService
from todos.services import create_list

pytestmark = pytest.mark.django_db
TEN_BEFORE = Rule(RuleKind.BEFORE, minutes=10)


@pytest.fixture
def ada(client: Client) -> User:
    user = User.objects.create(username="ada", email="ada@example.org")
    client.force_login(user)
    return user


def rules() -> list[tuple]:
    return list(Reminder.objects.order_by("pk").values_list("kind", "minutes", "days"))


def test_reminder_is_added_and_removed(client: Client, ada: User) -> None:
    todo = make_todo("Essay", "2026-12-01T18:00:00Z", user=ada)
    page = client.get(f"/todos/{todo.pk}").content.decode()
    assert "None yet." in page
    assert 'value="before 10"' in page
    assert 'value="day 0"' not in page
    answer = client.post(f"/todos/{todo.pk}/reminders", {"when": "before 10"}, follow=True)
    assert answer.redirect_chain == [(f"/todos/{todo.pk}#reminders", 302)]
    assert "<li><span>10 minutes before</span>" in answer.content.decode()
    assert rules() == [("before", 10, 0)]
    client.post(f"/todos/{todo.pk}/reminders", {"when": "before 10"})
    assert len(rules()) == 1
    client.post(f"/todos/{todo.pk}/reminders/{Reminder.objects.get().pk}/remove")
    assert rules() == []


def test_day_has_a_time_of_day_and_a_moment_is_by_the_users_clock(client: Client, ada: User) -> None:
    todo_list = make_list(ada)
    todo_list.time_zone = "Asia/Tokyo"
    todo_list.save()
    todo = make_todo("Essay", "2026-12-01", user=ada)
    client.post(f"/todos/{todo.pk}/reminders", {"when": "day 1", "time": "18:30"})
    client.post(f"/todos/{todo.pk}/reminders", {"when": "day 0", "moment": "2026-12-01T09:00"})
    assert rules() == [("day", 18 * 60 + 30, 1), ("moment", 0, 0)]
    assert Reminder.objects.get(kind="moment").moment.isoformat() == "2026-12-01T00:00:00+00:00"
    page = client.get(f"/todos/{todo.pk}").content.decode()
    assert "The day before at 18:30" in page
    assert "Tuesday 1 December 2026, 09:00 JST" in page


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"when": "before 11"},
        {"when": "moment"},
        {"when": "before 10", "moment": "tomorrow"},
        {"moment": "0001-01-01T00:00"},
        {"when": "day 0", "time": ""},
        {"when": "day 0", "time": "09:00"},  # the deadline has a time
    ],
)
def test_what_makes_no_sense_is_refused(client: Client, ada: User, form: dict[str, str]) -> None:
    todo = make_todo("Essay", "2026-12-01T18:00:00Z", user=ada)
    answer = client.post(f"/todos/{todo.pk}/reminders", form, follow=True)
    assert answer.status_code == 200
    assert "toast error" in answer.content.decode()
    assert rules() == []


def test_todo_takes_only_so_many(client: Client, ada: User) -> None:
    todo = make_todo("Essay", "2026-12-01T18:00:00Z", user=ada)
    set_reminders(user=ada, todo=todo, rules=[Rule(RuleKind.BEFORE, n) for n in range(1, MAX_OF_TODO + 1)])
    answer = client.post(f"/todos/{todo.pk}/reminders", {"when": "before 0"}, follow=True)
    assert f"At most {MAX_OF_TODO} reminders" in answer.content.decode()
    assert len(rules()) == MAX_OF_TODO


def test_viewer_has_reminders_of_their_own(client: Client, ada: User) -> None:
    bob = User.objects.create(username="bob")
    uni = create_list(user=bob, name="Uni")
    todo = make_todo("Essay", "2026-12-01T18:00:00Z", user=bob)
    todo.list = uni
    todo.save()
    set_reminders(user=bob, todo=todo, rules=[Rule(RuleKind.BEFORE, 30)])
    share(uni, ada)
    address = f"/lists/{uni.pk}/todos/{todo.pk}"
    client.post(f"{address}/reminders", {"when": "before 10"})
    assert Reminder.objects.get(user=ada).minutes == 10
    page = client.get(address).content.decode()
    assert "<li><span>10 minutes before</span>" in page
    assert "<li><span>30 minutes before" not in page
    assert client.post(f"{address}/reminders/{Reminder.objects.get(user=bob).pk}/remove").status_code == 404


def test_default_of_a_list(client: Client, ada: User) -> None:
    uni = create_list(user=ada, name="Uni")
    address = f"/lists/{uni.pk}/reminders"
    assert "None yet" in client.get(address).content.decode()
    assert client.post(address, {"when": "day 0", "time": "08:00"}).status_code == 302
    assert client.post(address, {"when": "before 60"}).status_code == 302
    assert client.post(address, {"when": "moment"}).status_code == 422
    page = client.get(address).content.decode()
    assert "<li><span>On the day at 08:00 <" in page
    assert "<li><span>1 hour before <" in page
    assert "2 reminders for each todo" in client.get("/settings/reminders").content.decode()
    client.post(f"/lists/{uni.pk}/reminders/{Reminder.objects.get(kind='day').pk}/remove")
    assert rules() == [("before", 60, 0)]


def test_page_of_a_todo_shows_the_default_that_applies(client: Client, ada: User) -> None:
    set_defaults(user=ada, todo_list=make_list(ada), rules=[TEN_BEFORE, Rule(RuleKind.DAY, 540)])
    todo = make_todo("Essay", "2026-12-01", user=ada)
    page = client.get(f"/todos/{todo.pk}").content.decode()
    assert "On the day at 09:00" in page
    assert "10 minutes before" not in page
    client.post(f"/todos/{todo.pk}/reminders", {"when": "none"})
    page = client.get(f"/todos/{todo.pk}").content.decode()
    assert "On the day at 09:00" not in page


def test_settings(client: Client, ada: User) -> None:
    form = {"by_email": "on", "quiet_start": "22:00", "quiet_end": "07:00", "digest_at": "08:30"}
    assert client.post("/settings/reminders", form).status_code == 302
    stored = ReminderSettings.objects.get()
    assert (stored.by_email, stored.quiet_start, stored.quiet_end, stored.digest_at) == (True, 1320, 420, 510)
    assert 'value="22:00"' in client.get("/settings/reminders").content.decode()
    answer = client.post("/settings/reminders", {"quiet_start": "22:00"})
    assert answer.status_code == 422
    assert "Enter both times, or neither." in answer.content.decode()
    client.post("/settings/reminders", {"by_email": ""})
    stored.refresh_from_db()
    assert (stored.by_email, stored.quiet_start, stored.digest_at) == (False, None, None)
    assert stored.digest_due_at_ms is None


def test_tests_are_sent_to_ones_own_targets_and_not_too_often(client: Client, ada: User) -> None:
    confirm_address(user=ada, address=ada.email)
    for _ in range(MAX_TESTS + 1):
        answer = client.post("/settings/reminders/test", follow=True)
    assert f"At most {MAX_TESTS} tests" in answer.content.decode()
    assert Notification.objects.filter(user=ada, channel="email").count() == MAX_TESTS


def test_browser_is_added_and_removed(client: Client, ada: User, push_service: PushService) -> None:
    form = {"name": "Firefox on Linux"} | push_service.subscription
    for _ in range(2):
        assert client.post("/settings/reminders/browsers", form).status_code == 302
    browser = Browser.objects.get()
    assert "Firefox on Linux" in client.get("/settings/reminders").content.decode()
    client.post(f"/settings/reminders/browsers/{browser.pk}/test")
    assert Notification.objects.get().browser == browser
    client.post("/settings/reminders/browsers", form | {"p256dh": "x"})
    assert Browser.objects.get() == browser
    client.post(f"/settings/reminders/browsers/{browser.pk}/remove")
    assert not Browser.objects.exists()


def test_signing_out_ends_reminders_in_that_browser(client: Client, ada: User, push_service: PushService) -> None:
    bob = User.objects.create(username="bob")
    browser = add_browser(user=ada, name="Firefox", **push_service.subscription)
    for who, values in [
        (ada, {}),
        (ada, {"endpoint": "https://other.example/"}),
        (bob, {"endpoint": browser.endpoint}),
    ]:
        client.force_login(who)
        client.post("/accounts/logout", values)
        client.post("/accounts/logout", {"endpoint": browser.endpoint})  # nobody is signed in
        assert Browser.objects.get() == browser
    client.force_login(ada)
    client.post("/accounts/logout", {"endpoint": browser.endpoint})
    assert not Browser.objects.exists()


def test_browser_of_somebody_else_is_not_found(client: Client, ada: User, push_service: PushService) -> None:
    bob = User.objects.create(username="bob")
    browser = add_browser(user=bob, name="Bob’s", **push_service.subscription)
    for name in ("test", "remove"):
        assert client.post(f"/settings/reminders/browsers/{browser.pk}/{name}").status_code == 404
    assert Browser.objects.filter(user=bob).exists()


def test_worker_is_javascript_that_anybody_gets(client: Client) -> None:
    answer = client.get("/reminders/worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "showNotification" in answer.content.decode()


def test_nobody_has_reminders_without_signing_in(settings: object) -> None:
    todo = make_todo("Essay")
    assert 'id="reminders"' not in Client().get(f"/todos/{todo.pk}").content.decode()
    for path in ("/settings/reminders", "/reminders"):
        assert Client().get(path).status_code == 302
    assert Client().post(f"/todos/{todo.pk}/reminders", {"when": "none"}).status_code == 302
    assert not Reminder.objects.exists()


def test_pages_take_as_many_queries_however_much_there_is(
    client: Client, ada: User, django_assert_max_num_queries: Any, push_service: PushService
) -> None:
    todo = make_todo("Essay", "2026-12-01T18:00:00Z", user=ada)
    addresses = (f"/todos/{todo.pk}", "/reminders", "/settings/reminders")

    def count() -> list[int]:
        counts = []
        for address in addresses:
            client.get(address)
            with django_assert_max_num_queries(1_000) as queries:
                client.get(address)
            counts.append(len(queries))
        return counts

    set_reminders(user=ada, todo=todo, rules=[TEN_BEFORE])
    set_defaults(user=ada, todo_list=make_list(ada), rules=[TEN_BEFORE])
    add_browser(user=ada, name="Firefox", **push_service.subscription)
    before = count()
    set_reminders(user=ada, todo=todo, rules=[Rule(RuleKind.BEFORE, n) for n in range(5)])
    set_defaults(user=ada, todo_list=make_list(ada), rules=[Rule(RuleKind.BEFORE, n) for n in range(5)])
    for number in range(5):
        said = push_service.subscription | {"endpoint": f"https://push.example.org/{number}"}
        add_browser(user=ada, name="Firefox", **said)
        create_list(user=ada, name=f"List {number}")
    assert count() == before
    assert max(before) < 20
