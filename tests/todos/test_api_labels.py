"""/api/v1/labels, and labels of todos in the API."""

from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.factories import make_list, make_todo, make_user
from tests.hostile import JSON
from todos.models import Label, Todo
from todos.services import create_list

pytestmark = pytest.mark.django_db
LABELS, TODOS = "/api/v1/labels", "/api/v1/todos"


@pytest.fixture
def ada(client: Client) -> User:
    user = make_user("ada")
    client.force_login(user)
    return user


def titles(client: Client, query: str, path: str = TODOS) -> list[str]:
    return [todo["title"] for todo in client.get(f"{path}?{query}").json()]


def test_labels_are_listed_by_name_with_their_colors(client: Client, ada: User) -> None:
    make_todo(user=ada, labels=["work", "Uni", "Zoo"])
    make_todo(labels=["open"])
    Label.objects.filter(name="Uni").update(color="red")
    answer = client.get(LABELS)
    assert [(one["name"], one["color"]) for one in answer.json()] == [("Uni", "red"), ("work", ""), ("Zoo", "")]
    assert client.get(LABELS, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    one = answer.json()[0]
    assert client.get(f"{LABELS}/{one['id']}").json() == one
    assert [one["name"] for one in Client().get(LABELS).json()] == ["open"]


def test_label_is_created_once(client: Client, ada: User) -> None:
    answer = client.post(LABELS, {"name": " Group  work ", "color": "teal"}, JSON)
    assert answer.status_code == HTTPStatus.CREATED
    created = answer.json()
    assert created == {"id": created["id"], "name": "Group work", "color": "teal"}
    assert answer["Location"] == f"http://testserver{LABELS}/{created['id']}"
    again = client.post(LABELS, {"name": "GROUP WORK"}, JSON)
    assert (again.status_code, again.json()) == (409, {"error": "There is a label with this name already."})
    assert client.get(LABELS).json() == [created]


@pytest.mark.parametrize("method", ["put", "patch"])
def test_rename_changes_the_todos_of_all_lists(client: Client, ada: User, method: str) -> None:
    uni = create_list(user=ada, name="Uni")
    first = make_todo(user=ada, labels=["a", "b"])
    path = f"/api/v1/lists/{uni.pk}/todos"
    second = client.post(path, {"title": "x", "labels": ["B"]}, JSON).json()
    assert second["labels"] == ["b"]
    pk = Label.objects.get(name="b").pk
    etag = client.get(TODOS)["ETag"]
    answer = getattr(client, method)(f"{LABELS}/{pk}", {"name": "c"}, JSON)
    assert answer.json() == {"id": pk, "name": "c", "color": ""}
    assert client.get(f"{TODOS}/{first.pk}").json()["labels"] == ["a", "c"]
    assert client.get(f"{path}/{second['id']}").json()["labels"] == ["c"]
    assert client.get(TODOS, headers={"If-None-Match": etag}).status_code == 200


def test_rename_to_a_name_there_is_answers_with_that_label(client: Client, ada: User) -> None:
    todo = make_todo(user=ada, labels=["a", "b"])
    a, b = Label.objects.order_by("name")
    answer = client.put(f"{LABELS}/{a.pk}", {"name": "B", "color": "red"}, JSON)
    assert answer.json() == {"id": b.pk, "name": "b", "color": "red"} == client.get(LABELS).json()[0]
    assert client.get(f"{TODOS}/{todo.pk}").json()["labels"] == ["b"]
    assert client.get(f"{LABELS}/{a.pk}").status_code == 404


def test_delete_takes_it_off_the_todos(client: Client, ada: User) -> None:
    todo = make_todo(user=ada, labels=["a", "b"])
    pk = Label.objects.get(name="a").pk
    assert client.delete(f"{LABELS}/{pk}").status_code == 204
    assert client.delete(f"{LABELS}/{pk}").status_code == 404
    assert client.get(f"{TODOS}/{todo.pk}").json()["labels"] == ["b"]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"name": None}, {"name": ""}, {"name": " "}, {"name": "a,b"}, {"name": "x" * 51}, {"name": "a\x00"},
        {"name": "\ud800"}, {"name": 1}, {"name": ["a"]}, {"name": "a", "color": "mauve"}, {"name": "a", "owner": 1},
        {"name": "a", "key": "b"}, {"name": "a", "id": 1}, [], "a",
    ],
)  # fmt: skip
def test_malformed_labels_are_refused(client: Client, ada: User, body: Any) -> None:
    make_todo(user=ada, labels=["there"])
    pk = Label.objects.get().pk
    answers = [client.post(LABELS, body, JSON)]
    if body != {}:
        answers.append(client.put(f"{LABELS}/{pk}", body, JSON))
    for answer in answers:
        assert answer.status_code == 400
        assert answer.json()["error"]
    assert Label.objects.get().name == "there"


