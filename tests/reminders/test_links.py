"""What links in messages do: nothing when they are opened, and what they say after one click."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reminders.models import Reminder, ReminderSettings
from reminders.services import get_settings, set_reminders, update_settings
from reminders.times import Rule, RuleKind, to_ms
from tests.database.clock import DatabaseClock
from tests.factories import make_todo, move_todos, share
from tests.reminders.conftest import Mailbox, make_reachable
from todos.deadlines import parse_deadline
from todos.models import Membership, Todo
from todos.services import create_list, create_todo, find_list, remove_member

TIME = to_ms(datetime(2026, 12, 1, 17, 50, tzinfo=UTC))
DUE = "2026-12-01T18:00:00Z"


def links_in(mailbox: Mailbox) -> dict[str, str]:
    """Return the paths of the newest mail's links, by what they do."""
    text = mailbox.received[-1].get_body(("plain",)).get_content()
    found = re.findall(r"https://todos\.example\.org(/reminders/(\w+)/\S+)", text)
    return {name: path for path, name in found}


@pytest.fixture
def reminded(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User
) -> Callable[..., Todo]:
    """`reminded()` makes a todo of which ada has just got a reminder."""

    def remind(**values: object) -> Todo:
        clock.now = TIME - 3_600_000
        todo = make_todo("Essay", DUE, user=ada, **values)
        set_reminders(user=ada, todo=todo, rules=[Rule(RuleKind.BEFORE, minutes=10)])
        clock.now = TIME
        send_due()
        return todo

    return remind


def test_opening_a_link_changes_nothing(reminded: Callable[..., Todo], mailbox: Mailbox) -> None:
    todo = reminded()
    before = Todo.objects.filter(pk=todo.pk).values().get()
    for path in links_in(mailbox).values():
        for method in ("get", "head", "options"):
            assert getattr(Client(), method)(path).status_code in {200, 405}
    assert Todo.objects.filter(pk=todo.pk).values().get() == before
    assert not Reminder.objects.filter(source__isnull=False).exists()
    assert get_settings(todo.list.owner).by_email


def test_done_completes_without_signing_in_and_once(reminded: Callable[..., Todo], mailbox: Mailbox) -> None:
    todo = reminded()
    path = links_in(mailbox)["done"]
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(path)
    assert "Essay" in page.content.decode()
    form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value}
    for _ in range(2):
        assert browser.post(path, form, headers={"Referer": "https://testserver"}).status_code == 302
    todo.refresh_from_db()
    assert todo.completed
    assert todo.sequence == 1
    assert todo.changed_by_id == todo.list.owner_id
    assert "This is done." in browser.get(path).content.decode()


@pytest.mark.parametrize("rule", ["", "FREQ=DAILY"])
def test_done_can_be_undone_as_long_as_nothing_else_happens(
    reminded: Callable[..., Todo], mailbox: Mailbox, rule: str
) -> None:
    todo = reminded(rule=rule)
    path = links_in(mailbox)["done"]
    then = Client().post(path)["Location"]
    page = Client().get(then).content.decode()
    token = re.search(r'name="undo" value="([^"]+)"', page)[1]
    assert Client().post(path, {"undo": token}).status_code == 302
    todo.refresh_from_db()
    assert (todo.completed, str(todo.due), todo.past_count) == (False, DUE, 0)
    Client().post(path)
    todo.refresh_from_db()
    assert todo.completed or todo.past_count == 1
    Client().post(path, {"undo": "wrong"})
    todo.refresh_from_db()
    assert todo.completed or todo.past_count == 1


def test_done_ends_the_occurrence_of_the_message_alone(reminded: Callable[..., Todo], mailbox: Mailbox) -> None:
    todo = reminded(rule="FREQ=DAILY")
    for _ in range(3):
        Client().post(links_in(mailbox)["done"])
    todo.refresh_from_db()
    assert todo.past_count == 1
    assert str(todo.due) == "2026-12-02T18:00:00Z"


