"""What is done to a user's data as a whole is done to all of their lists."""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.user_data import delete_account, export_data, revoke_access
from calendars.feeds.services import create_feed, shown_token
from calendars.models import Feed
from tests.crowd import together
from tests.factories import make_list, make_todo, make_user, move_todos
from todos.models import MovedTodo, Todo, TodoList
from todos.services import archive_list, create_list, create_todo, get_list

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def uni(ada: User) -> TodoList:
    uni = create_list(user=ada, name="Uni", color="blue")
    create_todo(todo_list=uni, title="Essay")
    create_feed(todo_list=uni, name="Uni")
    return uni


def address_of(todo_list: TodoList) -> str:
    return f"/calendars/{shown_token(Feed.objects.of_list(todo_list).get())}.ics"


def test_export_has_every_list(ada: User, uni: TodoList) -> None:
    make_todo("Mine", user=ada)
    make_todo("Theirs", user=make_user("bob"))
    archive_list(todo_list=create_list(user=ada, name="Old"))
    data = export_data(ada)
    assert ([todo["title"] for todo in data["todos"]], data["feeds"]) == (["Mine"], [])
    (first, second) = data["other_lists"]
    assert (first["list"]["name"], first["list"]["color"], first["list"]["archived_at"]) == ("Uni", "blue", None)
    assert [todo["title"] for todo in first["todos"]] == ["Essay"]
    assert [feed["name"] for feed in first["feeds"]] == ["Uni"]
    assert (second["list"]["name"], second["todos"], second["feeds"]) == ("Old", [], [])
    assert second["list"]["archived_at"]


def test_deleted_account_takes_every_list_along(ada: User, uni: TodoList) -> None:
    todo, theirs = make_todo("Mine", user=ada), make_todo("Theirs", user=make_user("bob"))
    move_todos(user=ada, source=make_list(ada), target=uni, todo_ids=[todo.pk])
    delete_account(ada)
    assert list(Todo.objects.all()) == [theirs]
    assert list(TodoList.objects.all()) == [theirs.list]
    assert not Feed.objects.exists() and not MovedTodo.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_of_an_account_that_is_used_as_it_is_deleted(ada: User, uni: TodoList) -> None:
    def create() -> None:
        for _ in range(10):
            try:
                create_list(user=ada, name="New")
            except User.DoesNotExist:
                break

    def look() -> None:
        for _ in range(10):
            try:
                get_list(ada)
            except User.DoesNotExist:
                break

    together(create, look, create, look, lambda: delete_account(User.objects.get(pk=ada.pk)))

    assert not User.objects.exists()
    assert not TodoList.objects.exists()


def test_feeds_of_every_list_are_rotated(ada: User, uni: TodoList) -> None:
    create_feed(todo_list=make_list(ada), name="Mine")
    addresses = [address_of(todo_list) for todo_list in (uni, make_list(ada))]
    assert [Client().get(address).status_code for address in addresses] == [200, 200]
    revoke_access(ada, tokens=False, feeds=True, webhooks=False)
    assert [Client().get(address).status_code for address in addresses] == [404, 404]


def test_feeds_of_a_disabled_user_answer_nobody_whatever_list_they_show(
    ada: User, uni: TodoList, settings: object
) -> None:
    settings.MODE = "private"
    address = address_of(uni)
    assert Client().get(address).status_code == 200
    User.objects.update(is_active=False)
    assert Client().get(address).status_code == 404


def test_open_list_becomes_the_default_list_beside_others(ada: User, uni: TodoList) -> None:
    todo = make_todo("Everybody's")
    call_command("adopt_open_list", "ada", stdout=StringIO())
    assert get_list(ada).todos.get() == todo
    assert list(TodoList.objects.owned_by(ada)) == [get_list(ada), uni]
    assert not TodoList.objects.filter(default_owner=None).exists()
    make_todo("Everybody's again")
    with pytest.raises(CommandError, match="that is not empty"):
        call_command("adopt_open_list", "ada")


def test_admin_shows_the_owner_of_every_list(client: Client, admin_user: User, uni: TodoList) -> None:
    make_list(), make_list(uni.owner)
    client.force_login(admin_user)
    for path in ("todos/todolist/", "todos/todo/", "calendars/calendar/"):
        page = client.get(f"/admin/{path}?q=ada")
        assert page.status_code == 200
        assert "Uni" in page.text
    assert client.get("/admin/todos/todolist/").text.count(">ada<") == 2
    assert client.get(f"/admin/todos/todolist/{uni.pk}/change/").status_code == 200
