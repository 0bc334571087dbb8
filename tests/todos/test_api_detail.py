import pytest

from tests.factories import make_list, make_todo, make_user
from todos.models import Todo

pytestmark = pytest.mark.django_db


def url(todo):
    return f"/api/v1/todos/{todo.pk}"


def send(client, method, todo, body):
    return getattr(client, method)(url(todo), body, content_type="application/json")


@pytest.mark.parametrize("method", ["put", "patch"])
def test_update_changes_only_the_keys_that_are_given(client, method):
    todo = make_todo("Essay", "2026-02-27", description="2,000 words")

    response = send(client, method, todo, {"completed": True, "deadline_at": None})

    assert response.status_code == 200
    assert response.json() == client.get(url(todo)).json()
    after = Todo.objects.get()
    assert (after.title, after.description, after.completed, after.due) == ("Essay", "2,000 words", True, None)
    assert (after.sequence, after.completed_at, after.uid) == (1, after.updated_at, todo.uid) or (
        after.completed_at is not None
    )
    assert make_list().revision == 2


def test_update_that_changes_nothing_touches_nothing(client):
    todo = make_todo("Essay", "2026-02-27T10:00:00Z")

    response = send(client, "put", todo, {"title": "Essay", "deadline_at": "2026-02-27T20:00:00+10:00"})

    assert response.status_code == 200
    after = Todo.objects.get()
    assert (after.updated_at, after.sequence, after.revision) == (todo.updated_at, 0, 1)
    assert make_list().revision == 1


def test_update_with_another_key_changes_nothing(client):
    todo = make_todo("Essay")

    response = send(client, "put", todo, {"id": todo.pk, "title": "Other"})

    assert (response.status_code, list(response.json()["fields"])) == (400, ["id"])
    assert Todo.objects.get().title == "Essay"


def test_delete_answers_with_the_todo_and_once_more_with_nothing(client):
    todo = make_todo("Essay")

    response = client.delete(url(todo))

    assert (response.status_code, response.json()["title"]) == (200, "Essay")
    assert client.get(url(todo)).status_code == 404
    assert client.get("/api/v1/todos").json() == []
    again = client.delete(url(todo))
    assert (again.status_code, again.json()) == (200, {})


@pytest.mark.parametrize("todo_id", ["0", "999", "9" * 18, "9" * 30])
def test_what_does_not_exist_is_a_404_and_a_delete_of_it_is_nothing(client, todo_id):
    path = f"/api/v1/todos/{todo_id}"

    for response in (client.get(path), client.put(path, {"title": "x"}, content_type="application/json")):
        assert (response.status_code, list(response.json())) == (404, ["error"])
    assert client.delete(path).json() == {}


def test_somebody_elses_todo_does_not_exist(client):
    todo = make_todo("ada's", user=make_user("ada"))
    client.force_login(make_user("bob"))

    assert client.get(url(todo)).status_code == 404
    assert send(client, "put", todo, {"title": "mine"}).status_code == 404
    assert client.delete(url(todo)).json() == {}
    todo.refresh_from_db()
    assert (todo.title, todo.deleted_at) == ("ada's", None)


def test_method_that_is_not_there_is_a_405(client):
    response = client.post(url(make_todo()), {}, content_type="application/json")

    assert (response.status_code, list(response.json())) == (405, ["error"])
