"""Creating, naming, ordering, archiving and deleting lists on pages."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from calendars.feeds.services import create_feed
from calendars.models import Feed
from tests.factories import make_list, make_todo, make_user
from todos.models import Todo, TodoList
from todos.services import archive_list, create_list, create_todo, delete_todo, find_lists

pytestmark = pytest.mark.django_db


@pytest.fixture
def groceries(ada: User) -> TodoList:
    return create_list(user=ada, name="Groceries", color="green")


def names(user: User) -> list[str]:
    return [one.name for one in find_lists(user=user) if not one.archived_at]


def test_list_is_created_and_shown(client: Client, ada: User) -> None:
    assert "Lists keep things apart" in client.get("/lists").text
    answer = client.post("/lists/new", {"name": "Groceries", "color": "teal"}, follow=True)
    created = TodoList.objects.get(name="Groceries")
    assert answer.redirect_chain == [(f"/lists/{created.pk}", 302)]
    assert '<h1><span class="dot teal"></span>Groceries</h1>' in answer.text
    assert (created.owner, created.color, created.is_default) == (ada, "teal", False)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": " "}, "A list needs a name."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"name": "Groceries", "color": "#ff0000"}, "is not one of the available choices"),
    ],
)
def test_what_is_wrong_with_a_list_stands_beside_it(
    client: Client, groceries: TodoList, values: dict, sentence: str
) -> None:
    for page in ("/lists/new", f"/lists/{groceries.pk}/settings"):
        answer = client.post(page, {"time_zone": "UTC", "week_start": "0"} | values)
        assert answer.status_code == 422
        assert sentence in answer.text
    groceries.refresh_from_db()
    assert (groceries.name, TodoList.objects.count()) == ("Groceries", 2)


def test_too_many_lists_are_refused_beside_the_name(client: Client, ada: User, settings: object) -> None:
    settings.MAX_LISTS = 2
    assert client.post("/lists/new", {"name": "One"}).status_code == 302
    answer = client.post("/lists/new", {"name": "Two"})
    assert answer.status_code == 422
    assert 'value="Two"' in answer.text
    assert "lists" in answer.context["form"].errors["name"][0]
    assert not TodoList.objects.filter(name="Two").exists()


def test_settings_of_a_list_are_saved(client: Client, groceries: TodoList) -> None:
    page = client.get(f"/lists/{groceries.pk}/settings")
    assert 'value="green"' in page.text
    values = {"name": "Shopping", "color": "", "time_zone": "Australia/Brisbane", "week_start": "6"}
    answer = client.post(f"/lists/{groceries.pk}/settings", values, follow=True)
    assert answer.redirect_chain == [(f"/lists/{groceries.pk}", 302)]
    assert "Saved." in answer.text
    groceries.refresh_from_db()
    assert {name: getattr(groceries, name) for name in values} == values | {"week_start": 6}


def test_settings_of_the_default_list_are_on_both_pages(client: Client, ada: User) -> None:
    own = make_list(ada)
    values = {"name": "Inbox", "color": "blue", "time_zone": "UTC", "week_start": "0"}
    assert client.post(f"/lists/{own.pk}/settings", values)["Location"] == "/"
    assert 'value="Inbox"' in client.get("/settings").text
    page = client.get(f"/lists/{own.pk}/settings")
    assert "It cannot be archived or deleted." in page.text
    assert f"/lists/{own.pk}/delete" not in page.text


def test_open_list_has_no_colour(client: Client) -> None:
    assert 'name="color"' not in client.get("/settings").text
    client.post("/settings", {"name": "Ours", "color": "red", "time_zone": "UTC", "week_start": "0"})
    assert (make_list().name, make_list().color) == ("Ours", "")


def test_lists_are_ordered_by_buttons(client: Client, ada: User) -> None:
    first, second, third = (create_list(user=ada, name=name) for name in ("A", "B", "C"))
    assert names(ada) == ["Todos", "A", "B", "C"]
    answer = client.post(f"/lists/{third.pk}/order", {"to": "up"})
    assert answer["Location"] == f"/lists#list-{third.pk}"
    assert names(ada) == ["Todos", "A", "C", "B"]
    client.post(f"/lists/{first.pk}/order", {"to": "down"})
    assert names(ada) == ["Todos", "C", "A", "B"]
    for todo_list, to in ((third, "up"), (second, "down"), (make_list(ada), "down")):
        client.post(f"/lists/{todo_list.pk}/order", {"to": to})
    assert names(ada) == ["Todos", "C", "A", "B"]
    page = client.get("/lists").text
    assert page.count(" disabled>") == 2


def test_archived_list_is_folded_away_and_comes_back(client: Client, groceries: TodoList) -> None:
    create_todo(todo_list=groceries, title="Milk", due=None)
    answer = client.post(f"/lists/{groceries.pk}/archive", follow=True)
    assert "This list is archived." in answer.text
    assert "Milk" in answer.text
    assert 'id="add"' not in answer.text
    assert "is archived. Unarchive it" in client.post(f"/lists/{groceries.pk}/todos/new", {"title": "Bread"}).text
    assert list(groceries.todos.values_list("title", flat=True)) == ["Milk"]
    assert "Unarchive" in client.get("/lists").text
    answer = client.post(f"/lists/{groceries.pk}/unarchive", follow=True)
    assert "“Groceries” is active again." in answer.text
    assert 'id="add"' in answer.text


def test_confirmation_says_what_goes_with_the_list(client: Client, groceries: TodoList) -> None:
    make_todo("Essay", user=groceries.owner)
    for title in ("Milk", "Bread", "Gone"):
        todo = create_todo(todo_list=groceries, title=title, due=None)
    delete_todo(todo_list=groceries, todo_id=todo.pk)
    create_feed(todo_list=groceries, name="Phone")
    path = f"/lists/{groceries.pk}/delete"
    assert f'href="{path}"' in client.get(f"/lists/{groceries.pk}/settings").text
    page = client.get(path)
    assert "<h1>Delete the list “Groceries”?</h1>" in page.text
    assert (
        "2 todos, 1 in its trash and 1 calendar link will be deleted with it. This cannot be undone." in page.text
    )
    assert TodoList.objects.filter(pk=groceries.pk).exists()
    answer = client.post(path, follow=True)
    assert answer.redirect_chain == [("/lists", 302)]
    assert "“Groceries” is deleted." in answer.text
    assert list(Todo.objects.values_list("title", flat=True)) == ["Essay"]
    assert not Feed.objects.exists()
    assert client.post(path).status_code == 404


def test_empty_list_is_said_to_be_empty(client: Client, groceries: TodoList) -> None:
    assert "It is empty. This cannot be undone." in client.get(f"/lists/{groceries.pk}/delete").text


@pytest.mark.parametrize("page", ["archive", "unarchive", "delete"])
def test_default_list_stays(client: Client, ada: User, page: str) -> None:
    own = make_list(ada)
    assert client.post(f"/lists/{own.pk}/{page}").status_code == 404
    assert TodoList.objects.get(pk=own.pk).archived_at is None


@pytest.mark.parametrize("page", ["settings", "order", "archive", "unarchive", "delete"])
def test_list_is_changed_by_its_owner_alone(client: Client, groceries: TodoList, page: str) -> None:
    archive_list(todo_list=create_list(user=groceries.owner, name="Old"))
    before = list(TodoList.objects.filter(pk=groceries.pk).values())
    bob, nobody = Client(), Client()
    bob.force_login(make_user("bob"))
    values = {"name": "Taken", "time_zone": "UTC", "week_start": "0", "to": "up"}
    assert bob.post(f"/lists/{groceries.pk}/{page}", values).status_code == 404
    assert nobody.post(f"/lists/{groceries.pk}/{page}", values)["Location"].startswith("/accounts/login")
    assert list(TodoList.objects.filter(pk=groceries.pk).values()) == before


@pytest.mark.parametrize("page", ["order", "archive", "unarchive"])
def test_get_changes_nothing(client: Client, groceries: TodoList, page: str) -> None:
    assert client.get(f"/lists/{groceries.pk}/{page}").status_code == 405
