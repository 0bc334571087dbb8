"""What a keeper of the service deletes in the admin goes by the services, which lock."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from calendars.models import Worker
from tests.factories import PASSWORD, make_feed, make_job, make_list, make_todo, make_user
from tests.hooks import recording_follower
from todos.models import Todo, TodoList

pytestmark = pytest.mark.django_db

DELETE = {"post": "yes"}
SELECTED = DELETE | {"action": "delete_selected"}


@pytest.fixture
def owners() -> list[User]:
    owners = [make_user("ann"), make_user("bob")]
    for owner in owners:
        make_todo("Confess", user=owner)
        make_job(owner)
        make_feed(owner)
    return owners


@pytest.fixture
def locked() -> Any:
    """The lists that were locked, with all that depends on them, for being deleted."""
    with recording_follower() as recorded:
        yield recorded.deleted


@pytest.mark.parametrize("kind", ["auth/user", "todos/todolist"])
def test_one_is_deleted_with_its_list(admin_client: Client, owners: list[User], locked: list, kind: str) -> None:
    ann = owners[0]
    ann_list = make_list(ann).pk
    pk = ann.pk if kind == "auth/user" else make_list(ann).pk
    asked = admin_client.get(f"/admin/{kind}/{pk}/delete/")
    assert "ann" in asked.text
    assert "Confess" not in asked.text
    assert Todo.objects.count() == 2
    answer = admin_client.post(f"/admin/{kind}/{pk}/delete/", DELETE, follow=True)
    assert "was deleted successfully" in answer.text
    assert locked == [ann_list]
    assert list(TodoList.objects.values_list("default_owner__username", flat=True)) == ["bob"]
    assert User.objects.filter(username="ann").exists() == (kind != "auth/user")


@pytest.mark.parametrize("kind", ["auth/user", "todos/todolist"])
def test_many_are_deleted_with_their_lists(
    admin_client: Client, owners: list[User], locked: list, kind: str
) -> None:
    ids = [owner.pk if kind == "auth/user" else make_list(owner).pk for owner in owners]
    lists = {make_list(owner).pk for owner in owners}
    asked = admin_client.post(f"/admin/{kind}/", {"action": "delete_selected", "_selected_action": ids})
    assert "Are you sure" in asked.text
    assert locked == []
    answer = admin_client.post(f"/admin/{kind}/", SELECTED | {"_selected_action": ids}, follow=True)
    assert "Successfully deleted 2" in answer.text
    assert set(locked) == lists
    assert not Todo.objects.exists()
    assert User.objects.filter(username__in=["ann", "bob"]).count() == (0 if kind == "auth/user" else 2)


def test_who_may_not_delete_lists_deletes_none(client: Client, owners: list[User]) -> None:
    keeper = User.objects.create(username="keeper", is_staff=True)
    keeper.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(keeper)
    ids = [make_list(owner).pk for owner in owners]
    assert client.post(f"/admin/todos/todolist/{ids[0]}/delete/", DELETE).status_code == 403
    client.post("/admin/todos/todolist/", SELECTED | {"_selected_action": ids})
    assert client.post(f"/admin/auth/user/{owners[0].pk}/delete/", DELETE).status_code == 403
    assert (Todo.objects.count(), User.objects.count()) == (2, 3)


def test_account_that_is_ended_on_its_page_locks_its_list(
    client: Client, owners: list[User], locked: list
) -> None:
    ann_list = make_list(owners[0]).pk
    client.force_login(owners[0])
    client.post("/accounts/delete", {"password": PASSWORD})
    assert locked == [ann_list]
    assert list(User.objects.all()) == [owners[1]]


def test_todos_are_filtered_by_priority(admin_client: Client) -> None:
    high, _ = make_todo(priority=1), make_todo(priority=9)
    page = admin_client.get("/admin/todos/todo/", {"priority__exact": "1"})
    assert [todo.pk for todo in page.context["cl"].result_list] == [high.pk]
    assert '<td class="field-priority">High</td>' in page.text


def test_worker_was_seen_at_a_time(admin_client: Client) -> None:
    Worker.objects.create(id="host-1", last_heartbeat_ms=1_795_242_407_771)
    page = admin_client.get("/admin/calendars/worker/").text
    assert "Nov. 21, 2026" in page
    assert "1795242407771" not in page
    assert "Django administration" not in page
    assert "1795242407771" not in admin_client.get("/admin/calendars/worker/host-1/change/").text


def make_admin(name: str) -> User:
    return User.objects.create_superuser(name, password=PASSWORD)


@pytest.mark.parametrize("door", ["/admin/login/", "/accounts/login"])
@pytest.mark.parametrize("typed", ["Ada", "ADA", "ada", "ａｄａ"])
def test_admins_type_their_name_in_any_case_wherever_they_sign_in(client: Client, door: str, typed: str) -> None:
    admin = make_admin("Ada")
    answer = client.post(door, {"username": typed, "password": PASSWORD, "next": "/admin/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert client.session["_auth_user_id"] == str(admin.pk)


def test_of_admins_whose_names_differ_by_case_each_is_found_as_spelled(client: Client) -> None:
    admins = {name: make_admin(name) for name in ("ada", "Ada")}
    for name, admin in admins.items():
        client.post("/admin/login/", {"username": name, "password": PASSWORD})
        assert client.session["_auth_user_id"] == str(admin.pk)
        client.logout()
    answer = client.post("/admin/login/", {"username": "ADA", "password": PASSWORD})
    assert "Please enter the user name and the password of a staff account." in answer.text
    assert "_auth_user_id" not in client.session


def test_admin_lets_nobody_in_but_staff(client: Client) -> None:
    make_user("ann")
    for name in ("ann", "ANN", "nobody"):
        answer = client.post("/admin/login/", {"username": name, "password": PASSWORD})
        assert "Please enter the user name and the password of a staff account." in answer.text
        assert "_auth_user_id" not in client.session
