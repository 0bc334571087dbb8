"""`/api/v1/filters`: searches that a user keeps."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.factories import make_todo, make_user
from tests.hostile import JSON, assert_refused
from todos.models import SavedFilter
from todos.services import create_filter, create_list, create_todo
from todos.services.saved_filters import MAX_FILTERS

pytestmark = pytest.mark.django_db
FILTERS = "/api/v1/filters"


@pytest.fixture
def ada(client: Client) -> User:
    user = make_user("ada")
    client.force_login(user)
    return user


def test_filter_is_saved_in_its_canonical_form(client: Client, ada: User) -> None:
    answer = client.post(FILTERS, {"name": "Urgent", "query": '  IS:open  "essay" priority:high,high'}, JSON)
    assert answer.status_code == 201
    saved = answer.json()
    assert saved == {
        "id": saved["id"],
        "name": "Urgent",
        "query": "is:open essay priority:high",
        "created_at": saved["created_at"],
    }
    assert answer["Location"] == f"http://testserver{FILTERS}/{saved['id']}"
    assert client.get(FILTERS).json() == [saved] == [client.get(f"{FILTERS}/{saved['id']}").json()]


@pytest.mark.parametrize("method", ["put", "patch"])
def test_filter_is_changed_in_what_is_given(client: Client, ada: User, method: str) -> None:
    saved = create_filter(user=ada, name="Urgent", query="priority:high")
    path = f"{FILTERS}/{saved.pk}"
    assert getattr(client, method)(path, {"name": "Mine"}, JSON).json()["query"] == "priority:high"
    assert getattr(client, method)(path, {"query": "due:<7d"}, JSON).json()["name"] == "Mine"
    saved.refresh_from_db()
    assert (saved.name, saved.query) == ("Mine", "due:<7d")
    assert client.delete(path).status_code == 204
    assert not SavedFilter.objects.exists()
    assert_refused(client.delete(path), 404)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"name": "x"}, ["query"]),
        ({"query": "x"}, ["name"]),
        ({"name": "x", "query": "due:soon"}, ["query"]),
        ({"name": "x", "query": "   "}, ["query"]),
        ({"name": " ", "query": "x"}, ["name"]),
        ({"name": "x" * 101, "query": "x"}, ["name"]),
        ({"name": "x", "query": "x" * 501}, ["query"]),
        ({"name": "x", "query": 7}, ["query"]),
        ({"name": "x\0", "query": "y"}, ["name"]),
        ({"name": "Urgent", "query": "x"}, ["name"]),
        ({"name": "x", "query": "y", "owner": 1}, ["owner"]),
    ],
)
def test_bad_input_is_refused_by_name(client: Client, ada: User, body: dict, fields: list[str]) -> None:
    saved = create_filter(user=ada, name="Urgent", query="priority:high")
    other = create_filter(user=ada, name="Other", query="x")
    assert_refused(client.post(FILTERS, body, JSON), 400, fields=fields)
    if len(body) > 1:
        assert_refused(client.put(f"{FILTERS}/{other.pk}", body, JSON), 400, fields=fields)
    assert list(SavedFilter.objects.order_by("pk").values_list("pk", "query")) == [
        (saved.pk, "priority:high"),
        (other.pk, "x"),
    ]


def test_each_user_has_so_many_filters_and_names_of_their_own(client: Client, ada: User) -> None:
    create_filter(user=make_user("bob"), name="0", query="x")
    for n in range(MAX_FILTERS):
        create_filter(user=ada, name=f"{n}", query="x")
    assert_refused(client.post(FILTERS, {"name": "more", "query": "x"}, JSON), 409)
    assert SavedFilter.objects.of_user(ada).count() == MAX_FILTERS


def test_who_is_not_signed_in_has_none(client: Client) -> None:
    for answer in (client.get(FILTERS), client.post(FILTERS, {"name": "x", "query": "y"}, JSON)):
        assert_refused(answer, 401)


def test_filter_of_another_user_does_not_exist(client: Client, ada: User) -> None:
    saved = create_filter(user=make_user("bob"), name="Secret", query="wombat")
    path = f"{FILTERS}/{saved.pk}"
    for answer in (
        client.get(path),
        client.put(path, {"name": "x"}, JSON),
        client.delete(path),
        client.get(f"{path}/todos"),
    ):
        assert assert_refused(answer, 404)["error"] == "There is no such filter."
    saved.refresh_from_db()
    assert saved.name == "Secret"
    assert client.get(FILTERS).json() == []


def test_todos_of_a_filter_are_of_all_lists_of_its_owner(client: Client, ada: User) -> None:
    work = create_list(user=ada, name="Work")
    here = make_todo("Essay", user=ada)
    there = create_todo(todo_list=work, title="An essay too")
    make_todo("Bath", user=ada)
    make_todo("Essay of somebody else", user=make_user("bob"))
    make_todo("Essay of the open list")
    saved = create_filter(user=ada, name="Essays", query="essay")
    path = f"{FILTERS}/{saved.pk}/todos"

    answer = client.get(path)
    assert [(todo["id"], todo["list_id"]) for todo in answer.json()] == [
        (here.pk, here.list_id),
        (there.pk, work.pk),
    ]
    assert client.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    page = client.get(path, {"limit": 1, "offset": 1})
    assert ([todo["id"] for todo in page.json()], page["X-Total-Count"]) == ([there.pk], "2")
    assert_refused(client.get(path, {"limit": "x"}), 400, fields=["limit"])

    client.put(f"{FILTERS}/{saved.pk}", {"query": "essay list:work"}, JSON)
    assert [todo["id"] for todo in client.get(path).json()] == [there.pk]


def test_todos_of_a_filter_take_the_same_number_of_queries(
    client: Client, ada: User, django_assert_max_num_queries: object
) -> None:
    for n in range(5):
        create_todo(todo_list=create_list(user=ada, name=f"{n}"), title="Essay")
    saved = create_filter(user=ada, name="Essays", query="essay due:none")
    with django_assert_max_num_queries(5):
        assert len(client.get(f"{FILTERS}/{saved.pk}/todos").json()) == 5
