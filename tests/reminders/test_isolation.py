"""What fails holds up nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reminders import messages, planning, sending
from reminders.models import Channel, DueReminder, ListPlan, Notification, ReminderSettings
from reminders.services import set_defaults, set_reminders, update_settings
from reminders.state import State
from reminders.times import Rule, RuleKind, to_ms
from tests.database.clock import DatabaseClock
from tests.factories import make_list, make_todo
from tests.reminders.conftest import Mailbox, make_reachable
from todos.models import Todo

TEN_BEFORE = Rule(RuleKind.BEFORE, minutes=10)
DUE = "2026-12-01T18:00:00Z"
TIME = to_ms(datetime(2026, 12, 1, 17, 50, tzinfo=UTC))
HOUR = 3_600_000


def breaking(function: Callable[..., Any], is_bad: Callable[..., bool]) -> Callable[..., Any]:
    """Return the function, which fails for some."""

    def run(*arguments: Any, **options: Any) -> Any:
        if is_bad(*arguments):
            raise ValueError("bad")
        return function(*arguments, **options)

    return run


@pytest.fixture
def todos(clock: DatabaseClock, ada: User) -> list[Todo]:
    """Five todos of Ada's of which she is to be reminded now."""
    clock.now = TIME - HOUR
    todos = [make_todo(f"Todo {n}", DUE, user=ada) for n in range(5)]
    for todo in todos:
        set_reminders(user=ada, todo=todo, rules=[TEN_BEFORE])
    clock.now = TIME
    return todos


def titles(mailbox: Mailbox) -> set[str]:
    return {subject.partition(",")[0] for subject in mailbox.subjects}


def test_reminder_that_cannot_be_fired_rests_and_is_not_lost(
    todos: list[Todo],
    clock: DatabaseClock,
    mailbox: Mailbox,
    send_due: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad = todos[2].pk
    with monkeypatch.context() as patch:
        patch.setattr(State, "due", breaking(State.due, lambda state, todo_id, user_id: todo_id == bad))
        send_due()
        assert titles(mailbox) == {"Todo 0", "Todo 1", "Todo 3", "Todo 4"}
        clock.now += sending.REST_MS - 1
        assert sending.fire_due() == 0
    clock.now += 1
    send_due()
    assert len(mailbox.received) == 5
    assert DueReminder.objects.get(todo=bad).fired_until_ms == TIME


def test_message_that_cannot_be_made_fails_alone(
    todos: list[Todo],
    clock: DatabaseClock,
    mailbox: Mailbox,
    send_due: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        make = breaking(messages.reminder_mail, lambda row, todo, reader: todo == todos[2])
        patch.setattr(messages, "reminder_mail", make)
        send_due()
    assert titles(mailbox) == {"Todo 0", "Todo 1", "Todo 3", "Todo 4"}
    assert Notification.objects.get(todo=todos[2]).error == "It could not be made: ValueError."
    clock.now += sending.RETRY_SECONDS[Channel.EMAIL][0] * 1_000
    send_due()
    assert len(mailbox.received) == 5


def test_list_that_cannot_be_planned_holds_up_no_other(
    todos: list[Todo],
    clock: DatabaseClock,
    mailbox: Mailbox,
    send_due: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bob, cleo = make_reachable("bob"), make_reachable("cleo")
    clock.now = TIME - HOUR
    for user in (bob, cleo):
        make_todo(user.username, DUE, user=user)
        set_defaults(user=user, todo_list=make_list(user), rules=[TEN_BEFORE])
    bad = make_list(bob).pk
    monkeypatch.setattr(planning, "_plan", breaking(planning._plan, lambda plan, token: plan.list_id == bad))
    send_due()
    clock.now = TIME
    send_due()
    assert titles(mailbox) == {"Todo 0", "Todo 1", "Todo 2", "Todo 3", "Todo 4", "cleo"}
    assert ListPlan.objects.get(list=bad).due_at_ms == TIME + planning.RETRY_MS


def test_step_that_fails_keeps_no_other_from_its_turn(
    todos: list[Todo], mailbox: Mailbox, send_due: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ListPlan.objects.update(due_at_ms=TIME)
    monkeypatch.setattr(planning, "plan_due_lists", breaking(planning.plan_due_lists, lambda: True))
    send_due()
    assert len(mailbox.received) == 5


def test_summary_that_cannot_be_fired_rests(
    clock: DatabaseClock,
    mailbox: Mailbox,
    send_due: Callable[[], None],
    ada: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock.now = TIME - HOUR
    bob = make_reachable("bob")
    for user in (ada, bob):
        make_todo("Essay", DUE, user=user)
        update_settings(user=user, changes={"digest_at": 17 * 60 + 50})
    clock.now = TIME
    with monkeypatch.context() as patch:
        patch.setattr(State, "zone", breaking(State.zone, lambda state, user_id: user_id == bob.pk))
        send_due()
    assert [mail["To"] for mail in mailbox.received] == ["ada@example.org"]
    assert ReminderSettings.objects.get(user=bob).digest_due_at_ms == TIME + sending.REST_MS
    clock.now += sending.REST_MS
    send_due()
    assert len(mailbox.received) == 2


def test_nothing_is_written_when_nothing_is_due(clock: DatabaseClock, ada: User) -> None:
    """On SQLite, a transaction takes the one lock."""
    with CaptureQueriesContext(connection) as captured:
        assert sending.fire_due() == sending.fire_digests() == 0
        assert sending.claim(Channel.EMAIL, limit=10)[1] == []
    assert {query["sql"].split()[0] for query in captured} == {"SELECT"}
