"""`/api/v1/todos/{id}` with ids and bodies that it must refuse, changing nothing."""

import json
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from tests.hostile import BAD_TEXTS, BROKEN_BODIES, JSON, STRANGE_IDS, STRANGE_TEXTS, assert_refused
from todos import services
from todos.models import Todo

pytestmark = pytest.mark.django_db
TODOS = "/api/v1/todos"


@pytest.fixture
def todo(db: None) -> Todo:
    return services.create_todo(todo_list=services.get_list(AnonymousUser()), title="Milk", description="2 l")


def send(client: Client, method: str, todo: Todo, body: bytes, content_type: str = JSON) -> object:
    return client.generic(method, f"{TODOS}/{todo.pk}", body, content_type=content_type)


def assert_untouched(todo: Todo) -> None:
    assert Todo.objects.values().get() == {
        field.attname: getattr(todo, field.attname) for field in Todo._meta.concrete_fields
    }
    assert todo.updated_at <= datetime.now(UTC)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("todo_id", STRANGE_IDS)
def test_strange_id_finds_nothing(client: Client, todo: Todo, method: str, todo_id: str) -> None:
    answer = client.generic(method, f"{TODOS}/{todo_id}", b'{"title": "Bread"}', content_type=JSON)
    if method == "DELETE" and answer.status_code == 200:
        assert answer.json() == {}
        assert todo_id.isdigit()
    elif answer.status_code == 405:  # ".." and the like are resolved to another address by the test client
        assert_refused(answer, 405)
    else:
        assert_refused(answer, 404)
    assert_untouched(todo)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("body", BROKEN_BODIES.values(), ids=BROKEN_BODIES)
def test_broken_body_changes_nothing(client: Client, todo: Todo, method: str, body: bytes) -> None:
    assert_refused(send(client, method, todo, body), 400)
    assert_untouched(todo)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("title", value) for value in [*BAD_TEXTS.values(), None, "", "  "]),
        *(("description", value) for value in BAD_TEXTS.values()),
        *(("completed", value) for value in [None, "true", 1]),
        *(("deadline_at", value) for value in ["", "2026-02-30", 5]),
        *(("priority", value) for value in [None, "", 1, "High", "urgent", ["high"]]),
        *((key, 1) for key in ["id", "created_at", "updated_at", "sequence", "list", "uid", "x"]),
    ],
)
def test_one_bad_key_keeps_the_good_ones_from_changing(
    client: Client, todo: Todo, method: str, field: str, value: object
) -> None:
    body = json.dumps({"title": "Bread", "completed": True} | {field: value}).encode()
    assert_refused(send(client, method, todo, body), 400, fields=[field])
    assert_untouched(todo)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_not_json_is_refused(client: Client, todo: Todo, method: str) -> None:
    assert_refused(send(client, method, todo, b"title=Bread", "application/x-www-form-urlencoded"), 415)
    assert_untouched(todo)


@pytest.mark.parametrize("method", ["POST", "TRACE", "MOVE"])
def test_other_methods_are_refused(client: Client, todo: Todo, method: str) -> None:
    assert_refused(send(client, method, todo, b"{}"), 405)
    assert_untouched(todo)


@pytest.mark.parametrize("text", STRANGE_TEXTS.values(), ids=STRANGE_TEXTS)
def test_strange_text_comes_back_unchanged(client: Client, todo: Todo, text: str) -> None:
    changed = send(client, "PUT", todo, json.dumps({"title": text, "description": text}).encode())
    assert (changed.status_code, changed.json()["title"], changed.json()["description"]) == (200, text, text)
    assert client.get(f"{TODOS}/{todo.pk}").json() == changed.json()


def test_page_of_another_site_changes_nothing(client: Client, todo: Todo) -> None:
    for method in ("put", "patch", "delete"):
        call = getattr(client, method)
        answer = call(f"{TODOS}/{todo.pk}", {"title": "x"}, JSON, headers={"Sec-Fetch-Site": "cross-site"})
        assert_refused(answer, 403)
    assert_untouched(todo)


def test_session_needs_a_csrf_token(todo: Todo, admin_user: object) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert_refused(client.post(TODOS, {"title": "x"}, JSON), 403)
    assert_untouched(todo)
