"""From a change of a list to the event in the operator's topic."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from prometheus_client import CollectorRegistry

from background import sweep
from database.clock import now_ms
from followers import topics
from followers.delivery import Outcome, deliver_changes
from followers.dispatch import wake_those_behind
from followers.kinds import HOUR, KINDS, MINUTE
from followers.models import Follower, FollowerKind
from followers.topics import guard, services
from followers.topics.guard import Guard
from followers.topics.metrics import EVENTS, TopicCollector
from tests.factories import make_list, make_todo, make_user, move_todos
from tests.followers.topics.rigs import Received, gather
from todos.hooks import HOOKS
from todos.models import TodoList
from todos.services import create_list, delete_list

TOPICS = ["sns"]  # following is the same for all

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """A worker's end at the worst moment."""


@pytest.fixture(autouse=True)
def receive(topic_rig, settings, monkeypatch) -> Iterator[Callable[[], list[Received]]]:
    """The setting, as if it had been there at the start, and a subscriber."""
    settings.EVENT_TOPIC = topic_rig.url
    monkeypatch.setattr(services, "guard", Guard())
    HOOKS.insert(0, services.HOOKS)
    yield topic_rig.subscribe()
    HOOKS.remove(services.HOOKS)
    topics.open_topic.cache_clear()


@pytest.fixture
def user() -> User:
    return make_user()


def deliver_due() -> list[Outcome]:
    """Let the time come that all are due at, and deliver each."""
    waiting = Follower.objects.filter(due_at_ms__isnull=False)
    waiting.update(lease_token=None, lease_until_ms=None, due_at_ms=now_ms())
    return [deliver_changes(pk) for pk in waiting.order_by("pk").values_list("pk", flat=True)]


def follower_of(todo_list: TodoList) -> Follower:
    return Follower.objects.get(list=todo_list, kind=FollowerKind.TOPIC)


def seen(received: list[Received]) -> list[tuple[int, int, int]]:
    return [
        (event["data"]["list"]["id"], event["data"]["since"], event["data"]["revision"]) for event, _ in received
    ]


def test_first_change_of_a_list_has_the_topic_follow_it(receive, user) -> None:
    todo_list = make_list(user)
    assert not Follower.objects.exists(), "nothing has happened in it"
    before = now_ms()
    make_todo(user=user)
    follower = follower_of(todo_list)
    assert before + services.DELAY_MS <= follower.due_at_ms <= now_ms() + services.DELAY_MS
    assert follower.user is None

    assert deliver_due() == [Outcome.DELIVERED]
    [(event, key)] = gather(receive, until=bool)
    assert key == str(todo_list.pk)
    assert event["type"] == "org.taskoverflow.list.changed"
    assert event["data"] == {"list": {"id": todo_list.pk, "name": "Todos"}, "revision": 1, "since": 0}
    follower = follower_of(todo_list)
    assert (follower.cursor, follower.due_at_ms) == (1, None)
    assert deliver_due() == []


def test_rollback_has_nobody_follow(user) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        make_todo(user=user)
        raise RuntimeError
    assert not Follower.objects.exists()


def test_burst_is_one_event_and_the_next_continues_where_it_ended(receive, user) -> None:
    todo_list = make_list(user)
    for number in range(20):
        make_todo(str(number), user=user)
    deliver_due()
    make_todo(user=user)
    deliver_due()
    received = gather(receive, until=lambda received: len(received) == 2)
    assert seen(received) == [(todo_list.pk, 0, 20), (todo_list.pk, 20, 21)]
    assert len({event["id"] for event, _ in received}) == 2


def test_every_list_that_changes_is_followed_whoever_owns_it(receive, user) -> None:
    mine, uni = make_list(user), create_list(user=user, name="Uni")
    other = make_list(make_user("other"))
    todo = make_todo(user=user)
    move_todos(user=user, source=mine, target=uni, todo_ids=[todo.pk])
    make_todo(user=other.owner)
    deliver_due()
    received = gather(receive, until=lambda received: len(received) == 3)
    assert {key for _, key in received} == {str(mine.pk), str(uni.pk), str(other.pk)}


def test_list_that_was_there_before_the_setting_is_announced(receive, user) -> None:
    todo_list = make_list(user)
    # Changes by a process that does not know the setting yet, or by 0.1.0.
    TodoList.objects.filter(pk=todo_list.pk).update(revision=7)
    make_list(make_user("other"))  # nothing has happened in this one

    assert services.follow_all() == {"topic_followed": 1}
    assert services.follow_all() == {"topic_followed": 0}
    assert deliver_due() == [Outcome.DELIVERED]
    assert seen(gather(receive, until=bool)) == [(todo_list.pk, 0, 7)]


def test_change_that_woke_nobody_is_found(receive, user) -> None:
    todo_list = make_list(user)
    make_todo(user=user)
    deliver_due()
    TodoList.objects.filter(pk=todo_list.pk).update(revision=9)  # as 0.1.0 does
    wake_those_behind()
    deliver_due()
    assert seen(gather(receive, until=lambda received: len(received) == 2))[1] == (todo_list.pk, 1, 9)


