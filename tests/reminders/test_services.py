"""What a user sets, also in two windows at once."""

import threading

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from reminders.models import ListPlan, Reminder
from reminders.services import add_default, add_reminder, remove_default, set_reminders, update_settings
from reminders.times import Rule, RuleKind
from tests.factories import make_list, make_todo
from todos.services import lock_list

TEN, HOUR, DAY = (Rule(RuleKind.BEFORE, minutes=minutes) for minutes in (10, 60, 1_440))
QUIET = {"quiet_start": 22 * 60, "quiet_end": 7 * 60}


def minutes() -> set[int]:
    return set(Reminder.objects.values_list("minutes", flat=True))


def test_default_is_added_to_and_removed_from(transactional_db: None, ada: User) -> None:
    todo_list = make_list(ada)
    for rule in (TEN, HOUR, HOUR):
        add_default(user=ada, todo_list=todo_list, rule=rule)
    assert minutes() == {10, 60}
    remove_default(user=ada, todo_list=todo_list, reminder_id=Reminder.objects.get(minutes=10).pk)
    assert minutes() == {60}
    bob = User.objects.create(username="bob")
    with pytest.raises(Reminder.DoesNotExist):
        remove_default(user=bob, todo_list=todo_list, reminder_id=Reminder.objects.get().pk)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="on SQLite, one writes after the other")
@pytest.mark.parametrize("of", ["todo", "list"])
def test_what_is_added_at_the_same_time_is_kept(transactional_db: None, ada: User, of: str) -> None:
    todo = make_todo(user=ada)
    has_locked = threading.Event()

    def run_rival() -> None:
        try:
            with transaction.atomic():
                lock_list(todo.list)
                has_locked.set()
                until_somebody_waits_for_a_lock()
                add(DAY)
        finally:
            connection.close()

    def add(rule: Rule) -> None:
        if of == "todo":
            add_reminder(user=ada, todo=todo, rule=rule)
        else:
            add_default(user=ada, todo_list=todo.list, rule=rule)

    add(TEN)
    rival = threading.Thread(target=run_rival)
    rival.start()
    assert has_locked.wait(10)
    add(HOUR)
    rival.join()
    assert minutes() == {10, 60, 1_440}


def until_somebody_waits_for_a_lock() -> None:
    with connection.cursor() as cursor:
        for _ in range(500):
            cursor.execute(
                "SELECT count(*), pg_sleep(0.02) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("Nobody waits.")


def test_what_is_saved_unchanged_plans_nothing_anew(transactional_db: None, ada: User) -> None:
    set_reminders(user=ada, todo=make_todo(user=ada), rules=[TEN])
    update_settings(user=ada, changes={**QUIET, "digest_at": 480})
    ListPlan.objects.update(due_at_ms=None)
    update_settings(user=ada, changes={**QUIET, "digest_at": 481, "by_email": True})
    assert not ListPlan.objects.filter(due_at_ms__isnull=False).exists()
    update_settings(user=ada, changes=QUIET | {"quiet_end": 8 * 60})
    assert ListPlan.objects.filter(due_at_ms__isnull=False).exists()
