"""Mails go to nobody who has not agreed: an address may be somebody else's, and titles say what their writer likes."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from accounts.models import RateCount
from accounts.rate_limit_storage import DatabaseStorage
from reminders.models import Notification, ReminderSettings
from reminders.services import MAX_CONFIRMATIONS, mailbox_key, send_confirmation, set_reminders, update_settings
from reminders.times import Rule, RuleKind, to_ms
from tests.database.clock import DatabaseClock
from tests.factories import make_todo
from tests.reminders.conftest import Mailbox
from web import rate_limits

TIME = to_ms(datetime(2026, 12, 1, 17, 50, tzinfo=UTC))
DUE = "2026-12-01T18:00:00Z"


@pytest.fixture
def eve(transactional_db: None) -> User:
    """Somebody who has signed up with an address that need not be theirs."""
    return User.objects.create(username="eve.example", email="Ada@example.org")


@pytest.fixture
def page(eve: User) -> Client:
    client = Client()
    client.force_login(eve)
    return client


def link_in(mailbox: Mailbox) -> str:
    text = mailbox.received[-1].get_body(("plain",)).get_content()
    return re.search(r"https://todos\.example\.org(/reminders/confirm/\S+)", text)[1]


def test_nothing_is_sent_to_an_address_that_is_not_confirmed(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], eve: User, page: Client
) -> None:
    clock.now = TIME - 3_600_000
    set_reminders(user=eve, todo=make_todo("Buy!", DUE, user=eve), rules=[Rule(RuleKind.BEFORE, minutes=10)])
    update_settings(user=eve, changes={"digest_at": (18 * 60)})
    assert "Confirm your address" in page.get("/settings/reminders").content.decode()
    assert "no confirmed email address" in page.post("/settings/reminders/test", follow=True).content.decode()
    Notification.objects.create(user=eve, kind="test", channel="email", created_at_ms=TIME, due_at_ms=TIME)
    clock.now = TIME + 20 * 60_000
    send_due()
    assert mailbox.received == []


def test_one_click_in_a_mail_confirms_the_address(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], eve: User, page: Client
) -> None:
    clock.now = TIME - 3_600_000
    set_reminders(user=eve, todo=make_todo("Essay", DUE, user=eve), rules=[Rule(RuleKind.BEFORE, minutes=10)])
    assert page.post("/settings/reminders/confirm").status_code == 302
    send_due()
    [mail] = mailbox.received
    assert mail["To"] == "Ada@example.org"
    assert "eve.example" not in mail.get_body(("plain",)).get_content() + mail["Subject"]
    assert "List-Unsubscribe" not in mail
    path = link_in(mailbox)
    assert "<button" in Client().get(path).content.decode()
    assert not ReminderSettings.objects.exclude(confirmed_email="").exists()  # mail servers open links too
    assert "is confirmed" in Client().post(path).content.decode()
    assert "Confirm your address" not in page.get("/settings/reminders").content.decode()
    clock.now = TIME
    send_due()
    assert mailbox.subjects[1:] == ["Essay, due today 18:00"]


def test_another_address_has_to_be_confirmed_again(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], eve: User, page: Client
) -> None:
    clock.now = TIME - 3_600_000
    set_reminders(user=eve, todo=make_todo("Essay", DUE, user=eve), rules=[Rule(RuleKind.BEFORE, minutes=10)])
    page.post("/settings/reminders/confirm")
    send_due()
    path = link_in(mailbox)
    Client().post(path)
    User.objects.filter(pk=eve.pk).update(email="bob@example.org")
    assert Client().post(path).status_code == 404
    clock.now = TIME
    send_due()
    assert len(mailbox.received) == 1


def test_mail_goes_to_the_address_as_it_was_confirmed(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], eve: User
) -> None:
    clock.now = TIME - 3_600_000
    set_reminders(user=eve, todo=make_todo("Essay", DUE, user=eve), rules=[Rule(RuleKind.BEFORE, minutes=10)])
    ReminderSettings.objects.update_or_create(user=eve, defaults={"confirmed_email": "ada@example.org"})
    clock.now = TIME
    send_due()
    assert [mail["To"] for mail in mailbox.received] == ["ada@example.org"]


def test_link_to_confirm_expires_and_cannot_be_forged(
    mailbox: Mailbox, send_due: Callable[[], None], page: Client
) -> None:
    page.post("/settings/reminders/confirm")
    send_due()
    path = link_in(mailbox)
    assert Client().post(path[:-1] + ("A" if path[-1] != "A" else "B")).status_code == 404
    assert Client().post(path.replace("/confirm/", "/done/")).status_code == 404
    late = datetime.now(UTC) + timedelta(days=7, minutes=1)
    with mock.patch("django.core.signing.time.time", return_value=late.timestamp()):
        assert Client().post(path).status_code == 404
    assert not ReminderSettings.objects.exclude(confirmed_email="").exists()


def test_one_link_is_sent_in_an_hour(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], page: Client
) -> None:
    clock.now = TIME
    first, second = (page.post("/settings/reminders/confirm", follow=True).text for _ in range(2))
    assert "on its way" in first
    assert "look among the spam" in second
    send_due()
    assert len(mailbox.received) == 1
    clock.now += 3_600_001
    assert "on its way" in page.post("/settings/reminders/confirm", follow=True).text
    send_due()
    assert len(mailbox.received) == 2


def test_links_are_sent_to_a_few_addresses_of_an_account(
    mailbox: Mailbox, send_due: Callable[[], None], eve: User
) -> None:
    asked = []
    for number in range(MAX_CONFIRMATIONS + 1):
        eve.email = f"{number}@example.org"
        eve.save()
        asked.append(send_confirmation(user=eve))
        send_due()
    assert asked == [True] * MAX_CONFIRMATIONS + [False]
    assert len(mailbox.received) == MAX_CONFIRMATIONS


def test_one_account_cannot_use_up_the_links_of_an_address(
    mailbox: Mailbox, send_due: Callable[[], None], eve: User, ada: User, settings: object
) -> None:
    ReminderSettings.objects.all().delete()
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"confirmations": "2/hour"}
    for address in ["ada@example.org", "Ada@example.org", "ada+1@example.org", "ada+2@example.org"]:
        eve.email = address
        eve.save()
        send_confirmation(user=eve)
        User.objects.filter(pk=eve.pk).update(email="")  # before the mail is made
        send_due()
    assert send_confirmation(user=ada)
    send_due()
    assert [mail["To"] for mail in mailbox.received] == ["ada@example.org"]


def test_accounts_together_send_few_links_to_an_address(
    mailbox: Mailbox, send_due: Callable[[], None], settings: object
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"confirmations": "2/hour"}
    spellings = ["bob@example.org", "Bob@Example.org", "bob+1@example.org", "bob+2@example.org"]
    users = [
        User.objects.create(username=f"eve{number}", email=address) for number, address in enumerate(spellings)
    ]
    assert [send_confirmation(user=user) for user in users] == [True, True, False, False]
    users[0].delete()  # an account that is gone counts still
    assert not send_confirmation(user=User.objects.create(username="eve5", email="bob@example.org"))
    assert send_confirmation(user=User.objects.create(username="carol", email="carol@example.org"))
    send_due()
    assert sorted(mail["To"] for mail in mailbox.received) == ["Bob@Example.org", "carol@example.org"]


def test_link_is_sent_though_links_cannot_be_counted(
    mailbox: Mailbox, send_due: Callable[[], None], eve: User, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**fields: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count FROM no_such_table")  # on PostgreSQL, nothing is committed after it

    settings.RATE_LIMITS = settings.RATE_LIMITS | {"confirmations": "2/hour"}
    storage = DatabaseStorage(wrap_exceptions=True)
    monkeypatch.setattr(rate_limits, "_storage", lambda: storage)
    monkeypatch.setattr(RateCount.objects, "filter", fail)
    assert send_confirmation(user=eve)
    send_due()
    assert len(mailbox.received) == 1


@pytest.mark.parametrize(
    ("address", "spelling"),
    [
        ("ada@example.org", "ADA@Example.ORG"),
        ("ada@example.org", "ada+todo@example.org"),
        ("ada@example.org", '"ada"@example.org'),
        ("ada@example.org", r'"a\da+todo"@example.org'),
        (r'"a\"b"@example.org', r'"\a\"\b"@example.org'),
        ("ada@bücher.example", "ada@BÜCHER.example"),
        ("ada@bücher.example", "ada@bu\u0308cher.example"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@bücher.example", "ada@XN--BCHER-KVA.example"),
    ],
)
def test_spellings_of_an_address_count_together(address: str, spelling: str) -> None:
    assert mailbox_key(spelling) == mailbox_key(address)


@pytest.mark.parametrize("address", ["", "ada", '"', '"@', "ada@" + "x" * 64, "ada@a..b", "ada@[127.0.0.1]"])
def test_every_text_has_a_key(address: str) -> None:
    assert mailbox_key(address) != mailbox_key("ada@example.org")


def test_link_goes_to_the_address_for_which_it_was_asked_or_nowhere(
    mailbox: Mailbox, send_due: Callable[[], None], eve: User
) -> None:
    assert send_confirmation(user=eve)
    User.objects.filter(pk=eve.pk).update(email="bob@example.org")
    send_due()
    assert mailbox.received == []
    assert not Notification.objects.filter(due_at_ms__isnull=False).exists()
