"""Reminders by email, from the todo to a real mail server."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from reminders.models import DueReminder, Notification
from reminders.services import set_defaults, set_reminders
from reminders.times import Rule, RuleKind, to_ms
from tests.database.clock import DatabaseClock
from tests.factories import make_list, make_todo
from tests.reminders.conftest import Mailbox
from todos.deadlines import parse_deadline
from todos.services import complete_series, delete_todo, update_todo

TEN_BEFORE = Rule(RuleKind.BEFORE, minutes=10)
DUE = "2026-12-01T18:00:00Z"
TIME = to_ms(datetime(2026, 12, 1, 17, 50, tzinfo=UTC))


def test_reminder_is_sent_once_when_it_is_due(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User
) -> None:
    clock.now = TIME - 3_600_000
    todo = make_todo("Essay", DUE, user=ada)
    set_reminders(user=ada, todo=todo, rules=[TEN_BEFORE])
    clock.now = TIME - 1
    send_due()
    assert mailbox.subjects == []
    clock.now = TIME
    send_due()
    send_due()
    [mail] = mailbox.received
    assert mail["To"] == "ada@example.org"
    assert mail["Subject"] == "Essay, due today 18:00"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].strip().startswith("<https://todos.example.org/reminders/unsubscribe/")
    assert "https://todos.example.org/reminders/done/" in mail.get_body(("plain",)).get_content()
    assert Notification.objects.get().sent_at_ms == TIME
    assert DueReminder.objects.get().due_at_ms is None


def test_default_of_list_reminds_of_new_todos(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User
) -> None:
    clock.now = TIME - 3_600_000
    set_defaults(user=ada, todo_list=make_list(ada), rules=[TEN_BEFORE])
    send_due()
    make_todo("Essay", DUE, user=ada)
    clock.now += 1_000
    send_due()
    assert DueReminder.objects.get().due_at_ms == TIME
    clock.now = TIME
    send_due()
    assert len(mailbox.received) == 1


@pytest.mark.parametrize("is_planned", [True, False])
@pytest.mark.parametrize("change", ["moved", "completed", "deleted"])
def test_nothing_is_sent_of_a_todo_that_was_changed_in_time(
    clock: DatabaseClock,
    mailbox: Mailbox,
    send_due: Callable[[], None],
    ada: User,
    change: str,
    is_planned: bool,
) -> None:
    clock.now = TIME - 3_600_000
    todo = make_todo("Essay", DUE, user=ada)
    set_reminders(user=ada, todo=todo, rules=[TEN_BEFORE])
    clock.now = TIME - (60_000 if is_planned else 0)
    if change == "moved":
        update_todo(todo_list=todo.list, todo_id=todo.pk, changes={"due": parse_deadline("2026-12-01T19:00:00Z")})
    elif change == "completed":
        update_todo(todo_list=todo.list, todo_id=todo.pk, changes={"completed": True})
    else:
        delete_todo(todo_list=todo.list, todo_id=todo.pk)
    if is_planned:
        clock.now += 1_000
        send_due()
    clock.now = TIME + 1_000
    send_due()
    assert mailbox.received == []
    clock.now = TIME + 3_600_000
    send_due()
    assert len(mailbox.received) == (change == "moved")


def test_each_occurrence_has_its_reminder(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User
) -> None:
    clock.now = TIME - 3_600_000
    todo = make_todo("Essay", DUE, user=ada, rule="FREQ=DAILY")
    set_reminders(user=ada, todo=todo, rules=[TEN_BEFORE])
    for day in range(3):
        clock.now = TIME + day * 86_400_000
        send_due()
        assert len(mailbox.received) == day + 1
        update_todo(todo_list=todo.list, todo_id=todo.pk, changes={"completed": True})
        clock.now += 1_000
        send_due()
    complete_series(todo_list=todo.list, todo_id=todo.pk)
    clock.now += 1_000
    send_due()
    assert DueReminder.objects.get().due_at_ms is None
    assert len(mailbox.received) == 3


def test_mail_server_that_refuses_is_asked_again_under_the_same_id(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User
) -> None:
    mailbox.refusals = ["451 later", "451 later"]
    clock.now = TIME - 3_600_000
    set_reminders(user=ada, todo=make_todo("Essay", DUE, user=ada), rules=[TEN_BEFORE])
    clock.now = TIME
    send_due()
    assert "did not take" in Notification.objects.get().error
    for delay in (4_999, 1, 29_999, 1):
        clock.now += delay
        send_due()
        assert len(mailbox.received) == (clock.now == TIME + 35_000)
    [mail] = mailbox.received
    assert mail["Message-ID"] == f"<{Notification.objects.get().pk}@todos.example.org>"
