"""When reminders are due: what must not be lost whoever dies, and whatever else happens at the same time."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from reminders import planning
from reminders.models import DueReminder, ListPlan
from reminders.services import set_defaults
from reminders.times import Rule, RuleKind, to_ms
from tests.database.clock import DatabaseClock
from tests.factories import make_list, make_todo
from tests.reminders.conftest import Mailbox
from todos.deadlines import parse_deadline
from todos.models import TodoList
from todos.services import update_todo

TEN_BEFORE = Rule(RuleKind.BEFORE, minutes=10)
DUE = "2026-12-01T18:00:00Z"
TIME = to_ms(datetime(2026, 12, 1, 17, 50, tzinfo=UTC))
HOUR = 3_600_000


class Killed(BaseException):
    """What nobody catches: the process is gone."""


def test_worker_that_is_killed_loses_no_moment(
    clock: DatabaseClock,
    mailbox: Mailbox,
    send_due: Callable[[], None],
    ada: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock.now = TIME - HOUR
    set_defaults(user=ada, todo_list=make_list(ada), rules=[TEN_BEFORE])
    send_due()
    clock.now = TIME - 30_000
    make_todo("Essay", DUE, user=ada)
    clock.now += 1_000

    def die(*arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(planning, "_plan", die)
        with pytest.raises(Killed):
            planning.plan_due_lists()
    clock.now += planning.LEASE_MS  # the moment was in between
    send_due()
    assert len(mailbox.received) == 1


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="on SQLite, one writes after the other")
def test_change_that_commits_while_its_list_is_planned_is_planned(
    ada: User, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    todo = make_todo("Essay", "2036-12-01T18:00:00Z", user=ada)
    set_defaults(user=ada, todo_list=make_list(ada), rules=[TEN_BEFORE])
    ListPlan.objects.update(due_at_ms=1)
    is_changed, is_claimed = threading.Event(), threading.Event()

    def change() -> None:
        try:
            with transaction.atomic():
                update_todo(
                    todo_list=todo.list, todo_id=todo.pk, changes={"due": parse_deadline("2036-12-01T19:00:00Z")}
                )
                is_changed.set()  # and found `changed_at_ms` set: set_defaults was a change
                is_claimed.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=change)
    thread.start()
    assert is_changed.wait(10)
    plan = planning._plan

    def plan_claimed(*arguments: object) -> None:
        # The change commits while the planner waits for it, or after all it reads.
        threading.Timer(0.3, is_claimed.set).start()
        plan(*arguments)

    monkeypatch.setattr(planning, "_plan", plan_claimed)
    planning.plan_due_lists()
    thread.join()
    while planning.plan_due_lists():
        pass
    moved = to_ms(datetime(2036, 12, 1, 18, 50, tzinfo=UTC))
    assert DueReminder.objects.get().due_at_ms == moved
    assert ListPlan.objects.get().revision == TodoList.objects.get(pk=todo.list_id).revision
