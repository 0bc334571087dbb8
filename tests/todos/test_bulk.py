"""POST /api/v1/todos/bulk."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.hooks import recording_follower
from todos import services
from todos.deadlines import parse_deadline
from todos.models import Todo, TodoList

URL = "/api/v1/todos/bulk"
NOW = datetime(2026, 2, 20, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def todo_list() -> TodoList:
    return TodoList.objects.create()


@pytest.fixture
def todos(todo_list: TodoList) -> list[Todo]:
    return [services.create_todo(todo_list=todo_list, title=f"Todo {number}") for number in range(5)]


def post(items: Any, client: APIClient | None = None) -> Any:
    return (client or APIClient()).post(URL, {"items": items})


def row(todo: Todo) -> dict[str, Any]:
    return Todo.objects.values().get(pk=todo.pk)


def test_does_each_item_and_answers_in_order(todos: list[Todo]) -> None:
    services.update_todo(todo_list=todos[1].list, todo_id=todos[1].pk, changes={"completed": True})
    services.delete_todo(todo_list=todos[4].list, todo_id=todos[4].pk)
    uids = [todo.uid for todo in todos]
    changes = {"title": "Renamed", "deadline_at": "2026-02-27", "description": None}

    response = post(
        [
            {"id": todos[4].pk, "action": "restore"},
            {"id": todos[3].pk, "action": "delete"},
            {"id": todos[0].pk, "action": "complete"},
            {"id": todos[1].pk, "action": "reopen"},
            {"id": todos[2].pk, "action": "update", "changes": changes},
        ]
    )

    assert response.status_code == HTTPStatus.OK
    ids = [todos[number].pk for number in (4, 3, 0, 1, 2)]
    assert response.json() == {"results": [{"id": pk, "status": 200} for pk in ids]}
    rows = [row(todo) for todo in todos]
    assert [values["completed"] for values in rows] == [True, False, False, False, False]
    assert [values["completed_at"] is not None for values in rows] == [True, False, False, False, False]
    assert [values["deleted_at"] is not None for values in rows] == [False, False, False, True, False]
    assert [values["title"] for values in rows] == ["Todo 0", "Todo 1", "Renamed", "Todo 3", "Todo 4"]
    assert [values["uid"] for values in rows] == uids
    due = parse_deadline("2026-02-27")
    assert (rows[2]["deadline"], rows[2]["deadline_kind"]) == (due.moment, due.kind)


@pytest.mark.parametrize(
    "changes",
    [{"description": "2 l"}, {"completed": True}, {"deadline_at": "2026-02-27"}, {"priority": "low"}, {}],
)
def test_update_changes_only_the_keys_that_are_given(todos: list[Todo], changes: dict[str, Any]) -> None:
    path = f"/api/v1/todos/{todos[0].pk}"
    before = APIClient().get(path).json()

    response = post([{"id": todos[0].pk, "action": "update", "changes": changes}])

    assert response.json() == {"results": [{"id": todos[0].pk, "status": 200}]}
    after = APIClient().get(path).json()
    assert after == before | changes | {"updated_at": after["updated_at"]}


def test_raises_the_revision_once_and_wakes_followers_once(todo_list: TodoList, todos: list[Todo]) -> None:
    with recording_follower() as follower:
        post([{"id": todo.pk, "action": "complete"} for todo in todos])

    todo_list.refresh_from_db()
    assert todo_list.revision == 6
    assert follower.woken == [todo_list.pk]
    assert {row(todo)["revision"] for todo in todos} == {6}
    assert {row(todo)["sequence"] for todo in todos} == {1}
    assert len({row(todo)["updated_at"] for todo in todos}) == 1


def test_what_changes_nothing_touches_nothing(todo_list: TodoList, todos: list[Todo]) -> None:
    before = list(Todo.objects.order_by("pk").values())

    response = post(
        [
            {"id": todos[0].pk, "action": "reopen"},
            {"id": todos[1].pk, "action": "update", "changes": {"title": "Todo 1"}},
            {"id": todos[2].pk, "action": "complete"},
            {"id": todos[2].pk, "action": "reopen"},
            {"id": todos[3].pk, "action": "delete"},
            {"id": todos[3].pk, "action": "restore"},
        ]
    )

    assert {result["status"] for result in response.json()["results"]} == {200}
    assert list(Todo.objects.order_by("pk").values()) == before
    todo_list.refresh_from_db()
    assert todo_list.revision == 5


def test_items_that_fail_hinder_no_other(todo_list: TodoList, todos: list[Todo]) -> None:
    gone = todos[4].pk
    services.delete_todo(todo_list=todo_list, todo_id=gone)

    response = post(
        [
            {"id": 10**9, "action": "complete"},
            {"id": gone, "action": "complete"},
            {"id": todos[0].pk, "action": "restore"},
            {"id": todos[0].pk, "action": "complete"},
            {"id": todos[1].pk, "action": "delete"},
            {"id": todos[1].pk, "action": "delete"},
        ]
    )

    missing, not_deleted = "There is no such todo.", "There is no such deleted todo."
    assert response.status_code == HTTPStatus.OK
    assert response.json()["results"] == [
        {"id": 10**9, "status": 404, "error": missing},
        {"id": gone, "status": 404, "error": missing},
        {"id": todos[0].pk, "status": 404, "error": not_deleted},
        {"id": todos[0].pk, "status": 200},
        {"id": todos[1].pk, "status": 200},
        {"id": todos[1].pk, "status": 404, "error": missing},
    ]
    assert row(todos[0])["completed"] is True
    assert row(todos[1])["deleted_at"] is not None
    todo_list.refresh_from_db()
    assert todo_list.revision == 7


def test_somebody_elses_todos_do_not_exist(todos: list[Todo]) -> None:
    user = User.objects.create_user("ann")
    secret = services.create_todo(todo_list=services.get_list(user), title="Secret")

    response = post([{"id": secret.pk, "action": "delete"}])

    assert response.json()["results"] == [{"id": secret.pk, "status": 404, "error": "There is no such todo."}]
    assert row(secret)["deleted_at"] is None


GOOD = {"id": 1, "action": "complete"}


@pytest.mark.parametrize(
    ("items", "field"),
    [
        ("all", "items"),
        ({"id": 1}, "items"),
        ([GOOD] * 1001, "items"),
        ([GOOD, 5], "items[1]"),
        ([GOOD, None], "items[1]"),
        ([{"id": "1", "action": "complete"}], "items[0].id"),
        ([{"id": True, "action": "complete"}], "items[0].id"),
        ([{"id": 1.0, "action": "complete"}], "items[0].id"),
        ([{"id": 0, "action": "complete"}], "items[0].id"),
        ([{"id": 2**63, "action": "complete"}], "items[0].id"),
        ([{"action": "complete"}], "items[0].id"),
        ([{"id": 1}], "items[0].action"),
        ([GOOD, {"id": 1, "action": "explode"}], "items[1].action"),
        ([{"id": 1, "action": ["complete"]}], "items[0].action"),
        ([{"id": 1, "action": "update"}], "items[0].changes"),
        ([{"id": 1, "action": "delete", "changes": {"title": "No"}}], "items[0].changes"),
        ([{"id": 1, "action": "update", "changes": "title"}], "items[0].changes"),
        ([{"id": 1, "action": "update", "changes": {"title": " "}}], "items[0].changes.title"),
        ([{"id": 1, "action": "update", "changes": {"id": 2}}], "items[0].changes.id"),
        ([{"id": 1, "action": "complete", "when": "now"}], "items[0].when"),
    ],
)
def test_a_wrong_form_is_refused_as_a_whole(todos: list[Todo], items: Any, field: str) -> None:
    before = list(Todo.objects.values())

    response = post(items)

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert list(response.json()["fields"]) == [field]
    assert response.json()["error"].startswith(f"{field}: ")
    assert list(Todo.objects.values()) == before


def test_refusal_of_many_items_is_short() -> None:
    response = post([{"id": 1, "action": "explode", f"{'x' * 900}": 1} for _ in range(1000)])

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert len(response.content) < 10_000
    assert next(iter(response.json()["fields"])).startswith("items[0].x")


def test_a_thousand_items_take_few_queries(todo_list: TodoList) -> None:
    rows = [Todo(list=todo_list, title="x", revision=0, created_at=NOW, updated_at=NOW) for _ in range(1000)]
    Todo.objects.bulk_create(rows)
    ids = list(Todo.objects.values_list("pk", flat=True))

    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = post([{"id": pk, "action": "update", "changes": {"title": f"Todo {pk}"}} for pk in ids])

    assert {result["status"] for result in response.json()["results"]} == {200}
    assert set(Todo.objects.values_list("title", flat=True)) == {f"Todo {pk}" for pk in ids}
    assert len(queries) <= 40


def test_nothing_to_do_is_no_error(todo_list: TodoList) -> None:
    assert post([]).json() == {"results": []}


def test_other_methods_are_refused() -> None:
    assert APIClient().get(URL).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_private_mode_asks_for_a_sign_in(settings: Any, todos: list[Todo]) -> None:
    settings.MODE = "private"

    response = post([{"id": todos[0].pk, "action": "delete"}])

    assert response.status_code == HTTPStatus.UNAUTHORIZED
    assert row(todos[0])["deleted_at"] is None