def test_labels_of_others_do_not_exist(client: Client, ada: User) -> None:
    make_todo(user=make_user("bob"), labels=["bobs"])
    make_todo(labels=["open"])
    for pk in [*Label.objects.values_list("pk", flat=True), 10**9, 10**30]:
        for method, body in (("get", None), ("put", {"name": "x"}), ("patch", {"color": "red"}), ("delete", None)):
            answer = getattr(client, method)(f"{LABELS}/{pk}", body, JSON)
            assert (answer.status_code, answer.json()) == (404, {"error": "There is no such label."})
    assert set(Label.objects.values_list("name", "color")) == {("bobs", ""), ("open", "")}


@pytest.mark.parametrize(
    "value",
    [
        None, "Uni", 1, {}, {"Uni": 1}, [1], [None], [["Uni"]], [""], [" "], ["a,b"], ["x" * 51], ["a\x00"],
        ["\ud800"], [str(number) for number in range(21)], ["x" * 900_000],
    ],
)  # fmt: skip
def test_malformed_labels_of_todos_are_refused(client: Client, value: Any) -> None:
    todo = make_todo(labels=["Uni"])
    items = [{"id": todo.pk, "action": "update", "changes": {"labels": value}}]
    for answer in (
        client.post(TODOS, {"title": "Essay", "labels": value}, JSON),
        client.put(f"{TODOS}/{todo.pk}", {"labels": value}, JSON),
        client.post(f"{TODOS}/bulk", {"items": items}, JSON),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"]
    assert Todo.objects.get().labels == ("Uni",)
    assert Label.objects.count() == 1


def test_put_of_what_was_read_changes_nothing(client: Client) -> None:
    todo = client.post(TODOS, {"title": "Essay", "labels": ["Work", "uni", "UNI"]}, JSON).json()
    assert todo["labels"] == ["Work", "uni"]
    answer = client.put(f"{TODOS}/{todo['id']}", {"labels": todo["labels"]}, JSON)
    assert answer.json() == todo
    assert make_list().revision == 1
    cleared = client.put(f"{TODOS}/{todo['id']}", {"labels": []}, JSON).json()
    assert cleared["labels"] == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("label=uni", ["uni", "both"]),
        ("label=UNI,work", ["uni", "both", "work"]),
        ("label=group%20work", ["group"]),
        ("label=un", []),
        ("label=100%25_", ["odd"]),
        ("label=nothing", []),
        ("label=uni&completed=true", []),
        ("label=uni&ordering=-id&limit=1", ["both"]),
        ("label=uni&ordering=deadline_at", ["uni", "both"]),
    ],
)
def test_filter_finds_todos_with_one_of_the_labels(client: Client, query: str, expected: list[str]) -> None:
    for title, labels in {
        "uni": ["Uni"], "both": ["work", "Uni"], "work": ["work"], "unix": ["Unix"], "none": [],
        "group": ["Group work"], "odd": ["100%_"], "100x": ["100x"],
    }.items():  # fmt: skip
        make_todo(title, labels=labels)
    assert titles(client, query) == expected


@pytest.mark.parametrize("query", ["label=", "label=,", "label=uni,", "label=%00", f"label={'x' * 51}"])
def test_other_filters_are_refused(client: Client, query: str) -> None:
    answer = client.get(f"{TODOS}?{query}")
    assert answer.status_code == 400
    assert "label" in answer.json()["fields"]


def test_quota_is_a_409_and_changes_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("todos.services.labels.MAX_LABELS", 1)
    client.post(LABELS, {"name": "a"}, JSON)
    for path, body in ((LABELS, {"name": "b"}), (TODOS, {"title": "x", "labels": ["b"]})):
        answer = client.post(path, body, JSON)
        assert (answer.status_code, "1 labels" in answer.json()["error"]) == (409, True)
    assert not Todo.objects.exists()
