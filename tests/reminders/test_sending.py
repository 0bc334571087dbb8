"""What keeps reminders from being lost, doubled, or sent to who may not see them."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection

from accounts.user_data import delete_account, export_data
from reminders import planning, sending
from reminders.models import (
    Browser,
    Channel,
    DueReminder,
    ListPlan,
    Notification,
    Reminder,
    ReminderSettings,
)
from reminders.sender import Sender
from reminders.services import add_browser, set_defaults, set_reminders, update_settings
from reminders.times import Rule, RuleKind, to_ms
from tests.database.clock import DatabaseClock
from tests.factories import make_list, make_todo, make_todos, move_todos, share
from tests.reminders.conftest import Mailbox, make_reachable
from tests.reminders.push_service import PushService
from todos.deadlines import parse_deadline
from todos.models import Membership, Todo, TodoList
from todos.services import (
    create_list,
    create_todo,
    delete_list,
    find_list,
    remove_member,
    update_list,
    update_todo,
)

TEN_BEFORE = Rule(RuleKind.BEFORE, minutes=10)
DUE = "2026-12-01T18:00:00Z"
TIME = to_ms(datetime(2026, 12, 1, 17, 50, tzinfo=UTC))
HOUR = 3_600_000


def test_reminder_waits_for_the_end_of_quiet_hours(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User
) -> None:
    clock.now = TIME - HOUR
    todo = make_todo("Essay", DUE, user=ada)
    other = make_todo("Tax", DUE, user=ada)
    for one in (todo, other):
        set_reminders(user=ada, todo=one, rules=[TEN_BEFORE])
    update_settings(user=ada, changes={"quiet_start": 17 * 60 + 30, "quiet_end": 19 * 60})
    clock.now = TIME
    send_due()
    assert mailbox.received == []
    update_todo(todo_list=other.list, todo_id=other.pk, changes={"completed": True})
    clock.now = TIME + 70 * 60_000
    send_due()
    assert [subject.partition(",")[0] for subject in mailbox.subjects] == ["Essay"]


def test_late_reminder_does_not_disturb_quiet_hours(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User
) -> None:
    clock.now = TIME - HOUR
    set_reminders(user=ada, todo=make_todo("Essay", DUE, user=ada), rules=[TEN_BEFORE])
    update_settings(user=ada, changes={"quiet_start": 17 * 60 + 51, "quiet_end": 19 * 60})
    send_due()
    mailbox.refusals = ["451 later"] * 3
    clock.now = TIME
    send_due()
    clock.now = TIME + 70_000  # they have just begun
    send_due()
    assert mailbox.refusals == ["451 later"]
    clock.now = TIME + 10 * 60_000
    send_due()
    assert mailbox.refusals == ["451 later"]
    mailbox.refusals = []
    clock.now = TIME + 70 * 60_000 - 1
    send_due()
    assert mailbox.received == []
    clock.now += 1
    send_due()
    assert len(mailbox.received) == 1


def test_several_rules_at_one_moment_are_one_message(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User
) -> None:
    clock.now = TIME - 2 * HOUR
    at = datetime(2026, 12, 1, 17, 50, tzinfo=UTC)
    todo = make_todo("Essay", DUE, user=ada)
    hour = Rule(RuleKind.BEFORE, minutes=70)
    set_reminders(user=ada, todo=todo, rules=[TEN_BEFORE, hour, Rule(RuleKind.MOMENT, moment=at)])
    for moment, count in ((TIME - HOUR, 1), (TIME - 1, 1), (TIME, 2), (TIME + HOUR, 2)):
        clock.now = moment
        send_due()
        assert len(mailbox.received) == count


def test_what_was_due_while_nobody_worked_is_sent_late_and_once(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User
) -> None:
    clock.now = TIME - 2 * HOUR
    todo = make_todo("Essay", DUE, user=ada)
    set_reminders(user=ada, todo=todo, rules=[TEN_BEFORE, Rule(RuleKind.BEFORE, minutes=20)])
    set_defaults(user=ada, todo_list=make_list(ada), rules=[TEN_BEFORE])
    send_due()
    clock.now = TIME - 60_000
    make_todo("Tax", DUE, user=ada)  # whose reminder is still ahead when it is made
    make_todo("Late", "2026-12-01T17:59:00Z", user=ada)  # whose reminder would have been just now
    clock.now = TIME + HOUR
    update_todo(todo_list=todo.list, todo_id=todo.pk, changes={"title": "Essay!"})
    send_due()
    send_due()
    found = Counter(subject.partition(",")[0] for subject in mailbox.subjects)
    assert found == {"Essay!": 1, "Tax": 1}


def test_two_workers_send_each_reminder_once(
    mailbox: Mailbox, transactional_db: None, ada: User, wait_for: Callable[..., None]
) -> None:
    todos = make_todos(60, user=ada)
    now = int(datetime.now(UTC).timestamp() * 1000)
    moment = datetime.now(UTC)
    Reminder.objects.bulk_create(
        Reminder(user=ada, todo=todo, kind=RuleKind.MOMENT, moment=moment) for todo in todos
    )
    at = to_ms(Reminder.objects.first().moment)
    DueReminder.objects.bulk_create(DueReminder(todo=todo, user=ada, due_at_ms=at) for todo in todos)
    stop = threading.Event()
    threads = [threading.Thread(target=Sender().run, args=(stop,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        wait_for(lambda: Notification.objects.filter(sent_at_ms__gte=now - 60_000).count() == len(todos))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    ids = Counter(mail["Message-ID"] for mail in mailbox.received)
    assert len(ids) == len(todos)
    assert set(ids.values()) == {1}


def test_worker_that_dies_after_sending_is_followed_under_the_same_id(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User
) -> None:
    clock.now = TIME - HOUR
    set_reminders(user=ada, todo=make_todo("Essay", DUE, user=ada), rules=[TEN_BEFORE])
    clock.now = TIME
    sending.fire_due()
    _, [outgoing] = sending.claim(Channel.EMAIL, limit=10)  # sent by who dies now, and never written down
    send_due()
    assert mailbox.received == []
    clock.now += sending.LEASE_MS
    send_due()
    assert [mail["Message-ID"] for mail in mailbox.received] == [outgoing.content.extra_headers["Message-ID"]]


def test_worker_that_has_lost_its_lease_writes_nothing(
    clock: DatabaseClock, mailbox: Mailbox, ada: User, send_due: Callable[[], None]
) -> None:
    clock.now = TIME - HOUR
    set_reminders(user=ada, todo=make_todo("Essay", DUE, user=ada), rules=[TEN_BEFORE])
    clock.now = TIME
    sending.fire_due()
    token, [outgoing] = sending.claim(Channel.EMAIL, limit=10)
    clock.now += sending.LEASE_MS
    other, _ = sending.claim(Channel.EMAIL, limit=10)
    pk = outgoing.notification.pk
    sending.finish(Channel.EMAIL, token, sending.Results(sent=[pk]))
    sending.finish(Channel.EMAIL, token, sending.Results(failed={pk: "late"}))
    row = Notification.objects.get()
    assert (row.lease_token, row.sent_at_ms, row.error) == (other, None, "")


@pytest.mark.parametrize("how", ["removed", "disabled", "list deleted", "account deleted"])
def test_who_loses_the_list_is_reminded_of_nothing(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User, how: str
) -> None:
    clock.now = TIME - HOUR
    bob = make_reachable("bob")
    make_list(bob)
    uni = create_list(user=ada, name="Uni")
    todo = create_todo(todo_list=uni, title="Essay", due=parse_deadline(DUE))
    todo.list = share(uni, bob)
    set_reminders(user=bob, todo=todo, rules=[TEN_BEFORE])
    set_defaults(user=bob, todo_list=todo.list, rules=[TEN_BEFORE])
    clock.now = TIME
    sending.fire_due()
    own = find_list(user=ada, list_id=uni.pk)
    match how:
        case "removed":
            remove_member(todo_list=own, membership_id=Membership.objects.get().pk)
        case "disabled":
            User.objects.filter(pk=bob.pk).update(is_active=False)
        case "list deleted":
            delete_list(todo_list=own)
        case "account deleted":
            delete_account(bob)
    send_due()
    assert mailbox.received == []
    assert not Notification.objects.exists()
    if how != "disabled":
        assert not Reminder.objects.exists()
        assert not DueReminder.objects.exists()


def test_who_is_enabled_again_is_reminded_again(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User
) -> None:
    clock.now = TIME - 24 * HOUR
    early = make_todo("Tax", "2026-12-01T12:00:00Z", user=ada)
    todo = make_todo("Essay", DUE, user=ada)
    for one in (early, todo):
        set_reminders(user=ada, todo=one, rules=[TEN_BEFORE])
    update_settings(user=ada, changes={"digest_at": 10 * 60})
    User.objects.filter(pk=ada.pk).update(is_active=False)
    update_todo(todo_list=todo.list, todo_id=todo.pk, changes={"title": "Essay!"})
    clock.now = TIME - HOUR
    send_due()
    assert not Notification.objects.exists()
    User.objects.filter(pk=ada.pk).update(is_active=True)
    clock.now = TIME
    send_due()
    assert [subject.partition(",")[0] for subject in mailbox.subjects] == ["Essay!"]
    clock.now = TIME + 17 * HOUR
    send_due()
    assert "Your todos" in mailbox.subjects[1]


def test_todo_that_is_moved_keeps_its_reminders(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User
) -> None:
    clock.now = TIME - HOUR
    uni = create_list(user=ada, name="Uni")
    todo = make_todo("Essay", DUE, user=ada)
    set_reminders(user=ada, todo=todo, rules=[TEN_BEFORE])
    move_todos(user=ada, source=todo.list, target=uni, todo_ids=[todo.pk])
    planning.find_behind()
    clock.now += 1_000
    send_due()
    update_todo(todo_list=uni, todo_id=todo.pk, changes={"due": parse_deadline("2026-12-01T18:30:00Z")})
    clock.now += 1_000
    send_due()
    assert DueReminder.objects.get().due_at_ms == TIME + 30 * 60_000
    clock.now = TIME + 30 * 60_000
    send_due()
    assert len(mailbox.received) == 1


def test_wall_clock_follows_the_zone_of_its_list(
    clock: DatabaseClock, send_due: Callable[[], None], ada: User
) -> None:
    clock.now = TIME - 24 * HOUR
    uni = create_list(user=ada, name="Uni")
    create_todo(todo_list=uni, title="Essay", due=parse_deadline("2026-12-01T18:00:00"))
    set_defaults(user=ada, todo_list=uni, rules=[TEN_BEFORE])
    send_due()
    assert DueReminder.objects.get().due_at_ms == TIME
    update_list(todo_list=uni, changes={"time_zone": "Europe/Berlin"})
    clock.now += 1_000
    send_due()
    assert DueReminder.objects.get().due_at_ms == TIME - HOUR


def test_large_list_is_planned_in_slices(clock: DatabaseClock, ada: User, send_due: Callable[[], None]) -> None:
    clock.now = TIME - HOUR
    make_todos(planning.SLICE * 2 + 1, [DUE], user=ada)
    set_defaults(user=ada, todo_list=make_list(ada), rules=[TEN_BEFORE])
    counts = []
    while planning.plan_due_lists():
        counts.append(DueReminder.objects.filter(due_at_ms=TIME).count())
    assert counts == [planning.SLICE, planning.SLICE * 2, planning.SLICE * 2 + 1]
    set_defaults(user=ada, todo_list=make_list(ada), rules=[])
    send_due()
    assert not DueReminder.objects.filter(due_at_ms__isnull=False).exists()


def test_change_while_a_list_is_planned_is_planned_next(clock: DatabaseClock, ada: User) -> None:
    clock.now = TIME - HOUR
    todo = make_todo("Essay", DUE, user=ada)
    set_defaults(user=ada, todo_list=make_list(ada), rules=[TEN_BEFORE])
    token = ListPlan._meta.get_field("lease_token").to_python("00000000-0000-0000-0000-000000000001")
    plan = ListPlan.objects.get(list=todo.list)
    assert ListPlan.objects.claim(plan.pk, token=token, lease_ms=60_000)
    ListPlan.objects.leased(token).update(changed_at_ms=None, since_ms=clock.now - 1_000)
    plan.refresh_from_db()
    update_todo(todo_list=todo.list, todo_id=todo.pk, changes={"title": "Essay!"})
    planning._plan(plan, token)
    plan.refresh_from_db()
    assert plan.due_at_ms is not None
    assert (plan.changed_at_ms, plan.since_ms) == (clock.now, None)
    set_defaults(user=ada, todo_list=make_list(ada), rules=[])  # takes the lease away
    assert not ListPlan.objects.leased(token).exists()


def test_change_by_the_previous_release_is_found(clock: DatabaseClock, ada: User) -> None:
    clock.now = TIME - HOUR
    todo = make_todo("Essay", DUE, user=ada)
    set_defaults(user=ada, todo_list=make_list(ada), rules=[TEN_BEFORE])
    while planning.plan_due_lists():
        pass
    with connection.cursor() as cursor:  # which wakes nobody
        cursor.execute("UPDATE todos_todolist SET revision = revision + 1 WHERE id = %s", [todo.list_id])
    Todo.objects.filter(pk=todo.pk).update(
        deadline=datetime(2026, 12, 1, 19, tzinfo=UTC), revision=TodoList.objects.get(pk=todo.list_id).revision
    )
    assert planning.plan_due_lists() == 0
    planning.find_behind()
    assert planning.plan_due_lists() == 1
    assert DueReminder.objects.get().due_at_ms == TIME + HOUR


def test_user_gets_only_so_many_mails_in_an_hour(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User, settings: object
) -> None:
    settings.MAX_REMINDER_MAILS_PER_HOUR = 3
    clock.now = TIME - HOUR
    set_defaults(user=ada, todo_list=make_list(ada), rules=[TEN_BEFORE])
    make_todos(5, [DUE], user=ada)
    send_due()
    clock.now = TIME
    send_due()
    assert len(mailbox.received) == 3
    clock.now = TIME + 59 * 60_000
    send_due()
    assert len(mailbox.received) == 3
    clock.now = TIME + 75 * 60_000
    send_due()
    assert len(mailbox.received) == 5


def test_one_user_with_thousands_delays_nobody(clock: DatabaseClock, mailbox: Mailbox, ada: User) -> None:
    clock.now = TIME - HOUR
    bob = make_reachable("bob")
    todos = make_todos(sending.FIRE_BATCH * 2, user=ada)
    rules = {"kind": RuleKind.MOMENT, "moment": datetime(2026, 12, 1, 17, 50, tzinfo=UTC)}
    Reminder.objects.bulk_create(Reminder(user=ada, todo=todo, **rules) for todo in todos)
    DueReminder.objects.bulk_create(DueReminder(todo=todo, user=ada, due_at_ms=TIME - 1) for todo in todos)
    set_reminders(user=bob, todo=make_todo("Tax", DUE, user=bob), rules=[TEN_BEFORE])
    clock.now = TIME
    served: set[int] = set()
    assert sending.fire_due(served=served) == sending.FIRED_OF_USER
    assert sending.fire_due(served=served) == 1
    assert Notification.objects.filter(user=bob).count() == 1
    while sending.fire_due(served=served):
        pass
    assert Notification.objects.count() == len(todos) + 1
    _, first = sending.claim(Channel.EMAIL, limit=40, most_of_user=10)
    _, second = sending.claim(Channel.EMAIL, limit=30, most_of_user=10, under_way=first[:10])
    assert Counter(one.notification.user_id for one in first + second) == {ada.pk: 10, bob.pk: 1}


def test_mails_of_who_has_had_enough_are_put_off_together(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User, settings: object
) -> None:
    settings.MAX_REMINDER_MAILS_PER_HOUR = 3
    clock.now = TIME - HOUR
    set_defaults(user=ada, todo_list=make_list(ada), rules=[TEN_BEFORE])
    make_todos(50, [DUE], user=ada)
    send_due()
    clock.now = TIME
    while sending.fire_due():
        pass
    _, batch = sending.claim(Channel.EMAIL, limit=40, most_of_user=10)
    assert len(batch) == 3
    assert Notification.objects.filter(due_at_ms=TIME + sending.OVER_LIMIT_MS, attempts=0).count() == 47


def test_one_users_browsers_do_not_take_all_threads(
    clock: DatabaseClock, ada: User, push_service: PushService
) -> None:
    clock.now = TIME
    bob = User.objects.create(username="bob")
    said = push_service.subscription
    browsers = {
        user: add_browser(user=user, name="Firefox", **said | {"endpoint": f"{said['endpoint']}{user.pk}"})
        for user in (ada, bob)
    }
    for user, count in ((ada, 20), (bob, 1)):
        for number in range(count):
            Notification.objects.create(
                user=user,
                kind="test",
                channel="push",
                browser=browsers[user],
                created_at_ms=TIME + number,
                due_at_ms=TIME - 100 * (user == ada),
            )
    _, first = sending.claim(Channel.PUSH, limit=10, most_of_user=4)
    assert [one.notification.user_id for one in first] == [ada.pk] * 4
    _, second = sending.claim(Channel.PUSH, limit=10, most_of_user=4, under_way=first)
    assert [one.notification.user_id for one in second] == [bob.pk]


def test_what_the_previous_release_leaves_behind_is_purged(ada: User, transactional_db: None) -> None:
    todo = make_todo("Essay", DUE, user=ada)
    set_reminders(user=ada, todo=todo, rules=[TEN_BEFORE])
    set_defaults(user=ada, todo_list=todo.list, rules=[TEN_BEFORE])
    update_settings(user=ada, changes={"digest_at": 480})
    planning.purge()
    assert Reminder.objects.count() == 2
    Todo.objects.filter(pk=todo.pk)._raw_delete("default")
    planning.purge()
    assert Reminder.objects.get().list_id == todo.list_id
    TodoList.objects.filter(pk=todo.list_id)._raw_delete("default")
    User.objects.filter(pk=ada.pk)._raw_delete("default")
    planning.purge()
    for model in (Reminder, ReminderSettings, ListPlan, DueReminder, Notification, Browser):
        assert not model.objects.exists()


def test_purge_deletes_all_that_is_old_in_batches(
    clock: DatabaseClock, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "BATCH", 2)
    clock.now = TIME
    old = TIME - (planning.KEPT_DAYS * 24 * HOUR) - 1
    for created in (*[old] * 5, old + 1):
        Notification.objects.create(user=ada, kind="test", channel="email", created_at_ms=created)
    assert planning.purge()["reminder_notifications_deleted"] == 5
    assert Notification.objects.get().created_at_ms == old + 1


def test_export_of_a_users_data_has_their_reminders(ada: User, transactional_db: None) -> None:
    todo = make_todo("Essay", DUE, user=ada)
    set_reminders(user=ada, todo=todo, rules=[TEN_BEFORE])
    set_defaults(user=ada, todo_list=todo.list, rules=[Rule(RuleKind.DAY, 540, 1)])
    data = export_data(ada)["reminders"]
    assert data["of_todos"] == [{"list": "Todos", "todo": str(todo.uid), "minutes_before": 10}]
    assert data["of_lists"] == [{"list": "Todos", "days_before": 1, "time": "09:00"}]
    assert data["settings"]["by_email"] is True
