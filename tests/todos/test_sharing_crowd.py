"""A member who is removed while their requests are under way: they change nothing more, and read nothing newer."""

import threading
import time
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client

from accounts.services import create_token
from calendars.feeds.services import create_feed, shown_token
from calendars.models import Feed
from tests.crowd import Interruption, together
from tests.factories import make_user, move_todos, share
from todos.access import NotAllowed
from todos.deadlines import parse_deadline
from todos.models import Invitation, Membership, Todo, TodoList
from todos.services import (
    Action,
    BulkItem,
    ImportedTodo,
    accept_link,
    change_role,
    change_todos,
    create_link,
    create_list,
    create_todo,
    delete_todo,
    find_list,
    get_list,
    import_todos,
    remove_member,
    restore_todo,
    transfer_ownership,
    update_todo,
)

pytestmark = pytest.mark.django_db(transaction=True)
DUE = parse_deadline("2026-01-01")
SECRET = "Written after"


@pytest.fixture
def uni() -> TodoList:
    return create_list(user=make_user("ada"), name="Uni")


def remove(todo_list: TodoList, user: User) -> None:
    owner = TodoList.objects.get(pk=todo_list.pk).owner
    pk = Membership.objects.get(list=todo_list, user=user).pk
    remove_member(todo_list=find_list(user=owner, list_id=todo_list.pk), membership_id=pk)


def demote(todo_list: TodoList, user: User) -> None:
    pk = Membership.objects.get(list=todo_list, user=user).pk
    change_role(todo_list=TodoList.objects.get(pk=todo_list.pk), membership_id=pk, role="viewer")


def writes(shared: TodoList, todo: Todo, gone: Todo, bob: User) -> dict[str, Callable]:
    own = get_list(bob)
    mine = create_todo(todo_list=own, title="Mine")
    return {
        "create": lambda: create_todo(todo_list=shared, title="New"),
        "update": lambda: update_todo(todo_list=shared, todo_id=todo.pk, changes={"title": "x"}, as_read=todo),
        "delete": lambda: delete_todo(todo_list=shared, todo_id=todo.pk),
        "restore": lambda: restore_todo(todo_list=shared, todo_id=gone.pk),
        "bulk": lambda: change_todos(todo_list=shared, items=[BulkItem(todo.pk, Action.DELETE)], user=bob),
        "import": lambda: import_todos(
            todo_list=shared, todos=[ImportedTodo(mine.uid, {"title": "x", "due": None, "completed": False})]
        ),
        "move away": lambda: move_todos(user=bob, source=shared, target=own, todo_ids=[todo.pk]),
        "feed": lambda: create_feed(todo_list=shared, name="Bob's"),
    }


@pytest.mark.parametrize("end", [remove, demote])
@pytest.mark.parametrize("name", ["create", "update", "delete", "restore", "bulk", "import", "move away", "feed"])
def test_change_that_waits_for_a_removal_is_not_made(
    uni: TodoList, bob: User, name: str, end: Callable[[TodoList, User], None]
) -> None:
    if (name, end) == ("feed", demote):
        pytest.skip("a viewer has feeds")
    shared = share(uni, bob, "editor")
    todo, gone = create_todo(todo_list=shared, title="Essay"), create_todo(todo_list=shared, title="Gone")
    delete_todo(todo_list=shared, todo_id=gone.pk)
    shared = todo.list = find_list(
        user=bob, list_id=uni.pk
    )  # whose todos are counted: one more is a single message
    assert shared.byte_count_upper_bound is not None
    write = writes(shared, todo, gone, bob)[name]
    before = list(Todo.objects.order_by("pk").values())
    ended = threading.Event()

    def first() -> None:
        with transaction.atomic():
            end(uni, bob)
            ended.set()
            time.sleep(0.3)  # the write waits for the list's lock meanwhile

    def second() -> None:
        assert ended.wait(10)
        with pytest.raises((TodoList.DoesNotExist, Todo.DoesNotExist, NotAllowed)):
            write()

    together(first, second)

    assert list(Todo.objects.order_by("pk").values()) == before
    assert not Feed.objects.exists()


def test_move_into_a_list_that_waits_for_a_removal_is_not_made(uni: TodoList, bob: User) -> None:
    shared, own = share(uni, bob, "editor"), get_list(bob)
    mine = create_todo(todo_list=own, title="Mine")
    ended = threading.Event()

    def first() -> None:
        with transaction.atomic():
            remove(uni, bob)
            ended.set()
            time.sleep(0.3)

    def second() -> str:
        assert ended.wait(10)
        (result,) = move_todos(user=bob, source=own, target=shared, todo_ids=[mine.pk])
        return result.outcome.value

    assert together(first, second)[1] == "gone"
    assert Todo.objects.get().list == own


def test_owner_who_hands_over_and_is_removed_changes_nothing_more(uni: TodoList, bob: User) -> None:
    ada = uni.owner
    share(uni, bob, "viewer")
    todo = create_todo(todo_list=uni, title="Essay")
    uni = todo.list = find_list(user=ada, list_id=uni.pk)
    ended = threading.Event()

    def first() -> None:
        with transaction.atomic():
            transfer_ownership(todo_list=uni, membership_id=Membership.objects.get(user=bob).pk)
            remove(uni, ada)
            ended.set()
            time.sleep(0.3)

    def second() -> None:
        assert ended.wait(10)
        for write in (
            lambda: create_todo(todo_list=uni, title="New"),
            lambda: update_todo(todo_list=uni, todo_id=todo.pk, changes={"title": "x"}, as_read=todo),
        ):
            with pytest.raises((TodoList.DoesNotExist, Todo.DoesNotExist)):
                write()

    together(first, second)

    assert [one.title for one in Todo.objects.all()] == ["Essay"]


