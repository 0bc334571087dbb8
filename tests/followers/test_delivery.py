"""From a change of a list to the request that its webhooks get."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from database.clock import now_ms
from followers import delivery, dispatch
from followers.delivery import Outcome, deliver_changes
from followers.models import Delivery, Follower, Webhook
from tests.factories import make_list, make_todo, make_todos, make_user, move_todos, share
from tests.followers.conftest import Made
from tests.followers.receiver import Receiver, answer
from todos.models import TodoList
from todos.services import create_list, delete_todo, remove_member, update_todo
from web.admission import Slots

pytestmark = pytest.mark.django_db(transaction=True)


def test_change_reaches_the_webhook_signed_as_the_standard_says(
    receiver: Receiver, make_webhook: Callable[..., Made], user: User, todo_list: TodoList
) -> None:
    made = make_webhook()
    make_todo(user=user)

    assert deliver_changes(made.webhook.follower_id) == Outcome.DELIVERED

    [request] = receiver.requests
    event = request.verify(made.secret)
    assert request.path == "/hook?key=1"
    assert request.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert event["data"] == {"list": {"id": todo_list.pk, "name": "Todos"}, "revision": 1, "since": 0}
    assert (event["specversion"], event["type"]) == ("1.0", "org.taskoverflow.list.changed")
    assert event["source"] == f"/api/v1/lists/{todo_list.pk}"
    assert event["id"] == request.id
    assert made.follower.cursor == 1
    assert made.follower.due_at_ms is None


def test_changes_of_a_burst_are_told_together(
    receiver: Receiver, make_webhook: Callable[..., Made], user: User
) -> None:
    made = make_webhook()
    todos = [make_todo(str(number), user=user) for number in range(20)]
    for todo in todos:
        update_todo(todo_list=make_list(user), todo_id=todo.pk, changes={"completed": True})
    made.deliver()
    assert made.deliver() == Outcome.NOTHING_NEW

    assert [(event["data"]["since"], event["data"]["revision"]) for event in receiver.events] == [(0, 40)]


def test_change_makes_the_webhook_due_once_the_list_is_quiet_but_not_never(
    make_webhook: Callable[..., Made], user: User
) -> None:
    made = make_webhook()
    before = now_ms()
    make_todo(user=user)
    assert before + 1_500 <= made.follower.due_at_ms <= now_ms() + 1_500
    made.let_time_pass(first_change_at_ms=7_400)
    make_todo(user=user)
    assert made.follower.due_at_ms - now_ms() <= 100, "7.5 s after the first change"


def test_rollback_tells_nothing(make_webhook: Callable[..., Made], user: User) -> None:
    made = make_webhook()
    with pytest.raises(RuntimeError), transaction.atomic():
        make_todo(user=user)
        raise RuntimeError
    assert made.follower.due_at_ms is None


def test_what_changed_is_sent_where_it_is_wanted(
    receiver: Receiver, make_webhook: Callable[..., Made], user: User
) -> None:
    gone, kept = make_todo("gone", user=user), make_todo("kept", user=user)
    make_todo("untouched", user=user)
    made = make_webhook(includes_changes=True)
    update_todo(todo_list=make_list(user), todo_id=kept.pk, changes={"completed": True})
    delete_todo(todo_list=make_list(user), todo_id=gone.pk)
    made.deliver()

    data = receiver.requests[0].verify(made.secret)["data"]
    assert [(todo["title"], todo["completed"], todo["deleted"]) for todo in data["changes"]] == [
        ("kept", True, False),
        ("gone", False, True),
    ]
    assert data["has_more_changes"] is False
    assert (data["since"], data["revision"]) == (3, 5)


def test_todo_that_was_moved_away_is_gone(
    receiver: Receiver, make_webhook: Callable[..., Made], user: User, todo_list: TodoList
) -> None:
    todo = make_todo("moved", user=user)
    made = make_webhook(includes_changes=True)
    other = create_list(user=user, name="Uni")
    move_todos(user=user, source=make_list(user), target=other, todo_ids=[todo.pk])
    made.deliver()
    [change] = receiver.events[0]["data"]["changes"]
    assert change == {"uid": str(todo.uid), "deleted": True, "revision": 2}


@pytest.mark.parametrize(
    ("count", "words", "sent", "has_more"), [(100, 1, 100, False), (101, 1, 100, True), (60, 9_000, 10, True)]
)
def test_large_change_is_sent_in_part(
    receiver: Receiver,
    make_webhook: Callable[..., Made],
    user: User,
    count: int,
    words: int,
    sent: int,
    has_more: bool,
) -> None:
    made = make_webhook(includes_changes=True)
    make_todos(count, user=user, revision=1, description="x" * words)
    TodoList.objects.update(revision=1)
    made.deliver()
    data = receiver.requests[0].verify(made.secret)["data"]
    assert (len(data["changes"]), data["has_more_changes"]) == (sent, has_more)
    assert len(receiver.requests[0].body) < 120_000


def test_list_that_changes_while_its_change_is_delivered_is_told_again(
    receiver: Receiver, make_webhook: Callable[..., Made], user: User
) -> None:
    made = make_webhook()
    make_todo(user=user)

    def change(handler: object) -> None:
        if len(receiver.requests) == 1:
            make_todo(user=user)
        answer(204)(handler)

    receiver.answer = change
    made.deliver()
    assert made.follower.cursor == 1
    assert made.follower.due_at_ms is not None
    made.deliver()
    assert [event["data"]["revision"] for event in receiver.events] == [1, 2]
    assert made.follower.due_at_ms is None


def test_worker_that_dies_after_sending_repeats_under_the_same_id(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver, make_webhook: Callable[..., Made], user: User
) -> None:
    made = make_webhook()
    make_todo(user=user)

    class Killed(BaseException):
        pass

    def die(*args: object, **values: object) -> int:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr("followers.webhooks.sending._record", die)
        made.deliver()
    assert made.follower.due_at_ms is not None
    assert deliver_changes(made.webhook.follower_id) == Outcome.SKIPPED, "its lease is the dead worker's"
    assert made.deliver() == Outcome.DELIVERED

    assert len(receiver.requests) == 2
    assert receiver.requests[0].id == receiver.requests[1].id
    assert receiver.events[0]["data"] == receiver.events[1]["data"]


def in_another_process(share: int) -> Slots:
    return Slots(1)


def test_two_workers_at_once_send_one_request(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver, make_webhook: Callable[..., Made], user: User
) -> None:
    made = make_webhook()
    make_todo(user=user)
    monkeypatch.setattr(delivery, "_slots", in_another_process)
    seconds: list[Outcome] = []

    def deliver_too(handler: object) -> None:
        thread = threading.Thread(target=lambda: seconds.append(deliver_changes(made.webhook.follower_id)))
        thread.start()
        thread.join()
        answer(204)(handler)

    receiver.answer = deliver_too
    made.deliver()
    assert seconds == [Outcome.SKIPPED]
    assert len(receiver.requests) == 1


def test_targets_of_one_user_that_hang_keep_nobody_else_waiting(
    receiver: Receiver, make_webhook: Callable[..., Made], user: User
) -> None:
    eve = make_user("eve")
    made = [make_webhook(), make_webhook(), make_webhook(user=eve, todo_list=make_list(eve))]
    make_todo(user=user)
    make_todo(user=eve)
    outcomes: list[Outcome] = []

    def deliver_others(handler: object) -> None:
        if len(receiver.requests) == 1:
            thread = threading.Thread(target=lambda: outcomes.extend(other.deliver() for other in made[1:]))
            thread.start()
            thread.join()
        answer(204)(handler)

    receiver.answer = deliver_others
    assert made[0].deliver() == Outcome.DELIVERED
    assert outcomes == [Outcome.BUSY, Outcome.DELIVERED]
    follower = made[1].follower
    assert (follower.lease_until_ms, follower.attempts, follower.failing_since) == (None, 0, None)
    assert follower.due_at_ms is not None, "its turn comes again"
    assert made[1].deliver() == Outcome.DELIVERED


def test_worker_that_was_paused_past_its_lease_records_nothing(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver, make_webhook: Callable[..., Made], user: User
) -> None:
    monkeypatch.setattr(delivery, "_slots", in_another_process)
    made = make_webhook()
    make_todo(user=user)

    def overtake(handler: object) -> None:
        if len(receiver.requests) == 1:
            make_todo(user=user)
            assert made.deliver() == Outcome.DELIVERED
        answer(204)(handler)

    receiver.answer = overtake
    assert made.deliver() == Outcome.SKIPPED
    assert made.follower.cursor == 2
    assert [delivery.revision for delivery in Delivery.objects.all()] == [2]


def test_member_who_is_removed_is_told_nothing_of_what_comes_after(
    receiver: Receiver, make_webhook: Callable[..., Made], todo_list: TodoList, user: User
) -> None:
    eve = make_user("eve")
    shared = share(todo_list, eve)
    made = make_webhook(user=eve, todo_list=shared, includes_changes=True)
    make_todo("before", user=user)
    remove_member(todo_list=todo_list, membership_id=todo_list.memberships.get().pk)
    make_todo("after", user=user)

    assert deliver_changes(made.webhook.follower_id) == Outcome.SKIPPED
    assert not Follower.objects.exists()
    assert receiver.requests == []


def test_member_who_is_removed_while_a_delivery_is_made_is_told_nothing_of_what_comes_after(
    monkeypatch: pytest.MonkeyPatch,
    receiver: Receiver,
    make_webhook: Callable[..., Made],
    todo_list: TodoList,
    user: User,
) -> None:
    eve = make_user("eve")
    made = make_webhook(user=eve, todo_list=share(todo_list, eve), includes_changes=True)
    make_todo("before", user=user)
    claim = delivery.claim

    def claim_and_remove(follower_id: int) -> Follower | None:
        follower = claim(follower_id)
        remove_member(todo_list=todo_list, membership_id=todo_list.memberships.get().pk)
        make_todo("after", user=user)
        return follower

    monkeypatch.setattr(delivery, "claim", claim_and_remove)
    made_again = deliver_changes(made.webhook.follower_id)
    assert not made_again
    assert receiver.requests == []
    assert not Webhook.objects.exists()


def test_user_who_is_disabled_is_told_nothing_until_they_are_back(
    receiver: Receiver, make_webhook: Callable[..., Made], user: User
) -> None:
    made = make_webhook()
    User.objects.update(is_active=False)
    make_todo(user=user)
    made.deliver()
    assert dispatch.wake_those_behind()["followers_woken"] == 0
    User.objects.update(is_active=True)
    assert dispatch.wake_those_behind()["followers_woken"] == 1
    made.deliver()
    assert len(receiver.requests) == 1


def test_webhook_that_missed_a_change_is_found(
    receiver: Receiver, make_webhook: Callable[..., Made], user: User
) -> None:
    made = make_webhook()
    make_todo(user=user)
    Follower.objects.update(due_at_ms=None, first_change_at_ms=None)  # as 0.1.0 leaves it

    assert dispatch.wake_those_behind() == {"followers_woken": 1, "followers_deleted": 0}
    assert made.deliver() == Outcome.DELIVERED
    assert dispatch.wake_those_behind() == {"followers_woken": 0, "followers_deleted": 0}


def test_change_after_a_restore_that_knew_no_webhooks_is_told(
    receiver: Receiver, make_webhook: Callable[..., Made], user: User
) -> None:
    made = make_webhook()
    Follower.objects.update(cursor=100)  # it is from before; 0.1.0 has restored the list as it was at revision 0
    make_todo(user=user)
    assert made.deliver() == Outcome.DELIVERED
    assert [(event["data"]["since"], event["data"]["revision"]) for event in receiver.events] == [(0, 1)]
    assert made.follower.cursor == 1


@contextmanager
def locked_elsewhere(followers: QuerySet[Follower]) -> Iterator[None]:
    """Somebody else has locked these, and waits for others."""
    has_locked, is_over = threading.Event(), threading.Event()

    def lock() -> None:
        with transaction.atomic():
            list(followers.select_for_update())
            has_locked.set()
            is_over.wait(60)
        connection.close()

    thread = threading.Thread(target=lock)
    thread.start()
    try:
        assert has_locked.wait(60)
        yield
    finally:
        is_over.set()
        thread.join()


def only_on_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time")


def test_webhook_that_somebody_has_locked_is_woken_later(make_webhook: Callable[..., Made], user: User) -> None:
    only_on_postgresql()
    locked, free = make_webhook(), make_webhook()
    make_todo(user=user)
    Follower.objects.update(due_at_ms=None, first_change_at_ms=None)  # as 0.1.0 leaves it
    with locked_elsewhere(Follower.objects.filter(pk=locked.webhook.follower_id)):
        assert dispatch.wake_those_behind()["followers_woken"] == 1
    assert (locked.follower.due_at_ms is None, free.follower.due_at_ms is None) == (True, False)
    assert dispatch.wake_those_behind()["followers_woken"] == 1


def test_member_who_leaves_waits_for_a_delivery_that_is_recorded(
    receiver: Receiver, make_webhook: Callable[..., Made], todo_list: TodoList, user: User
) -> None:
    """Its recorder has locked the follower, and goes on to the deliveries: so must who deletes them."""
    only_on_postgresql()
    eve = make_user("eve")
    make_webhook(user=eve, todo_list=share(todo_list, eve))
    with CaptureQueriesContext(connection) as queries:
        remove_member(todo_list=todo_list, membership_id=todo_list.memberships.get().pk)
    statements = [query["sql"] for query in queries if "followers_" in query["sql"]]
    assert "followers_follower" in statements[0]
    assert statements[0].endswith("FOR UPDATE")
    assert not Follower.objects.exists()


@pytest.mark.parametrize("what", ["list", "user"])
def test_follower_of_nothing_is_deleted(
    make_webhook: Callable[..., Made], todo_list: TodoList, user: User, what: str
) -> None:
    made = make_webhook()
    make_todo(user=user)
    gone = TodoList.objects.filter(pk=todo_list.pk) if what == "list" else User.objects.filter(pk=user.pk)
    todo_list.todos.all().delete()
    gone._raw_delete("default")  # as 0.1.0 does

    assert made.deliver() == Outcome.SKIPPED
    assert dispatch.wake_those_behind()["followers_deleted"] == 1
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("follower_id", ["", "x", "-1", "1.5", "9" * 30, "404", "²"])
def test_message_about_nothing_does_nothing(follower_id: str) -> None:
    assert deliver_changes(follower_id) == Outcome.SKIPPED
