"""Emptying the trash of a list."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.services import create_token
from tests.factories import make_feed, make_list, make_todo, make_user, share
from todos.access import NotAllowed
from todos.models import PastOccurrence, Todo
from todos.services import Action, BulkItem, change_todos, create_list, create_todo, delete_todo, empty_trash

pytestmark = pytest.mark.django_db


def test_emptied_trash_is_gone_from_calendars_too(client: Client) -> None:
    todo, kept = make_todo("Secret"), make_todo("Kept")
    url = make_feed().url
    assert b"Secret" in client.get(url).content
    delete_todo(todo_list=make_list(), todo_id=todo.pk)
    assert empty_trash(todo_list=make_list()) == 1
    content = client.get(url).content
    assert b"Secret" not in content and b"Kept" in content
    assert list(Todo.objects.all()) == [kept]
    assert empty_trash(todo_list=make_list()) == 0


def test_history_goes_with_the_todo() -> None:
    todo = make_todo(rule="FREQ=DAILY")
    change_todos(todo_list=make_list(), items=[BulkItem(todo.pk, Action.COMPLETE)])
    assert PastOccurrence.objects.exists()
    delete_todo(todo_list=make_list(), todo_id=todo.pk)
    empty_trash(todo_list=make_list())
    assert not PastOccurrence.objects.exists() and not Todo.objects.exists()


def test_viewers_and_other_lists_are_left_out() -> None:
    ada, bob = make_user("ada"), make_user("bob")
    for user in (ada, bob):
        delete_todo(todo_list=make_list(user), todo_id=make_todo(user=user).pk)
    with pytest.raises(NotAllowed):
        empty_trash(todo_list=share(make_list(ada), bob))
    empty_trash(todo_list=make_list(bob))
    assert [todo.list.owner for todo in Todo.objects.all()] == [ada]


def in_trash(user: User, *titles: str) -> list[int]:
    todo_list = make_list(user)
    return [delete_todo(todo_list=todo_list, todo_id=make_todo(title, user=user).pk).pk for title in titles]


def test_api_empties_the_trash_of_one_list(client: Client, ada: User) -> None:
    client.force_login(ada)
    in_trash(ada, "Draft", "Plan")
    kept = [make_todo("Essay", user=ada).pk, *in_trash(make_user("bob"), "Bob's")]
    uni = create_list(user=ada, name="Uni")
    other = create_todo(todo_list=uni, title="Exam")
    kept.append(delete_todo(todo_list=uni, todo_id=other.pk).pk)
    address = f"/api/v1/lists/{make_list(ada).pk}/trash"
    for _ in range(2):  # however often it is sent
        answer = client.delete(address)
        assert (answer.status_code, answer.content) == (204, b"")
        assert sorted(Todo.objects.values_list("pk", flat=True)) == sorted(kept)
    assert client.post(f"/api/v1/lists/{uni.pk}/todos/{other.pk}/restore").status_code == 200
    for method in ("get", "post", "put", "patch"):
        assert getattr(client, method)(address).status_code == 405


def test_api_empties_the_trash_of_the_open_list(client: Client) -> None:
    delete_todo(todo_list=make_list(), todo_id=make_todo().pk)
    assert client.delete(f"/api/v1/lists/{make_list().pk}/trash").status_code == 204
    assert not Todo.objects.exists()


@pytest.mark.parametrize(("role", "status"), [("editor", 204), ("viewer", 403), (None, 404)])
def test_api_empties_the_trash_for_editors(client: Client, ada: User, role: str | None, status: int) -> None:
    client.force_login(ada)
    bob = make_user("bob")
    in_trash(bob, "Draft")
    if role:
        share(make_list(bob), ada, role)
    answer = client.delete(f"/api/v1/lists/{make_list(bob).pk}/trash")
    assert answer.status_code == status
    assert Todo.objects.exists() == (status != 204)
    if status == 404:
        assert answer.content == client.delete("/api/v1/lists/999999/trash").content


@pytest.mark.parametrize(
    ("scope", "is_its_list", "status"), [("write", True, 204), ("read", True, 403), ("write", False, 404)]
)
def test_restricted_token_empties_the_trash_of_its_list(
    ada: User, scope: str, is_its_list: bool, status: int
) -> None:
    in_trash(ada, "Draft")
    uni = create_list(user=ada, name="Uni")
    todo_list = make_list(ada)
    ids = [todo_list.pk if is_its_list else uni.pk]
    _, secret = create_token(user=ada, name="t", scope=scope, list_ids=ids)
    answer = Client().delete(f"/api/v1/lists/{todo_list.pk}/trash", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == status
    assert Todo.objects.exists() == (status != 204)