def test_nothing_changes_after_a_removal_however_busy_the_member_is(uni: TodoList, bob: User) -> None:
    share(uni, bob, "editor")
    todo = create_todo(todo_list=uni, title="Essay")
    _, token = create_token(user=bob, name="script", scope="write")
    url = f"/api/v1/lists/{uni.pk}/todos"
    started, removed = threading.Barrier(4), []

    def write() -> set[int]:
        client = Client(headers={"Authorization": f"Bearer {token}"})
        started.wait()
        statuses = set()
        for number in range(200):
            for answer in (
                client.post(url, {"title": f"{number}"}, "application/json"),
                client.put(f"{url}/{todo.pk}", {"title": f"{number}"}, "application/json"),
                client.post(f"{url}/bulk", {"items": [{"id": todo.pk, "action": "complete"}]}, "application/json"),
            ):
                statuses.add(answer.status_code)
            if statuses & {403, 404}:
                break
        return statuses

    def end() -> None:
        started.wait()
        time.sleep(0.3)
        remove(uni, bob)
        removed.append(list(Todo.objects.order_by("pk").values()))

    *statuses, _ = together(write, write, write, end)

    assert all(404 in each and each <= {200, 201, 404} for each in statuses), statuses
    assert list(Todo.objects.order_by("pk").values()) == removed[0]


# --- Reading ---


READS = [
    "/api/v1/lists/{list}/todos", "/api/v1/lists/{list}/todos?limit=50", "/api/v1/lists/{list}/todos?window=30",
    "/api/v1/lists/{list}", "/api/v1/lists/{list}/todos/{todo}", "/lists/{list}", "/lists/{list}?sort=title",
    "/lists/{list}/calendar/2026/1", "/lists/{list}/calendar/2026/1?day=1", "/lists/{list}/trash",
    "/lists/{list}/todos/{todo}", "/lists/{list}/exports", "/lists/{list}/share", "/today", "/upcoming",
    "/api/v1/lists/{list}/members", "/search?q=is:open", "/search?q=e%20-x",
]  # fmt: skip


@pytest.mark.parametrize("path", READS)
def test_reader_who_is_removed_meanwhile_gets_nothing_newer(uni: TodoList, bob: User, path: str) -> None:
    share(uni, bob, "viewer")
    todo = create_todo(todo_list=uni, title="Essay", due=DUE)
    client = Client()
    client.force_login(bob)
    address = path.format(list=uni.pk, todo=todo.pk)
    assert client.get(address).status_code == 200
    statuses = []
    for number in range(1, 40):  # before each query in turn

        def then(number: int = number) -> None:
            remove(uni, bob)
            owned = TodoList.objects.get(pk=uni.pk)
            update_todo(todo_list=owned, todo_id=todo.pk, changes={"title": SECRET})
            trashed = create_todo(todo_list=owned, title=SECRET, due=DUE)
            create_todo(todo_list=owned, title=SECRET, due=DUE)
            delete_todo(todo_list=owned, todo_id=trashed.pk)
            friend = User.objects.create(username=f"{SECRET} {number}")
            accept_link(user=friend, token=create_link(todo_list=owned, role="viewer")[1])

        interruption = Interruption(number, then)
        with connection.execute_wrapper(interruption):
            answer = client.get(address)
        if not interruption.happened:
            break
        assert SECRET not in answer.text, f"{address}, interrupted before query {number}"
        statuses.append(answer.status_code)
        Todo.objects.exclude(pk=todo.pk).delete()
        Membership.objects.all().delete()
        Invitation.objects.all().delete()
        update_todo(todo_list=TodoList.objects.get(pk=uni.pk), todo_id=todo.pk, changes={"title": "Essay"})
        share(uni, bob, "viewer")
    assert set(statuses) <= {200, 404}
    assert 404 in statuses or path.startswith(("/today", "/upcoming", "/search"))  # which show the other lists


def test_feed_of_who_is_removed_meanwhile_gives_nothing_newer(uni: TodoList, bob: User) -> None:
    feed = create_feed(todo_list=share(uni, bob, "viewer"), name="Bob's")
    address = f"/calendars/{shown_token(feed)}.ics"
    assert Client().get(address).status_code == 200
    create_todo(todo_list=uni, title="Essay", due=DUE)

    def then() -> None:
        remove(uni, bob)
        create_todo(todo_list=TodoList.objects.get(pk=uni.pk), title=SECRET, due=DUE)

    interruption = Interruption(3, then)  # it has been found, and is not built yet
    with connection.execute_wrapper(interruption):
        answer = Client().get(address)
    assert interruption.happened
    assert (answer.status_code, SECRET in answer.text) == (404, False)


def test_invitation_is_accepted_once_whoever_is_first(uni: TodoList, bob: User) -> None:
    _, token = create_link(todo_list=uni, role="viewer")
    together(*[lambda: accept_link(user=bob, token=token)] * 4)
    assert Membership.objects.count() == 1
