"""POST /api/v1/todos/{id}/restore."""

from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from todos import services
from todos.models import Todo, TodoList

pytestmark = pytest.mark.django_db


@pytest.fixture
def deleted() -> Todo:
    todo_list = TodoList.objects.create()
    todo = services.create_todo(todo_list=todo_list, title="Back again", completed=True)
    return services.delete_todo(todo_list=todo_list, todo_id=todo.pk)


def url(todo: Todo) -> str:
    return f"/api/v1/todos/{todo.pk}/restore"


def test_brings_a_todo_back_as_it_was(deleted: Todo) -> None:
    client = APIClient()
    assert client.get(f"/api/v1/todos/{deleted.pk}").status_code == HTTPStatus.NOT_FOUND

    response = client.post(url(deleted))

    assert response.status_code == HTTPStatus.OK
    assert response.json() == client.get(f"/api/v1/todos/{deleted.pk}").json()
    todo = Todo.objects.get()
    assert (todo.title, todo.uid, todo.completed, todo.deleted_at) == ("Back again", deleted.uid, True, None)
    assert (todo.sequence, todo.revision, todo.list.revision) == (2, 3, 3)


def test_what_is_not_deleted_is_not_found(deleted: Todo) -> None:
    APIClient().post(url(deleted))

    response = APIClient().post(url(deleted))

    assert response.status_code == HTTPStatus.NOT_FOUND
    assert response.json() == {"error": "There is no such deleted todo."}
    assert Todo.objects.get().sequence == 2


def test_somebody_elses_is_not_found(deleted: Todo) -> None:
    client = APIClient()
    client.force_login(User.objects.create_user("ann"))

    assert client.post(url(deleted)).status_code == HTTPStatus.NOT_FOUND
    assert Todo.objects.get().deleted_at is not None


def test_other_methods_are_refused(deleted: Todo) -> None:
    assert APIClient().get(url(deleted)).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_private_mode_asks_for_a_sign_in(settings: Any, deleted: Todo) -> None:
    settings.MODE = "private"

    assert APIClient().post(url(deleted)).status_code == HTTPStatus.UNAUTHORIZED
    assert Todo.objects.get().deleted_at is not None