def test_in_an_hour_reminds_once_more(
    reminded: Callable[..., Todo], mailbox: Mailbox, clock: DatabaseClock, send_due: Callable[[], None]
) -> None:
    reminded()
    path = links_in(mailbox)["later"]
    clock.now = TIME + 60_000
    for _ in range(2):
        assert Client().post(path).status_code == 302
        clock.now += 60_000
    assert "again on Tuesday 1 December 2026, 18:51" in Client().get(path).content.decode()
    clock.now = TIME + 61 * 60_000 - 1
    send_due()
    assert len(mailbox.received) == 1
    clock.now += 1
    send_due()
    assert len(mailbox.received) == 2


@pytest.mark.parametrize("end", ["removed", "viewer", "disabled", "deleted"])
def test_link_has_the_right_that_its_user_has_at_the_moment(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User, end: str
) -> None:
    clock.now = TIME - 3_600_000
    bob = make_reachable("bob")
    todo_list = create_list(user=ada, name="Uni")
    todo = create_todo(todo_list=todo_list, title="Essay", due=parse_deadline(DUE))
    todo.list = share(todo_list, bob, "editor")
    set_reminders(user=bob, todo=todo, rules=[Rule(RuleKind.BEFORE, minutes=10)])
    clock.now = TIME
    send_due()
    path = links_in(mailbox)["done"]
    if end == "removed":
        own = find_list(user=ada, list_id=todo_list.pk)
        remove_member(todo_list=own, membership_id=Membership.objects.get().pk)
    elif end == "viewer":
        Membership.objects.update(role="viewer")
    elif end == "disabled":
        User.objects.filter(pk=bob.pk).update(is_active=False)
    else:
        Todo.objects.filter(pk=todo.pk).update(deleted_at=datetime.now(UTC))
    answer = Client().post(path)
    assert answer.status_code == (200 if end == "viewer" else 404)
    assert ("Essay" in answer.content.decode()) == (end == "viewer")
    todo.refresh_from_db()
    assert not todo.completed


def test_link_finds_a_todo_that_was_moved(reminded: Callable[..., Todo], mailbox: Mailbox, ada: User) -> None:
    todo = reminded()
    other = create_list(user=ada, name="Uni")
    move_todos(user=ada, source=todo.list, target=other, todo_ids=[todo.pk])
    assert Client().post(links_in(mailbox)["done"]).status_code == 302
    todo.refresh_from_db()
    assert todo.completed


def test_link_expires_and_cannot_be_forged(reminded: Callable[..., Todo], mailbox: Mailbox) -> None:
    reminded()
    path = links_in(mailbox)["done"]
    assert Client().get(path[:-1] + ("A" if path[-1] != "A" else "B")).status_code == 404
    assert Client().get(path.replace("/done/", "/unsubscribe/")).status_code == 404
    late = datetime.now(UTC) + timedelta(days=7, minutes=1)
    with mock.patch("django.core.signing.time.time", return_value=late.timestamp()):
        assert Client().get(path).status_code == 404


def test_mail_program_unsubscribes_by_itself(reminded: Callable[..., Todo], mailbox: Mailbox, ada: User) -> None:
    reminded()
    update_settings(user=ada, changes={"digest_at": 8 * 60})
    address = mailbox.received[0]["List-Unsubscribe"].strip().strip("<>").removeprefix("https://todos.example.org")
    client = Client(enforce_csrf_checks=True)
    for _ in range(2):
        answer = client.post(
            address, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 200
    stored = ReminderSettings.objects.get()
    assert (stored.by_email, stored.digest_at) == (False, 8 * 60)


def test_nothing_is_sent_to_who_has_unsubscribed(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None]
) -> None:
    clock.now = TIME - 3_600_000
    ada = make_reachable("ada")
    set_reminders(user=ada, todo=make_todo("Essay", DUE, user=ada), rules=[Rule(RuleKind.BEFORE, minutes=10)])
    update_settings(user=ada, changes={"by_email": False})
    clock.now = TIME
    send_due()
    assert mailbox.received == []