def test_sweep_follows_lists(user) -> None:
    TodoList.objects.filter(pk=make_list(user).pk).update(revision=7)
    assert sweep.sweep()["topic_followed"] == 1


def test_first_change_and_the_sweep_at_once_make_one_follower() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time")
    owners = [make_user(f"user{number}") for number in range(8)]
    lists = [make_list(owner) for owner in owners]
    TodoList.objects.update(revision=1)
    barrier = threading.Barrier(5)
    failures: list[Exception] = []

    def at_once(work: Callable[[], object]) -> None:
        try:
            barrier.wait()
            work()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    def change(numbers: list[int]) -> None:
        for number in numbers:
            make_todo(user=owners[number])

    works = [
        services.follow_all,
        services.follow_all,
        lambda: change([0, 1, 2, 3]),
        lambda: change([4, 5, 6, 7]),
        lambda: change([7, 3, 5, 1]),
    ]
    threads = [threading.Thread(target=at_once, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    followers = Follower.objects.order_by("list")
    assert [follower.list_id for follower in followers] == sorted(todo_list.pk for todo_list in lists)
    assert all(follower.due_at_ms for follower in followers)


def test_worker_that_dies_after_sending_repeats_under_the_same_id(receive, user, monkeypatch) -> None:
    todo_list = make_list(user)
    make_todo(user=user)

    def die(*args: object, **values: object) -> int:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr("followers.models.FollowerQuerySet.finish", die)
        deliver_due()
    assert deliver_changes(follower_of(todo_list).pk) == Outcome.SKIPPED, "its lease is the dead worker's"
    assert deliver_due() == [Outcome.DELIVERED]

    [first, second] = gather(receive, until=lambda received: len(received) == 2)
    assert first[0]["id"] == second[0]["id"]
    assert first[0]["data"] == second[0]["data"]


def test_outage_is_caught_up_with_and_nothing_is_lost(receive, topic_rig, user, monkeypatch) -> None:
    monkeypatch.setitem(KINDS, FollowerKind.TOPIC, replace(services.TOPIC, backoff_ms=(HOUR,)))
    users = [user, make_user("b"), make_user("c")]
    lists = [make_list(owner) for owner in users]
    for owner in users:
        make_todo(user=owner)
    with topic_rig.hang():
        assert set(deliver_due()) == {Outcome.FAILED}
        make_todo(user=user)  # people go on meanwhile
        assert set(deliver_due()) == {Outcome.FAILED}
    for follower in Follower.objects.all():
        assert (follower.is_active, follower.cursor) == (True, 0)
        assert follower.last_result.startswith("SNS cannot be reached")
        assert follower.lease_until_ms > now_ms(), "it rests"

    services.guard._next_try = 0  # its pause is over
    first = follower_of(lists[0])
    Follower.objects.filter(pk=first.pk).update(lease_until_ms=None)
    assert deliver_changes(first.pk) == Outcome.DELIVERED
    others = Follower.objects.exclude(pk=first.pk)
    assert [follower.lease_until_ms for follower in others] == [None, None], "a success wakes what rests"
    assert [deliver_changes(follower.pk) for follower in others] == [Outcome.DELIVERED] * 2

    received = gather(
        receive, until=lambda received: {key for _, key in received} == {str(one.pk) for one in lists}
    )
    last = {key: event["data"]["revision"] for event, key in received}
    assert last == {str(lists[0].pk): 2, str(lists[1].pk): 1, str(lists[2].pk): 1}
    assert not Follower.objects.exclude(failing_since=None).exists()


def test_threads_that_begin_at_once_have_one_topic(topic_rig, monkeypatch) -> None:
    begun, made = threading.Event(), []

    class Slow:
        def __init__(self, **options: str) -> None:
            made.append(self)
            begun.wait(0.5)  # time for the others

    monkeypatch.setattr("followers.topics.sns.Topic", Slow)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(topics.topic, [topic_rig.url] * 4))
    assert [found[0]] * 4 == found
    assert len(made) == 1


def test_topic_is_never_given_up(topic_rig, settings, user) -> None:
    make_todo(user=user)
    topic_rig.sns.delete_topic(TopicArn=topic_rig.arn)
    assert deliver_due() == [Outcome.FAILED]
    follower = Follower.objects.get()
    assert follower.last_result == "SNS refused an event: NotFound."
    Follower.objects.update(failing_since=datetime.now(UTC) - timedelta(days=60), attempts=500)
    services.guard = Guard()
    before = now_ms()
    assert deliver_due() == [Outcome.FAILED]
    follower.refresh_from_db()
    assert follower.is_active
    assert before + 0.9 * MINUTE - 1 <= follower.due_at_ms <= now_ms() + 1.1 * MINUTE


def test_topic_that_is_no_longer_named_is_at_rest_and_continues_when_it_is_again(receive, user, settings) -> None:
    todo_list, url = make_list(user), settings.EVENT_TOPIC
    make_todo(user=user)
    deliver_due()
    make_todo(user=user)
    settings.EVENT_TOPIC = ""
    assert deliver_due() == [Outcome.FAILED], "by the time that the sweep ends it"
    Follower.objects.update(lease_until_ms=None)
    assert services.follow_all() == {"topic_ended": 1}
    assert services.follow_all() == {"topic_ended": 0}
    make_todo(user=user)
    assert follower_of(todo_list).due_at_ms is None

    settings.EVENT_TOPIC = url
    assert services.follow_all() == {"topic_followed": 1}
    assert deliver_due() == [Outcome.DELIVERED]
    received = gather(receive, until=lambda received: len(received) == 2)
    assert seen(received) == [(todo_list.pk, 0, 1), (todo_list.pk, 1, 3)]


def test_all_of_many_lists_are_ended_and_followed_again(user, settings, monkeypatch) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    for number in range(5):
        todo_list = create_list(user=user, name=str(number))
        move_todos(user=user, source=make_list(user), target=todo_list, todo_ids=[make_todo(user=user).pk])
    url, settings.EVENT_TOPIC = settings.EVENT_TOPIC, ""
    assert services.follow_all() == {"topic_ended": 6}
    assert not Follower.objects.filter(is_active=True).exists()
    settings.EVENT_TOPIC = url
    assert services.follow_all() == {"topic_followed": 6}
    assert Follower.objects.filter(is_active=True, due_at_ms__isnull=False).count() == 6


def test_all_of_many_lists_are_announced_again(user, monkeypatch) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    for number in range(5):
        todo_list = create_list(user=user, name=str(number))
        move_todos(user=user, source=make_list(user), target=todo_list, todo_ids=[make_todo(user=user).pk])
    deliver_due()
    assert not Follower.objects.filter(due_at_ms__isnull=False).exists()
    services.start_again()
    assert Follower.objects.filter(cursor=0, due_at_ms__isnull=False).count() == 6


def test_restore_announces_every_list_again(receive, user, tmp_path) -> None:
    todo_list = make_list(user)
    make_todo(user=user)
    deliver_due()
    call_command("backup", str(tmp_path / "backup"), verbosity=0)
    make_todo(user=user)
    deliver_due()
    call_command("restore", str(tmp_path / "backup"), "--replace", verbosity=0)
    assert deliver_due() == [Outcome.DELIVERED]
    received = gather(receive, until=lambda received: len(received) == 3)
    assert seen(received) == [(todo_list.pk, 0, 1), (todo_list.pk, 1, 2), (todo_list.pk, 0, 1)]
    assert len({event["id"] for event, _ in received}) == 3


def test_deleted_list_leaves_no_follower(user) -> None:
    todo_list = create_list(user=user, name="Uni")
    move_todos(user=user, source=make_list(user), target=todo_list, todo_ids=[make_todo(user=user).pk])
    assert follower_of(todo_list)
    delete_list(todo_list=todo_list)
    assert list(Follower.objects.values_list("list", flat=True)) == [make_list(user).pk]


def test_metrics_show_what_was_sent_and_how_old_the_oldest_is(receive, topic_rig, user) -> None:
    def shown(name: str, **labels: str) -> float:
        return registry.get_sample_value(name, labels) or 0

    registry = CollectorRegistry()
    registry.register(TopicCollector())
    sent = EVENTS.labels("sent")._value.get()
    failed = EVENTS.labels("failed")._value.get()
    assert shown("taskoverflow_topic_oldest_event_seconds") == 0
    make_todo(user=user)
    Follower.objects.update(first_change_at_ms=now_ms() - 90_000)
    assert 89 <= shown("taskoverflow_topic_oldest_event_seconds") < 3600
    with topic_rig.hang():
        deliver_due()
    Follower.objects.update(failing_since=datetime.now(UTC) - timedelta(hours=1))
    assert 3599 <= shown("taskoverflow_topic_oldest_event_seconds") < 7200, "clocks of Python and the database"
    services.guard.succeeded()
    deliver_due()
    assert shown("taskoverflow_topic_oldest_event_seconds") == 0
    assert (EVENTS.labels("sent")._value.get(), EVENTS.labels("failed")._value.get()) == (sent + 1, failed + 1)


def test_one_thread_at_a_time_tries_a_topic_that_failed(monkeypatch) -> None:
    spared = Guard()
    spared.enter()
    spared.enter()  # as long as all is well, everybody may
    monkeypatch.setattr(guard, "PAUSE_SECONDS", 0)
    spared.failed("SNS refused an event.")
    spared.enter()
    with pytest.raises(topics.SendFailed, match="SNS refused"):
        spared.enter()
    assert spared.succeeded() is True
    spared.enter()
    spared.enter()
    assert spared.succeeded() is False
